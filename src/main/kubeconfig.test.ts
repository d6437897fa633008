import assert from "node:assert/strict";
import { test } from "node:test";
import { type Kubeconfig, mergedKubeconfig } from "./kubeconfig.ts";

const config = (name: string, server: string, namespace?: string): Kubeconfig => ({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name, cluster: { server } }],
  users: [{ name, user: {} }],
  contexts: [{ name, context: { cluster: name, user: name, ...(namespace && { namespace }) } }],
  "current-context": name,
});

test("a cluster that is started again leaves its context the namespace that was chosen", () => {
  const before = config("boat", "https://127.0.0.1:1", "shop");
  const after = config("boat", "https://127.0.0.1:2", "shop");
  assert.deepEqual(mergedKubeconfig(before, config("boat", "https://127.0.0.1:2")), after);
});

test("other clusters stay as they are", () => {
  const other = config("ship", "https://10.0.0.1", "harbour");
  const merged = mergedKubeconfig(other, config("boat", "https://127.0.0.1:2"));
  assert.deepEqual(merged.contexts, [
    ...other.contexts,
    ...config("boat", "https://127.0.0.1:2").contexts,
  ]);
  assert.equal(merged["current-context"], "boat");
});
