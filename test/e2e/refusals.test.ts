// What a person gets who has no root, or who asks for what cannot be: one clear sentence, and nothing is lost.
import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";
import { lockFolder } from "../../src/store/lock.ts";
import { type Machine, makeMachine, type Output, run, whyNoKubectl } from "./machine.ts";

const noKubectl = whyNoKubectl() ?? false;
const isRoot = process.getuid?.() === 0;
const program = resolve(import.meta.dirname, "../../bin/coxswain.mjs");

let machine: Machine;

before(async () => {
  machine = makeMachine("refusals", ["--node", "none", "--simulated-nodes", "1"]);
  await machine.up();
});

after(async () => {
  await machine[Symbol.asyncDispose]();
});

/** Runs the program in a folder of its own, as a user without rights where this test is root. */
async function asPlainUser(
  use: (coxswain: (...args: string[]) => Promise<Output>, home: string) => Promise<void>,
) {
  const home = mkdtempSync(join(tmpdir(), "cox-plain-"));
  chmodSync(home, 0o755);
  if (isRoot) chownSync(home, 65534, 65534);
  const env = { HOME: home, KUBECONFIG: join(home, "config") };
  const drop = isRoot ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
  const [command = "", ...rest] = [...drop, process.execPath, program];
  const coxswain = (...args: string[]) => run(command, [...rest, ...args], { env });
  try {
    await use(coxswain, home);
  } finally {
    await coxswain("delete");
    rmSync(home, { recursive: true, force: true });
  }
}

test("without root the cluster says so and runs with a simulated node", {
  skip: noKubectl,
}, async () => {
  await asPlainUser(async (coxswain, home) => {
    const up = await coxswain("up", "--port", "0");
    assert.equal(up.code, 0, up.stderr);
    assert.match(
      up.stderr,
      /no real node can run here: it needs root \(.*\)\. Pods run on a simulated node instead/,
    );
    const env = { KUBECONFIG: join(home, "config") };
    const kubectl = (...args: string[]) => run("kubectl", args, { env });
    await kubectl("create", "deployment", "web", "--image=nginx:1.14.2", "--replicas=2");
    const rolled = await kubectl("rollout", "status", "deployment/web", "--timeout=30s");
    assert.equal(rolled.code, 0, rolled.stderr);
    const context = await kubectl("config", "current-context");
    assert.equal(context.stdout.trim(), "coxswain-default");
  });
});

test("a real node that cannot run is refused with exit code 5", {
  skip: isRoot ? false : "needs root to drop it",
}, async () => {
  await asPlainUser(async (coxswain) => {
    const up = await coxswain("up", "--port", "0", "--node", "real");
    assert.equal(up.code, 5);
    assert.match(up.stderr, /no real node can run here: it needs root/);
  });
});

test("a machine without containerd says what is missing, and runs a simulated node", {
  skip: isRoot ? false : "without root, that is what is said",
}, async () => {
  await using other = makeMachine("bare");
  const bin = join(other.folder, "bin");
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, "node"));
  const env = { PATH: bin, HOME: other.folder, KUBECONFIG: join(other.folder, "config") };
  const place = ["--name", "bare", "--data-dir", other.dataDir];
  const coxswain = (...words: string[]) => run(process.execPath, [program, ...words], { env });
  const up = await coxswain("up", "--port", "0", ...place);
  assert.equal(up.code, 0, up.stderr);
  assert.match(
    up.stderr,
    /^no real node can run here: containerd\b.* missing; install with: (npx )?coxswain doctor --install-missing\. Pods run on a simulated node instead$/m,
  );
  const status = await coxswain("status", ...place);
  assert.match(status.stdout, /nodes: +1 of 1 ready, 1 simulated/);
  assert.match(status.stdout, /^log: +\/.*\.log$/m);
  const doctor = await coxswain("doctor");
  assert.equal(doctor.code, 5);
  assert.match(doctor.stdout, /^missing +containerd \(runs containers\)/m);
});

test("a worker node without root is refused before it joins", {
  skip: isRoot ? false : "needs root to drop it",
}, async () => {
  await asPlainUser(async (coxswain) => {
    const agent = await coxswain("agent", "--server", "https://127.0.0.1:1", "--token", "x");
    assert.equal(agent.code, 5);
    assert.match(agent.stderr, /no real node can run here: it needs root/);
  });
});

