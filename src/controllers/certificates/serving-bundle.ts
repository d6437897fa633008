// What pods may trust to know the API server: the cluster's authority as the one bundle of its signer. Its name says
// what is in it, so that a new authority gives a new bundle and the old one goes.
import type { Action } from "../../control/action.ts";
import { source, startController } from "../../control/controller.ts";
import { clusterTrustBundles } from "../../schema/resources.ts";
import type { ClusterTrustBundle } from "../../schema/types/certificates-v1.ts";
import type { Parts, Running } from "../parts.ts";

const signerName = "kubernetes.io/kube-apiserver-serving";
/** Bytes of the digest that stand in the name. */
const digestBytes = 12;

type Observed = { name: string; certificate: string; bundles: readonly ClusterTrustBundle[] };

export function reconcileServingBundle({ name, certificate, bundles }: Observed): Action[] {
  const resource = clusterTrustBundles;
  const own = bundles.find((b) => b.metadata.name === name);
  const spec = { signerName, trustBundle: certificate };
  const actions: Action[] = [];
  if (!own) {
    const object = { metadata: { name }, spec } as ClusterTrustBundle;
    actions.push({ do: "create", resource, object });
  } else if (own.spec.trustBundle !== certificate) {
    const object: ClusterTrustBundle = { ...own, spec: { ...own.spec, ...spec } };
    actions.push({ do: "update", resource, object });
  }
  for (const { metadata } of bundles) {
    if (metadata.name === name) continue;
    const { name: old = "", uid = "" } = metadata;
    actions.push({ do: "delete", resource, ref: { name: old }, uid });
  }
  return actions;
}

/** Upstream's name for the bundle with this content. */
export async function servingBundleName(certificate: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(certificate));
  const bytes = new Uint8Array(digest).subarray(0, digestBytes);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${signerName.replaceAll("/", ":")}:${hex}`;
}

/** Does nothing when no certificate is given. */
export function startServingBundle(parts: Parts): Running {
  const certificate = parts.settings.caCertificate;
  if (certificate === "") return { stop: async () => {} };
  const fieldSelector = `spec.signerName=${signerName}`;
  const cache = parts.caches.of(clusterTrustBundles, { fieldSelector });
  const controller = startController<{ bundles: readonly ClusterTrustBundle[] }>({
    ...parts,
    name: "kube-apiserver-serving-clustertrustbundle-publisher",
    sources: [source(cache, () => [signerName])],
    observe: () => ({ bundles: cache.list() }),
    reconcile: async ({ bundles }) =>
      reconcileServingBundle({ name: await servingBundleName(certificate), certificate, bundles }),
  });
  controller.add(signerName);
  return controller;
}
