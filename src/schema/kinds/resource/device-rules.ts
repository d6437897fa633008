// One device of a slice: what it is, what it holds, and who may use it.
import { fieldForbidden, invalidValue, required, tooLong } from "../../field-error.ts";
import { utf8Length } from "../../names.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type {
  Device,
  DeviceAttribute,
  DeviceCapacity,
  DeviceCounterConsumption,
} from "../../types/resource-v1.ts";
import { dnsLabel, dnsSubdomain, invalid, type Out } from "../checks.ts";
import { checkNodeSelector } from "../core/pod/affinity.ts";
import { checkRequestPolicy } from "./capacity-rules.ts";
import type { Found } from "./found.ts";
import { checkAttributeName, checkLabelText, checkUnique, fits } from "./names.ts";
import { checkBindings, checkTaint } from "./taint-rules.ts";

const partsMax = 32;
const valuesMax = 48;
const valueBytesMax = 64;
const taintsMax = 16;
const consumptionsMax = 2;
const countersMax = 32;

export type DeviceToCheck = {
  readonly at: string;
  readonly device: Device;
  /** The device of this name as it is stored: what did not change is not judged again. */
  readonly before: Device | undefined;
  /** Each device of the slice names its own nodes. */
  readonly own: boolean;
};

export function checkDevice(found: Found, { at, device, before, own }: DeviceToCheck): void {
  const { out, declared } = found;
  const { attributes = {}, capacity = {}, taints = [], consumesCounters = [] } = device;
  dnsLabel(out, `${at}.name`, device.name ?? "");
  const parts = Object.keys(attributes).length + Object.keys(capacity).length;
  const limit = (what: string, count: number, max: number) => {
    if (count > max)
      out.push(invalidValue(at, count, `the total number of ${what} must not exceed ${max}`));
  };
  limit("attributes and capacities", parts, partsMax);
  limit("attribute values", countValues(attributes), valuesMax);
  for (const [name, attribute] of Object.entries(attributes)) {
    checkAttributeName(out, `${at}.attributes`, name);
    checkAttribute(found, `${at}.attributes[${name}]`, attribute);
  }
  if (before === undefined || !semanticEqual(before.capacity, device.capacity)) {
    for (const [name, one] of Object.entries(capacity)) {
      checkAttributeName(out, `${at}.capacity`, name);
      checkCapacity(out, `${at}.capacity[${name}]`, one, device.allowMultipleAllocations === true);
    }
  }
  if (before === undefined || !semanticEqual(before.taints, device.taints)) {
    if (fits(out, `${at}.taints`, taints, taintsMax)) {
      for (const [i, taint] of taints.entries()) checkTaint(found, `${at}.taints[${i}]`, taint);
    }
  }
  if (fits(declared, `${at}.consumesCounters`, consumesCounters, consumptionsMax)) {
    const set = ({ counterSet }: DeviceCounterConsumption) => counterSet ?? "";
    checkUnique(declared, `${at}.consumesCounters`, consumesCounters, set);
    for (const [i, one] of consumesCounters.entries()) {
      checkConsumption(found, `${at}.consumesCounters[${i}]`, one);
    }
  }
  checkNodes(out, at, device, own);
  checkBindings(found, at, device);
}

function countValues(attributes: Readonly<Record<string, DeviceAttribute>>): number {
  let count = 0;
  for (const { bools = [], ints = [], strings = [], versions = [] } of Object.values(attributes)) {
    count += bools.length + ints.length + strings.length + versions.length || 1;
  }
  return count;
}

const kinds = ["int", "bool", "string", "version", "ints", "bools", "strings", "versions"] as const;
const kindList = kinds.map((kind) => `\`${kind}\``).join(", ");

function checkAttribute({ out, declared }: Found, at: string, attribute: DeviceAttribute): void {
  const { string, version, strings, versions } = attribute;
  if (string !== undefined) checkText(out, `${at}.string`, string);
  if (version !== undefined) checkVersion(out, `${at}.version`, version);
  for (const [i, text] of (strings ?? []).entries()) {
    checkText(declared, `${at}.strings[${i}]`, text);
  }
  for (const [i, text] of (versions ?? []).entries()) {
    checkVersion(out, `${at}.versions[${i}]`, text);
  }
  const set = kinds.filter((kind) => attribute[kind] !== undefined);
  if (set.length === 0) invalid(declared, at, "", `must specify one of: ${kindList}`);
  if (set.length <= 1) return;
  invalid(declared, at, `{${set.join(", ")}}`, `must specify exactly one of: ${kindList}`);
}

function checkText(out: Out, at: string, text: string): void {
  if (utf8Length(text) > valueBytesMax) out.push(tooLong(at, valueBytesMax));
}

const number = "(0|[1-9][0-9]*)";
const preRelease = "(0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)";
const build = "[0-9a-zA-Z-]+";
const semanticVersion = new RegExp(
  `^${number}\\.${number}\\.${number}(-${preRelease}(\\.${preRelease})*)?(\\+${build}(\\.${build})*)?$`,
);

function checkVersion(out: Out, at: string, version: string): void {
  // Long ones are refused below; the pattern need not read them.
  const isShort = utf8Length(version) <= valueBytesMax;
  if (!isShort || !semanticVersion.test(version)) {
    invalid(out, at, version, "must be a string compatible with semver.org spec 2.0.0");
  }
  checkText(out, at, version);
}

function checkCapacity(out: Out, at: string, capacity: DeviceCapacity, isShared: boolean): void {
  const { value, requestPolicy } = capacity;
  if (requestPolicy === undefined) return;
  const field = `${at}.requestPolicy`;
  if (isShared) checkRequestPolicy(out, field, value ?? "0", requestPolicy);
  else out.push(fieldForbidden(field, "allowMultipleAllocations must be true"));
}

function checkConsumption(
  { out, declared }: Found,
  at: string,
  { counterSet = "", counters = {} }: DeviceCounterConsumption,
): void {
  if (counterSet === "") declared.push(required(`${at}.counterSet`));
  else checkLabelText(declared, `${at}.counterSet`, counterSet);
  const keys = Object.keys(counters);
  if (keys.length === 0) declared.push(required(`${at}.counters`));
  else if (fits(out, `${at}.counters`, keys, countersMax)) {
    for (const key of keys) checkLabelText(declared, `${at}.counters`, key);
  }
}

function checkNodes(out: Out, at: string, device: Device, own: boolean): void {
  const { nodeName, nodeSelector, allNodes } = device;
  if (!own) {
    if (nodeName === undefined && nodeSelector === undefined && allNodes === undefined) return;
    const detail =
      "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
    out.push(invalidValue(at, null, detail));
    return;
  }
  const set: string[] = [];
  if (nodeName) {
    set.push("`nodeName`");
    dnsSubdomain(out, `${at}.nodeName`, nodeName);
  } else if (nodeName !== undefined) {
    invalid(out, `${at}.nodeName`, nodeName, "must not be empty");
  }
  if (nodeSelector) {
    set.push("`nodeSelector`");
    checkNodeSelector(out, `${at}.nodeSelector`, nodeSelector);
  }
  if (allNodes) set.push("`allNodes`");
  else if (allNodes === false) {
    invalid(out, `${at}.allNodes`, allNodes, "must be either unset or set to true");
  }
  const one =
    "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
  if (set.length === 0) out.push(required(at, one));
  if (set.length > 1) out.push(invalidValue(at, `{${set.join(", ")}}`, one));
}
