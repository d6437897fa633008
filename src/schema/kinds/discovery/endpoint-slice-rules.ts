// The rules of an endpoint slice.
import { duplicate, invalidValue, notSupported, required, tooMany } from "../../field-error.ts";
import { checkIp, checkLegacyIp, isIpv6 } from "../../ip.ts";
import { checkLabels } from "../../metadata.ts";
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checkLabelValue,
  type NameRule,
  nameIsDnsSubdomain,
} from "../../names.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type { Endpoint, EndpointPort, EndpointSlice } from "../../types/discovery-v1.ts";
import {
  dnsLabel,
  immutableProblem,
  invalid,
  type Out,
  objectName,
  qualifiedName,
  refuse,
} from "../checks.ts";
import { checkEndpointIp } from "../core/endpoint-address.ts";

const endpointsMax = 1000;
const addressesMax = 100;
const portsMax = 20_000;
const topologyMax = 16;
const hintsMax = 8;
const addressTypes = ["FQDN", "IPv4", "IPv6"];
const protocols = ["SCTP", "TCP", "UDP"];

export function validateEndpointSlice(
  next: EndpointSlice,
  old: EndpointSlice | undefined,
): Cause[] {
  const out: Out = [];
  const { endpoints = [], addressType = "" } = next;
  checkPorts(out, "ports", next.ports ?? []);
  // What was stored before today's rules stays writable.
  if (!old || !semanticEqual(old.endpoints, endpoints)) checkEndpoints(out, "endpoints", next);
  if (addressType === "") out.push(required("addressType"));
  else if (!addressTypes.includes(addressType)) {
    out.push(notSupported("addressType", addressType, addressTypes));
  }
  // Rules of upstream's newer kind do not show the value.
  if (old && addressType !== old.addressType) invalid(out, "addressType", null, immutableProblem);
  checkCounts(out, "endpoints", endpoints);
  return out;
}

function checkPorts(out: Out, at: string, ports: readonly EndpointPort[]): void {
  if (ports.length > portsMax) {
    out.push(tooMany(at, ports.length, portsMax));
    return;
  }
  const names = new Set<string>();
  for (const [i, { name = "", protocol, appProtocol }] of ports.entries()) {
    const here = `${at}[${i}]`;
    if (name !== "") dnsLabel(out, `${here}.name`, name);
    if (names.has(name)) out.push(duplicate(`${here}.name`, name));
    names.add(name);
    if (protocol === undefined) out.push(required(`${here}.protocol`));
    else if (!protocols.includes(protocol)) {
      out.push(notSupported(`${here}.protocol`, protocol, protocols));
    }
    if (appProtocol !== undefined) qualifiedName(out, `${here}.appProtocol`, appProtocol);
  }
}

function checkEndpoints(
  out: Out,
  at: string,
  { endpoints = [], addressType }: EndpointSlice,
): void {
  if (endpoints.length > endpointsMax) {
    out.push(tooMany(at, endpoints.length, endpointsMax));
    return;
  }
  for (const [i, endpoint] of endpoints.entries()) {
    const here = `${at}[${i}]`;
    const { nodeName, deprecatedTopology: topology, hostname, hints } = endpoint;
    for (const [j, address] of (endpoint.addresses ?? []).entries()) {
      checkAddress(out, `${here}.addresses`, { index: j, address, addressType });
    }
    if (nodeName !== undefined) objectName(out, `${here}.nodeName`, nodeName, nameIsDnsSubdomain);
    if (topology) checkTopology(out, `${here}.deprecatedTopology`, topology);
    if (hostname !== undefined) dnsLabel(out, `${here}.hostname`, hostname);
    if (hints) checkHints(out, `${here}.hints`, hints);
  }
}

/** Said last, by upstream's newer kind of rules. */
function checkCounts(out: Out, at: string, endpoints: readonly Endpoint[]): void {
  if (endpoints.length > endpointsMax) return;
  for (const [i, { addresses = [] }] of endpoints.entries()) {
    const field = `${at}[${i}].addresses`;
    if (addresses.length === 0) out.push(required(field));
    else if (addresses.length > addressesMax) {
      out.push(tooMany(field, addresses.length, addressesMax));
    }
  }
}

type AddressAt = {
  readonly index: number;
  readonly address: string;
  readonly addressType: string | undefined;
};

function checkAddress(out: Out, at: string, { index, address, addressType }: AddressAt): void {
  const field = `${at}[${index}]`;
  if (addressType === "FQDN") {
    checkDomain(out, field, address);
    return;
  }
  if (addressType !== "IPv4" && addressType !== "IPv6") return;
  const isV6 = addressType === "IPv6";
  const problems = isV6 ? checkIp(field, address) : checkLegacyIp(field, address);
  out.push(...problems);
  if (problems.length > 0) return;
  if (isIpv6(address) !== isV6) {
    out.push(invalidValue(at, address, `must be an ${addressType} address`));
  }
  checkEndpointIp(out, field, address);
}

/** Upstream's IsFullyQualifiedDomainName. */
function checkDomain(out: Out, at: string, text: string): void {
  if (text === "") {
    out.push(required(at));
    return;
  }
  const name = text.endsWith(".") ? text.slice(0, -1) : text;
  const problems = checkDnsSubdomain(name);
  const labels = name.split(".");
  if (problems.length > 0) out.push(invalidValue(at, name, problems.join(",")));
  else if (labels.length < 2) {
    const detail = "should be a domain with at least two segments separated by dots";
    out.push(invalidValue(at, name, detail));
  } else {
    const bad = labels.find((label) => checkDnsLabel(label).length > 0);
    if (bad !== undefined) out.push(invalidValue(at, bad, checkDnsLabel(bad).join(",")));
  }
}

function checkTopology(out: Out, at: string, topology: Readonly<Record<string, string>>): void {
  const count = Object.keys(topology).length;
  if (count > topologyMax) out.push(tooMany(at, count, topologyMax));
  out.push(...checkLabels(at, topology));
}

const labelValue: NameRule = (name) => checkLabelValue(name);

function checkHints(out: Out, at: string, { forZones, forNodes }: NonNullable<Endpoint["hints"]>) {
  if (!checkHint(out, `${at}.forZones`, forZones ?? [], labelValue)) return;
  checkHint(out, `${at}.forNodes`, forNodes ?? [], nameIsDnsSubdomain);
}

/** False when there are too many. */
function checkHint(
  out: Out,
  at: string,
  hints: readonly { readonly name: string }[],
  rule: NameRule,
): boolean {
  if (hints.length > hintsMax) {
    out.push(tooMany(at, hints.length, hintsMax));
    return false;
  }
  const names = new Set<string>();
  for (const [i, { name }] of hints.entries()) {
    if (names.has(name)) out.push(duplicate(`${at}[${i}].name`, name));
    names.add(name);
    refuse(out, `${at}[${i}].name`, name, rule(name, false));
  }
  return true;
}
