// ClusterTrustBundle: certificates that pods may trust.
import { clusterTrustBundles } from "../../resources.ts";
import { defineKind } from "../define.ts";
import { validateTrustBundle } from "./cluster-trust-bundle-rules.ts";

export const clusterTrustBundle = defineKind(clusterTrustBundles, {
  // The signer rules the name, see validation.
  nameRule: () => [],
  validate: validateTrustBundle,
  columns: [{ name: "SignerName", cell: ({ spec }) => spec?.signerName || "<none>" }],
  fieldSelectors: { "spec.signerName": ({ spec }) => spec?.signerName ?? "" },
  unconditionalUpdate: false,
});
