// Values of a pod's own fields and resources for its containers (the downward API). Pure.
import {
  milliValue,
  parseQuantity,
  type Quantity,
  scaledValue,
  zeroQuantity,
} from "../../schema/quantity.ts";
import type {
  Container,
  ObjectFieldSelector,
  Pod,
  ResourceFieldSelector,
} from "../../schema/types/core-v1.ts";

/** A container cannot be made as it is asked for; the message is that of its status. */
export class ConfigError extends Error {
  readonly reason: string;

  constructor(message: string, reason = "CreateContainerConfigError") {
    super(message);
    this.name = "ConfigError";
    this.reason = reason;
  }
}

export type PodFacts = {
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
};

/** What a node has to give: limits that are not set are these. */
export type Allocatable = Readonly<Record<string, string>>;

export function fieldValue(ref: ObjectFieldSelector, pod: Pod, facts: PodFacts): string {
  const { metadata, spec } = pod;
  switch (ref.fieldPath) {
    case "metadata.name":
      return metadata.name ?? "";
    case "metadata.namespace":
      return metadata.namespace ?? "";
    case "metadata.uid":
      return metadata.uid ?? "";
    case "metadata.labels":
      return mapText(metadata.labels);
    case "metadata.annotations":
      return mapText(metadata.annotations);
    case "spec.nodeName":
      return spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return spec.serviceAccountName ?? "";
    case "status.hostIP":
      return facts.hostIps[0] ?? "";
    case "status.hostIPs":
      return facts.hostIps.join(",");
    case "status.podIP":
      return facts.podIps[0] ?? "";
    case "status.podIPs":
      return facts.podIps.join(",");
  }
  const key = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(ref.fieldPath);
  if (!key) throw new ConfigError(`unsupported fieldPath: ${ref.fieldPath}`);
  return metadata[key[1] as "labels" | "annotations"]?.[key[2] as string] ?? "";
}

/** `key="value"` a line, in the order of keys, quoted as Go does. */
const mapText = (map: Readonly<Record<string, string>> | undefined): string =>
  Object.keys(map ?? {})
    .sort()
    .map((key) => `${key}=${JSON.stringify(map?.[key])}`)
    .join("\n");

export function resourceValue(
  ref: ResourceFieldSelector,
  container: Container,
  allocatable: Allocatable,
): string {
  const [which, ...rest] = ref.resource.split(".");
  const name = rest.join(".");
  const { requests, limits } = container.resources ?? {};
  let text: string | undefined;
  if (which === "limits") text = limits?.[name] ?? allocatable[name];
  else if (which === "requests") text = requests?.[name];
  else throw new ConfigError(`unsupported container resource : ${ref.resource}`);
  const amount = (text === undefined ? undefined : parseQuantity(text)) ?? zeroQuantity;
  return divided(amount, ref.divisor, name);
}

/** Rounded up, in units of `divisor`: cores or bytes when it is absent or 0. */
function divided(amount: Quantity, divisor: string | undefined, name: string): string {
  const asked = divisor === undefined ? undefined : parseQuantity(divisor);
  const unit = asked && asked.unscaled !== 0 ? asked : (parseQuantity("1") as Quantity);
  if (name === "cpu") return String(Math.ceil(milliValue(amount) / milliValue(unit)));
  const [a, b] = [scaledValue(amount, 0), scaledValue(unit, 0)];
  return String((a + b - 1n) / b);
}
