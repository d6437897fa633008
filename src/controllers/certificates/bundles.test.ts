import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import type { Action } from "../../control/action.ts";
import type {
  ClusterTrustBundle,
  PodCertificateRequest,
} from "../../schema/types/certificates-v1.ts";
import { reconcilePodRequest } from "./pod-request-cleaner.ts";
import { reconcileServingBundle, servingBundleName } from "./serving-bundle.ts";

const shown = (action: Action): string => {
  if (action.do === "again") return `again in ${action.afterMs / 1000} s`;
  if (action.do === "delete") return `delete ${action.ref.name}`;
  if (action.do === "create" || action.do === "update")
    return `${action.do} ${action.object.metadata.name}`;
  return action.do;
};

test("requests for certificates of pods last a quarter of an hour", () => {
  const now = Date.UTC(2026, 0, 1);
  const rows: [ageSeconds: number, does: string][] = [
    [0, "again in 900 s"],
    [899, "again in 1 s"],
    [900, "delete r"],
    [5000, "delete r"],
  ];
  for (const [age, does] of rows) {
    const creationTimestamp = new Date(now - age * 1000).toISOString();
    const metadata = { namespace: "a", name: "r", uid: "u", creationTimestamp };
    const request = { metadata } as PodCertificateRequest;
    assert.deepEqual(reconcilePodRequest({ request, now }).map(shown), [does]);
  }
});

test("the server's authority is the only bundle of its signer", () => {
  const name = servingBundleName(createHash("sha256").update("PEM").digest("hex"));
  assert.equal(name, "kubernetes.io:kube-apiserver-serving:384fb9a44fabe158be2757b9");
  const bundle = (of: string, trustBundle: string): ClusterTrustBundle =>
    ({ metadata: { name: of, uid: of }, spec: { trustBundle } }) as ClusterTrustBundle;
  const rows: { bundles: ClusterTrustBundle[]; does: string[] }[] = [
    { bundles: [], does: [`create ${name}`] },
    { bundles: [bundle(name, "PEM")], does: [] },
    { bundles: [bundle(name, "other")], does: [`update ${name}`] },
    { bundles: [bundle("old", "OLD")], does: [`create ${name}`, "delete old"] },
  ];
  for (const { bundles, does } of rows) {
    const actions = reconcileServingBundle({ name, certificate: "PEM", bundles });
    assert.deepEqual(actions.map(shown), does);
  }
});
