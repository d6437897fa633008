// Clients in other languages, each from its own registry and unchanged, against one cluster with a simulated node.
import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { startCluster } from "../../src/main/testing.ts";
import { run } from "../e2e/machine.ts";

const sources = join(import.meta.dirname, "clients");
const made = join(tmpdir(), "cox-clients");
mkdirSync(made, { recursive: true });

type Prepared = { skip: string } | { command: string; args: string[]; cwd?: string };
type Build = { command: string; args: string[]; cwd?: string; env?: NodeJS.ProcessEnv };

/** Undefined when it could be built; the end of what was said otherwise. */
async function built({ command, args, cwd, env }: Build): Promise<string | undefined> {
  const options = { timeoutMs: 1_500_000, ...(cwd ? { cwd } : {}), ...(env ? { env } : {}) };
  const { code, stdout, stderr } = await run(command, args, options);
  return code === 0 ? undefined : `${command} failed: ${`${stdout}${stderr}`.slice(-400)}`;
}

async function inGo(): Promise<Prepared> {
  const program = join(made, "client-go");
  const env = { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly" };
  const args = ["-C", join(sources, "go"), "build", "-o", program, "."];
  const why = await built({ command: "go", args, env });
  return why === undefined ? { command: program, args: [] } : { skip: why };
}

async function inJavaScript(): Promise<Prepared> {
  const cwd = join(made, "javascript");
  cpSync(join(sources, "javascript"), cwd, { recursive: true });
  const why = await built({ command: "npm", args: ["ci", "--ignore-scripts"], cwd });
  if (why !== undefined) return { skip: why };
  return { command: process.execPath, args: [join(cwd, "client.mjs")] };
}

async function inJava(): Promise<Prepared> {
  const cwd = join(made, "java");
  cpSync(join(sources, "java"), cwd, { recursive: true });
  const goals = ["compile", "dependency:build-classpath", "-Dmdep.outputFile=classpath"];
  const why = await built({ command: "mvn", args: ["-q", "-B", ...goals], cwd });
  if (why !== undefined) return { skip: why };
  const path = `target/classes:$(cat classpath)`;
  return { command: "sh", args: ["-c", `cd ${cwd} && java -cp ${path} Client`] };
}

async function inRust(): Promise<Prepared> {
  const cwd = join(made, "rust");
  cpSync(join(sources, "rust"), cwd, { recursive: true });
  const why = await built({ command: "cargo", args: ["build", "--locked", "-q"], cwd });
  if (why !== undefined) return { skip: why };
  return { command: join(cwd, "target/debug/client"), args: [] };
}

const cluster = await startCluster({ simulatedNodes: 1 });
after(() => cluster[Symbol.asyncDispose]());
const kubeconfig = join(made, "kubeconfig");
writeFileSync(kubeconfig, await cluster.kubeconfig(), { mode: 0o600 });

const clients: Record<string, () => Promise<Prepared>> = {
  "client-go": inGo,
  "@kubernetes/client-node": inJavaScript,
  "fabric8 (Java)": inJava,
  "kube-rs": inRust,
};

for (const [name, prepare] of Object.entries(clients)) {
  test(`${name} does what its users do`, async (t) => {
    const prepared = await prepare();
    if ("skip" in prepared) return t.skip(prepared.skip);
    assert.ok(existsSync(kubeconfig));
    const { command, args } = prepared;
    const options = { env: { KUBECONFIG: kubeconfig }, timeoutMs: 180_000 };
    const { code, stdout, stderr } = await run(command, args, options);
    assert.equal(code, 0, `${stdout}${stderr}`);
    assert.match(stdout, /^done$/m);
  });
}
