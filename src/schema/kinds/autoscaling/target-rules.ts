// The rules of a reference from an autoscaler to what it scales or measures.
import { required } from "../../field-error.ts";
import { checkPathSegment } from "../../names.ts";
import type { CrossVersionObjectReference } from "../../types/autoscaling-v2.ts";
import { invalid, type Out, refuse } from "../checks.ts";

type Target = {
  readonly to: CrossVersionObjectReference;
  readonly mayLackGroup: boolean;
  /** It was there before, so that its version is not judged again. */
  readonly isKnown: boolean;
};

export function checkTarget(out: Out, at: string, { to, mayLackGroup, isKnown }: Target): void {
  for (const field of ["kind", "name"] as const) {
    const value = to[field] ?? "";
    if (value === "") out.push(required(`${at}.${field}`));
    else refuse(out, `${at}.${field}`, value, checkPathSegment(value));
  }
  const problem = isKnown ? undefined : versionProblem(to.apiVersion ?? "", mayLackGroup);
  if (problem !== undefined) invalid(out, `${at}.apiVersion`, to.apiVersion ?? "", problem);
}

/** Why upstream takes `text` for no version of a kind; undefined when it does. */
export function versionProblem(text: string, mayLackGroup: boolean): string | undefined {
  const parts = text.split("/");
  if (parts.length > 2) return `unexpected GroupVersion string: ${text}`;
  const hasGroup = parts.length === 2 && parts[0] !== "";
  return hasGroup || mayLackGroup ? undefined : "apiVersion must specify API group";
}
