// ClusterTrustBundle: certificates that pods may trust.
import { clusterTrustBundles } from "../../resources.ts";
import { defineKind } from "../define.ts";

export const clusterTrustBundle = defineKind(clusterTrustBundles, {
  columns: [{ name: "SignerName", cell: ({ spec }) => spec?.signerName || "<none>" }],
  fieldSelectors: { "spec.signerName": ({ spec }) => spec?.signerName ?? "" },
  unconditionalUpdate: false,
});
