// Fields of a pod that v1.37 publishes but keeps behind a gate that is off by default: upstream drops them silently.
import type {
  Container,
  EphemeralContainer,
  PodSpec,
  PodStatus,
  PodTemplateSpec,
  Probe,
  Volume,
} from "../../../types/core-v1.ts";

export function dropDisabledTemplateFields(template: PodTemplateSpec | undefined): void {
  if (template?.spec) dropDisabledFields(template.spec);
}

export function dropDisabledFields(spec: PodSpec): void {
  delete spec.schedulingGroup;
  delete spec.evictionResponders;
  for (const volume of spec.volumes ?? []) dropFromVolume(volume);
  for (const container of spec.initContainers ?? []) dropFromContainer(container);
  for (const container of spec.containers ?? []) dropFromContainer(container);
  for (const container of spec.ephemeralContainers ?? []) dropFromContainer(container);
}

/** What the status had before stays. */
export function dropDisabledStatusFields(status: PodStatus, old: PodStatus | undefined): void {
  if (!old?.volumeHealth?.length) delete status.volumeHealth;
  if (!old?.nodeAllocatableResourceClaimStatuses?.length) {
    delete status.nodeAllocatableResourceClaimStatuses;
  }
}

function dropFromContainer(container: Container | EphemeralContainer): void {
  const { lifecycle } = container;
  dropFromProbe(container.livenessProbe);
  dropFromProbe(container.readinessProbe);
  dropFromProbe(container.startupProbe);
  for (const mount of container.volumeMounts ?? []) delete mount.bindMountOptions;
  if (lifecycle === undefined) return;
  delete lifecycle.postStart?.httpGet?.protocol;
  delete lifecycle.preStop?.httpGet?.protocol;
  if (lifecycle.stopSignal === undefined) return;
  delete lifecycle.stopSignal;
  if (!lifecycle.postStart && !lifecycle.preStop) delete container.lifecycle;
}

function dropFromProbe(probe: Probe | undefined): void {
  delete probe?.grpc?.mode;
  delete probe?.httpGet?.protocol;
}

function dropFromVolume({ emptyDir, secret, configMap, downwardAPI, projected }: Volume): void {
  delete emptyDir?.mode;
  for (const source of [secret, configMap, downwardAPI, projected]) delete source?.defaultUser;
  for (const source of [secret, configMap, downwardAPI]) dropUsers(source);
  for (const source of projected?.sources ?? []) {
    for (const files of [source.secret, source.configMap, source.downwardAPI]) dropUsers(files);
    delete source.serviceAccountToken?.user;
    delete source.clusterTrustBundle?.user;
    delete source.podCertificate?.user;
  }
}

function dropUsers(source: { items?: { user?: number }[] } | undefined): void {
  for (const item of source?.items ?? []) delete item.user;
}
