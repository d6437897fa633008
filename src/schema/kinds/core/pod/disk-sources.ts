// Volume sources that name a disk or a share somewhere. Most are older than CSI and only have to be filled in.
import { invalidValue, notSupported, required, tooLong } from "../../../field-error.ts";
import { checkDnsSubdomain, rangeProblem } from "../../../names.ts";
import type {
  AzureDiskVolumeSource,
  HostPathVolumeSource,
  ISCSIVolumeSource,
  Volume,
} from "../../../types/core-v1.ts";
import { dnsLabel, type Out, refuse, supportedOnly } from "../../checks.ts";
import { noBacksteps, relativePath } from "./paths.ts";

type Check = (out: Out, at: string, volume: Volume) => void;

/** Each part of `source` that is empty. */
function filled(out: Out, at: string, source: object, parts: readonly string[]): void {
  for (const part of parts) {
    const value = (source as Record<string, unknown>)[part];
    const isEmpty = value === undefined || value === "" || (Array.isArray(value) && !value.length);
    if (isEmpty) out.push(required(`${at}.${part}`));
  }
}

type Named = { readonly secretRef?: { readonly name?: string; readonly namespace?: string } };

/** A secret that is named must be named in full: in a persistent volume with its namespace. */
export function secretNamed(out: Out, at: string, { secretRef }: Named, spaced: boolean): void {
  if (secretRef === undefined) return;
  filled(out, `${at}.secretRef`, secretRef, spaced ? ["name", "namespace"] : ["name"]);
}

const onlyFilled =
  (name: keyof Volume, parts: readonly string[]): Check =>
  (out, at, volume) =>
    filled(out, `${at}.${name}`, volume[name] as object, parts);

export const diskSources = {
  gitRepo: (out, at, { gitRepo }) => {
    filled(out, `${at}.gitRepo`, gitRepo!, ["repository"]);
    relativePath(out, `${at}.gitRepo.directory`, gitRepo!.directory ?? "");
  },
  gcePersistentDisk: (out, at, { gcePersistentDisk }) => {
    filled(out, `${at}.persistentDisk`, gcePersistentDisk!, ["pdName"]);
    checkPartition(out, `${at}.persistentDisk`, gcePersistentDisk!);
  },
  awsElasticBlockStore: (out, at, { awsElasticBlockStore }) => {
    filled(out, `${at}.awsElasticBlockStore`, awsElasticBlockStore!, ["volumeID"]);
    checkPartition(out, `${at}.awsElasticBlockStore`, awsElasticBlockStore!);
  },
  nfs: (out, at, { nfs }) => checkNfs(out, `${at}.nfs`, nfs!),
  iscsi: (out, at, { iscsi, name }) => {
    checkIscsi(out, `${at}.iscsi`, iscsi!, " starting with iqn, eui, or naa");
    if (iscsi!.initiatorName === undefined) return;
    if (`${name}:${iscsi!.targetPortal}`.length > initiatorLengthMax) {
      out.push(invalidValue(`${at}.name`, name, initiatorProblem));
    }
  },
  glusterfs: onlyFilled("glusterfs", ["endpoints", "path"]),
  flocker: (out, at, { flocker }) => checkFlocker(out, `${at}.flocker`, flocker!),
  rbd: onlyFilled("rbd", ["monitors", "image"]),
  cinder: (out, at, { cinder }) => {
    filled(out, `${at}.cinder`, cinder!, ["volumeID"]);
    secretNamed(out, `${at}.cinder`, cinder!, false);
  },
  cephfs: onlyFilled("cephfs", ["monitors"]),
  quobyte: (out, at, { quobyte }) => checkQuobyte(out, `${at}.quobyte`, quobyte!),
  fc: (out, at, { fc }) => checkFc(out, `${at}.fc`, fc!),
  flexVolume: (out, at, { flexVolume }) => checkFlex(out, `${at}.flexVolume`, flexVolume!),
  azureFile: onlyFilled("azureFile", ["secretName", "shareName"]),
  vsphereVolume: onlyFilled("vsphereVolume", ["volumePath"]),
  photonPersistentDisk: onlyFilled("photonPersistentDisk", ["pdID"]),
  portworxVolume: onlyFilled("portworxVolume", ["volumeID"]),
  azureDisk: (out, at, { azureDisk }) => checkAzureDisk(out, `${at}.azureDisk`, azureDisk!),
  storageos: (out, at, { storageos }) => checkStorageOs(out, `${at}.storageos`, storageos!, false),
  scaleIO: onlyFilled("scaleIO", ["gateway", "system", "volumeName"]),
} satisfies Record<string, Check>;

