// `coxswain server`: a cluster in this process, from its data directory to the last closing line.
import { hostname } from "node:os";
import { uuid } from "../lib/random.ts";
import { systemClock, systemRandom } from "../lib/system.ts";
import { nodes } from "../schema/resources.ts";
import { insist } from "../server/insist.ts";
import type { TlsFiles } from "../server/listen.ts";
import type { Scope } from "../server/scope.ts";
import { startOf } from "../store/process-start.ts";
import { machineAddresses, nthAddress, outwardAddress } from "./addresses.ts";
import { type ApiSettings, apiSettings } from "./api-settings.ts";
import { Authors } from "./authors.ts";
import { backupOf } from "./backup.ts";
import { ownKeys, sharedKeys } from "./cluster-keys.ts";
import { clusterPages } from "./cluster-pages.ts";
import { administrator, type ControlPlane, makeControlPlane } from "./control-plane.ts";
import { claim, type DataDir, dataDir, writePrivate } from "./data-dir.ts";
import { ensureJoinObjects } from "./join-objects.ts";
import { kubeconfigText, makeKubeconfig, mergeKubeconfig, userKubeconfig } from "./kubeconfig.ts";
import { startLocalNodes } from "./local-nodes.ts";
import { clusterNetworks } from "./networks.ts";
import { makeNodeApis } from "./node-apis.ts";
import {
  type Progress,
  type Running,
  type ServeAsk,
  type ServeOptions,
  serveDefaults,
} from "./options.ts";
import { certifier } from "./pki/certify.ts";
import { type ClusterPki, openAdmin, openPki, type PkiWish } from "./pki/cluster-pki.ts";
import { keepPki, part } from "./pki/keeper.ts";
import type { Issued } from "./pki/keys.ts";
import { Refusal } from "./refusal.ts";
import { clearRunning, readRunning, writeRunning } from "./running.ts";
import { snapshotSchedule, startScheduledSnapshots } from "./scheduled-snapshots.ts";
import { openSealedStore } from "./sealed-store.ts";
import { readSecret } from "./shared-keys.ts";
import { textLog } from "./text-log.ts";

export type Served = { readonly running: Running; stop(): Promise<void> };

export type ServeParts = {
  report: Progress;
  environment: NodeJS.ProcessEnv;
  /** The API answers; nodes may still be coming up. */
  onServing: (running: Running) => void;
};

/** Requests under way at a stop may end for so long. */
const stopGraceMs = 5000;

