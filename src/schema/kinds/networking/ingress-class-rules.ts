// The rules of an ingress class.
import { fieldForbidden, required, tooLong } from "../../field-error.ts";
import { checkPathSegment, nameIsDnsLabel } from "../../names.ts";
import type { Cause } from "../../status-error.ts";
import type { IngressClass, IngressClassParametersReference } from "../../types/networking-v1.ts";
import {
  checkUnchanged,
  dnsSubdomain,
  domainPath,
  type Out,
  objectName,
  refuse,
  supportedOnly,
} from "../checks.ts";

const controllerBytesMax = 250;
const scopes = ["Cluster", "Namespace"];

export function validateIngressClass(
  { spec }: IngressClass,
  old: IngressClass | undefined,
): Cause[] {
  const out: Out = [];
  const { controller = "", parameters } = spec;
  if (old) checkUnchanged(out, "spec.controller", controller, old.spec.controller ?? "");
  if (controller.length > controllerBytesMax) {
    out.push(tooLong("spec.controller", controllerBytesMax));
  }
  domainPath(out, "spec.controller", controller);
  if (parameters) checkParameters(out, "spec.parameters", parameters);
  return out;
}

function checkParameters(out: Out, at: string, to: IngressClassParametersReference): void {
  const { apiGroup, kind = "", name = "" } = to;
  if (apiGroup !== undefined) dnsSubdomain(out, `${at}.apiGroup`, apiGroup);
  if (kind !== "") refuse(out, `${at}.kind`, kind, checkPathSegment(kind));
  if (name !== "") refuse(out, `${at}.name`, name, checkPathSegment(name));
  checkScope(out, at, to);
  // Said last, by upstream's newer kind of rules.
  if (kind === "") out.push(required(`${at}.kind`));
  if (name === "") out.push(required(`${at}.name`));
}

function checkScope(
  out: Out,
  at: string,
  { scope, namespace }: IngressClassParametersReference,
): void {
  const field = `${at}.namespace`;
  if (scope === undefined) {
    out.push(required(`${at}.scope`));
    return;
  }
  supportedOnly(out, `${at}.scope`, scope, scopes);
  if (scope === "Namespace") {
    if (namespace === undefined) {
      out.push(required(field, "`parameters.scope` is set to 'Namespace'"));
    } else objectName(out, field, namespace, nameIsDnsLabel);
  } else if (scope === "Cluster" && namespace !== undefined) {
    out.push(fieldForbidden(field, "`parameters.scope` is set to 'Cluster'"));
  }
}
