// Gives each pod its service account, and a volume with the account's token where it is wanted.
import { nameSuffix, type Random } from "../../lib/random.ts";
import { podSecrets } from "../../schema/pod-references.ts";
import { serviceAccounts } from "../../schema/resources.ts";
import type {
  Container,
  EphemeralContainer,
  Pod,
  ServiceAccount,
  Volume,
} from "../../schema/types/core-v1.ts";
import type { Admission, AdmissionWrite, Context, Core } from "../context.ts";
import { about, refused } from "./refused.ts";

const isPod = about("pods");
const isEphemeral = about("pods/ephemeralcontainers");

export function serviceAccount(core: Core): Admission {
  const find = finder(core);
  return {
    name: "ServiceAccount",
    handles: (a, { operation, object }) =>
      object !== undefined &&
      ((operation === "CREATE" && isPod(a)) || (operation === "UPDATE" && isEphemeral(a))),
    async mutate(context, write) {
      if (write.operation !== "CREATE") return;
      const { spec, metadata } = write.object as Pod;
      if (spec === undefined || metadata.annotations?.[mirror] !== undefined) {
        return checkMirror(context, write);
      }
      if (!spec.serviceAccountName) {
        spec.serviceAccountName = "default";
        spec.serviceAccount = "default";
      }
      const account = await find(context, write, spec.serviceAccountName);
      if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) {
        mountToken(write.object as Pod, core.random);
      }
      const secrets = account.imagePullSecrets ?? [];
      if ((spec.imagePullSecrets ?? []).length === 0 && secrets.length > 0) {
        spec.imagePullSecrets = secrets.map((s) => ({ ...s }));
      }
      check(context, write, account);
    },
    async validate(context, write) {
      const { spec, metadata } = write.object as Pod;
      if (metadata.annotations?.[mirror] !== undefined) return checkMirror(context, write);
      const name = spec?.serviceAccountName ?? "";
      if (name === "") {
        const { namespace } = context.attributes;
        const why = `no service account specified for pod ${namespace}/${metadata.name}`;
        throw refused(context, write, why);
      }
      check(context, write, await find(context, write, name));
    },
  };
}

const mirror = "kubernetes.io/config.mirror";

type Find = (context: Context, write: AdmissionWrite, name: string) => Promise<ServiceAccount>;

/** A new namespace gets its account `default` a moment later; this long a pod waits for it. */
const defaultWaitMs = 1500;

function finder(core: Core): Find {
  const view = core.view(serviceAccounts);
  return async (context, write, name) => {
    const { namespace } = context.attributes;
    const found = view.get(namespace, name) ?? (await view.newest(namespace, name));
    if (found !== undefined) return found;
    if (name === "default") {
      const { promise, resolve } = Promise.withResolvers<ServiceAccount | undefined>();
      const stop = view.onChange((home, changed, account) => {
        if (home === namespace && changed === name) resolve(account);
      });
      const cancel = core.clock.after(defaultWaitMs, () => resolve(undefined));
      const late = await promise;
      stop();
      cancel();
      if (late !== undefined) return late;
    }
    const missing = `serviceaccount ${JSON.stringify(name)} not found`;
    throw refused(
      context,
      write,
      `error looking up service account ${namespace}/${name}: ${missing}`,
    );
  };
}

const tokenFolder = "/var/run/secrets/kubernetes.io/serviceaccount";
const volumePrefix = "kube-api-access-";

/** A pod that brings its own volume of that name or mounts something there keeps it. */
function mountToken({ spec }: Pod, random: Random): void {
  if (spec === undefined) return;
  const own = spec.volumes?.find((v) => v.name.startsWith(volumePrefix));
  const name = own?.name ?? volumePrefix + nameSuffix(random);
  let mounted = false;
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) {
    const mounts = container.volumeMounts ?? [];
    if (mounts.some((m) => m.mountPath === tokenFolder)) continue;
    container.volumeMounts = [...mounts, { name, readOnly: true, mountPath: tokenFolder }];
    mounted = true;
  }
  if (own === undefined && mounted) spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

const tokenVolume = (name: string): Volume => ({
  name,
  projected: {
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      {
        downwardAPI: {
          items: [
            {
              path: "namespace",
              fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" },
            },
          ],
        },
      },
    ],
    defaultMode: 0o644,
  },
});

/** A pod that a node wrote must give the node nothing. */
function checkMirror(context: Context, write: AdmissionWrite): void {
  const pod = write.object as Pod;
  if (pod.spec?.serviceAccountName) {
    throw refused(context, write, "a mirror pod may not reference service accounts");
  }
  for (const _ of podSecrets(pod)) {
    throw refused(context, write, "a mirror pod may not reference secrets");
  }
  const sources = (pod.spec?.volumes ?? []).flatMap((v) => v.projected?.sources ?? []);
  if (sources.some((s) => s.serviceAccountToken !== undefined)) {
    const why = "a mirror pod may not use ServiceAccountToken volume projections";
    throw refused(context, write, why);
  }
}

const trueWords = new Set(["1", "t", "T", "true", "TRUE", "True"]);

/** An account may forbid its pods all Secrets that it does not name. */
function check(context: Context, write: AdmissionWrite, account: ServiceAccount): void {
  const { annotations, name } = account.metadata;
  const asked = annotations?.["kubernetes.io/enforce-mountable-secrets"] ?? "";
  if (!trueWords.has(asked)) return;
  const { spec } = write.object as Pod;
  const why =
    write.operation === "CREATE"
      ? unnamedSecret(write.object as Pod, account)
      : fromContainers("ephemeral container", spec?.ephemeralContainers, namesOf(account.secrets));
  if (why === undefined) return;
  const rule = "is not allowed because service account";
  const what = why.startsWith("imagePullSecrets") ? "imagePullSecret" : "secret";
  throw refused(context, write, `${why} ${rule} ${name} does not reference that ${what}`);
}

const namesOf = (refs: readonly { name?: string }[] | undefined): Set<string | undefined> =>
  new Set((refs ?? []).map((r) => r.name));

function unnamedSecret({ spec }: Pod, account: ServiceAccount): string | undefined {
  const secrets = namesOf(account.secrets);
  for (const { secret } of spec?.volumes ?? []) {
    if (secret !== undefined && !secrets.has(secret.secretName)) {
      return `volume with secret.secretName="${secret.secretName}"`;
    }
  }
  const found =
    fromContainers("init container", spec?.initContainers, secrets) ??
    fromContainers("container", spec?.containers, secrets);
  if (found !== undefined) return found;
  const pull = namesOf(account.imagePullSecrets);
  const index = (spec?.imagePullSecrets ?? []).findIndex((s) => !pull.has(s.name));
  return index < 0
    ? undefined
    : `imagePullSecrets[${index}].name="${spec?.imagePullSecrets?.[index]?.name}"`;
}

function fromContainers(
  what: string,
  containers: readonly (Container | EphemeralContainer)[] | undefined,
  secrets: ReadonlySet<string | undefined>,
): string | undefined {
  for (const { name, env, envFrom } of containers ?? []) {
    for (const { name: variable, valueFrom } of env ?? []) {
      const ref = valueFrom?.secretKeyRef;
      if (ref !== undefined && !secrets.has(ref.name)) {
        return `${what} ${name} with envVar ${variable} referencing secret.secretName="${ref.name}"`;
      }
    }
    for (const { secretRef } of envFrom ?? []) {
      if (secretRef !== undefined && !secrets.has(secretRef.name)) {
        return `${what} ${name} with envFrom referencing secret.secretName="${secretRef.name}"`;
      }
    }
  }
  return undefined;
}
