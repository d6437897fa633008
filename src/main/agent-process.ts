// `coxswain agent`: a worker node in a process of its own, over HTTPS.
import { makeCaches } from "../client/cache.ts";
import { httpClient } from "../client/http.ts";
import { systemClock, systemRandom } from "../lib/system.ts";
import { configMaps, nodes } from "../schema/resources.ts";
import { listen } from "../server/listen.ts";
import { claim, dataDir } from "./data-dir.ts";
import { whyNoRealNode } from "./doctor.ts";
import { httpsApi } from "./https-api.ts";
import { join, requestCertificate } from "./join.ts";
import { guarded } from "./kubelet-guard.ts";
import { type Progress, serveDefaults } from "./options.ts";
import { folderVault } from "./pki/cluster-pki.ts";
import { kubeletPort, startRealNode } from "./real-node.ts";
import { Refusal } from "./refusal.ts";
import { textLog } from "./text-log.ts";

export type AgentProcessOptions = {
  server: string;
  token?: string;
  name: string;
  dataDir: string;
  nodeName: string;
  runtimeEndpoint?: string;
  registryMirrors: Readonly<Record<string, string>>;
};

/** Resolves when a pod could run on this node. */
export async function serveAgent(
  options: AgentProcessOptions,
  report: Progress,
): Promise<{ stop(): Promise<void> }> {
  const missing = whyNoRealNode();
  if (missing !== "") throw new Refusal(5, `no real node can run here: ${missing}`);
  const dir = dataDir(options.dataDir);
  claim(dir, options.name);
  const log = textLog(systemClock, (line) => process.stderr.write(line));
  const { server, nodeName } = options;
  const vault = folderVault(dir.pki);
  const clock = systemClock;
  const joined = await join({ ...options, vault, clock });
  report(`${nodeName} may act as a node of ${server}`);
  const https = httpsApi({ server, authority: joined.authority, ...joined.client });
  const client = httpClient(https.api, { "user-agent": "kubelet" });
  const caches = makeCaches({ client, clock, random: systemRandom, log });
  const network = await networkOf(client);
  const node = await startRealNode({
    ...options,
    ...network,
    dir: dir.node,
    client,
    caches,
    port: kubeletPort,
    clock,
    random: systemRandom,
    log,
    report,
  });
  const own = await client.get(nodes, { name: nodeName });
  const addresses = own.status?.addresses ?? [];
  const serving = await requestCertificate(client, {
    subject: { commonName: `system:node:${nodeName}`, organizations: ["system:nodes"] },
    signer: "kubernetes.io/kubelet-serving",
    usage: "server auth",
    nodeName,
    ipAddresses: addresses.filter((a) => a.type === "InternalIP").map((a) => a.address),
    dnsNames: addresses.filter((a) => a.type === "Hostname").map((a) => a.address),
    clock,
  });
  const listener = await listen({
    api: guarded(node.api, { nodeName, authority: joined.authority, client, clock }),
    tls: { key: serving.key, cert: serving.certificate, clientCa: joined.authority },
    host: "0.0.0.0",
    port: kubeletPort,
    clock,
    log,
  });
  await node.ready;
  return {
    async stop() {
      await listener.stop(0);
      await node.stop();
      await caches.stop();
      https.close();
    },
  };
}

/** The networks of the cluster, which its server has published. */
async function networkOf(client: ReturnType<typeof httpClient>) {
  const { podCidr, serviceCidr, dnsIp, clusterDomain } = serveDefaults;
  const info = await client.get(configMaps, { namespace: "kube-public", name: "cluster-info" });
  const told = JSON.parse(info.data?.["network"] ?? "{}") as Record<string, string>;
  return { podCidr, serviceCidr, dnsIp, clusterDomain, ...told };
}
