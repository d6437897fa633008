// The rules of policies in CEL.
import { duplicate, notSupported, required } from "../../field-error.ts";
import type { Write } from "../../kind.ts";
import { checkDns1035Label, checkDnsSubdomain, checkQualifiedName } from "../../names.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type {
  AuditAnnotation,
  MatchCondition,
  MatchResources,
  MutatingAdmissionPolicy,
  Mutation,
  ParamKind,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyStatus,
  Validation,
  Variable,
} from "../../types/admissionregistration-v1.ts";
import { invalid, type Out, oneOf, refuse, supportedOnly } from "../checks.ts";
import { checkConditions } from "../conditions.ts";
import {
  checkExpression,
  checkMatchConditions,
  checkVariables,
  patchObject,
  patchOperations,
  text,
  textOrNull,
  truth,
  variableTypes,
} from "./expressions.ts";
import { checkMatchResources } from "./resource-rules.ts";
import { checkStaticName } from "./webhook-rules.ts";

type Spec = {
  readonly failurePolicy?: string;
  readonly paramKind?: ParamKind;
  readonly matchConstraints?: MatchResources;
  readonly matchConditions?: MatchCondition[];
  readonly variables?: Variable[];
};

const failurePolicies = ["Fail", "Ignore"];

/** What policies that refuse and policies that change have in common. */
function checkCommon(
  out: Out,
  spec: Spec,
  old: Spec | undefined,
  rules?: (match: MatchResources) => void,
): void {
  const { failurePolicy, paramKind, matchConstraints } = spec;
  if (failurePolicy === undefined) out.push(required("spec.failurePolicy"));
  else supportedOnly(out, "spec.failurePolicy", failurePolicy, failurePolicies);
  if (paramKind) checkParamKind(out, "spec.paramKind", paramKind);
  if (matchConstraints === undefined) out.push(required("spec.matchConstraints"));
  else {
    checkMatchResources(out, "spec.matchConstraints", matchConstraints);
    if (!matchConstraints.resourceRules?.length) {
      out.push(required("spec.matchConstraints.resourceRules"));
    }
    rules?.(matchConstraints);
  }
  const isKnown =
    old !== undefined &&
    semanticEqual(paramKind, old.paramKind) &&
    semanticEqual(spec.matchConditions, old.matchConditions);
  const hasParams = paramKind !== undefined;
  if (!isKnown) {
    checkMatchConditions(out, "spec.matchConditions", spec.matchConditions, hasParams);
  }
  checkVariables(out, "spec.variables", spec.variables, hasParams);
}

function checkParamKind(out: Out, at: string, { apiVersion = "", kind = "" }: ParamKind): void {
  if (apiVersion === "") out.push(required(`${at}.apiVersion`));
  else checkVersion(out, `${at}.apiVersion`, apiVersion);
  if (kind === "") out.push(required(`${at}.kind`));
  else {
    const problems = checkDns1035Label(kind.toLowerCase());
    if (problems.length === 0) return;
    const intro = "may have mixed case, but should otherwise match: ";
    invalid(out, `${at}.kind`, kind, intro + problems.join(","));
  }
}

function checkVersion(out: Out, at: string, text: string): void {
  const parts = text === "/" ? ["", ""] : text.split("/");
  if (parts.length > 2) {
    invalid(out, at, text, `unexpected GroupVersion string: ${text}`);
    return;
  }
  const version = parts.at(-1)!;
  const group = parts.length === 2 ? parts[0]! : "";
  if (group !== "") {
    const problems = checkDnsSubdomain(group);
    if (problems.length > 0) invalid(out, at, group, problems.join(","));
  }
  if (version === "") invalid(out, at, text, "version must be specified");
  else {
    const problems = checkDns1035Label(version);
    if (problems.length > 0) invalid(out, at, version, problems.join(","));
  }
}

export function validateValidatingPolicy(
  next: ValidatingAdmissionPolicy,
  old: ValidatingAdmissionPolicy | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  if (subresource === "status") {
    checkStatus(out, next.status ?? {});
    return out;
  }
  const spec = next.spec ?? {};
  const hasParams = spec.paramKind !== undefined;
  checkCommon(out, spec, old?.spec);
  const { validations = [], auditAnnotations = [] } = spec;
  if (validations.length + auditAnnotations.length === 0) {
    const detail = "validations or auditAnnotations must contain at least one item";
    out.push(required("spec.validations", detail), required("spec.auditAnnotations", detail));
  }
  const declared = {
    params: hasParams,
    authorizer: true,
    variables: spec.variables?.length ? variableTypes(spec.variables, hasParams) : undefined,
  };
  for (const [i, validation] of validations.entries()) {
    checkValidation(out, `spec.validations[${i}]`, validation, declared);
  }
  checkAudit(out, next, auditAnnotations, declared);
  if (old === undefined) checkStaticName(out, next.metadata);
  return out;
}

type Declared = Parameters<typeof checkExpression>[3];
const reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const lineEnd = /[\r\n]/;

