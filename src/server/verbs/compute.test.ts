import assert from "node:assert/strict";
import { test } from "node:test";
import { guardedServer } from "../../../test/kit/guarded-server.ts";
import { bodyKind } from "../body-kind.ts";
import { applyDefaults } from "../defaults.ts";

test("what only the server says of an object is wiped before a review is judged", async () => {
  const api = guardedServer();
  const metadata = {
    uid: "u",
    selfLink: "/x",
    creationTimestamp: "2020-01-01T00:00:00Z",
    deletionGracePeriodSeconds: 1,
    ownerReferences: undefined,
  };
  const spec = { resourceAttributes: { verb: "get", resource: "pods" } };
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const { body, status } = await api.ask(`POST ${path}`, { metadata, spec });
  assert.equal(status, 201);
  assert.deepEqual(Object.keys(body.metadata), ["managedFields"]);
  const named = await api.ask(`POST ${path}`, { metadata: { name: "x" }, spec });
  assert.equal(named.status, 422);
});

test("a token holds an hour where nothing else is asked for", () => {
  const kind = bodyKind({ group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" });
  const filled = (spec: object) => {
    const request = { metadata: {}, spec };
    applyDefaults(kind, request);
    return request.spec;
  };
  assert.deepEqual(filled({}), { expirationSeconds: 3600 });
  assert.deepEqual(filled({ expirationSeconds: 600 }), { expirationSeconds: 600 });
});
