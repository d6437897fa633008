// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { storageVersionMigration } from "./storage-version-migration.ts";

const good = {
  metadata: { name: "sv1" },
  spec: { resource: { group: "apps", resource: "deployments" } },
};

test("a new StorageVersionMigration is refused in upstream's words", () => {
  assertTold(storageVersionMigration, good, [
    [
      { "spec.resource.resource": "" },
      ["spec.resource.resource: Required value: resource is required to be set"],
    ],
    [
      { "spec.resource.group": "A_" },
      ['spec.resource.group: Invalid value: "A_": a lowercase RFC 1123 subdomain…'],
    ],
  ]);
});

test("what a StorageVersionMigration may change", () => {
  assertTold(
    storageVersionMigration,
    good,
    [[{ "spec.resource.resource": "x" }, ["spec: Invalid value: …: field is immutable"]]],
    { update: true },
  );
});
