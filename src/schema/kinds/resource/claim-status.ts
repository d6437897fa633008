// What may be written into the status of a claim: the devices that it got, who uses them, and how they do.
import {
  fieldForbidden,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../../field-error.ts";
import { checkInterfaceAddress } from "../../ip.ts";
import { utf8Length } from "../../names.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
  NetworkDeviceData,
  ResourceClaim,
  ResourceClaimStatus,
} from "../../types/resource-v1.ts";
import { dnsLabel, invalid } from "../checks.ts";
import { checkConditions } from "../conditions.ts";
import { checkNodeSelector } from "../core/pod/affinity.ts";
import { checkRequestRefs, configsMax, requestNames } from "./claim-rules.ts";
import type { Found } from "./found.ts";
import {
  checkDriver,
  checkDriverText,
  checkPool,
  checkPoolText,
  checkRequestRef,
  checkUnique,
  checkUuid,
  fits,
  type RequestNames,
} from "./names.ts";
import { checkOpaque, checkRaw } from "./selector-rules.ts";
import { checkBindings, checkTolerations } from "./taint-rules.ts";

const usersMax = 256;
const resultsMax = 32;
const conditionsMax = 8;
const interfaceBytesMax = 256;
const hardwareBytesMax = 128;
const addressesMax = 16;

export function checkClaimStatus(found: Found, next: ResourceClaim, old: ResourceClaim): void {
  const { declared } = found;
  const status: ResourceClaimStatus = next.status ?? {};
  const before: ResourceClaimStatus = old.status ?? {};
  checkUsers(found, "status.reservedFor", status);
  const results = status.allocation?.devices?.results ?? [];
  const allocated = new Set(results.map(deviceKey));
  for (const [i, device] of (status.devices ?? []).entries()) {
    checkDeviceStatus(found, `status.devices[${i}]`, device, allocated);
  }
  checkUnique(declared, "status.devices", status.devices ?? [], deviceKey);
  if (status.reservedFor?.length) checkReservation(found, "status.reservedFor", next, before);
  const { allocation } = status;
  if (before.allocation) {
    if (allocation && !semanticEqual(allocation, before.allocation)) {
      const detail = "field cannot be modified once set";
      declared.push(invalidValue("status.allocation", null, detail));
    }
  } else if (allocation) {
    const names = requestNames(next.spec.devices ?? {});
    checkAllocation(found, "status.allocation", allocation, names);
  }
}

type Device = { driver: string; pool: string; device: string; shareID?: string };

const deviceKey = ({ driver, pool, device, shareID = "" }: Device): string =>
  `${driver}/${pool}/${device}/${shareID}`;

function checkUsers({ out, declared }: Found, at: string, status: ResourceClaimStatus): void {
  const { reservedFor: users = [] } = status;
  if (!fits(declared, at, users, usersMax)) return;
  for (const [i, user] of users.entries()) {
    for (const field of ["resource", "name", "uid"] as const) {
      if (!user[field]) out.push(required(`${at}[${i}].${field}`));
    }
  }
  checkUnique(declared, at, users, ({ uid }) => uid ?? "");
}

/** Who uses a claim must know what it got, and nobody new comes while it goes. */
function checkReservation(
  { out }: Found,
  at: string,
  { status, metadata }: ResourceClaim,
  before: ResourceClaimStatus,
): void {
  if (status?.allocation === undefined) {
    out.push(fieldForbidden(at, "may not be specified when `allocated` is not set"));
    return;
  }
  if (metadata.deletionTimestamp === undefined) return;
  const known = before.reservedFor ?? [];
  const isNew = status.reservedFor?.some(
    (user) => !known.some((other) => semanticEqual(user, other)),
  );
  if (!isNew) return;
  const detail =
    "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set";
  out.push(fieldForbidden(at, detail));
}

function checkDeviceStatus(
  found: Found,
  at: string,
  status: AllocatedDeviceStatus,
  allocated: ReadonlySet<string>,
): void {
  const { out, declared } = found;
  const { driver = "", pool = "", device = "", shareID, conditions = [], data } = status;
  checkDriver(out, `${at}.driver`, driver);
  checkPool(out, `${at}.pool`, pool);
  dnsLabel(out, `${at}.device`, device);
  checkUuid(declared, `${at}.shareID`, shareID);
  if (!allocated.has(deviceKey(status))) {
    const shown = { Driver: driver, Pool: pool, Device: device, ShareID: shareID ?? "" };
    invalid(out, at, shown, "must be an allocated device in the claim");
  }
  fits(out, `${at}.conditions`, conditions, conditionsMax);
  checkConditions(out, `${at}.conditions`, conditions);
  if (data !== undefined) checkRaw(out, `${at}.data`, data);
  if (status.networkData) checkNetwork(found, `${at}.networkData`, status.networkData);
}

function checkNetwork({ out, declared }: Found, at: string, network: NetworkDeviceData): void {
  const { interfaceName = "", hardwareAddress = "", ips = [] } = network;
  if (utf8Length(interfaceName) > interfaceBytesMax) {
    declared.push(tooLong(`${at}.interfaceName`, interfaceBytesMax));
  }
  if (utf8Length(hardwareAddress) > hardwareBytesMax) {
    declared.push(tooLong(`${at}.hardwareAddress`, hardwareBytesMax));
  }
  if (!fits(declared, `${at}.ips`, ips, addressesMax)) return;
  for (const [i, ip] of ips.entries()) out.push(...checkInterfaceAddress(`${at}.ips[${i}]`, ip));
  checkUnique(declared, `${at}.ips`, ips, (ip) => ip);
}

function checkAllocation(
  found: Found,
  at: string,
  { devices, nodeSelector }: AllocationResult,
  names: RequestNames,
): void {
  const { results = [], config = [] } = devices ?? {};
  if (fits(found.declared, `${at}.devices.results`, results, resultsMax)) {
    for (const [i, result] of results.entries()) {
      checkResult(found, `${at}.devices.results[${i}]`, result, names);
    }
  }
  // Those of the claim and those of its classes.
  if (fits(found.declared, `${at}.devices.config`, config, 2 * configsMax)) {
    for (const [i, one] of config.entries()) {
      checkAllocatedConfig(found, `${at}.devices.config[${i}]`, one, names);
    }
  }
  if (nodeSelector) checkNodeSelector(found.out, `${at}.nodeSelector`, nodeSelector);
}

function checkResult(
  found: Found,
  at: string,
  result: DeviceRequestAllocationResult,
  names: RequestNames,
): void {
  const { out, declared } = found;
  checkRequestRef(out, `${at}.request`, result.request ?? "", names);
  checkDriverText(declared, `${at}.driver`, result.driver);
  checkPoolText(declared, `${at}.pool`, result.pool);
  dnsLabel(out, `${at}.device`, result.device ?? "");
  checkBindings(found, at, result);
  checkTolerations(found, `${at}.tolerations`, result.tolerations);
  checkUuid(declared, `${at}.shareID`, result.shareID);
}

const sources = ["FromClaim", "FromClass"];

function checkAllocatedConfig(
  found: Found,
  at: string,
  { source, requests, opaque }: DeviceAllocationConfiguration,
  names: RequestNames,
): void {
  const { declared } = found;
  if (!source) declared.push(required(`${at}.source`));
  else if (!sources.includes(source)) {
    declared.push(notSupported(`${at}.source`, source, sources));
  }
  checkRequestRefs(found, `${at}.requests`, requests, names);
  checkOpaque(found, `${at}.opaque`, opaque);
}
