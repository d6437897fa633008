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

/** Upstream's name for the bundle of a certificate with this SHA-256, in hexadecimal digits. */
export const servingBundleName = (digest: string): string =>
  `${signerName.replaceAll("/", ":")}:${digest.slice(0, digestBytes * 2)}`;

/** Does nothing when no certificate is given. */
export function startServingBundle(parts: Parts): Running {
  const { caCertificate: certificate, caDigest } = parts.settings;
  if (certificate === "") return { stop: async () => {} };
  const name = servingBundleName(caDigest);
  const fieldSelector = `spec.signerName=${signerName}`;
  const cache = parts.caches.of(clusterTrustBundles, { fieldSelector });
  const controller = startController<{ bundles: readonly ClusterTrustBundle[] }>({
    ...parts,
    name: "kube-apiserver-serving-clustertrustbundle-publisher",
    sources: [source(cache, () => [signerName])],
    observe: () => ({ bundles: cache.list() }),
    reconcile: ({ bundles }) => reconcileServingBundle({ name, certificate, bundles }),
  });
  controller.add(signerName);
  return controller;
}
