// The process under attack: a whole control plane at a port of loopback, which tells what the attacks cost it.
import { systemClock, systemRandom } from "../../src/lib/system.ts";
import { makeControlPlane } from "../../src/main/control-plane.ts";
import { makeNodeApis } from "../../src/main/node-apis.ts";
import { serveDefaults } from "../../src/main/options.ts";
import { certifier } from "../../src/main/pki/certify.ts";
import { folderVault, openPki } from "../../src/main/pki/cluster-pki.ts";
import { textLog } from "../../src/main/text-log.ts";
import { nodes } from "../../src/schema/resources.ts";
import { stampOffset } from "../../src/server/codec.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import { issuer, type Told, tokens } from "./target.ts";

const tickMs = 5;
const logLinesMax = 2000;

const [folder = ""] = process.argv.slice(2);
const world = { clock: systemClock, random: systemRandom };
const lines: string[] = [];
const log = textLog(systemClock, (line) => {
  if (lines.length < logLinesMax) lines.push(line);
});
const pki = openPki(folderVault(folder), {
  dnsNames: ["localhost"],
  ipAddresses: ["127.0.0.1"],
  nowMs: systemClock.now(),
  random: systemRandom,
});
const store = openMemoryStore({ clock: systemClock, stamp: stampOffset });
const endpoint = { address: "192.0.2.1", port: 6443 };
const plane = makeControlPlane({
  ...serveDefaults,
  ...world,
  store,
  log,
  turnEnd: (run) => void setImmediate(run),
  authority: pki.authority.certificate,
  edge: {
    staticTokens: [...tokens.values()],
    clientAuthorities: pki.authority.certificate,
    frontProxyAuthorities: pki.frontProxyAuthority.certificate,
    frontProxyClient: pki.frontProxyClient,
    serviceAccounts: { keys: pki.tokenKeys, issuer },
    address: () => `${endpoint.address}:${endpoint.port}`,
  },
  endpoint: () => endpoint,
  connectNode: (name) => apis.connect(name),
  certify: certifier(pki.authority, world),
});
const { certificate, key } = pki.nodeClient;
const apis = makeNodeApis(() => plane.caches.of(nodes), {
  authority: pki.authority.certificate,
  certificate,
  key,
});
const { port } = await plane.server.listen({
  host: "127.0.0.1",
  port: 0,
  tls: {
    key: pki.serving.key,
    cert: pki.serving.certificate,
    clientCa: pki.authority.certificate,
  },
});
await plane.start();

/** Longest work of this thread between two turns of the timer, ms of CPU: a busy machine does not lengthen it. */
let stallMs = 0;
const cpuMs = (): number => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
};
let last = cpuMs();
setInterval(() => {
  const now = cpuMs();
  stallMs = Math.max(stallMs, now - last);
  last = now;
}, tickMs);

const heapBytes = (): number => {
  // Twice: what has a finalizer goes with the second one.
  globalThis.gc!();
  globalThis.gc!();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** CPU that a fixed piece of work takes now, ms: caches and cores are shared with whatever else runs. */
function paceMs(): number {
  const begun = cpuMs();
  let text = "[";
  for (let i = 0; i < 20_000; i++) text += `{"a":"${i}"},`;
  JSON.stringify(JSON.parse(`${text}0]`));
  return cpuMs() - begun;
}

const faults: string[] = [];
process.on("uncaughtException", (error) => faults.push(String(error.stack)));
process.on("unhandledRejection", (error) => faults.push(String(error)));

process.on("message", ({ is }: { is: string }) => {
  if (is === "stop") return void plane.stop(0).then(() => process.exit(0));
  const polluted = Object.keys(Object.prototype);
  const told: Told = {
    heapBytes: is === "measure" ? heapBytes() : 0,
    paceMs: is === "measure" ? paceMs() : 0,
    stallMs,
    faults: faults.splice(0),
    polluted,
    log: lines.splice(0),
  };
  process.send!(told, () => {
    // What it cost to tell this is no attack's.
    last = cpuMs();
    stallMs = 0;
  });
});
process.on("disconnect", () => process.exit(1));
process.send!({ port });
