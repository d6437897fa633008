// The volumes of a pod as they shall be on its machine. Messages of failures are upstream's.
import { parseQuantity, wholeValue } from "../../schema/quantity.ts";
import type {
  ClusterTrustBundleProjection,
  ConfigMap,
  DownwardAPIVolumeFile,
  ImageVolumeSource,
  KeyToPath,
  Pod,
  Secret,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from "../../schema/types/core-v1.ts";
import { type Allocatable, fieldValue, type PodFacts, resourceValue } from "../config/fields.ts";
import { type VolumeAsk, VolumeError, type VolumeFile } from "../host.ts";
import type { PodCredential } from "../trust/credentials.ts";
import { nestedFolders } from "./nested.ts";

export type VolumeInput = {
  readonly pod: Pod;
  readonly facts: PodFacts;
  readonly allocatable: Allocatable;
  readonly configMap: (name: string) => Promise<ConfigMap | undefined>;
  readonly secret: (name: string) => Promise<Secret | undefined>;
  readonly token: (ask: ServiceAccountTokenProjection) => Promise<string>;
  /** PEM of the certificates that a trust bundle projection wants. */
  readonly anchors: (ask: ClusterTrustBundleProjection) => Promise<string>;
  /** Of a source of a projected volume; throws an Error that says why there is none (yet). */
  readonly credential: (volume: string, source: number) => PodCredential;
  /** Id of an image that has been pulled as its policy says. */
  readonly image: (source: ImageVolumeSource) => Promise<string>;
  /** Folder or file of a claim's volume on this machine; rejects with a VolumeError when it has none. */
  readonly claim: (name: string) => Promise<string>;
};

/** Rejects with a VolumeError that names the first volume that cannot be made. */
export async function volumeAsks(input: VolumeInput): Promise<VolumeAsk[]> {
  const used = mounted(input.pod);
  const asks: VolumeAsk[] = [];
  for (const volume of input.pod.spec.volumes ?? []) {
    if (!used.has(volume.name)) continue;
    const ask = await askOf(volume, input).catch((error: unknown) => {
      // That an image cannot be pulled is told as it is for containers.
      if (volume.image) throw error;
      const why = error instanceof Error ? error.message : String(error);
      throw new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${why}`, {
        cause: error,
      });
    });
    if (ask) asks.push(ask);
  }
  return asks;
}

/** Names of the volumes that a container mounts; others are not made. */
function mounted({ spec }: Pod): Set<string> {
  const all = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...(spec.ephemeralContainers ?? []),
  ];
  return new Set(all.flatMap((c) => (c.volumeMounts ?? []).map((m) => m.name)));
}

async function askOf(volume: Volume, input: VolumeInput): Promise<VolumeAsk | undefined> {
  const { name } = volume;
  const fsGroup = input.pod.spec.securityContext?.fsGroup;
  const folders = nestedFolders(input.pod, name);
  const common = { name, folders, ...(fsGroup === undefined ? {} : { fsGroup }) };
  if (volume.emptyDir) {
    const { medium, sizeLimit } = volume.emptyDir;
    const size = sizeLimit === undefined ? undefined : parseQuantity(sizeLimit);
    const sizeBytes = size && wholeValue(size);
    return {
      ...common,
      is: "emptyDir",
      memory: medium === "Memory",
      ...(sizeBytes ? { sizeBytes } : {}),
    };
  }
  if (volume.hostPath) {
    const { path, type = "" } = volume.hostPath;
    return { ...common, is: "hostPath", path, type };
  }
  if (volume.configMap) {
    const { name: map = "", items, defaultMode = 0o644, optional } = volume.configMap;
    const found = await input.configMap(map);
    if (!found && !optional) throw new Error(`configmap "${map}" not found`);
    const files = configMapFiles(found, items, defaultMode, optional);
    return { ...common, is: "files", plugin: "configmap", files };
  }
  if (volume.secret) {
    const { secretName = "", items, defaultMode = 0o644, optional } = volume.secret;
    const found = await input.secret(secretName);
    if (!found && !optional) throw new Error(`secret "${secretName}" not found`);
    const files = secretFiles(found, items, defaultMode, optional);
    return { ...common, is: "files", plugin: "secret", files };
  }
  if (volume.downwardAPI) {
    const { items = [], defaultMode = 0o644 } = volume.downwardAPI;
    const files = items.map((item) => downwardFile(item, defaultMode, input));
    return { ...common, is: "files", plugin: "downward-api", files };
  }
  if (volume.projected) {
    const { sources = [], defaultMode = 0o644 } = volume.projected;
    const files: VolumeFile[] = [];
    for (const [index, source] of sources.entries()) {
      const credential = () => input.credential(name, index);
      files.push(...(await projectedFiles(source, defaultMode, input, credential)));
    }
    return { ...common, is: "files", plugin: "projected", files };
  }
  if (volume.image) return { ...common, is: "image", image: await input.image(volume.image) };
  if (volume.persistentVolumeClaim) {
    const path = await input.claim(volume.persistentVolumeClaim.claimName);
    return { ...common, is: "hostPath", path, type: "" };
  }
  const kind = Object.keys(volume).find((key) => key !== "name") ?? "no source";
  throw new Error(`volumes of kind ${kind} are not supported on this node`);
}

async function projectedFiles(
  source: VolumeProjection,
  mode: number,
  input: VolumeInput,
  credential: () => PodCredential,
): Promise<VolumeFile[]> {
  if (source.configMap) {
    const { name = "", items, optional } = source.configMap;
    const found = await input.configMap(name);
    if (!found && !optional) throw new Error(`configmap "${name}" not found`);
    return configMapFiles(found, items, mode, optional);
  }
  if (source.secret) {
    const { name = "", items, optional } = source.secret;
    const found = await input.secret(name);
    if (!found && !optional) throw new Error(`secret "${name}" not found`);
    return secretFiles(found, items, mode, optional);
  }
  if (source.downwardAPI) {
    return (source.downwardAPI.items ?? []).map((item) => downwardFile(item, mode, input));
  }
  if (source.serviceAccountToken) {
    const text = await input.token(source.serviceAccountToken);
    return [ownFile(source.serviceAccountToken.path, text, mode, input.pod)];
  }
  if (source.clusterTrustBundle) {
    const text = await input.anchors(source.clusterTrustBundle);
    return [ownFile(source.clusterTrustBundle.path, text, mode, input.pod)];
  }
  if (source.podCertificate) {
    const { credentialBundlePath, keyPath, certificateChainPath } = source.podCertificate;
    const { key, chain } = credential();
    const texts = [
      [credentialBundlePath, key + chain],
      [keyPath, key],
      [certificateChainPath, chain],
    ] as const;
    return texts.flatMap(([path, text]) => (path ? [ownFile(path, text, mode, input.pod)] : []));
  }
  const kind = Object.keys(source)[0] ?? "nothing";
  throw new Error(`projections of ${kind} are not supported on this node`);
}

/** What nobody but the pod's own user or group may read. */
function ownFile(path: string, text: string, mode: number, pod: Pod): VolumeFile {
  const data = encoder.encode(text);
  if (pod.spec.securityContext?.fsGroup !== undefined) return { path, data, mode: 0o640 };
  const user = onlyUser(pod);
  return user === undefined ? { path, data, mode } : { path, data, mode: 0o600, user };
}

/** The user as which every container runs, when it is one and the spec says so. */
function onlyUser({ spec }: Pod): number | undefined {
  const users = [...(spec.initContainers ?? []), ...spec.containers].map(
    (c) => c.securityContext?.runAsUser ?? spec.securityContext?.runAsUser,
  );
  return users.every((user) => user === users[0]) ? users[0] : undefined;
}

const encoder = new TextEncoder();
const fromBase64 = (text: string): Uint8Array => Buffer.from(text, "base64");

function configMapFiles(
  map: ConfigMap | undefined,
  items: readonly KeyToPath[] | undefined,
  mode: number,
  optional: boolean | undefined,
): VolumeFile[] {
  const contents = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(map?.data ?? {}))
    contents.set(key, encoder.encode(text));
  for (const [key, text] of Object.entries(map?.binaryData ?? {}))
    contents.set(key, fromBase64(text));
  return chosen(contents, items, mode, optional === true, "configmap");
}

function secretFiles(
  secret: Secret | undefined,
  items: readonly KeyToPath[] | undefined,
  mode: number,
  optional: boolean | undefined,
): VolumeFile[] {
  const data = Object.entries(secret?.data ?? {});
  const contents = new Map(data.map(([key, text]) => [key, fromBase64(text)]));
  return chosen(contents, items, mode, optional === true, "secret");
}

function chosen(
  contents: ReadonlyMap<string, Uint8Array>,
  items: readonly KeyToPath[] | undefined,
  mode: number,
  optional: boolean,
  what: string,
): VolumeFile[] {
  if (!items || items.length === 0) {
    return [...contents].map(([path, data]) => ({ path, data, mode }));
  }
  const files: VolumeFile[] = [];
  for (const item of items) {
    const data = contents.get(item.key);
    if (data) files.push({ path: item.path, data, mode: item.mode ?? mode });
    else if (!optional) throw new Error(`references non-existent ${what} key: ${item.key}`);
  }
  return files;
}

function downwardFile(item: DownwardAPIVolumeFile, mode: number, input: VolumeInput): VolumeFile {
  const { pod, facts, allocatable } = input;
  const common = { path: item.path, mode: item.mode ?? mode };
  if (item.fieldRef) {
    return { ...common, data: encoder.encode(fieldValue(item.fieldRef, pod, facts)) };
  }
  const ref = item.resourceFieldRef;
  const all = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const container = all.find((c) => c.name === ref?.containerName);
  if (!ref || !container) throw new Error(`container ${ref?.containerName} not found`);
  return { ...common, data: encoder.encode(resourceValue(ref, container, allocatable)) };
}
