// Makes the volumes of a pod, and makes them anew when what is in them changes.

import { isLatest } from "../../schema/kinds/core/pod/image-name.ts";
import {
  persistentVolumeClaims,
  persistentVolumes,
  serviceAccounts,
} from "../../schema/resources.ts";
import type { TokenRequest } from "../../schema/types/authentication-v1.ts";
import type {
  ImageVolumeSource,
  Pod,
  ServiceAccount,
  ServiceAccountTokenProjection,
} from "../../schema/types/core-v1.ts";
import { type NodeContext, podReference } from "../context.ts";
import { VolumeError } from "../host.ts";
import { volumeAsks } from "../volumes/asks.ts";
import { StartError } from "./pull.ts";
import { configOf } from "./sandbox.ts";
import { pullSecrets } from "./start.ts";

type Token = { text: string; renewAtMs: number };

/** A token is asked for anew after this part of its life, or a day. */
const renewPart = 0.8;
const renewMsMax = 24 * 3600_000;

/** The tokens of one pod, by what was asked for. */
export type Tokens = Map<string, Token>;

/** Paths by the names of volumes. Rejects with a StartError when one cannot be made. */
export async function mountVolumes(
  context: NodeContext,
  pod: Pod,
  podIps: readonly string[],
  tokens: Tokens,
): Promise<ReadonlyMap<string, string>> {
  if ((pod.spec.volumes ?? []).length === 0) return new Map();
  const namespace = pod.metadata.namespace ?? "";
  try {
    const asks = await volumeAsks({
      pod,
      facts: { podIps, hostIps: context.hostIps },
      allocatable: context.allocatable,
      configMap: (name) => context.objects.configMap(namespace, name),
      secret: (name) => context.objects.secret(namespace, name),
      token: (ask) => tokenFor(context, pod, ask, tokens),
      anchors: (ask) => context.bundles.anchors(ask),
      credential: (volume, source) =>
        context.credentials.get(pod.metadata.uid ?? "", volume, source),
      image: (source) => pullVolume(context, pod, source),
      claim: (name) => claimPath(context, namespace, name),
    });
    return await context.host.mountVolumes(pod.metadata.uid ?? "", asks);
  } catch (error) {
    if (error instanceof StartError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    context.record({ about: podReference(pod), type: "Warning", reason: "FailedMount", message });
    throw new StartError("ContainerCreating", message, { cause: error });
  }
}

/** Ms until the first token is to be renewed; undefined when there is none. */
export function nextRenewal(tokens: Tokens, nowMs: number): number | undefined {
  const times = [...tokens.values()].map((t) => t.renewAtMs);
  return times.length === 0 ? undefined : Math.max(Math.min(...times) - nowMs, 0);
}

async function tokenFor(
  { client, clock, host }: NodeContext,
  pod: Pod,
  ask: ServiceAccountTokenProjection,
  tokens: Tokens,
): Promise<string> {
  if (!host.keepsFiles) return "";
  const { audience = "", expirationSeconds = 3600 } = ask;
  const key = `${audience} ${expirationSeconds}`;
  const known = tokens.get(key);
  if (known && clock.now() < known.renewAtMs) return known.text;
  const { name = "", namespace, uid } = pod.metadata;
  const request: TokenRequest = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    metadata: {},
    spec: {
      audiences: audience === "" ? [] : [audience],
      expirationSeconds,
      boundObjectRef: { apiVersion: "v1", kind: "Pod", name, ...(uid ? { uid } : {}) },
    },
  };
  const account = { namespace, name: pod.spec.serviceAccountName || "default" };
  const answer = await client.post<ServiceAccount, TokenRequest>(
    serviceAccounts,
    account,
    "token",
    request,
  );
  if (!answer.status?.token)
    throw new Error(`the API gave no token for service account ${account.name}`);
  const lifeMs = Date.parse(answer.status.expirationTimestamp ?? "") - clock.now();
  const renewAtMs = clock.now() + Math.min(lifeMs * renewPart, renewMsMax);
  tokens.set(key, { text: answer.status.token, renewAtMs });
  return answer.status.token;
}

/** Rejects with a StartError that is shown for the containers that mount it. */
async function pullVolume(
  context: NodeContext,
  pod: Pod,
  { reference = "", pullPolicy }: ImageVolumeSource,
): Promise<string> {
  const imagePullPolicy = pullPolicy ?? (isLatest(reference) ? "Always" : "IfNotPresent");
  const { image } = await context.images.ensure({
    pod,
    container: { name: "", image: reference, imagePullPolicy },
    sandbox: configOf(context, pod, 0),
    runtimeHandler: "",
    secrets: () => pullSecrets(context, pod),
    say: (type, reason, message) =>
      context.record({ about: podReference(pod), type, reason, message }),
  });
  return image.id;
}

/** Claims are served when their volume is a folder of this machine. */
async function claimPath(
  { client }: NodeContext,
  namespace: string,
  name: string,
): Promise<string> {
  const claim = await client.get(persistentVolumeClaims, { namespace, name });
  const volumeName = claim.spec?.volumeName;
  if (claim.status?.phase !== "Bound" || !volumeName) {
    throw new VolumeError(`PVC ${namespace}/${name} is not bound`);
  }
  const volume = await client.get(persistentVolumes, { name: volumeName });
  const path = volume.spec?.hostPath?.path ?? volume.spec?.local?.path;
  if (path === undefined) {
    throw new VolumeError(`volume ${volumeName} is of a kind that this node does not support`);
  }
  return path;
}
