// Every namespace has a service account `default` and the CA certificate of the server in a config map.

import type { Action } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { equal } from "../../lib/equal.ts";
import { configMaps, namespaces, serviceAccounts } from "../../schema/resources.ts";
import type { ConfigMap, Namespace, ServiceAccount } from "../../schema/types/core-v1.ts";
import type { Parts, Running } from "../parts.ts";

const accountName = "default";

function reconcileAccount(observed: {
  namespace: Namespace;
  account: ServiceAccount | undefined;
}): Action[] {
  const { namespace, account } = observed;
  if (account || namespace.status?.phase !== "Active") return [];
  const metadata = { name: accountName, namespace: namespace.metadata.name };
  return [{ do: "create", resource: serviceAccounts, object: { metadata } }];
}

export function startServiceAccount(parts: Parts): Running {
  const spaces = parts.caches.of(namespaces);
  const accounts = parts.caches.of(serviceAccounts);
  return startController({
    ...parts,
    name: "serviceaccount",
    sources: [
      source(spaces, ownKey),
      source(accounts, ({ old, next }) =>
        old && !next && old.metadata.name === accountName ? [old.metadata.namespace!] : [],
      ),
    ],
    observe(name) {
      const namespace = spaces.get({ name });
      return (
        namespace && { namespace, account: accounts.get({ namespace: name, name: accountName }) }
      );
    },
    reconcile: reconcileAccount,
  });
}

const caName = "kube-root-ca.crt";
const descriptionKey = "kubernetes.io/description";
const description =
  "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints " +
  "such as the internal service IP or kubernetes.default.svc. " +
  "No other usage is guaranteed across distributions of Kubernetes clusters.";

function reconcileRootCa(observed: {
  namespace: Namespace;
  map: ConfigMap | undefined;
  certificate: string;
}): Action[] {
  const { namespace, map, certificate } = observed;
  if (namespace.status?.phase !== "Active") return [];
  const data = { "ca.crt": certificate };
  if (!map) {
    const annotations = { [descriptionKey]: description };
    const metadata = { name: caName, namespace: namespace.metadata.name, annotations };
    return [{ do: "create", resource: configMaps, object: { metadata, data } as ConfigMap }];
  }
  if (equal(map.data, data) && map.metadata.annotations?.[descriptionKey]) return [];
  const annotations = { ...map.metadata.annotations, [descriptionKey]: description };
  const { binaryData: _, ...rest } = map;
  const object = { ...rest, metadata: { ...map.metadata, annotations }, data };
  return [{ do: "update", resource: configMaps, object }];
}

/** Does nothing when no certificate is given. */
export function startRootCaPublisher(parts: Parts): Running {
  const certificate = parts.settings.caCertificate;
  const spaces = parts.caches.of(namespaces);
  const fieldSelector = `metadata.name=${caName}`;
  const maps = parts.caches.of(configMaps, { fieldSelector });
  return startController({
    ...parts,
    name: "root-ca-cert-publisher",
    sources: certificate
      ? [
          source(spaces, ownKey),
          source(maps, ({ old, next }) => [(next ?? old)!.metadata.namespace!]),
        ]
      : [],
    observe(name) {
      const namespace = spaces.get({ name });
      const map = maps.get({ namespace: name, name: caName });
      return namespace && { namespace, map, certificate };
    },
    reconcile: reconcileRootCa,
  });
}
