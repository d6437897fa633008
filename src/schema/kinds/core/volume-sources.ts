// Where the data of a persistent volume is. Some sources are as in a pod, some name secrets and endpoints of a
// namespace, which a volume itself does not have.
import { invalidValue, required } from "../../field-error.ts";
import { nameIsDnsLabel } from "../../names.ts";
import type { PersistentVolumeSpec, SecretReference } from "../../types/core-v1.ts";
import { dnsLabel, dnsSubdomain, type Out, objectName } from "../checks.ts";
import {
  checkAzureDisk,
  checkCsiDriverName,
  checkFc,
  checkFlex,
  checkFlocker,
  checkHostPath,
  checkIscsi,
  checkNfs,
  checkPartition,
  checkQuobyte,
  checkStorageOs,
  filled,
  initiatorLengthMax,
  initiatorProblem,
  secretNamed,
} from "./pod/disk-sources.ts";
import { noBacksteps } from "./pod/paths.ts";

/** Fields of a volume's spec that are sources, in upstream's order, each with its rules. */
export const volumeSources: readonly VolumeSource[] = [
  source("hostPath", (out, at, it) => checkHostPath(out, at, it)),
  source("gcePersistentDisk", (out, at, it) => {
    // The name is upstream's.
    const here = at.replace("gcePersistentDisk", "persistentDisk");
    filled(out, here, it, ["pdName"]);
    checkPartition(out, here, it);
  }),
  source("awsElasticBlockStore", (out, at, it) => {
    filled(out, at, it, ["volumeID"]);
    checkPartition(out, at, it);
  }),
  source("glusterfs", (out, at, it) => {
    filled(out, at, it, ["endpoints", "path"]);
    checkEndpointsNamespace(out, `${at}.endpointsNamespace`, it.endpointsNamespace);
  }),
  source("flocker", (out, at, it) => checkFlocker(out, at, it)),
  source("nfs", (out, at, it) => checkNfs(out, at, it)),
  source("rbd", (out, at, it) => filled(out, at, it, ["monitors", "image"])),
  source("quobyte", (out, at, it) => checkQuobyte(out, at, it)),
  source("cephfs", (out, at, it) => filled(out, at, it, ["monitors"]), "cephFS"),
  source("iscsi", (out, at, it, volumeName) => {
    checkIscsi(out, at, it, "");
    if (it.secretRef) filled(out, `${at}.secretRef`, it.secretRef, ["name"]);
    if (it.initiatorName === undefined) return;
    if (`${volumeName}:${it.targetPortal}`.length <= initiatorLengthMax) return;
    out.push(invalidValue(`${at}.targetportal`, it.targetPortal, initiatorProblem));
  }),
  source("cinder", (out, at, it) => {
    filled(out, at, it, ["volumeID"]);
    secretNamed(out, at, it, true);
  }),
  source("fc", (out, at, it) => checkFc(out, at, it)),
  source("flexVolume", (out, at, it) => checkFlex(out, at, it)),
  source("azureFile", (out, at, it) => {
    filled(out, at, it, ["secretName", "shareName"]);
    if (it.secretNamespace === "") out.push(required(`${at}.secretNamespace`));
  }),
  source("vsphereVolume", (out, at, it) => filled(out, at, it, ["volumePath"])),
  source("photonPersistentDisk", (out, at, it) => filled(out, at, it, ["pdID"])),
  source("portworxVolume", (out, at, it) => filled(out, at, it, ["volumeID"])),
  source("azureDisk", (out, at, it) => checkAzureDisk(out, at, it)),
  source("scaleIO", (out, at, it) => filled(out, at, it, ["gateway", "system", "volumeName"])),
  source("local", (out, at, it) => {
    filled(out, at, it, ["path"]);
    noBacksteps(out, `${at}.path`, it.path ?? "");
  }),
  source("storageos", (out, at, it) => checkStorageOs(out, at, it, true)),
  source("csi", (out, at, it) => {
    checkCsiDriverName(out, `${at}.driver`, it.driver);
    filled(out, at, it, ["volumeHandle"]);
    for (const ref of csiSecrets) {
      const secret = it[ref];
      if (secret) checkSecret(out, `${at}.${ref}`, secret);
    }
  }),
];

export type VolumeSource = {
  readonly field: keyof PersistentVolumeSpec & string;
  /** The field as upstream names it where two sources are refused. */
  readonly refusedAs: string;
  readonly check: (out: Out, at: string, spec: PersistentVolumeSpec, volumeName: string) => void;
};

function source<F extends keyof PersistentVolumeSpec & string>(
  field: F,
  rule: (out: Out, at: string, it: NonNullable<PersistentVolumeSpec[F]>, name: string) => void,
  refusedAs: string = field,
): VolumeSource {
  return {
    field,
    refusedAs,
    check: (out, at, spec, name) => rule(out, `${at}.${field}`, spec[field]!, name),
  };
}

function checkEndpointsNamespace(out: Out, at: string, namespace: string | undefined): void {
  if (namespace === "") {
    const detail = "if the endpointnamespace is set, it must be a valid namespace name";
    out.push(invalidValue(at, namespace, detail));
  } else if (namespace !== undefined) objectName(out, at, namespace, nameIsDnsLabel);
}

const csiSecrets = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeExpandSecretRef",
] as const;

function checkSecret(out: Out, at: string, { name, namespace }: SecretReference): void {
  if (!name) out.push(required(`${at}.name`));
  else dnsSubdomain(out, `${at}.name`, name);
  if (!namespace) out.push(required(`${at}.namespace`));
  else dnsLabel(out, `${at}.namespace`, namespace);
}
