// Helm, unchanged: install, upgrade, rollback, uninstall of a chart of ours.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import { makeMachine, run } from "../e2e/machine.ts";

/** On the PATH, or in the folder that COXSWAIN_TEST_TOOLS names. */
function find(name: string): string | undefined {
  const folders = [
    process.env["COXSWAIN_TEST_TOOLS"] ?? "",
    ...(process.env["PATH"] ?? "").split(delimiter),
  ];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

const sailDefinition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: sails.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: sails, kind: Sail}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec: {type: object, properties: {area: {type: integer, minimum: 1}}}
`;

function writeChart(folder: string): void {
  const file = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, "templates"), { recursive: true });
  file("Chart.yaml", "apiVersion: v2\nname: boat\nversion: 0.1.0\n");
  mkdirSync(join(folder, "crds"));
  file("crds/sail.yaml", sailDefinition);
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
---
apiVersion: example.com/v1
kind: Sail
metadata: {name: {{ .Release.Name }}}
spec: {area: {{ mul 10 .Values.replicas }}}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-before
  annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: before-hook-creation}
data: {revision: {{ .Release.Revision | quote }}}
`,
  );
}

/** Version 4 applies on the server and waits by watches, version 3 neither. */
for (const name of ["helm", "helm4"])
  test(`${name} installs, upgrades, rolls back and uninstalls a chart`, async (t) => {
    const program = find(name);
    if (program === undefined)
      return t.skip(`needs ${name} on the PATH or in $COXSWAIN_TEST_TOOLS`);
    await using machine = makeMachine(name, ["--node", "none", "--simulated-nodes", "1"]);
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
    await helm("install", "b", chart, "--wait", "--timeout", "120s");
    assert.equal(await message(), "hello");
    await helm(
      "upgrade",
      "b",
      chart,
      "--set",
      "message=changed,replicas=2",
      "--wait",
      "--timeout",
      "120s",
    );
    assert.equal(await message(), "changed");
    assert.equal(await machine.kubectl("get", "sail", "b", "-o", "jsonpath={.spec.area}"), "20");
    const before = ["get", "configmap", "b-before", "-o", "jsonpath={.data.revision}"];
    assert.equal(await machine.kubectl(...before), "2");
    await helm("rollback", "b", "1", "--wait", "--timeout", "120s");
    assert.equal(await message(), "hello");
    assert.match(await helm("history", "b"), /Rollback to 1/);
    await helm("uninstall", "b", "--wait", "--timeout", "120s");
    const left = await machine.tryKubectl([
      "get",
      "deployment,service,sail",
      "-l",
      "app.kubernetes.io/managed-by=Helm",
      "-o",
      "name",
    ]);
    assert.equal(left.stdout, "");
  });
