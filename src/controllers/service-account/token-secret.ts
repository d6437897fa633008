// Secrets of type service-account-token, the older way to a token: filled in for a service account that is there,
// removed with it.
import type { Change } from "../../client/cache.ts";
import { keyOf, refOfKey } from "../../client/key.ts";
import { undefinedIfNotFound } from "../../client/refusal.ts";
import type { Action } from "../../control/action.ts";
import { ownKey, source, startController } from "../../control/controller.ts";
import { equal } from "../../lib/equal.ts";
import { secrets, serviceAccounts } from "../../schema/resources.ts";
import type { Secret, ServiceAccount } from "../../schema/types/core-v1.ts";
import type { Parts, Running } from "../parts.ts";

const tokenType = "kubernetes.io/service-account-token";
const nameKey = "kubernetes.io/service-account.name";
const uidKey = "kubernetes.io/service-account.uid";

type Observed = { secret: Secret; account: ServiceAccount | undefined };

export function startTokenSecrets(parts: Parts): Running {
  const { caches, client, settings } = parts;
  const fieldSelector = `type=${tokenType}`;
  const byAccount = (secret: Secret): string[] => [accountKey(secret)];
  const cache = caches.of(secrets, { fieldSelector, indexes: { byAccount } });
  const accounts = caches.of(serviceAccounts);
  const ca = base64(settings.caCertificate);

  /** A service account that the cache does not show may be too new for it. */
  async function asked({ metadata }: Secret): Promise<ServiceAccount | undefined> {
    const ref = { namespace: metadata.namespace, name: metadata.annotations![nameKey]! };
    return client.get(serviceAccounts, ref).catch(undefinedIfNotFound);
  }

  async function reconcile({ secret, account }: Observed): Promise<Action[]> {
    const { namespace, name, uid } = secret.metadata;
    const owner = account ?? (await asked(secret));
    if (!owner || !isFor(secret, owner))
      return [{ do: "delete", resource: secrets, ref: { namespace, name: name! }, uid: uid! }];
    const data = { ...secret.data };
    if (ca) data["ca.crt"] = ca;
    data["namespace"] ||= base64(namespace!);
    if (!data["token"] && settings.mintToken)
      data["token"] = base64(await settings.mintToken(owner, secret));
    if (equal(data, secret.data ?? {})) return [];
    const annotations = {
      ...secret.metadata.annotations,
      [nameKey]: owner.metadata.name!,
      [uidKey]: owner.metadata.uid!,
    };
    const object = { ...secret, metadata: { ...secret.metadata, annotations }, data };
    return [{ do: "update", resource: secrets, object }];
  }

  const secretsOf = ({ key }: Change<ServiceAccount>): string[] =>
    cache.by("byAccount", key).map(keyOf);
  return startController<Observed>({
    ...parts,
    name: "serviceaccount-token",
    sources: [source(cache, ownKey), source(accounts, secretsOf)],
    observe(key) {
      const secret = cache.get(refOfKey(key));
      const name = secret?.metadata.annotations?.[nameKey];
      if (!secret || secret.type !== tokenType || !name) return undefined;
      const account = accounts.get({ namespace: secret.metadata.namespace, name });
      return { secret, account };
    },
    reconcile,
  });
}

const accountKey = ({ metadata }: Secret): string =>
  `${metadata.namespace}/${metadata.annotations?.[nameKey]}`;

/** A secret may name the service account without saying which of that name. */
function isFor({ metadata }: Secret, account: ServiceAccount): boolean {
  const uid = metadata.annotations?.[uidKey];
  return !uid || uid === account.metadata.uid;
}

const base64 = (text: string): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(text)));
