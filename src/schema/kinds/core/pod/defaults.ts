// What upstream fills into a pod and into the pod of a template.
import type {
  Container,
  HTTPGetAction,
  Pod,
  PodSpec,
  PodTemplateSpec,
  Probe,
  ResourceRequirements,
  Volume,
} from "../../../types/core-v1.ts";
import { defaultClaimSpec } from "../claim-defaults.ts";
import { isLatest } from "./image-name.ts";
import { roundUpToMilli } from "./resource-list.ts";

/** Of a pod only: templates leave these open. */
export function defaultPod(pod: Pod): void {
  pod.spec ??= { containers: [] };
  const { spec } = pod;
  defaultPodSpec(spec);
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
  spec.enableServiceLinks ??= true;
  for (const containers of [spec.containers, spec.initContainers]) {
    for (const container of containers ?? []) {
      requestLimits(container.resources);
      if (spec.hostNetwork) hostPorts(container);
    }
  }
  if (pod.status) defaultPodStatus(pod.status);
}

export function defaultTemplate(template: PodTemplateSpec | undefined): void {
  if (template?.spec) defaultPodSpec(template.spec);
}

/** Shared by pods and templates. Fields that the facts default are not named here. */
function defaultPodSpec(spec: PodSpec): void {
  const account = spec.serviceAccountName || spec.serviceAccount;
  if (account) spec.serviceAccountName = spec.serviceAccount = account;
  spec.dnsPolicy ||= "ClusterFirst";
  spec.restartPolicy ||= "Always";
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= "default-scheduler";
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
  if (spec.overhead) roundUpToMilli(spec.overhead);
  if (spec.resources) defaultResources(spec.resources);
}

function defaultContainer(container: Container): void {
  container.imagePullPolicy ||= pullPolicy(container.image);
  container.terminationMessagePath ||= "/dev/termination-log";
  container.terminationMessagePolicy ||= "File";
  for (const { valueFrom } of container.env ?? []) {
    if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= "v1";
  }
  if (container.resources) defaultResources(container.resources);
  defaultProbe(container.livenessProbe);
  defaultProbe(container.readinessProbe);
  defaultProbe(container.startupProbe);
  defaultHttpGet(container.lifecycle?.postStart?.httpGet);
  defaultHttpGet(container.lifecycle?.preStop?.httpGet);
}

function defaultResources({ limits, requests }: ResourceRequirements): void {
  if (limits) roundUpToMilli(limits);
  if (requests) roundUpToMilli(requests);
}

function defaultProbe(probe: Probe | undefined): void {
  if (probe === undefined) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHttpGet(probe.httpGet);
}

function defaultHttpGet(action: HTTPGetAction | undefined): void {
  if (action === undefined) return;
  action.path ||= "/";
  action.scheme ||= "HTTP";
}

function requestLimits(resources: ResourceRequirements | undefined): void {
  if (!resources?.limits) return;
  resources.requests = { ...resources.limits, ...resources.requests };
}

function hostPorts(container: Container): void {
  for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
}

/** The list follows the single address, which is what old agents send. */
function defaultPodStatus(status: NonNullable<Pod["status"]>): void {
  const first = status.podIPs?.[0]?.ip;
  if (status.podIP && first !== status.podIP) status.podIPs = [{ ip: status.podIP }];
  else if (!status.podIP && first) status.podIP = first;
}

const worldReadable = 0o644;
const hourSeconds = 3600;

function defaultVolume(volume: Volume): void {
  const { secret, configMap, downwardAPI, projected, hostPath, image, azureDisk } = volume;
  if (isSourceless(volume)) volume.emptyDir = {};
  if (secret) secret.defaultMode ??= worldReadable;
  if (configMap) configMap.defaultMode ??= worldReadable;
  if (downwardAPI) {
    downwardAPI.defaultMode ??= worldReadable;
    defaultDownwardItems(downwardAPI.items);
  }
  if (projected) defaultProjected(projected);
  if (hostPath) hostPath.type ??= "";
  if (image) image.pullPolicy ||= pullPolicy(image.reference);
  if (azureDisk) defaultAzureDisk(azureDisk);
  const template = volume.ephemeral?.volumeClaimTemplate;
  if (template) defaultClaimSpec(template.spec);
}

function isSourceless(volume: Volume): boolean {
  for (const key in volume) {
    if (key !== "name" && volume[key as keyof Volume] !== undefined) return false;
  }
  return true;
}

function defaultProjected(projected: NonNullable<Volume["projected"]>): void {
  projected.defaultMode ??= worldReadable;
  for (const { downwardAPI, serviceAccountToken } of projected.sources ?? []) {
    defaultDownwardItems(downwardAPI?.items);
    if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= hourSeconds;
  }
}

function defaultDownwardItems(
  items: NonNullable<Volume["downwardAPI"]>["items"] | undefined,
): void {
  for (const { fieldRef } of items ?? []) if (fieldRef) fieldRef.apiVersion ||= "v1";
}

type AzureDisk = NonNullable<Volume["azureDisk"]>;

export function defaultAzureDisk(disk: AzureDisk): void {
  disk.cachingMode ??= "ReadWrite";
  disk.kind ??= "Shared";
}

/** Always for the tag `latest`, which is also meant when neither tag nor digest is given. */
function pullPolicy(image: string | undefined): "Always" | "IfNotPresent" {
  return image && isLatest(image) ? "Always" : "IfNotPresent";
}
