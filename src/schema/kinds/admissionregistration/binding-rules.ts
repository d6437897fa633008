// The rules of where policies in CEL hold.
import { duplicate, fieldForbidden, notSupported, required } from "../../field-error.ts";
import { checkPathSegment, nameIsDnsSubdomain } from "../../names.ts";
import { checkLabelSelector } from "../../selectors.ts";
import type { Cause } from "../../status-error.ts";
import type {
  MutatingAdmissionPolicyBinding,
  ParamRef,
  ValidatingAdmissionPolicyBinding,
} from "../../types/admissionregistration-v1.ts";
import { invalid, type Out, objectName, oneOf, refuse } from "../checks.ts";
import { checkMutatingOperations } from "./policy-rules.ts";
import { checkMatchResources } from "./resource-rules.ts";
import { checkStaticName } from "./webhook-rules.ts";

const actions = ["Audit", "Deny", "Warn"];
const repeated =
  "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";

export function validateValidatingBinding(
  { metadata, spec = {} }: ValidatingAdmissionPolicyBinding,
  old: ValidatingAdmissionPolicyBinding | undefined,
): Cause[] {
  const out: Out = [];
  const { policyName = "", validationActions = [] } = spec;
  if (policyName !== "") objectName(out, "spec.policyName", policyName, nameIsDnsSubdomain);
  checkParamRef(out, "spec.paramRef", spec.paramRef);
  checkMatchResources(out, "spec.matchResources", spec.matchResources);
  checkActions(out, "spec.validationActions", validationActions);
  if (old === undefined) checkStaticName(out, metadata);
  // Said last, by upstream's newer kind of rules.
  if (policyName === "") out.push(required("spec.policyName"));
  if (validationActions.length === 0) out.push(required("spec.validationActions"));
  return out;
}

function checkActions(out: Out, at: string, asked: readonly string[]): void {
  for (const [i, action] of asked.entries()) {
    if (!actions.includes(action)) out.push(notSupported(`${at}[${i}]`, action, actions));
    if (asked.indexOf(action) < i) out.push(duplicate(`${at}[${i}]`, action));
  }
  if (asked.includes("Deny") && asked.includes("Warn")) invalid(out, at, asked, repeated);
}

export function validateMutatingBinding(
  { metadata, spec = {} }: MutatingAdmissionPolicyBinding,
  old: MutatingAdmissionPolicyBinding | undefined,
): Cause[] {
  const out: Out = [];
  const { policyName = "", matchResources } = spec;
  if (policyName === "") out.push(required("spec.policyName"));
  else objectName(out, "spec.policyName", policyName, nameIsDnsSubdomain);
  checkParamRef(out, "spec.paramRef", spec.paramRef);
  checkMatchResources(out, "spec.matchResources", matchResources);
  if (matchResources) checkMutatingOperations(out, "spec.matchResources", matchResources);
  if (old === undefined) checkStaticName(out, metadata);
  return out;
}

const notFoundActions = ["Deny", "Allow"];
const exclusive = "name and selector are mutually exclusive";

function checkParamRef(out: Out, at: string, ref: ParamRef | undefined): void {
  if (ref === undefined) return;
  const { name = "", selector, parameterNotFoundAction: action } = ref;
  if (name !== "") {
    refuse(out, `${at}.name`, name, checkPathSegment(name));
    if (selector) out.push(fieldForbidden(`${at}.name`, exclusive));
  }
  if (selector) {
    out.push(...checkLabelSelector(`${at}.selector`, selector));
    if (name !== "") out.push(fieldForbidden(`${at}.selector`, exclusive));
  }
  if (name === "" && !selector) {
    out.push(required(at, "one of name or selector must be specified"));
  }
  oneOf(out, `${at}.parameterNotFoundAction`, action, notFoundActions);
}