test("a second up tells that the cluster runs, and what to type", async () => {
  const again = await machine.coxswain("up", "--no-kubeconfig", "--node", "none");
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stdout, /^Cluster refusals is running already, at https:/);
  assert.match(again.stdout, /^Use it: +kubectl .*\nStop it: /m);
});

test("a token comes with the command that joins a node, and what that asks of the server", async () => {
  const { code, stdout, stderr } = await machine.coxswain("token");
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^[a-z0-9]{6}\.[a-z0-9]{16}\.[0-9a-f]{64}\n$/);
  assert.ok(stderr.includes(`--token ${stdout.trim()}`));
  assert.match(stderr, /^the server must listen there.* coxswain up .*--bind 0\.0\.0\.0$/m);
});

test("the help names every flag once, under its heading", async () => {
  const { code, stdout } = await run(process.execPath, [program, "up", "--help"]);
  assert.equal(code, 0);
  const headings = [...stdout.matchAll(/^(\S.*):$/gm)].map(([, heading]) => heading);
  assert.deepEqual(headings, [
    "Options",
    "Nodes and images",
    "Networks",
    "Store",
    "Authentication",
    "Authorization",
    "Audit",
    "Admission",
    "TLS",
  ]);
  const flags = [...stdout.matchAll(/^ {2}(?:-\S, )?(--\S+)/gm)].map(([, flag]) => flag);
  assert.ok(flags.length > 60);
  assert.equal(new Set(flags).size, flags.length);
});

test("a port in use is named, with the way out", async () => {
  const blocker = createServer();
  await new Promise<void>((ready) => blocker.listen(0, "127.0.0.1", ready));
  const address = blocker.address();
  const port = typeof address === "object" && address ? `${address.port}` : "";
  const other = makeMachine("port", ["--node", "none"]);
  const up = await other.coxswain("up", "--no-kubeconfig", "--node", "none", "--port", port);
  assert.equal(up.code, 5);
  assert.match(
    up.stderr,
    new RegExp(
      `cannot listen on 127\\.0\\.0\\.1:${port}: another program uses it; choose another --port`,
    ),
  );
  blocker.close();
  await other[Symbol.asyncDispose]();
});

test("the networks of a cluster are kept, and cannot change later", async () => {
  await using other = makeMachine("networks", ["--node", "none"]);
  const up = (...flags: string[]) =>
    other.coxswain("up", "--no-kubeconfig", "--node", "none", "--port", "0", ...flags);
  const address = () =>
    other.tryKubectl(["get", "service", "kubernetes", "-o", "jsonpath={.spec.clusterIP}"]);
  assert.equal((await up("--service-cidr", "10.119.0.0/16")).code, 0);
  assert.equal((await other.coxswain("down")).code, 0);
  const moved = await up("--service-cidr", "10.120.0.0/16");
  assert.equal(moved.code, 2);
  assert.match(moved.stderr, /was made with --service-cidr 10\.119\.0\.0\/16, which cannot change/);
  assert.equal((await up()).code, 0);
  if (!noKubectl) assert.equal((await address()).stdout, "10.119.0.1");
});

test("a cluster whose process is stuck is told by up and status, with the way out", async () => {
  await using other = makeMachine("stuck", ["--node", "none"]);
  await other.up();
  const { pid } = JSON.parse(readFileSync(join(other.dataDir, "running.json"), "utf8"));
  process.kill(pid, "SIGSTOP");
  try {
    const up = await other.coxswain("up", "--no-kubeconfig", "--node", "none");
    assert.equal(up.code, 1);
    assert.match(up.stderr, /does not answer \(no answer within 5 s\); see .*coxswain down --name/);
    const status = await other.coxswain("status");
    assert.match(status.stdout, /not ready: no answer within 5 s/);
  } finally {
    process.kill(pid, "SIGCONT");
  }
});

test("the data directory of another cluster is left alone", async () => {
  const up = await run(process.execPath, [
    program,
    "up",
    "--name",
    "other",
    "--data-dir",
    machine.dataDir,
    "--no-kubeconfig",
    "--node",
    "none",
    "--port",
    "0",
  ]);
  assert.equal(up.code, 5);
  assert.match(
    up.stderr,
    /belongs to cluster "refusals", not "other"; start it with --name refusals/,
  );
});

test("a folder with somebody's files is no data directory", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cox-foreign-"));
  writeFileSync(join(folder, "thesis.tex"), "all of it");
  chmodSync(folder, 0o755);
  const words = ["up", "--data-dir", folder, "--no-kubeconfig", "--node", "none", "--port", "0"];
  const up = await run(process.execPath, [program, ...words]);
  assert.equal(up.code, 5);
  assert.match(
    up.stderr,
    /holds other files \(thesis\.tex\) and no cluster; choose a new or empty/,
  );
  assert.equal(statSync(folder).mode & 0o777, 0o755);
  rmSync(folder, { recursive: true, force: true });
});

