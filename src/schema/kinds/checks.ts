// Small checks that many kinds share. Each adds what is wrong to `out`, in upstream's words.
import { fieldForbidden, invalidValue, notSupported, required } from "../field-error.ts";
import { isOmitted } from "../given-empty.ts";
import {
  checkDnsLabel,
  checkDnsSubdomain,
  checkLabelValue,
  checkQualifiedName,
  checkUserId,
  type NameRule,
} from "../names.ts";
import { semanticEqual } from "../semantic-equal.ts";
import { type Cause, causesMax } from "../status-error.ts";

export type Out = Cause[];

export const immutableProblem = "field is immutable";
export const negativeProblem = "must be greater than or equal to 0";
export const notPositiveProblem = "must be greater than zero";

/** One cause for each of `details`. */
export function refuse(out: Out, field: string, value: unknown, details: readonly string[]): void {
  for (const detail of details)
    out.push(out.length < causesMax ? invalidValue(field, value, detail) : counted);
}

/** Stands for a broken rule that is only counted: the words of a hundred thousand take long to make. */
const counted: Cause = Object.freeze({ reason: "FieldValueInvalid", message: "" });

export const dnsLabel = (out: Out, field: string, value: string): void =>
  refuse(out, field, value, checkDnsLabel(value));

export const dnsSubdomain = (out: Out, field: string, value: string): void =>
  refuse(out, field, value, checkDnsSubdomain(value));

export const qualifiedName = (out: Out, field: string, value: string): void =>
  refuse(out, field, value, checkQualifiedName(value));

export const labelValue = (out: Out, field: string, value: string): void =>
  refuse(out, field, value, checkLabelValue(value));

export const userId = (out: Out, field: string, id: number | undefined): void => {
  if (id !== undefined) refuse(out, field, id, checkUserId(id));
};

/** A name of another object, by the rule of its kind. */
export function objectName(out: Out, field: string, name: string, rule: NameRule): void {
  refuse(out, field, name, rule(name, false));
}

export function needed(out: Out, field: string, value: unknown, detail = ""): boolean {
  if (value !== undefined && value !== "") return true;
  out.push(required(field, detail));
  return false;
}

/** Present and one of `supported`, which are in the order in which they are shown. */
export function oneOf(
  out: Out,
  field: string,
  value: string | undefined,
  supported: readonly string[],
): void {
  if (!value) out.push(required(field));
  else if (!supported.includes(value)) out.push(notSupported(field, value, supported));
}

/** As `oneOf`, where "" is refused as any other value. */
export function supportedOnly(
  out: Out,
  field: string,
  value: string | undefined,
  supported: readonly string[],
): void {
  if (!supported.includes(value ?? "")) out.push(notSupported(field, value ?? "", supported));
}

export function notNegative(out: Out, field: string, value: number | undefined): void {
  if ((value ?? 0) < 0) out.push(invalidValue(field, value, negativeProblem));
}

export function positive(out: Out, field: string, value: number | undefined): void {
  if ((value ?? 0) <= 0) out.push(invalidValue(field, value ?? 0, notPositiveProblem));
}

export function forbidden(out: Out, field: string, detail: string): void {
  out.push(fieldForbidden(field, detail));
}

export function invalid(out: Out, field: string, value: unknown, detail: string): void {
  out.push(invalidValue(field, value, detail));
}

/** A value that breaks a rule as a whole, so that the message does not show it (upstream's OmitValueType). */
export function wrong(out: Out, field: string, detail: string): void {
  out.push({ reason: "FieldValueInvalid", message: `Invalid value: ${detail}`, field });
}

export function checkUnchanged(out: Out, field: string, next: unknown, old: unknown): void {
  if (!semanticEqual(next, old)) out.push(invalidValue(field, next ?? null, immutableProblem));
}

/** As `checkUnchanged` for the field `name` of `next`; an empty list that was written out is shown as one. */
export function checkFieldUnchanged<T extends object>(
  out: Out,
  field: string,
  name: keyof T & string,
  { next, old }: { readonly next: T; readonly old: T },
): void {
  if (semanticEqual(next[name], old[name])) return;
  const shown = next[name] ?? (isOmitted(next, name) ? [] : null);
  out.push(invalidValue(field, shown, immutableProblem));
}

const pathPattern = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const pathRegExp = new RegExp(`^${pathPattern}$`);

/** `example.com/some/path`. */
export function domainPath(out: Out, field: string, value: string): void {
  const slash = value.indexOf("/");
  const [host, path] = [value.slice(0, slash), value.slice(slash + 1)];
  if (value === "") out.push(required(field));
  else if (slash <= 0 || path === "") {
    const detail = 'must be a domain-prefixed path (such as "acme.io/foo")';
    out.push(invalidValue(field, value, detail));
  } else {
    refuse(out, field, host, checkDnsSubdomain(host));
    if (pathRegExp.test(path)) return;
    const detail = `Invalid path (regex used for validation is '${pathPattern}')`;
    out.push(invalidValue(field, path, detail));
  }
}

/** As `tooLong` of upstream's newer kind of rules, which count characters. */
export const tooLongText = (field: string, lengthMax: number): Cause => ({
  reason: "FieldValueTooLong",
  message: `Too long: may not be more than ${lengthMax} characters`,
  field,
});
