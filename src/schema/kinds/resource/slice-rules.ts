// What a driver may say about the devices that it offers.

import { invalidValue, required } from "../../field-error.ts";
import { isGivenEmpty, isOmitted } from "../../given-empty.ts";
import type {
  CounterSet,
  Device,
  ResourcePool,
  ResourceSlice,
  ResourceSliceSpec,
} from "../../types/resource-v1.ts";
import { checkUnchanged, dnsSubdomain, invalid } from "../checks.ts";
import { checkNodeSelector } from "../core/pod/affinity.ts";
import { checkDevice } from "./device-rules.ts";
import type { Found } from "./found.ts";
import { checkDriver, checkLabelText, checkPool, checkUnique, fits } from "./names.ts";

const devicesMax = 128;
const countedDevicesMax = 64;
const counterSetsMax = 8;
const countersMax = 32;

export function checkSlice(found: Found, next: ResourceSlice, old?: ResourceSlice): void {
  const { out, declared } = found;
  const spec = (next.spec ?? {}) as Partial<ResourceSliceSpec>;
  checkDriver(out, "spec.driver", spec.driver);
  checkResourcePool(found, "spec.pool", spec.pool ?? {});
  if (old) {
    checkUnchanged(out, "spec.pool.name", spec.pool?.name, old.spec.pool.name);
    checkUnchanged(out, "spec.driver", spec.driver, old.spec.driver);
    checkUnchanged(out, "spec.nodeName", spec.nodeName, old.spec.nodeName);
  }
  checkPlace(found, "spec", spec);
  const { devices, sharedCounters } = spec;
  const hasCounters = sharedCounters !== undefined || isOmitted(spec, "sharedCounters");
  if (hasCounters && (devices !== undefined || isOmitted(spec, "devices"))) {
    invalid(out, "spec", "", "only one of `sharedCounters` or `devices` is allowed");
  }
  const max = (devices ?? []).some(isAdvanced) ? countedDevicesMax : devicesMax;
  if (devices && fits(out, "spec.devices", devices, max)) {
    const before = new Map((old?.spec.devices ?? []).map((device) => [device.name, device]));
    const own = spec.perDeviceNodeSelection === true;
    for (const [i, device] of devices.entries()) {
      const at = `spec.devices[${i}]`;
      checkDevice(found, { at, device, before: before.get(device.name), own });
    }
    const name = (device: Device) => device.name ?? "";
    checkUnique(out, "spec.devices", devices, name, name);
  }
  if (sharedCounters && fits(declared, "spec.sharedCounters", sharedCounters, counterSetsMax)) {
    checkUnique(declared, "spec.sharedCounters", sharedCounters, ({ name }) => name ?? "");
    for (const [i, set] of sharedCounters.entries()) {
      checkCounterSet(found, `spec.sharedCounters[${i}]`, set);
    }
  }
}

/** Taints, counters and lists make a device larger. */
const isAdvanced = ({ taints, consumesCounters, attributes }: Device): boolean =>
  (taints?.length ?? 0) > 0 ||
  (consumesCounters?.length ?? 0) > 0 ||
  Object.values(attributes ?? {}).some(
    ({ bools, ints, strings, versions }) => bools || ints || strings || versions,
  );

function checkResourcePool({ out }: Found, at: string, pool: Partial<ResourcePool>): void {
  const { name, resourceSliceCount: count = 0, generation = 0 } = pool;
  checkPool(out, `${at}.name`, name);
  if (count <= 0) invalid(out, `${at}.resourceSliceCount`, count, "must be greater than zero");
  if (generation < 0) {
    invalid(out, `${at}.generation`, generation, "must be greater than or equal to zero");
  }
}

/** The nodes that reach the devices: one, some, all, or each device has its own. */
function checkPlace({ out }: Found, at: string, spec: Partial<ResourceSliceSpec>): void {
  const { nodeName, nodeSelector, allNodes, perDeviceNodeSelection } = spec;
  const set: string[] = [];
  if (nodeName) {
    set.push("`nodeName`");
    dnsSubdomain(out, `${at}.nodeName`, nodeName);
  } else if (nodeName !== undefined) {
    const detail = "must be either unset or set to a non-empty string";
    invalid(out, `${at}.nodeName`, nodeName, detail);
  }
  if (nodeSelector) {
    set.push("`nodeSelector`");
    checkNodeSelector(out, `${at}.nodeSelector`, nodeSelector);
    const terms = nodeSelector.nodeSelectorTerms ?? [];
    if (terms.length !== 1) {
      const field = `${at}.nodeSelector.nodeSelectorTerms`;
      invalid(
        out,
        field,
        terms.length > 0 || isGivenEmpty(terms) ? terms : null,
        "must have exactly one node selector term",
      );
    }
  }
  for (const [name, value] of Object.entries({ allNodes, perDeviceNodeSelection })) {
    if (value) set.push(`\`${name}\``);
    else if (value === false) {
      invalid(out, `${at}.${name}`, value, "must be either unset or set to true");
    }
  }
  const one =
    "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
  if (set.length === 0) out.push(required(at, one));
  if (set.length <= 1) return;
  out.push(invalidValue(at, `{${set.join(", ")}}`, `${one}, but multiple fields are set`));
}

function checkCounterSet({ out, declared }: Found, at: string, set: CounterSet): void {
  const { name = "", counters = {} } = set;
  if (name === "") declared.push(required(`${at}.name`));
  else checkLabelText(declared, `${at}.name`, name);
  const keys = Object.keys(counters);
  if (keys.length === 0) declared.push(required(`${at}.counters`));
  else if (fits(out, `${at}.counters`, keys, countersMax)) {
    for (const key of keys) checkLabelText(declared, `${at}.counters`, key);
  }
}