test("a data directory without permission is named", {
  skip: isRoot ? false : "needs root to prepare it",
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "cox-shut-"));
  mkdirSync(join(folder, "shut"), { mode: 0o700 });
  chmodSync(folder, 0o755);
  await asPlainUser(async (coxswain) => {
    const up = await coxswain("up", "--data-dir", join(folder, "shut/d"), "--port", "0");
    assert.equal(up.code, 5);
    assert.match(
      up.stderr,
      /data directory .*shut\/d cannot be used: EACCES.*choose another with --data-dir/,
    );
    const status = await coxswain("status", "--data-dir", join(folder, "shut/d"));
    assert.equal(status.code, 5);
    assert.match(status.stderr, /shut\/d cannot be looked into: EACCES.*run as its owner/);
  });
  rmSync(folder, { recursive: true, force: true });
});

const usage: [string[], RegExp][] = [
  [["up", "--port", "99999"], /--port 99999: a whole number from 0 to 65535/],
  [["up", "--node", "maybe"], /--node maybe: auto, real or none/],
  [["up", "--name", "No Good"], /--name "No Good": at most 40/],
  [["up", "--registry-mirror", "x"], /--registry-mirror x: HOST=URL/],
  [["up", "--nonsense"], /unknown option '--nonsense'/],
  [["sail"], /unknown command 'sail'/],
  [["agent"], /--server is needed/],
  [["agent", "--server", "boat"], /--server boat: the address of the API server/],
  [["server", "--store", "http://10.0.0.1:2379"], /in the clear; http:\/\/ is for loopback only/],
  [["server", "--store", "https://127.0.0.1:2379"], /needs --cluster-secret FILE/],
  [["server", "--store-ca", "x"], /--store-ca is for --store https/],
  [["rewind", "--to", "yesterday"], /--to yesterday: a revision such as 1234, or a time/],
  [["history", "boat"], /boat: KIND\/NAME such as deployment\/web/],
];
for (const [words, message] of usage) {
  test(`coxswain ${words.join(" ")} is refused with exit code 2`, async () => {
    const { code, stderr } = await run(process.execPath, [program, ...words]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  });
}

test("a cluster that is not there is told with exit code 3", async () => {
  const { code, stderr } = await run(process.execPath, [
    program,
    "status",
    "--data-dir",
    "/nonexistent/cox",
  ]);
  assert.equal(code, 3);
  assert.match(
    stderr,
    /there is no cluster "default" in \/nonexistent\/cox; make it with: (npx )?coxswain up/,
  );
});

test("a snapshot that cannot be read makes no cluster", async () => {
  const folder = mkdtempSync(join(tmpdir(), "cox-damaged-"));
  const [file, root] = [join(folder, "file"), join(folder, "root")];
  writeFileSync(file, "not a snapshot");
  const words = ["snapshot", "restore", file, "--data-dir", root];
  const { code, stderr } = await run(process.execPath, [program, ...words]);
  assert.equal(code, 5);
  assert.match(stderr, /damaged at offset 0/);
  assert.equal(existsSync(root), false);
  rmSync(folder, { recursive: true, force: true });
});

test("data that a process uses, which does not serve yet, is not deleted", async () => {
  await using other = makeMachine("starting", ["--node", "none"]);
  await other.up();
  assert.equal((await other.coxswain("down")).code, 0);
  const release = await lockFolder(join(other.dataDir, "store"));
  try {
    for (const command of ["down", "delete"]) {
      const { code, stderr } = await other.coxswain(command);
      assert.equal(code, 1, stderr);
      assert.match(
        stderr,
        new RegExp(`process ${process.pid} uses the data in .*kill ${process.pid}`),
      );
    }
    assert.ok(existsSync(join(other.dataDir, "cluster.json")));
  } finally {
    await release();
  }
});

test("a kubeconfig that is none stops a start, and does not stop a deletion", async () => {
  await using other = makeMachine("torn", ["--node", "none"]);
  const file = join(other.folder, "torn");
  writeFileSync(file, "{{nonsense: [\n");
  const env = { KUBECONFIG: file };
  const words = ["--name", "torn", "--data-dir", other.dataDir];
  const coxswain = (...args: string[]) =>
    run(process.execPath, [program, ...args, ...words], { env });
  const up = await coxswain("up", "--node", "none", "--port", "0");
  assert.equal(up.code, 5);
  assert.match(up.stderr, /^coxswain: kubeconfig .*torn cannot be read: .*; mend it/m);
  const gone = await coxswain("delete");
  assert.equal(gone.code, 0, gone.stderr);
  assert.match(gone.stderr, /the context coxswain-torn stays: kubeconfig/);
  assert.equal(readFileSync(file, "utf8"), "{{nonsense: [\n");
});

test("a process that got the number of the cluster's is not taken for it", {
  skip: process.platform === "linux" ? false : "the start of a process is asked of Linux",
}, async () => {
  await using other = makeMachine("reused", ["--node", "none"]);
  await other.up();
  const record = join(other.dataDir, "running.json");
  const running = JSON.parse(readFileSync(record, "utf8"));
  assert.match(running.processStart, /^[-0-9a-f]+\/\d+$/);
  writeFileSync(record, JSON.stringify({ ...running, processStart: "another-boot/1" }));
  const status = await other.coxswain("status");
  assert.match(status.stdout, /cluster reused is stopped/);
  writeFileSync(record, JSON.stringify(running));
});

type Bad = { title: string; args: string[]; input?: string; message: RegExp };
const pod = (spec: string) => `apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: ${spec}\n`;
const bad: Bad[] = [
  {
    title: "malformed YAML",
    args: ["apply", "-f", "-"],
    input: "a: [1, 2\n",
    message: /error (converting YAML|parsing)/,
  },
  {
    title: "malformed JSON",
    args: ["create", "--raw", "/api/v1/namespaces/default/pods", "-f", "-"],
    input: "{",
    message: /unexpected end of JSON|could not find expected|looking for|unexpected EOF/i,
  },
  {
    title: "an unknown field, strictly",
    args: ["apply", "--validate=strict", "-f", "-"],
    input: pod("{containers: [{name: c, image: i, colour: red}]}"),
    message: /unknown field "spec\.containers\[0\]\.colour"/,
  },
  {
    title: "a wrong type",
    args: ["create", "--validate=false", "-f", "-"],
    input: pod("{containers: nonsense}"),
    message: /cannot unmarshal string/,
  },
  {
    title: "a name that breaks the rules",
    args: ["create", "configmap", "Not_A_Name"],
    message: /a lowercase RFC 1123 subdomain must consist of/,
  },
  {
    title: "a pod without containers",
    args: ["create", "--validate=false", "-f", "-"],
    input: pod("{containers: []}"),
    message: /spec\.containers: Required value/,
  },
];
for (const { title, args, input, message } of bad) {
  test(`${title}: upstream's error`, { skip: noKubectl }, async () => {
    const { code, stderr, stdout } = await machine.tryKubectl(args, input);
    assert.notEqual(code, 0);
    assert.match(stderr + stdout, message);
  });
}

test("an unknown field is warned of, or ignored, as asked", { skip: noKubectl }, async () => {
  const text = pod("{containers: [{name: c, image: i, colour: red}]}");
  const warned = await machine.tryKubectl(
    ["create", "--dry-run=server", "--validate=warn", "-f", "-"],
    text,
  );
  assert.equal(warned.code, 0);
  assert.match(warned.stderr, /Warning: unknown field "spec\.containers\[0\]\.colour"/);
  const ignored = await machine.tryKubectl(
    ["create", "--dry-run=server", "--validate=ignore", "-f", "-"],
    text,
  );
  assert.equal(ignored.code, 0);
  assert.doesNotMatch(ignored.stderr, /colour/);
});

test("a body of 4 MB and a deep nest are refused, and the server goes on", {
  skip: noKubectl,
}, async () => {
  const file = join(machine.folder, "body.json");
  const path = "/api/v1/namespaces/default/configmaps";
  const big = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "big" },
    data: { x: "y".repeat(4 << 20) },
  };
  writeFileSync(file, JSON.stringify(big));
  const large = await machine.tryKubectl(["create", "--raw", path, "-f", file]);
  assert.match(large.stderr, /too large/i);
  const nest = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
  writeFileSync(
    file,
    `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"deep"},"data":${nest}}`,
  );
  const deep = await machine.tryKubectl(["create", "--raw", path, "-f", file]);
  assert.notEqual(deep.code, 0);
  assert.equal(await machine.kubectl("get", "--raw", "/readyz"), "ok");
});