/** Resolves when a pod could run. Throws a `Refusal` when something stands in the way. */
export async function serve(asked: ServeAsk, parts: ServeParts): Promise<Served> {
  const dir = dataDir(asked.dataDir);
  claim(dir, asked.name);
  refuseSecond(dir);
  const { networks, ...rest } = asked;
  const taken = asked.node === "none" ? [] : machineAddresses();
  const options: ServeOptions = { ...rest, ...clusterNetworks(dir, networks, taken) };
  if (networks.podCidr === undefined && options.podCidr !== serveDefaults.podCidr) {
    const { podCidr, serviceCidr } = options;
    parts.report(`pods get ${podCidr} and services ${serviceCidr}: others have the usual networks`);
  }
  const log = textLog(systemClock, (line) => process.stderr.write(line));
  const secret =
    options.clusterSecret === undefined ? undefined : readSecret(options.clusterSecret);
  const schedule =
    options.snapshotSchedule === undefined ? undefined : snapshotSchedule(options.snapshotSchedule);
  const ownIssuer = `https://kubernetes.default.svc.${options.clusterDomain}`;
  const world = { clock: systemClock, random: systemRandom, log };
  // First of all: a file that cannot be used stops the start before anything is touched.
  const settings = await apiSettings(options.api, ownIssuer, world);
  const { store, encryption, stopEncryption } = await openSealedStore(options, {
    folder: dir.store,
    secret,
    log,
  }).catch(async (error) => {
    await settings.close();
    throw error;
  });
  const wish: PkiWish = {
    dnsNames: [
      "localhost",
      "kubernetes",
      "kubernetes.default",
      "kubernetes.default.svc",
      `kubernetes.default.svc.${options.clusterDomain}`,
    ],
    ipAddresses: [
      ...new Set([
        ...machineAddresses(),
        options.bind,
        nthAddress(options.serviceCidr, 1),
        nthAddress(options.podCidr, 1),
      ]),
    ],
    nowMs: systemClock.now(),
    random: systemRandom,
  };
  const keys = secret
    ? await sharedKeys({ store, secret, dir, log }, (found) => openPki(found, wish))
    : ownKeys(dir);
  const { vault } = keys;
  if (secret) encryption?.share(vault);
  const backup = (): AsyncIterable<Uint8Array> => backupOf(store, options.name, keys.files());
  const keeper = keepPki(() => openPki(vault, { ...wish, nowMs: systemClock.now() }), {
    clock: systemClock,
    log,
  });
  const stopping = new AbortController();
  keys.follow(keeper.look, stopping.signal);
  const pki = keeper.pki.value;
  const adminOf = (): Promise<Issued> =>
    openAdmin(vault, keeper.pki.value.authority, { ...wish, nowMs: systemClock.now() });
  // Its key is made while the server starts.
  const admin = adminOf();
  admin.catch(() => {});
  const { keys: moreKeys, issuers, audiences } = settings.accounts;
  let port = options.port;
  const authors = new Authors({ store, clock: systemClock, log });
  const plane = makeControlPlane({
    ...options,
    store,
    clock: systemClock,
    random: systemRandom,
    log,
    turnEnd: (run) => void setImmediate(run),
    authority: pki.authority.certificate,
    edge: {
      ...settings.edge,
      clientAuthorities: `${pki.authority.certificate}\n${settings.clientAuthorities}`,
      frontProxyAuthorities: pki.frontProxyAuthority.certificate,
      frontProxyClient: pki.frontProxyClient,
      serviceAccounts: {
        keys: part(keeper.pki, ({ tokenKeys }) => [...moreKeys, ...tokenKeys]),
        issuer: issuers[0] ?? ownIssuer,
        otherIssuers: issuers.slice(1),
        ...(audiences === undefined ? {} : { audiences }),
      },
      address: () => {
        const { address, port: open } = plane.endpoint();
        return `${address}:${open}`;
      },
    },
    endpoint: () => ({ address: advertised(options), port }),
    connectNode: (name) => apis.connect(name),
    noteWrite: (scope, revision) => noteAuthor(authors, scope, revision),
    certify: certifier(pki.authority, { clock: systemClock, random: systemRandom }),
    pages: (core) =>
      clusterPages({
        store,
        kinds: core.kinds,
        authors,
        backup,
        keys,
        clock: systemClock,
      }),
    ...(secret ? { shared: { identity: uuid(systemRandom), hostname: hostname() } } : {}),
  });
  const { certificate, key } = pki.nodeClient;
  const apis = makeNodeApis(() => plane.caches.of(nodes), {
    authority: pki.authority.certificate,
    certificate,
    key,
  });
  try {
    port = await open(plane, tlsOf(pki, settings), options);
    await plane.prepare();
  } catch (error) {
    stopping.abort();
    keeper.stop();
    await plane.stop(0);
    await authors.stop();
    await settings.close();
    await store.close();
    throw error;
  }
  keeper.pki.onChange((renewed) => {
    plane.server.renew(tlsOf(renewed, settings));
    apis.renew(renewed.nodeClient);
    const { environment } = parts;
    writeAccess({ dir, options, pki: renewed, admin: adminOf(), running, environment }).catch(
      (error) => log.error("the kubeconfig cannot be written anew", { error }),
    );
  });
  const running: Running = {
    pid: process.pid,
    processStart: startOf(process.pid),
    server: `https://${reachable(options.bind)}:${port}`,
    name: options.name,
    startedAt: new Date(systemClock.now()).toISOString(),
    simulatedNodes: options.simulatedNodes,
  };
  await insist({ clock: systemClock, log }, "what joining nodes need", () =>
    ensureJoinObjects(plane.clientFor(administrator), {
      server: running.server,
      authority: pki.authority.certificate,
      podCidr: options.podCidr,
      serviceCidr: options.serviceCidr,
      dnsIp: options.dnsIp,
      clusterDomain: options.clusterDomain,
    }),
  );
  await writeAccess({ dir, options, pki, admin, running, environment: parts.environment });
  parts.onServing(running);
  // Who waits for the API has it before controllers and scheduler load all that there is.
  plane.work();
  const snapshots =
    schedule &&
    startScheduledSnapshots({
      schedule,
      keep: options.snapshotKeep,
      folder: dir.snapshots,
      backup,
      clock: systemClock,
      log,
    });
  const end = async (): Promise<void> => {
    stopping.abort();
    keeper.stop();
    await snapshots?.stop();
    await plane.stop(stopGraceMs);
    await authors.stop();
    apis.close();
    await settings.close();
    stopEncryption();
    await store.close();
    clearRunning(dir);
  };
  const { report } = parts;
  const local = await startLocalNodes({ plane, pki, apis, options, dir, port, log, report }).catch(
    async (error) => {
      await end();
      throw error;
    },
  );
  if (local.node !== undefined) running.node = local.node;
  running.simulatedNodes = local.simulatedNodes;
  writeRunning(dir, running);
  return {
    running,
    async stop() {
      await local.stop();
      await end();
    },
  };
}

