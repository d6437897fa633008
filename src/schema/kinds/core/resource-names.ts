// Which names of resources mean something where: on nodes, in containers, in quotas.
import { invalidValue } from "../../field-error.ts";
import { checkQualifiedName } from "../../names.ts";
import {
  compareQuantities,
  milliValue,
  parseQuantity,
  type Quantity,
  wholeValue,
  zeroQuantity,
} from "../../quantity.ts";
import { negativeProblem, type Out, refuse } from "../checks.ts";

const container = ["cpu", "memory", "ephemeral-storage"];
const counted = [
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
];
const quota = [
  ...container,
  ...["cpu", "memory", "storage", "ephemeral-storage"].map((name) => `requests.${name}`),
  ...container.map((name) => `limits.${name}`),
  ...counted,
];

const containerNames: ReadonlySet<string> = new Set(container);
const countedNames: ReadonlySet<string> = new Set(counted);
const quotaNames: ReadonlySet<string> = new Set(quota);
const standardNames: ReadonlySet<string> = new Set([...quota, "storage"]);

export const isHugePages = (name: string): boolean => name.startsWith("hugepages-");
const isQuotaHugePages = (name: string): boolean =>
  isHugePages(name) || name.startsWith("requests.hugepages-");

/** Without a domain, or with one of Kubernetes itself. */
export const isNative = (name: string): boolean =>
  !name.includes("/") || name.includes("kubernetes.io/");

/** Whether more may be promised than there is. */
export const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name);

/** A resource that a device plug-in or driver brings: `example.com/gpu`. */
export const isExtended = (name: string): boolean =>
  !isNative(name) &&
  !name.startsWith("requests.") &&
  checkQualifiedName(`requests.${name}`).length === 0;

export const isStandardQuota = (name: string): boolean =>
  quotaNames.has(name) || isQuotaHugePages(name);

const isWhole = (name: string): boolean => countedNames.has(name) || isExtended(name);

/** False when the name breaks a rule. */
export function checkResourceName(out: Out, at: string, name: string): boolean {
  if (standardNames.has(name)) return true;
  const problems = checkQualifiedName(name);
  refuse(out, at, name, problems);
  if (problems.length > 0) return false;
  if (name.includes("/") || isQuotaHugePages(name)) return true;
  out.push(invalidValue(at, name, "must be a standard resource type or fully qualified"));
  return false;
}

export function checkContainerResourceName(out: Out, at: string, name: string): void {
  if (containerNames.has(name)) return;
  checkResourceName(out, at, name);
  if (!name.includes("/")) {
    if (!isHugePages(name)) {
      out.push(invalidValue(at, name, "must be a standard resource for containers"));
    }
  } else if (!isNative(name) && !isExtended(name)) {
    out.push(invalidValue(at, name, "doesn't follow extended resource name standard"));
  }
}

export const quantityOf = (text: string | undefined): Quantity =>
  (text === undefined ? undefined : parseQuantity(text)) ?? zeroQuantity;

/** Not negative, and a whole number where the resource comes in pieces. */
export function checkAmount(out: Out, at: string, name: string, text: string): void {
  const quantity = quantityOf(text);
  if (quantity.unscaled < 0) out.push(invalidValue(at, text, negativeProblem));
  if (containerNames.has(name) || !isWhole(name)) return;
  if (milliValue(quantity) % 1000 !== 0) out.push(invalidValue(at, text, "must be an integer"));
}

export const isMore = (a: string, b: string): boolean =>
  compareQuantities(quantityOf(a), quantityOf(b)) > 0;

export const isSameAmount = (a: string, b: string): boolean =>
  compareQuantities(quantityOf(a), quantityOf(b)) === 0;

export const isNegative = (text: string | undefined): boolean => quantityOf(text).unscaled < 0;

/** `hugepages-2Mi` comes in pieces of 2Mi. */
export function isMultipleOfPage(name: string, text: string): boolean {
  const size = parseQuantity(name.slice("hugepages-".length));
  if (size === undefined || size.unscaled <= 0 || milliValue(size) % 1000 !== 0) return false;
  return wholeValue(quantityOf(text)) % wholeValue(size) === 0;
}
