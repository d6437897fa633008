import assert from "node:assert/strict";
import { test } from "node:test";
import { deployments, nodes, pods } from "../schema/resources.ts";
import { collectionPath, objectPath } from "./path.ts";

const rows: [string, string][] = [
  [collectionPath(pods), "/api/v1/pods"],
  [collectionPath(pods, "a"), "/api/v1/namespaces/a/pods"],
  [collectionPath(nodes, "a"), "/api/v1/nodes"],
  [collectionPath(deployments, "a"), "/apis/apps/v1/namespaces/a/deployments"],
  [objectPath(nodes, { name: "n" }), "/api/v1/nodes/n"],
  [objectPath(pods, { namespace: "a", name: "b" }, "status"), "/api/v1/namespaces/a/pods/b/status"],
  [objectPath(pods, { namespace: "a", name: "b/c" }), "/api/v1/namespaces/a/pods/b%2Fc"],
];
for (const [path, wanted] of rows) test(wanted, () => assert.equal(path, wanted));

test("a name is required, so that no mistake reaches a whole collection", () => {
  assert.throws(() => objectPath(pods, { namespace: "a", name: "" }), /needs a name/);
});