export { filled };

const hostPathTypes = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

export function checkHostPath(out: Out, at: string, { path, type }: HostPathVolumeSource): void {
  if (!path) {
    out.push(required(`${at}.path`));
    return;
  }
  noBacksteps(out, `${at}.path`, path);
  if (type !== undefined) supportedOnly(out, `${at}.type`, type, hostPathTypes);
}

export function checkPartition(out: Out, at: string, { partition = 0 }: { partition?: number }) {
  if (partition >= 0 && partition <= 255) return;
  out.push(invalidValue(`${at}.partition`, partition, rangeProblem(1, 255)));
}

export function checkNfs(out: Out, at: string, nfs: { server: string; path: string }): void {
  filled(out, at, nfs, ["server", "path"]);
  if (nfs.path?.startsWith("/")) return;
  out.push(invalidValue(`${at}.path`, nfs.path ?? "", "must be an absolute path"));
}

export const initiatorLengthMax = 64;
export const initiatorProblem =
  "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";

const iqn = /iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$/;
const eui = /^eui.[A-Za-z0-9]{16}$/;
const naa = /^naa.[A-Za-z0-9]{32}$/;

type Iscsi = Omit<ISCSIVolumeSource, "secretRef"> & { secretRef?: object };

/** `hint`: how upstream goes on when a name starts with none of the three letters. */
export function checkIscsi(out: Out, at: string, iscsi: Iscsi, hint: string): void {
  const { lun = 0, initiatorName, chapAuthDiscovery, chapAuthSession, secretRef } = iscsi;
  filled(out, at, iscsi, ["targetPortal", "iqn"]);
  if (iscsi.iqn) checkIscsiName(out, `${at}.iqn`, iscsi.iqn, hint);
  if (lun < 0 || lun > 255) out.push(invalidValue(`${at}.lun`, lun, rangeProblem(0, 255)));
  if ((chapAuthDiscovery || chapAuthSession) && !secretRef) out.push(required(`${at}.secretRef`));
  if (initiatorName !== undefined) {
    checkIscsiName(out, `${at}.initiatorname`, initiatorName, hint);
  }
}

function checkIscsiName(out: Out, at: string, name: string, hint: string): void {
  const pattern = { iqn, eui, naa }[name.slice(0, 3)];
  if (pattern?.test(name)) return;
  const detail = `must be valid format${pattern === undefined ? hint : ""}`;
  out.push(invalidValue(at, name, detail));
}

type Flocker = { readonly datasetName?: string; readonly datasetUUID?: string };

export function checkFlocker(out: Out, at: string, { datasetName, datasetUUID }: Flocker): void {
  if (!datasetName && !datasetUUID) {
    out.push(required(at, "one of datasetName and datasetUUID is required"));
  }
  if (datasetName && datasetUUID) {
    const detail = "datasetName and datasetUUID can not be specified simultaneously";
    out.push(invalidValue(at, "resource", detail));
  }
  if (datasetName?.includes("/")) {
    out.push(invalidValue(`${at}.datasetName`, datasetName, "must not contain '/'"));
  }
}

const hostPortProblem = "must be a host:port pair or multiple pairs separated by commas";
const tenantLengthMax = 64;

type Quobyte = { readonly registry: string; readonly tenant?: string; readonly volume: string };

