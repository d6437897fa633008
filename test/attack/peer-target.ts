// kube-apiserver on an etcd of its own under the same attacks: the oracle for what an answer should be. The programs are
// those of the folder $COXSWAIN_TEST_TOOLS or of the PATH.
import { type ChildProcess, spawn } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { existsSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findEtcd, freePorts, startEtcd } from "../store/etcd-cluster.ts";
import { soon } from "./setting.ts";
import { askerOf, issuer, makePki, type Target, tokens } from "./target.ts";

const folders = [
  process.env["COXSWAIN_TEST_TOOLS"] ?? "",
  ...(process.env["PATH"] ?? "").split(delimiter),
];
const programOf = (name: string): string => {
  const found = folders.map((f) => join(f, name)).find((f) => existsSync(f));
  if (found === undefined) throw new Error(`${name} is not on the PATH or in $COXSWAIN_TEST_TOOLS`);
  return found;
};

const nothing = { heapBytes: 0, stallMs: 0, paceMs: 0, faults: [], polluted: [], log: [] };

/** What attacks cost it is not known: `told` tells nothing. */
export async function startPeerTarget(): Promise<Target> {
  const [server, controllers] = ["kube-apiserver", "kube-controller-manager"].map(programOf);
  const etcd = await startEtcd(findEtcd()!, { members: 1 });
  const { folder, pki } = makePki();
  const file = (name: string): string => join(folder, name);
  const rows = [...tokens.values()].map(
    ({ token, user, groups = [] }) =>
      `${token},${user},${user}${groups.length === 0 ? "" : `,"${groups.join(",")}"`}\n`,
  );
  writeFileSync(file("tokens.csv"), rows.join(""), { mode: 0o600 });
  const publicKey = createPublicKey(pki.tokenKeys[0]!).export({ type: "spki", format: "pem" });
  writeFileSync(file("sa.pub"), publicKey);
  const [port = 0] = await freePorts(1);
  const log = openSync(file("log"), "a");
  const children: ChildProcess[] = [];
  const start = (program: string, flags: Readonly<Record<string, string>>): void => {
    const words = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
    children.push(spawn(program, words, { stdio: ["ignore", log, log] }));
  };
  start(server!, {
    "bind-address": "127.0.0.1",
    "secure-port": String(port),
    "cert-dir": folder,
    "tls-cert-file": file("apiserver.crt"),
    "tls-private-key-file": file("apiserver.key"),
    "client-ca-file": file("ca.crt"),
    "token-auth-file": file("tokens.csv"),
    "service-account-key-file": file("sa.pub"),
    "service-account-signing-key-file": file("sa.key"),
    "service-account-issuer": issuer,
    "service-cluster-ip-range": "10.96.0.0/16",
    "authorization-mode": "Node,RBAC",
    "enable-admission-plugins": "NodeRestriction",
    "requestheader-client-ca-file": file("front-proxy-ca.crt"),
    "requestheader-username-headers": "X-Remote-User",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "requestheader-allowed-names": "front-proxy-client",
    "proxy-client-cert-file": file("front-proxy-client.crt"),
    "proxy-client-key-file": file("front-proxy-client.key"),
    "kubelet-client-certificate": file("apiserver-kubelet-client.crt"),
    "kubelet-client-key": file("apiserver-kubelet-client.key"),
    "kubelet-certificate-authority": file("ca.crt"),
    "allow-privileged": "true",
    "etcd-servers": etcd.endpoints.join(","),
    "etcd-cafile": etcd.files.ca,
    "etcd-certfile": etcd.files.certificate,
    "etcd-keyfile": etcd.files.key,
  });
  const asker = askerOf(port, pki);
  const end = async (): Promise<void> => {
    asker.close();
    await Promise.all(children.map(ended));
    await etcd[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await soon("kube-apiserver", async () => {
      if (children[0]?.exitCode !== null)
        throw new Error(readFileSync(file("log"), "utf8").slice(-2000));
      const answer = await asker.ask("GET /readyz", { as: "admin" }).catch(() => undefined);
      return answer?.status === 200;
    });
  } catch (error) {
    await end();
    throw error;
  }
  writeFileSync(file("kubeconfig"), kubeconfigOf(port, file("ca.crt")), { mode: 0o600 });
  start(controllers!, {
    kubeconfig: file("kubeconfig"),
    "bind-address": "127.0.0.1",
    "secure-port": "0",
    "leader-elect": "false",
    "service-account-private-key-file": file("sa.key"),
    "root-ca-file": file("ca.crt"),
    "cluster-signing-cert-file": file("ca.crt"),
    "cluster-signing-key-file": file("ca.key"),
    "use-service-account-credentials": "true",
  });
  return { ...asker, told: () => Promise.resolve(nothing), [Symbol.asyncDispose]: end };
}

const kubeconfigOf = (port: number, authority: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "c",
        cluster: { server: `https://127.0.0.1:${port}`, "certificate-authority": authority },
      },
    ],
    users: [{ name: "u", user: { token: tokens.get("admin")!.token } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await gone;
}
