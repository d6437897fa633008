// The rules of endpoints.
import { required } from "../../field-error.ts";
import { checkLegacyIp, ipWarnings } from "../../ip.ts";
import { checkPortNumber, nameIsDnsSubdomain } from "../../names.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type {
  EndpointAddress,
  EndpointPort,
  EndpointSubset,
  Endpoints,
} from "../../types/core-v1.ts";
import { dnsLabel, type Out, objectName, oneOf, qualifiedName, refuse } from "../checks.ts";
import { checkEndpointIp } from "./endpoint-address.ts";

const protocols = ["SCTP", "TCP", "UDP"];

export function validateEndpoints(next: Endpoints, old: Endpoints | undefined): Cause[] {
  const out: Out = [];
  // What was stored before today's rules stays writable.
  if (old && semanticEqual(old.subsets, next.subsets)) return out;
  for (const [i, subset] of (next.subsets ?? []).entries())
    checkSubset(out, `subsets[${i}]`, subset);
  return out;
}

function checkSubset(out: Out, at: string, subset: EndpointSubset): void {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  if (addresses.length + notReadyAddresses.length === 0) {
    out.push(required(at, "must specify `addresses` or `notReadyAddresses`"));
  }
  for (const [i, address] of addresses.entries()) {
    checkAddress(out, `${at}.addresses[${i}]`, address);
  }
  for (const [i, address] of notReadyAddresses.entries()) {
    checkAddress(out, `${at}.notReadyAddresses[${i}]`, address);
  }
  for (const [i, port] of ports.entries()) {
    checkPort(out, `${at}.ports[${i}]`, port, ports.length > 1);
  }
}

function checkAddress(out: Out, at: string, { ip, hostname, nodeName }: EndpointAddress): void {
  out.push(...checkLegacyIp(`${at}.ip`, ip));
  if (hostname) dnsLabel(out, `${at}.hostname`, hostname);
  if (nodeName !== undefined) objectName(out, `${at}.nodeName`, nodeName, nameIsDnsSubdomain);
  checkEndpointIp(out, `${at}.ip`, ip);
}

function checkPort(out: Out, at: string, port: EndpointPort, mustHaveName: boolean): void {
  if (port.name) dnsLabel(out, `${at}.name`, port.name);
  else if (mustHaveName) out.push(required(`${at}.name`));
  refuse(out, `${at}.port`, port.port, checkPortNumber(port.port));
  oneOf(out, `${at}.protocol`, port.protocol, protocols);
  if (port.appProtocol !== undefined) qualifiedName(out, `${at}.appProtocol`, port.appProtocol);
}

const managedBy = "endpoints.kubernetes.io/managed-by";

export function endpointsWarnings({ metadata, subsets }: Endpoints): string[] {
  if (metadata.labels?.[managedBy] === "endpoint-controller") return [];
  return (subsets ?? []).flatMap((subset, i) =>
    (["addresses", "notReadyAddresses"] as const).flatMap((list) =>
      (subset[list] ?? []).flatMap(({ ip }, j) => ipWarnings(`subsets[${i}].${list}[${j}].ip`, ip)),
    ),
  );
}
