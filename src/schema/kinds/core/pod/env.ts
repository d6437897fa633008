// Environment variables of a container and where their values come from.
import { invalidValue, notSupported, required } from "../../../field-error.ts";
import {
  checkConfigMapKey,
  checkQualifiedName,
  checkRelaxedEnvName,
  nameIsDnsSubdomain,
} from "../../../names.ts";
import { parseQuantity, printQuantity } from "../../../quantity.ts";
import type {
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  FileKeySelector,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from "../../../types/core-v1.ts";
import { dnsLabel, needed, type Out, objectName, refuse } from "../../checks.ts";
import { noBacksteps } from "./paths.ts";

export function checkEnv(out: Out, at: string, env: readonly EnvVar[] | undefined): void {
  if (env === undefined) return;
  for (const [i, { name, value, valueFrom }] of env.entries()) {
    if (!name) out.push(required(`${at}[${i}].name`));
    else if (!plainName.test(name)) {
      refuse(out, `${at}[${i}].name`, name, checkRelaxedEnvName(name));
    }
    if (valueFrom) checkSource(out, `${at}[${i}].valueFrom`, valueFrom, value);
  }
}

/** What nearly all names look like: good by any rule. */
const plainName = /^[A-Za-z_][A-Za-z0-9_]*$/;

function checkSource(out: Out, at: string, source: EnvVarSource, value: string | undefined): void {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  let sources = 0;
  if (fieldRef) {
    sources++;
    checkFieldRef(out, `${at}.fieldRef`, fieldRef, envFields);
  }
  if (resourceFieldRef) {
    sources++;
    checkResourceFieldRef(out, `${at}.resourceFieldRef`, resourceFieldRef, false);
  }
  if (configMapKeyRef) {
    sources++;
    checkKeyRef(out, `${at}.configMapKeyRef`, configMapKeyRef);
  }
  if (secretKeyRef) {
    sources++;
    checkKeyRef(out, `${at}.secretKeyRef`, secretKeyRef);
  }
  if (fileKeyRef) {
    sources++;
    checkFileKeyRef(out, `${at}.fileKeyRef`, fileKeyRef);
  }
  if (sources === 0) {
    const detail =
      "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
    out.push(invalidValue(at, "", detail));
  } else if (value) {
    out.push(invalidValue(at, "", "may not be specified when `value` is not empty"));
  } else if (sources > 1) {
    out.push(invalidValue(at, "", "may not have more than one field specified at a time"));
  }
}

const envFields = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
];

export const volumeFields = [
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
];

/** Every field of a pod that may be named at all. */
const podFields = new Set([
  ...envFields,
  ...volumeFields,
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
]);

export function checkFieldRef(
  out: Out,
  at: string,
  { apiVersion, fieldPath }: ObjectFieldSelector,
  supported: readonly string[],
): void {
  if (!needed(out, `${at}.apiVersion`, apiVersion)) return;
  if (!needed(out, `${at}.fieldPath`, fieldPath)) return;
  const subscripted = split(fieldPath);
  const problem = conversionProblem(apiVersion!, fieldPath, subscripted?.path);
  if (problem !== undefined) {
    const detail = `error converting fieldPath: ${problem}`;
    out.push(invalidValue(`${at}.fieldPath`, fieldPath, detail));
  } else if (subscripted) {
    const { path, key } = subscripted;
    const name = path === "metadata.annotations" ? key.toLowerCase() : key;
    refuse(out, at, name, checkQualifiedName(name));
  } else {
    const path = fieldPath === "spec.host" ? "spec.nodeName" : fieldPath;
    if (!supported.includes(path)) out.push(notSupported(`${at}.fieldPath`, path, supported));
  }
}

function conversionProblem(
  version: string,
  label: string,
  subscripted: string | undefined,
): string | undefined {
  if (version !== "v1") return `unsupported pod version: ${version}`;
  if (subscripted !== undefined) {
    const known = subscripted === "metadata.annotations" || subscripted === "metadata.labels";
    return known ? undefined : `field label does not support subscript: ${label}`;
  }
  const known = podFields.has(label) || label === "spec.host";
  return known ? undefined : `field label not supported: ${label}`;
}

