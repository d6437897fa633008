// What a pod is to trust: the certificates of trust bundles, each once, in one PEM text.
import { toPem } from "../../lib/x509.ts";
import { pemBlocks } from "../../schema/kinds/pem.ts";
import { matchesLabels, selectionFrom } from "../../schema/selectors.ts";
import type { ClusterTrustBundle } from "../../schema/types/certificates-v1.ts";
import type { ClusterTrustBundleProjection } from "../../schema/types/core-v1.ts";

/** Whether the projection takes the bundle in. A signer without a selector takes in none, an empty selector all of the signer's. */
export function isChosen(ask: ClusterTrustBundleProjection, bundle: ClusterTrustBundle): boolean {
  const { name, signerName, labelSelector } = ask;
  if (name !== undefined) return bundle.metadata.name === name;
  if (bundle.spec.signerName !== signerName || labelSelector === undefined) return false;
  return matchesLabels(selectionFrom(labelSelector), bundle.metadata.labels ?? {});
}

/** Throws an Error with upstream's message when nothing was found that is not optional. */
export function trustAnchors(
  ask: ClusterTrustBundleProjection,
  bundles: readonly ClusterTrustBundle[],
): string {
  if (ask.name === undefined && ask.signerName === undefined) {
    throw new Error("ClusterTrustBundle projection requires either name or signerName to be set");
  }
  const chosen = bundles.filter((bundle) => isChosen(ask, bundle));
  if (chosen.length > 0) return anchorsOf(chosen);
  if (ask.optional) return "";
  throw new Error(
    ask.name === undefined
      ? "combination of signerName and labelSelector matched zero ClusterTrustBundles"
      : `while getting ClusterTrustBundle: clustertrustbundle.certificates.k8s.io ${JSON.stringify(ask.name)} not found`,
  );
}

/** In an order that stays while the bundles do, and that is no promise to anybody. */
function anchorsOf(bundles: readonly ClusterTrustBundle[]): string {
  const anchors = new Set<string>();
  for (const { spec } of bundles) {
    for (const { base64 } of pemBlocks(spec.trustBundle ?? "")) anchors.add(base64);
  }
  return [...anchors].sort().map(framed).join("");
}

const framed = (base64: string): string =>
  toPem(
    "CERTIFICATE",
    Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)),
  );
