// Helm, unchanged: install, upgrade, rollback, uninstall of a chart of ours.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { makeMachine, run } from "../e2e/machine.ts";

/** On the PATH, or in the folder that COXSWAIN_TEST_TOOLS names. */
function findHelm(): string | undefined {
  const folders = [
    process.env["COXSWAIN_TEST_TOOLS"] ?? "",
    ...(process.env["PATH"] ?? "").split(delimiter),
  ];
  return folders.map((folder) => join(folder, "helm")).find((file) => existsSync(file));
}

function writeChart(folder: string): void {
  const file = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, "templates"), { recursive: true });
  file("Chart.yaml", "apiVersion: v2\nname: boat\nversion: 0.1.0\n");
  file("values.yaml", "replicas: 1\nmessage: hello\n");
  file(
    "templates/all.yaml",
    `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-config}
data: {message: {{ .Values.message | quote }}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      containers: [{name: c, image: "example.com/app:1", ports: [{containerPort: 80}]}]
---
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {selector: {app: {{ .Release.Name }}}, ports: [{port: 80}]}
`,
  );
}

test("Helm installs, upgrades, rolls back and uninstalls a chart", async (t) => {
  const program = findHelm();
  if (program === undefined) return t.skip("needs helm on the PATH or in $COXSWAIN_TEST_TOOLS");
  await using machine = makeMachine("helm", ["--node", "none", "--simulated-nodes", "1"]);
  await machine.up();
  const chart = join(machine.folder, "boat");
  writeChart(chart);
  const env = { KUBECONFIG: join(machine.dataDir, "kubeconfig"), HOME: machine.folder };
  const helm = async (...args: string[]) => {
    const { code, stdout, stderr } = await run(program, args, { env });
    assert.equal(code, 0, `helm ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const message = () =>
    machine.kubectl("get", "configmap", "b-config", "-o", "jsonpath={.data.message}");
  await helm("install", "b", chart, "--wait", "--timeout", "30s");
  assert.equal(await message(), "hello");
  await helm(
    "upgrade",
    "b",
    chart,
    "--set",
    "message=changed,replicas=2",
    "--wait",
    "--timeout",
    "30s",
  );
  assert.equal(await message(), "changed");
  await helm("rollback", "b", "1", "--wait", "--timeout", "30s");
  assert.equal(await message(), "hello");
  assert.match(await helm("history", "b"), /Rollback to 1/);
  await helm("uninstall", "b", "--wait", "--timeout", "30s");
  const left = await machine.tryKubectl([
    "get",
    "deployment,service,configmap",
    "-l",
    "app.kubernetes.io/managed-by=Helm",
    "-o",
    "name",
  ]);
  assert.equal(left.stdout, "");
});