/** `metadata.labels['app']` is the key `app` of `metadata.labels`. */
function split(text: string): { path: string; key: string } | undefined {
  if (!text.endsWith("']")) return undefined;
  const at = text.indexOf("['");
  return at <= 0 ? undefined : { path: text.slice(0, at), key: text.slice(at + 2, -2) };
}

const resourceFields = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];

const isHugePages = (resource: string): boolean =>
  resource.startsWith("requests.hugepages-") || resource.startsWith("limits.hugepages-");

export function checkResourceFieldRef(
  out: Out,
  at: string,
  { containerName, resource, divisor }: ResourceFieldSelector,
  inVolume: boolean,
): void {
  if (inVolume && !containerName) out.push(required(`${at}.containerName`));
  else if (!resource) out.push(required(`${at}.resource`));
  else if (!resourceFields.includes(resource) && !isHugePages(resource)) {
    out.push(notSupported(`${at}.resource`, resource, resourceFields));
  }
  checkDivisor(out, `${at}.divisor`, resource ?? "", divisor);
}

const byteDivisors = new Set("1 1k 1M 1G 1T 1P 1E 1Ki 1Mi 1Gi 1Ti 1Pi 1Ei".split(" "));
const cpuDivisors = new Set(["1m", "1"]);
const byteDivisorList = [...byteDivisors].join(", ");

function checkDivisor(out: Out, at: string, resource: string, divisor: string | undefined): void {
  const quantity = divisor === undefined ? undefined : parseQuantity(divisor);
  if (quantity === undefined || quantity.unscaled === 0) return;
  const text = printQuantity(quantity);
  const name = resource.slice(resource.indexOf(".") + 1);
  const isCpu = name === "cpu";
  const what = isCpu ? "cpu" : (divisorNames[name] ?? (isHugePages(resource) ? "hugepages" : ""));
  if (what === "" || (isCpu ? cpuDivisors : byteDivisors).has(text)) return;
  const values = isCpu ? "1m and 1" : byteDivisorList;
  const detail = `only divisor's values ${values} are supported with the ${what} resource`;
  out.push(invalidValue(at, resource, detail));
}

const divisorNames: Readonly<Record<string, string>> = {
  memory: "memory",
  "ephemeral-storage": "local ephemeral storage",
};

function checkKeyRef(out: Out, at: string, { name = "", key }: { name?: string; key?: string }) {
  objectName(out, `${at}.name`, name, nameIsDnsSubdomain);
  if (!key) out.push(required(`${at}.key`));
  else refuse(out, `${at}.key`, key, checkConfigMapKey(key));
}

function checkFileKeyRef(out: Out, at: string, { key, volumeName, path }: FileKeySelector): void {
  if (!key) out.push(required(`${at}.key`));
  else refuse(out, `${at}.key`, key, checkRelaxedEnvName(key));
  if (!volumeName) out.push(required(`${at}.volumeName`));
  else dnsLabel(out, `${at}.volumeName`, volumeName);
  if (!path) out.push(required(`${at}.path`));
  else noBacksteps(out, `${at}.path`, path);
}

export function checkEnvFrom(
  out: Out,
  at: string,
  sources: readonly EnvFromSource[] | undefined,
): void {
  for (const [i, { prefix, configMapRef, secretRef }] of (sources ?? []).entries()) {
    if (prefix) refuse(out, `${at}[${i}].prefix`, prefix, checkRelaxedEnvName(prefix));
    if (configMapRef) checkEnvRef(out, `${at}[${i}].configMapRef.name`, configMapRef.name);
    if (secretRef) checkEnvRef(out, `${at}[${i}].secretRef.name`, secretRef.name);
    if (!configMapRef && !secretRef) {
      out.push(invalidValue(at, "", "must specify one of: `configMapRef` or `secretRef`"));
    } else if (configMapRef && secretRef) {
      out.push(invalidValue(at, "", "may not have more than one field specified at a time"));
    }
  }
}

/** Upstream reads these names as prefixes, so that a last dash is fine. */
function checkEnvRef(out: Out, at: string, name: string | undefined): void {
  if (!name) out.push(required(at));
  else refuse(out, at, name, nameIsDnsSubdomain(name, true));
}
