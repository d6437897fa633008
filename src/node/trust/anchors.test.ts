import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterTrustBundle } from "../../schema/types/certificates-v1.ts";
import type { ClusterTrustBundleProjection } from "../../schema/types/core-v1.ts";
import { trustAnchors } from "./anchors.ts";

const pem = (...bodies: string[]): string =>
  bodies.map((b) => `-----BEGIN CERTIFICATE-----\n${b}\n-----END CERTIFICATE-----\n`).join("");

type Labels = Record<string, string>;
const bundle = (name: string, text: string, signerName?: string, labels: Labels = {}) =>
  ({
    apiVersion: "certificates.k8s.io/v1",
    kind: "ClusterTrustBundle",
    metadata: { name, labels },
    spec: { trustBundle: text, ...(signerName ? { signerName } : {}) },
  }) satisfies ClusterTrustBundle;

const all = [
  bundle("plain", `between\n${pem("AA==", "AQ==")}`),
  bundle("s:1", pem("Ag==", "Aw=="), "example.com/s", { env: "live" }),
  bundle("s:2", pem("Ag==", "BA=="), "example.com/s", { env: "test" }),
  bundle("t:1", pem("BQ=="), "example.com/t", { env: "live" }),
];

const signed = "combination of signerName and labelSelector matched zero ClusterTrustBundles";

const rows: { ask: Omit<ClusterTrustBundleProjection, "path">; gives: string | Error }[] = [
  { ask: { name: "plain" }, gives: pem("AA==", "AQ==") },
  {
    ask: { name: "gone" },
    gives: new Error(
      'while getting ClusterTrustBundle: clustertrustbundle.certificates.k8s.io "gone" not found',
    ),
  },
  { ask: { name: "gone", optional: true }, gives: "" },
  {
    ask: { signerName: "example.com/s", labelSelector: {} },
    gives: pem("Ag==", "Aw==", "BA=="),
  },
  {
    ask: { signerName: "example.com/s", labelSelector: { matchLabels: { env: "test" } } },
    gives: pem("Ag==", "BA=="),
  },
  { ask: { signerName: "example.com/s" }, gives: new Error(signed) },
  { ask: { signerName: "example.com/s", optional: true }, gives: "" },
  {
    ask: { signerName: "example.com/t", labelSelector: { matchLabels: { env: "test" } } },
    gives: new Error(signed),
  },
  {
    ask: {},
    gives: new Error("ClusterTrustBundle projection requires either name or signerName to be set"),
  },
];

test("a projection trusts what its bundles hold, each certificate once", () => {
  for (const { ask, gives } of rows) {
    const get = () => trustAnchors({ ...ask, path: "ca.pem" }, all);
    if (typeof gives === "string") assert.equal(get(), gives, JSON.stringify(ask));
    else assert.throws(get, gives, JSON.stringify(ask));
  }
});
