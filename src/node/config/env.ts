// The environment of a container. Pure: the objects it refers to are given. Rules are upstream's (kubelet's
// makeEnvironmentVariables).
import type {
  ConfigMap,
  Container,
  EnvVarSource,
  Pod,
  Secret,
  Service,
} from "../../schema/types/core-v1.ts";
import { expand } from "./expand.ts";
import {
  type Allocatable,
  ConfigError,
  fieldValue,
  type PodFacts,
  resourceValue,
} from "./fields.ts";

/** Undefined for an object that is not there. */
export type Objects = {
  readonly configMap: (name: string) => ConfigMap | undefined;
  readonly secret: (name: string) => Secret | undefined;
};

export type EnvInput = {
  readonly pod: Pod;
  readonly container: Container;
  readonly services: readonly Service[];
  readonly objects: Objects;
  readonly facts: PodFacts;
  readonly allocatable: Allocatable;
};

/** In the order in which later ones may refer to earlier ones. Throws a ConfigError. */
export function environment(input: EnvInput): Map<string, string> {
  const { pod, container } = input;
  const fromServices = serviceVariables(pod, input.services);
  const own = new Map<string, string>();
  for (const [name, value] of fromObjects(input)) own.set(name, value);
  const value = (name: string): string | undefined => own.get(name) ?? fromServices.get(name);
  for (const variable of container.env ?? []) {
    if (variable.value) own.set(variable.name, expand(variable.value, value));
    else if (!variable.valueFrom) own.set(variable.name, "");
    else {
      const found = sourceValue(variable.valueFrom, input);
      if (found !== undefined) own.set(variable.name, found);
    }
  }
  for (const [name, text] of fromServices) if (!own.has(name)) own.set(name, text);
  return own;
}

function* fromObjects({ container, objects }: EnvInput): Iterable<[string, string]> {
  for (const { prefix = "", configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef) {
      const map = objects.configMap(configMapRef.name ?? "");
      if (!map && !configMapRef.optional) throw missing("configmap", configMapRef.name);
      for (const [key, text] of Object.entries(map?.data ?? {})) yield [prefix + key, text];
    } else if (secretRef) {
      const secret = objects.secret(secretRef.name ?? "");
      if (!secret && !secretRef.optional) throw missing("secret", secretRef.name);
      for (const [key, data] of Object.entries(secret?.data ?? {}))
        yield [prefix + key, decoded(data)];
    }
  }
}

const missing = (what: string, name: string | undefined): ConfigError =>
  new ConfigError(`${what} "${name}" not found`);

/** Undefined for an optional one that is not there. */
function sourceValue(source: EnvVarSource, input: EnvInput): string | undefined {
  const { pod, container, objects } = input;
  if (source.fieldRef) return fieldValue(source.fieldRef, pod, input.facts);
  if (source.resourceFieldRef) {
    const { containerName } = source.resourceFieldRef;
    const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
    const of = containerName ? all.find((c) => c.name === containerName) : container;
    if (!of) throw new ConfigError(`container ${containerName} not found`);
    return resourceValue(source.resourceFieldRef, of, input.allocatable);
  }
  if (source.configMapKeyRef) {
    const { name = "", key, optional } = source.configMapKeyRef;
    const map = objects.configMap(name);
    if (!map) return optional ? undefined : fail(missing("configmap", name));
    const text = map.data?.[key];
    if (text === undefined && !optional) {
      throw new ConfigError(
        `couldn't find key ${key} in ConfigMap ${pod.metadata.namespace}/${name}`,
      );
    }
    return text;
  }
  if (source.secretKeyRef) {
    const { name = "", key, optional } = source.secretKeyRef;
    const secret = objects.secret(name);
    if (!secret) return optional ? undefined : fail(missing("secret", name));
    const data = secret.data?.[key];
    if (data === undefined && !optional) {
      throw new ConfigError(`couldn't find key ${key} in Secret ${pod.metadata.namespace}/${name}`);
    }
    return data === undefined ? undefined : decoded(data);
  }
  return "";
}

function fail(error: Error): never {
  throw error;
}

const decoded = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");

const variableName = (name: string): string => name.toUpperCase().replaceAll("-", "_");

/** Where the services are that the pod may need: those of its namespace, and always the API's. */
function serviceVariables(pod: Pod, services: readonly Service[]): Map<string, string> {
  const chosen = new Map<string, Service>();
  const links = pod.spec.enableServiceLinks !== false;
  for (const service of services) {
    const { name = "", namespace } = service.metadata;
    const ip = service.spec?.clusterIP ?? "";
    if (ip === "" || ip === "None") continue;
    if (namespace === "default" && name === "kubernetes") {
      if (!chosen.has(name)) chosen.set(name, service);
    } else if (namespace === pod.metadata.namespace && links) chosen.set(name, service);
  }
  const variables = new Map<string, string>();
  for (const name of [...chosen.keys()].sort()) {
    addService(variables, variableName(name), chosen.get(name) as Service);
  }
  return variables;
}

function addService(variables: Map<string, string>, name: string, { spec }: Service): void {
  const ip = spec?.clusterIP ?? "";
  const host = ip.includes(":") ? `[${ip}]` : ip;
  const ports = spec?.ports ?? [];
  variables.set(`${name}_SERVICE_HOST`, ip);
  variables.set(`${name}_SERVICE_PORT`, String(ports[0]?.port ?? ""));
  for (const port of ports) {
    if (port.name) {
      variables.set(`${name}_SERVICE_PORT_${variableName(port.name)}`, String(port.port));
    }
  }
  ports.forEach((port, index) => {
    const protocol = port.protocol ?? "TCP";
    const lower = protocol.toLowerCase();
    const url = `${lower}://${host}:${port.port}`;
    if (index === 0) variables.set(`${name}_PORT`, url);
    const prefix = `${name}_PORT_${port.port}_${protocol.toUpperCase()}`;
    variables.set(prefix, url);
    variables.set(`${prefix}_PROTO`, lower);
    variables.set(`${prefix}_PORT`, String(port.port));
    variables.set(`${prefix}_ADDR`, ip);
  });
}