function noteAuthor(authors: Authors, { context, kind }: Scope, revision: number): void {
  const { plural } = kind.resource;
  const isRenewal = plural === "leases" || plural === "events";
  authors.note(revision, context.identity.user, context.now, isRenewal);
}

/** Only one process may run a cluster's data directory; the store's lock says the same, later and less kindly. */
function refuseSecond(dir: DataDir): void {
  const other = readRunning(dir);
  if (other && other.pid !== process.pid) {
    throw new Refusal(
      5,
      `process ${other.pid} already runs the cluster in ${dir.root}; stop it with coxswain down`,
    );
  }
}

async function open(
  plane: ControlPlane,
  tls: TlsFiles,
  { bind, port }: ServeOptions,
): Promise<number> {
  try {
    return (await plane.server.listen({ host: bind, port, tls })).port;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "EADDRINUSE" ? "another program uses it" : message;
    throw new Refusal(
      5,
      `cannot listen on ${bind}:${port}: ${why}; choose another --port (0: a free one)`,
      {
        cause: error,
      },
    );
  }
}

const tlsOf = ({ serving, authority }: ClusterPki, { tls }: ApiSettings): TlsFiles => ({
  ...tls,
  cert: serving.certificate,
  key: serving.key,
  clientCa: authority.certificate,
});

const everywhere = "0.0.0.0";
const reachable = (bind: string): string => (bind === everywhere ? "127.0.0.1" : bind);

/** Where pods and nodes reach the server: pods cannot reach a loopback address, so the machine's own is told. */
const advertised = ({ bind }: ServeOptions): string =>
  bind === everywhere || bind.startsWith("127.") ? outwardAddress() : bind;

type Access = {
  dir: DataDir;
  options: ServeOptions;
  pki: ClusterPki;
  admin: Promise<Issued>;
  running: Running;
  environment: NodeJS.ProcessEnv;
};

async function writeAccess(access: Access): Promise<void> {
  const { dir, options, pki, admin, running, environment } = access;
  const config = makeKubeconfig({
    name: options.name,
    server: running.server,
    authority: pki.authority.certificate,
    client: await admin,
  });
  writePrivate(dir.kubeconfig, kubeconfigText(config));
  if (options.mergeKubeconfig) await mergeKubeconfig(userKubeconfig(environment), config);
  writeRunning(dir, running);
}
