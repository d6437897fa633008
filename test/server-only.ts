// Starts the API server alone, on a store in memory, and writes a kubeconfig for its administrator: for checks of
// the API by clients from outside. `node test/server-only.ts --dir DIR [--port 0]`.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Log } from "../src/lib/log.ts";
import { systemClock, systemRandom } from "../src/lib/system.ts";
import { builtinKinds } from "../src/schema/kinds/index.ts";
import type { Resource } from "../src/schema/resource.ts";
import { configMaps, namespaces, serviceAccounts } from "../src/schema/resources.ts";
import { StatusError } from "../src/schema/status-error.ts";
import { bootstrap } from "../src/server/bootstrap.ts";
import { call, pathOf } from "../src/server/call.ts";
import { stampOffset } from "../src/server/codec.ts";
import { makeEdge } from "../src/server/edge.ts";
import { makeServer } from "../src/server/server.ts";
import { openMemoryStore } from "../src/store/memory.ts";

const { values } = parseArgs({
  options: { dir: { type: "string" }, port: { type: "string", default: "0" } },
});
const dir = values.dir ?? "";
if (dir === "") throw new Error("--dir names the folder for certificates and the kubeconfig");
mkdirSync(dir, { recursive: true });
const file = (name: string): string => join(dir, name);
const read = (name: string): string => readFileSync(file(name), "utf8");

const openssl = (...args: string[]): void => {
  execFileSync("openssl", args, { cwd: dir, stdio: ["ignore", "ignore", "ignore"] });
};

function makeCertificates(): void {
  for (const name of ["ca", "sa", "server", "admin"])
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", `${name}.key`);
  openssl(
    "req",
    "-x509",
    "-new",
    "-key",
    "ca.key",
    "-subj",
    "/CN=ca",
    "-days",
    "30",
    "-out",
    "ca.crt",
  );
  const extensions: Record<string, [string, string]> = {
    server: ["/CN=kube-apiserver", "subjectAltName=IP:127.0.0.1,DNS:localhost"],
    admin: ["/O=system:masters/CN=admin", "extendedKeyUsage=clientAuth"],
  };
  for (const [name, [subject, extension]] of Object.entries(extensions)) {
    writeFileSync(file(`${name}.ext`), `${extension}\n`);
    openssl("req", "-new", "-key", `${name}.key`, "-subj", subject, "-out", `${name}.csr`);
    openssl(
      ..."x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 30".split(" "),
      ...["-in", `${name}.csr`, "-extfile", `${name}.ext`, "-out", `${name}.crt`],
    );
  }
}

const kubeconfig = (url: string): object => ({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "c", cluster: { server: url, "certificate-authority": file("ca.crt") } }],
  users: [
    {
      name: "u",
      user: { "client-certificate": file("admin.crt"), "client-key": file("admin.key") },
    },
  ],
  contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
  "current-context": "c",
});

makeCertificates();
const say = (message: string, fields = {}): void =>
  void process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
const log: Log = { debug() {}, info: say, warn: say, error: say };
const store = openMemoryStore({ clock: systemClock, stamp: stampOffset });
let address = "";
const server = makeServer({
  store,
  kinds: builtinKinds,
  clock: systemClock,
  random: systemRandom,
  build: { commit: "", date: "1970-01-01T00:00:00Z", platform: "linux/amd64" },
  log,
  connectNode: (name) =>
    Promise.reject(new StatusError(503, "ServiceUnavailable", `no agent runs on node "${name}"`)),
  edge: (core) =>
    makeEdge(core, {
      clientAuthorities: read("ca.crt"),
      serviceAccounts: { keys: [read("sa.key")], issuer: "https://kubernetes.default.svc" },
      address: () => address,
      log,
    }),
});
const listener = await server.listen({
  host: "127.0.0.1",
  port: Number(values.port),
  tls: { key: read("server.key"), cert: read("server.crt"), clientCa: read("ca.crt") },
});
address = `127.0.0.1:${listener.port}`;
writeFileSync(file("kubeconfig"), JSON.stringify(kubeconfig(`https://${address}`)));
const stopBootstrap = await bootstrap(server.core, {
  clientAuthorities: read("ca.crt"),
  endpoint: { address: "192.0.2.1", port: listener.port },
  serviceCidr: "10.96.0.0/12",
  serviceAddress: "10.96.0.1",
  log,
});
/** What the controllers of a whole cluster do for each namespace, so that pods can be made. */
server.core.view(namespaces).onChange((_none, name, namespace) => {
  if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return;
  const data = { "ca.crt": read("ca.crt") };
  const ensure = (resource: Resource, object: object): void =>
    void call(server.core, { method: "POST", path: pathOf(resource, name), body: object }).catch(
      (error: unknown) => {
        if (!(error instanceof StatusError) || error.reason !== "AlreadyExists") throw error;
      },
    );
  ensure(serviceAccounts, { metadata: { name: "default" } });
  ensure(configMaps, { metadata: { name: "kube-root-ca.crt" }, data });
});
say(`serves https://${address}`);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, async () => {
    stopBootstrap();
    await server.stop(2000);
    await store.close();
    process.exit(0);
  });
