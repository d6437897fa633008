// What people do with @kubernetes/client-node, against the cluster of $KUBECONFIG. Prints one line a step.
import assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";

const config = new k8s.KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(k8s.CoreV1Api);
const apps = config.makeApiClient(k8s.AppsV1Api);
const objects = k8s.KubernetesObjectApi.makeApiClient(config);
const namespace = "client-node";

const until = async (what, holds) => {
  for (let left = 300; !(await holds()); left--) {
    assert.ok(left > 0, `not in time: ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
};

const { gitVersion } = await config.makeApiClient(k8s.VersionApi).getCode();
console.log("version", gitVersion);
await core.createNamespace({ body: { metadata: { name: namespace } } });

await assert.rejects(core.readNamespacedConfigMap({ name: "absent", namespace }), { code: 404 });
const made = await core.createNamespacedConfigMap({
  namespace,
  body: { metadata: { name: "a" }, data: { k: "1" } },
});
assert.ok(made.metadata.creationTimestamp instanceof Date);
const again = { metadata: { name: "a" } };
await assert.rejects(core.createNamespacedConfigMap({ namespace, body: again }), { code: 409 });
await core.replaceNamespacedConfigMap({
  namespace,
  name: "a",
  body: { ...made, data: { k: "2" } },
});
await assert.rejects(core.replaceNamespacedConfigMap({ namespace, name: "a", body: made }), {
  code: 409,
});
console.log("errors: not found, exists, conflict");

const seen = [];
const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/configmaps`, () =>
  core.listNamespacedConfigMap({ namespace }),
);
for (const type of ["add", "update", "delete"])
  informer.on(type, (object) => seen.push(`${type} ${object.metadata.name}`));
await informer.start();
await until("the informer shows a", () => informer.get("a", namespace)?.data.k === "2");
await core.patchNamespacedConfigMap(
  { namespace, name: "a", body: { data: { k: "3" } } },
  k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch),
);
await until("an update", () => seen.includes("update a"));
await core.deleteNamespacedConfigMap({ namespace, name: "a" });
await until("a removal", () => seen.includes("delete a"));
await informer.stop();
console.log("informer: add, update, delete");

const labels = { app: "web" };
await apps.createNamespacedDeployment({
  namespace,
  body: {
    metadata: { name: "web" },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "c", image: "web:1" }] },
      },
    },
  },
});
await until("two available replicas", async () => {
  const { status } = await apps.readNamespacedDeployment({ namespace, name: "web" });
  return status.availableReplicas === 2;
});
const { items } = await core.listNamespacedPod({ namespace, labelSelector: "app=web" });
assert.equal(items.length, 2);
console.log("deployment: available");

const [document] = k8s.loadAllYaml(`
apiVersion: v1
kind: ConfigMap
metadata: {name: applied, namespace: ${namespace}}
data: {k: v}
`);
const applied = await objects.patch(
  document,
  undefined,
  undefined,
  "client-node",
  true,
  k8s.PatchStrategy.ServerSideApply,
);
assert.equal(applied.metadata.managedFields[0].operation, "Apply");
console.log("objects: applied from YAML");

await core.deleteNamespace({ name: namespace });
console.log("done");
process.exit(0);
