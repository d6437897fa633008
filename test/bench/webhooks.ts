// What webhooks and policies add to a create of a 2 KB ConfigMap: CPU of this process, which is the server alone.
//
//   node test/bench/webhooks.ts
import { fork } from "node:child_process";
import { once } from "node:events";
import { guardedServer } from "../kit/guarded-server.ts";

const base = "/apis/admissionregistration.k8s.io/v1";
const warmUp = 3000;
const count = 2000;

const child = fork(new URL("webhook-process.ts", import.meta.url));
const [{ url, caBundle }] = (await once(child, "message")) as [{ url: string; caBundle: string }];
const api = guardedServer();
await api.done("POST /api/v1/namespaces", { metadata: { name: "default" } });

const data = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`key${i}`, "x".repeat(100)]));
let made = 0;
const create = (): Promise<unknown> =>
  api.done("POST /api/v1/namespaces/default/configmaps", {
    metadata: { name: `m${made++}` },
    data,
  });

async function measure(what: string): Promise<void> {
  for (let i = 0; i < warmUp; i++) await create();
  const before = process.cpuUsage();
  for (let i = 0; i < count; i++) await create();
  const { user, system } = process.cpuUsage(before);
  console.log(`${what}: ${((user + system) / count).toFixed(0)} µs CPU a create`);
}

const ofMaps = {
  operations: ["CREATE"],
  apiGroups: [""],
  apiVersions: ["v1"],
  resources: ["configmaps"],
};
const hook = (name: string, rule: object): Promise<unknown> =>
  api.done(`POST ${base}/validatingwebhookconfigurations`, {
    metadata: { name },
    webhooks: [
      {
        name: `${name}.example.com`,
        clientConfig: { url, caBundle },
        rules: [rule],
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
      },
    ],
  });

await measure("nothing configured");
for (let i = 0; i < 20; i++) await hook(`other${i}`, { ...ofMaps, resources: ["secrets"] });
await measure("20 webhooks about something else");
await hook("maps", ofMaps);
await measure("one webhook");
await api.done(`DELETE ${base}/validatingwebhookconfigurations/maps`);
const validations = [{ expression: "object.data.all(k, object.data[k].size() < 1000)" }];
await api.done(`POST ${base}/validatingadmissionpolicies`, {
  metadata: { name: "p" },
  spec: { matchConstraints: { resourceRules: [ofMaps] }, validations },
});
await api.done(`POST ${base}/validatingadmissionpolicybindings`, {
  metadata: { name: "p" },
  spec: { policyName: "p", validationActions: ["Deny"] },
});
await measure("one policy that looks at every value");
child.kill();
process.exit(0);