function checkValidation(
  out: Out,
  at: string,
  { expression = "", message = "", messageExpression = "", reason }: Validation,
  declared: Declared,
): void {
  if (expression.trim() === "") {
    out.push(required(`${at}.expression`, "expression is not specified"));
  } else checkExpression(out, `${at}.expression`, expression, declared, truth);
  const nonEmpty = "must be non-empty if specified";
  if (messageExpression !== "" && messageExpression.trim() === "") {
    invalid(out, `${at}.messageExpression`, messageExpression, nonEmpty);
  } else if (messageExpression !== "") {
    const without = { ...declared, authorizer: false };
    checkExpression(out, `${at}.messageExpression`, messageExpression, without, text);
  }
  if (message !== "" && message.trim() === "") {
    invalid(out, `${at}.message`, message, nonEmpty);
  } else if (lineEnd.test(message.trim())) {
    invalid(out, `${at}.message`, message, "must not contain line breaks");
  }
  if (reason !== undefined) supportedOnly(out, `${at}.reason`, reason, reasons);
}

const annotationsMax = 20;
const expressionBytesMax = 5 * 1024;

function checkAudit(
  out: Out,
  { metadata }: ValidatingAdmissionPolicy,
  annotations: readonly AuditAnnotation[],
  declared: Declared,
): void {
  const at = "spec.auditAnnotations";
  const { name = "" } = metadata;
  if (annotations.length > annotationsMax) {
    // Upstream shows its own form of them.
    const shown = annotations.map(({ key = "", valueExpression = "" }) => ({
      Key: key,
      ValueExpression: valueExpression,
    }));
    invalid(out, at, shown, `must not have more than ${annotationsMax} auditAnnotations`);
  }
  const keys = new Set<string>();
  for (const [i, { key = "", valueExpression = "" }] of annotations.entries()) {
    const full = `${name}/${key}`;
    if (name === "") {
      invalid(out, `${at}[${i}].key`, key, "requires metadata.name be non-empty");
    } else refuse(out, `${at}[${i}].key`, full, checkQualifiedName(full));
    checkValue(out, `${at}[${i}].valueExpression`, valueExpression.trim(), declared);
    if (keys.has(key)) out.push(duplicate(`${at}[${i}].key`, key));
    keys.add(key);
  }
}

function checkValue(out: Out, at: string, expression: string, declared: Declared): void {
  if (expression === "") out.push(required(at, "valueExpression is not specified"));
  else if (expression.length > expressionBytesMax) {
    out.push(required(at, `must not exceed ${expressionBytesMax} bytes in length`));
  } else checkExpression(out, at, expression, declared, textOrNull);
}

function checkStatus(out: Out, status: ValidatingAdmissionPolicyStatus): void {
  for (const [i, one] of (status.typeChecking?.expressionWarnings ?? []).entries()) {
    const at = `status.typeChecking.expressionWarnings[${i}]`;
    if (!one.warning) out.push(required(`${at}.warning`));
    if (!one.fieldRef?.trim()) out.push(required(`${at}.fieldRef`));
  }
  checkConditions(out, "status.conditions", status.conditions);
}

const reinvocations = ["IfNeeded", "Never"];
const mutatingOperations = ["*", "CONNECT", "CREATE", "UPDATE"];

/** What is being deleted cannot be changed. */
export function checkMutatingOperations(out: Out, at: string, match: MatchResources): void {
  for (const { operations } of match.resourceRules ?? []) {
    for (const operation of operations ?? []) {
      if (mutatingOperations.includes(operation)) continue;
      const field = `${at}.resourceRules.operations`;
      out.push(notSupported(field, operation, mutatingOperations));
    }
  }
}

export function validateMutatingPolicy(
  next: MutatingAdmissionPolicy,
  old: MutatingAdmissionPolicy | undefined,
): Cause[] {
  const out: Out = [];
  const { spec } = next;
  checkCommon(out, spec ?? {}, old?.spec, (match) =>
    checkMutatingOperations(out, "spec.matchConstraints", match),
  );
  const { mutations = [], reinvocationPolicy } = spec ?? {};
  if (mutations.length === 0) {
    out.push(required("spec.mutations", "mutations must contain at least one item"));
  }
  const hasParams = spec?.paramKind !== undefined;
  const declared = {
    params: hasParams,
    authorizer: true,
    variables: variableTypes(spec?.variables ?? [], hasParams),
    mutation: true,
  };
  for (const [i, mutation] of mutations.entries()) {
    checkMutation(out, `spec.mutations[${i}]`, mutation, declared);
  }
  oneOf(out, "spec.reinvocationPolicy", reinvocationPolicy, reinvocations);
  if (old === undefined) checkStaticName(out, next.metadata);
  return out;
}

const patchTypes = ["ApplyConfiguration", "JSONPatch"];

/** Expressions here make objects of types of their own. */
function checkMutation(out: Out, at: string, mutation: Mutation, declared: Declared): void {
  const { patchType = "" } = mutation;
  oneOf(out, `${at}.patchType`, patchType, patchTypes);
  if (!patchTypes.includes(patchType)) return;
  const isPatch = patchType === "JSONPatch";
  const [wanted, other] = isPatch
    ? (["jsonPatch", "applyConfiguration"] as const)
    : (["applyConfiguration", "jsonPatch"] as const);
  const part = mutation[wanted];
  if (part === undefined) {
    out.push(required(`${at}.${wanted}`, `must be specified when patchType is ${patchType}`));
  } else if (!part.expression?.trim()) out.push(required(`${at}.${wanted}.expression`));
  else {
    const given = part.expression.trim();
    const result = isPatch ? patchOperations : patchObject;
    checkExpression(out, `${at}.${wanted}.expression`, given, declared, result);
  }
  if (mutation[other] === undefined) return;
  const detail = `must not be specified when patchType is ${patchType}`;
  invalid(out, `${at}.${other}`, `{${other}}`, detail);
}