export function checkQuobyte(
  out: Out,
  at: string,
  { registry, tenant = "", volume }: Quobyte,
): void {
  if (!registry) out.push(required(`${at}.registry`, hostPortProblem));
  else if (tenant.length > tenantLengthMax) {
    const detail = "must be a UUID and may not exceed a length of 64 characters";
    out.push(required(`${at}.tenant`, detail));
  } else {
    for (const pair of registry.split(",")) {
      if (/^(\[[^\]]*\]|[^:[\]]*):[^:]*$/.test(pair)) continue;
      out.push(invalidValue(`${at}.registry`, registry, hostPortProblem));
    }
  }
  if (!volume) out.push(required(`${at}.volume`));
}

type Fc = {
  readonly targetWWNs?: readonly string[];
  readonly wwids?: readonly string[];
  readonly lun?: number;
};

export function checkFc(out: Out, at: string, { targetWWNs = [], wwids = [], lun }: Fc): void {
  if (targetWWNs.length === 0 && wwids.length === 0) {
    const detail = "must specify either targetWWNs or wwids, but not both";
    out.push(required(`${at}.targetWWNs`, detail));
  }
  if (targetWWNs.length === 0) return;
  if (wwids.length > 0) {
    const detail = "targetWWNs and wwids can not be specified simultaneously";
    out.push(invalidValue(`${at}.targetWWNs`, targetWWNs, detail));
  }
  if (lun === undefined) {
    out.push(required(`${at}.lun`, "lun is required if targetWWNs is specified"));
  } else if (lun < 0 || lun > 255) {
    out.push(invalidValue(`${at}.lun`, lun, rangeProblem(0, 255)));
  }
}

type Flex = { readonly driver: string; readonly options?: Readonly<Record<string, string>> };

export function checkFlex(out: Out, at: string, { driver, options = {} }: Flex): void {
  if (!driver) out.push(required(`${at}.driver`));
  for (const key of Object.keys(options)) {
    const namespace = `.${key.split("/")[0]!.toLowerCase()}`;
    if (!namespace.endsWith(".kubernetes.io") && !namespace.endsWith(".k8s.io")) continue;
    const detail = "kubernetes.io and k8s.io namespaces are reserved";
    out.push(invalidValue(`${at}.options[${key}]`, key, detail));
  }
}

const cachingModes = ["None", "ReadOnly", "ReadWrite"];
const diskKinds = ["Dedicated", "Managed", "Shared"];
const managedUri =
  "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const blobUri = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";

export function checkAzureDisk(out: Out, at: string, disk: AzureDiskVolumeSource): void {
  const { diskURI = "", cachingMode, kind } = disk;
  filled(out, at, disk, ["diskName", "diskURI"]);
  if (cachingMode !== undefined) supportedOnly(out, `${at}.cachingMode`, cachingMode, cachingModes);
  if (kind === undefined) return;
  supportedOnly(out, `${at}.kind`, kind, diskKinds);
  if (kind === "Managed" && !diskURI.startsWith("/subscriptions/")) {
    out.push(notSupported(`${at}.diskURI`, diskURI, [managedUri]));
  }
  if (kind !== "Managed" && !diskURI.startsWith("https://")) {
    out.push(notSupported(`${at}.diskURI`, diskURI, [blobUri]));
  }
}

type StorageOs = Named & { readonly volumeName?: string; readonly volumeNamespace?: string };

export function checkStorageOs(out: Out, at: string, source: StorageOs, spaced: boolean): void {
  const { volumeName, volumeNamespace } = source;
  if (!volumeName) out.push(required(`${at}.volumeName`));
  else dnsLabel(out, `${at}.volumeName`, volumeName);
  if (volumeNamespace) dnsLabel(out, `${at}.volumeNamespace`, volumeNamespace);
  secretNamed(out, at, source, spaced);
}

const driverNameBytesMax = 63;

export function checkCsiDriverName(out: Out, at: string, driver: string | undefined): void {
  if (!driver) {
    out.push(required(at));
    return;
  }
  if (driver.length > driverNameBytesMax) out.push(tooLong(at, driverNameBytesMax));
  refuse(out, at, driver, checkDnsSubdomain(driver.toLowerCase()));
}
