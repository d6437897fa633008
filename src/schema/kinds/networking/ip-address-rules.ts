// The rules of an address that is taken.
import { required } from "../../field-error.ts";
import { checkIp } from "../../ip.ts";
import { checkPathSegment } from "../../names.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type { IPAddress } from "../../types/networking-v1.ts";
import { dnsSubdomain, immutableProblem, invalid, type Out, refuse } from "../checks.ts";

/** Messages about a name that is no address in its canonical form. */
export const nameIsAddress = (name: string): string[] =>
  checkIp("", name).map(({ message }) => message.slice(message.indexOf(": must ") + 2));

export function validateIpAddress({ spec }: IPAddress, old: IPAddress | undefined): Cause[] {
  const out: Out = [];
  const at = "spec.parentRef";
  const { parentRef: parent } = spec;
  const isChanged = old !== undefined && !semanticEqual(parent, old.spec.parentRef);
  // Upstream's newer kind of rules says last what is missing, but of a change only that it is one.
  const late: Out = [];
  const missing = isChanged ? out : late;
  if (parent === undefined) out.push(required(at));
  else {
    const { group = "", resource = "", name = "", namespace = "" } = parent;
    if (group !== "") dnsSubdomain(out, `${at}.group`, group);
    if (resource === "") missing.push(required(`${at}.resource`));
    else refuse(out, `${at}.resource`, resource, checkPathSegment(resource));
    if (name === "") missing.push(required(`${at}.name`));
    else refuse(out, `${at}.name`, name, checkPathSegment(name));
    if (namespace !== "") refuse(out, `${at}.namespace`, namespace, checkPathSegment(namespace));
  }
  // Rules of upstream's newer kind do not show the value.
  if (isChanged) invalid(out, at, null, immutableProblem);
  return [...out, ...late];
}
