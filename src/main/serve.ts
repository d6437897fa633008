// `coxswain server`: a cluster in this process, from its data directory to the last closing line.
import { systemClock, systemRandom } from "../lib/system.ts";
import { insist } from "../server/insist.ts";
import { startOf } from "../store/process-start.ts";
import { takenAddresses } from "./addresses.ts";
import { administrator } from "./control-plane.ts";
import { claim, type DataDir, dataDir, writePrivate } from "./data-dir.ts";
import { type Ends, makeEnds } from "./ends.ts";
import { trimAtRest, v8Engine } from "./idle-memory.ts";
import { ensureJoinObjects } from "./join-objects.ts";
import { kubeconfigText, makeKubeconfig, mergeKubeconfig, userKubeconfig } from "./kubeconfig.ts";
import { startLocalNodes } from "./local-nodes.ts";
import { clusterNetworks } from "./networks.ts";
import { type Asked, type OpenCluster, openCluster } from "./open-cluster.ts";
import { listenOn, type OpenPlane, openPlane, reachable, tlsOf } from "./open-plane.ts";
import { type Progress, type Running, type ServeAsk, serveDefaults } from "./options.ts";
import type { ClusterPki } from "./pki/cluster-pki.ts";
import type { Issued } from "./pki/keys.ts";
import { Refusal } from "./refusal.ts";
import { clearRunning, readRunning, writeRunning } from "./running.ts";
import { snapshotSchedule, startScheduledSnapshots } from "./scheduled-snapshots.ts";
import { readSecret } from "./shared-keys.ts";
import { textLog } from "./text-log.ts";

export type Served = { readonly running: Running; stop(): Promise<void> };

export type ServeParts = {
  report: Progress;
  environment: NodeJS.ProcessEnv;
  /** The API answers; nodes may still be coming up. */
  onServing: (running: Running) => void;
};

/** Resolves when a pod could run. Throws a `Refusal` when something stands in the way; then all is closed again. */
export async function serve(ask: ServeAsk, parts: ServeParts): Promise<Served> {
  const asked = settled(ask, parts.report);
  const { snapshotSchedule: text } = asked.options;
  const schedule = text === undefined ? undefined : snapshotSchedule(text);
  const ends = makeEnds();
  // Last of all; another process that came first has written its own.
  ends.add(() => {
    if (readRunning(asked.dir)?.pid === process.pid) clearRunning(asked.dir);
  });
  try {
    const cluster = await openCluster(asked, ends);
    const admin = cluster.adminOf();
    // Its key is made while the server starts; who waits for it hears of a failure.
    admin.catch(() => {});
    let { port } = asked.options;
    const open = openPlane(cluster, () => port, ends);
    port = await listenOn(
      open.plane,
      tlsOf(cluster.keeper.pki.value, cluster.settings),
      asked.options,
    );
    await open.plane.prepare();
    const running = await introduce(cluster, open, { port, admin, parts });
    parts.onServing(running);
    // Who waits for the API has it before controllers and scheduler load all that there is.
    open.plane.work();
    if (schedule !== undefined) {
      const { dir, options, backup, clock, log } = cluster;
      const { snapshots: folder } = dir;
      const made = { schedule, keep: options.snapshotKeep, folder, backup, clock, log };
      const snapshots = startScheduledSnapshots(made);
      ends.add(() => snapshots.stop());
    }
    await bringUpNodes(cluster, open, { port, running, report: parts.report, ends });
    ends.add(trimAtRest(asked.clock, v8Engine));
    return { running, stop: ends.run };
  } catch (error) {
    // Why it did not start is told, not what came of that.
    await ends.run().catch((cause) => asked.log.warn("the failed start is not closed", { cause }));
    throw error;
  }
}

/** What is asked for, with the networks that the cluster has or gets. */
function settled(ask: ServeAsk, report: Progress): Asked {
  const dir = dataDir(ask.dataDir);
  claim(dir, ask.name);
  refuseSecond(dir);
  const { networks, ...rest } = ask;
  const taken = ask.node === "none" ? [] : takenAddresses();
  const options = { ...rest, ...clusterNetworks(dir, networks, taken) };
  const { podCidr, serviceCidr, clusterSecret } = options;
  if (networks.podCidr === undefined && podCidr !== serveDefaults.podCidr)
    report(`pods get ${podCidr} and services ${serviceCidr}: others have the usual networks`);
  return {
    dir,
    options,
    secret: clusterSecret === undefined ? undefined : readSecret(clusterSecret),
    clock: systemClock,
    random: systemRandom,
    log: textLog(systemClock, (line) => process.stderr.write(line)),
  };
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

type Introduction = { port: number; admin: Promise<Issued>; parts: ServeParts };

/** Tells nodes and users where the server is, now and when its certificates are other ones. */
async function introduce(
  cluster: OpenCluster,
  { plane, apis }: OpenPlane,
  { port, admin, parts }: Introduction,
): Promise<Running> {
  const { options, keeper, settings, clock, log } = cluster;
  const running: Running = {
    pid: process.pid,
    processStart: startOf(process.pid),
    server: `https://${reachable(options.bind)}:${port}`,
    name: options.name,
    startedAt: new Date(clock.now()).toISOString(),
    simulatedNodes: options.simulatedNodes,
  };
  const { environment } = parts;
  keeper.pki.onChange((renewed) => {
    plane.server.renew(tlsOf(renewed, settings));
    apis.renew(renewed.nodeClient);
    const anew = { pki: renewed, admin: cluster.adminOf(), running, environment };
    writeAccess(cluster, anew).catch((error) =>
      log.error("the kubeconfig cannot be written anew", { error }),
    );
  });
  const pki = keeper.pki.value;
  await insist({ clock, log }, "what joining nodes need", () =>
    ensureJoinObjects(plane.clientFor(administrator), {
      server: running.server,
      authority: pki.authority.certificate,
      podCidr: options.podCidr,
      serviceCidr: options.serviceCidr,
      dnsIp: options.dnsIp,
      clusterDomain: options.clusterDomain,
    }),
  );
  await writeAccess(cluster, { pki, admin, running, environment });
  return running;
}

type Access = {
  pki: ClusterPki;
  admin: Promise<Issued>;
  running: Running;
  environment: NodeJS.ProcessEnv;
};

async function writeAccess({ dir, options }: OpenCluster, access: Access): Promise<void> {
  const { pki, admin, running, environment } = access;
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

type Nodes = { port: number; running: Running; report: Progress; ends: Ends };

/** Resolves when a pod could run, and writes down which nodes there are. */
async function bringUpNodes(
  { dir, options, keeper, log }: OpenCluster,
  { plane, apis }: OpenPlane,
  { port, running, report, ends }: Nodes,
): Promise<void> {
  const pki = keeper.pki.value;
  const local = await startLocalNodes({ plane, pki, apis, options, dir, port, log, report });
  ends.add(() => local.stop());
  if (local.node !== undefined) running.node = local.node;
  running.simulatedNodes = local.simulatedNodes;
  writeRunning(dir, running);
}
