// Volumes of a pod: each has a name and exactly one source.
import { duplicate, fieldForbidden, invalidValue, required } from "../../../field-error.ts";
import { checkDnsLabel, nameIsDnsSubdomain } from "../../../names.ts";
import type { Volume } from "../../../types/core-v1.ts";
import type { ObjectMeta } from "../../../types/meta-v1.ts";
import { type Out, oneOf, refuse } from "../../checks.ts";
import { checkClaimTemplate } from "../claim-rules.ts";
import { isNegative } from "../resource-names.ts";
import { pullPolicies } from "./containers.ts";
import { checkCsiDriverName, checkHostPath, diskSources } from "./disk-sources.ts";
import { checkDownward, checkItems, checkMode } from "./file-sources.ts";
import { checkProjected } from "./projected.ts";

/** The volumes without a fault, by name. `metadata`: of the pod; undefined in a template. */
export function checkVolumes(
  out: Out,
  at: string,
  volumes: readonly Volume[] | undefined,
  metadata: ObjectMeta | undefined,
): ReadonlyMap<string, Volume> {
  const good = new Map<string, Volume>();
  if (volumes === undefined) return good;
  const podName = metadata?.name ?? "";
  for (const [i, volume] of volumes.entries()) {
    const { name, persistentVolumeClaim: claim } = volume;
    const here = `${at}[${i}]`;
    const before = out.length;
    checkSource(out, here, volume, podName);
    if (!name) out.push(required(`${here}.name`));
    else refuse(out, `${here}.name`, name, checkDnsLabel(name));
    if (good.has(name)) out.push(duplicate(`${here}.name`, name));
    if (out.length === before) good.set(name, volume);
    if (claim && podName !== "" && isMadeForPod(volumes, podName, claim.claimName)) {
      const detail = "must not reference a PVC that gets created for an ephemeral volume";
      out.push(invalidValue(`${here}.persistentVolumeClaim.claimName`, claim.claimName, detail));
    }
  }
  return good;
}

const isMadeForPod = (volumes: readonly Volume[], podName: string, claimName: string): boolean =>
  volumes.some(({ name, ephemeral }) => ephemeral && claimName === `${podName}-${name}`);

type SourceCheck = (out: Out, at: string, volume: Volume, podName: string) => void;

/** In upstream's order; the first source that is there is the volume's, any other is one too many. */
const sources: readonly (readonly [keyof Volume, SourceCheck])[] = [
  [
    "emptyDir",
    (out, at, { emptyDir }) => {
      if (!isNegative(emptyDir?.sizeLimit)) return;
      const detail = "SizeLimit field must be a valid resource quantity";
      out.push(fieldForbidden(`${at}.emptyDir.sizeLimit`, detail));
    },
  ],
  ["hostPath", (out, at, { hostPath }) => checkHostPath(out, `${at}.hostPath`, hostPath!)],
  ["gitRepo", diskSources.gitRepo],
  ["gcePersistentDisk", diskSources.gcePersistentDisk],
  ["awsElasticBlockStore", diskSources.awsElasticBlockStore],
  [
    "secret",
    (out, at, { secret }) => {
      if (!secret!.secretName) out.push(required(`${at}.secret.secretName`));
      checkMode(out, `${at}.secret.defaultMode`, secret!.defaultMode);
      checkItems(out, `${at}.secret.items`, secret!.items);
    },
  ],
  ["nfs", diskSources.nfs],
  ["iscsi", diskSources.iscsi],
  ["glusterfs", diskSources.glusterfs],
  ["flocker", diskSources.flocker],
  [
    "persistentVolumeClaim",
    (out, at, { persistentVolumeClaim }) => {
      if (persistentVolumeClaim!.claimName) return;
      out.push(required(`${at}.persistentVolumeClaim.claimName`));
    },
  ],
  ["rbd", diskSources.rbd],
  ["cinder", diskSources.cinder],
  ["cephfs", diskSources.cephfs],
  ["quobyte", diskSources.quobyte],
  [
    "downwardAPI",
    (out, at, { downwardAPI }) => {
      checkMode(out, `${at}.downwardAPI.defaultMode`, downwardAPI!.defaultMode);
      for (const file of downwardAPI!.items ?? []) checkDownward(out, `${at}.downwardAPI`, file);
    },
  ],
  ["fc", diskSources.fc],
  ["flexVolume", diskSources.flexVolume],
  [
    "configMap",
    (out, at, { configMap }) => {
      if (!configMap!.name) out.push(required(`${at}.configMap.name`));
      checkMode(out, `${at}.configMap.defaultMode`, configMap!.defaultMode);
      checkItems(out, `${at}.configMap.items`, configMap!.items);
    },
  ],
  ["azureFile", diskSources.azureFile],
  ["vsphereVolume", diskSources.vsphereVolume],
  ["photonPersistentDisk", diskSources.photonPersistentDisk],
  ["portworxVolume", diskSources.portworxVolume],
  ["azureDisk", diskSources.azureDisk],
  ["storageos", diskSources.storageos],
  ["projected", (out, at, { projected }) => checkProjected(out, `${at}.projected`, projected!)],
  ["scaleIO", diskSources.scaleIO],
  [
    "csi",
    (out, at, { csi }) => {
      checkCsiDriverName(out, `${at}.csi.driver`, csi!.driver);
      const secret = csi!.nodePublishSecretRef;
      if (secret === undefined) return;
      const { name = "" } = secret;
      if (name === "") out.push(required(`${at}.csi.nodePublishSecretRef.name`));
      else refuse(out, `${at}.csi.name`, name, nameIsDnsSubdomain(name, false));
    },
  ],
  ["ephemeral", checkEphemeral],
  [
    "image",
    (out, at, { image }) => {
      if (!image!.reference) out.push(required(`${at}.image.reference`));
      oneOf(out, `${at}.image.pullPolicy`, image!.pullPolicy, pullPolicies);
    },
  ],
];

/** Names in messages that upstream spells in its own way. */
const spelled: Readonly<Record<string, string>> = {
  cephfs: "cephFS",
  downwardAPI: "downwarAPI",
};

function checkSource(out: Out, at: string, volume: Volume, podName: string): void {
  let found = false;
  for (const [name, check] of sources) {
    if (volume[name] === undefined) continue;
    if (found) {
      const field = `${at}.${spelled[name] ?? name}`;
      out.push(fieldForbidden(field, "may not specify more than 1 volume type"));
    } else check(out, at, volume, podName);
    found = true;
  }
  if (!found) out.push(required(at, "must specify a volume type"));
}

function checkEphemeral(out: Out, at: string, { ephemeral, name }: Volume, podName: string): void {
  const template = ephemeral!.volumeClaimTemplate;
  if (template === undefined) out.push(required(`${at}.ephemeral.volumeClaimTemplate`));
  else checkClaimTemplate(out, `${at}.ephemeral.volumeClaimTemplate`, template);
  if (podName === "" || !name) return;
  const claimName = `${podName}-${name}`;
  for (const problem of nameIsDnsSubdomain(claimName, false)) {
    const detail = `PVC name ${JSON.stringify(claimName)}: ${problem}`;
    out.push(invalidValue(`${at}.name`, name, detail));
  }
}
