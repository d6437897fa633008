// The options of a request, read from its query or body and checked in upstream's words.
import {
  fieldForbidden,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from "../../schema/field-error.ts";
import { utf8Length } from "../../schema/names.ts";
import { badRequest, type Cause, invalid } from "../../schema/status-error.ts";
import type { PatchType } from "../negotiate.ts";
import { truthy } from "../route.ts";

export type FieldValidation = "Ignore" | "Warn" | "Strict";

export type WriteOptions = {
  readonly dryRun: boolean;
  /** "" when the caller named none. */
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  /** What the caller himself said of it, "" when nothing. */
  readonly statedValidation: FieldValidation | "";
  /** Apply only: takes over fields from other managers. */
  readonly force: boolean;
};

/** As upstream hands them to admission. Throws StatusError for values that are not allowed. */
export function writeOptions(
  query: URLSearchParams,
  kind: "CreateOptions" | "UpdateOptions",
): WriteOptions {
  const causes = commonCauses(query);
  if (causes.length > 0) throw invalidOptions(kind, causes);
  return { ...commonOptions(query), force: false };
}

export function patchOptions(query: URLSearchParams, type: PatchType): WriteOptions {
  const causes: Cause[] = [];
  if (type === "apply") {
    if ((query.get("fieldManager") ?? "") === "")
      causes.push(required("fieldManager", "is required for apply patch"));
  } else if (query.has("force"))
    causes.push(fieldForbidden("force", "may not be specified for non-apply patch"));
  causes.push(...commonCauses(query));
  if (causes.length > 0) throw invalidOptions("PatchOptions", causes);
  return { ...commonOptions(query), force: truthy(query.get("force")) };
}

/** The options object that admission webhooks and policies see. */
export function optionsObject(
  kind: "CreateOptions" | "UpdateOptions",
  options: WriteOptions,
): Readonly<Record<string, unknown>> {
  return {
    kind,
    apiVersion: "meta.k8s.io/v1",
    ...(options.dryRun ? { dryRun: ["All"] } : {}),
    ...(options.fieldManager === "" ? {} : { fieldManager: options.fieldManager }),
    ...(options.statedValidation === "" ? {} : { fieldValidation: options.statedValidation }),
  };
}

/** A whole number of the query. Throws upstream's StatusError(400) for anything else. */
export function integerOption(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const isWhole = /^[+-]?\d+$/.test(text);
  if (isWhole && isInt64(BigInt(text.replace("+", "")))) return Number(text);
  const why = isWhole ? "value out of range" : "invalid syntax";
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`);
}

const isInt64 = (value: bigint): boolean => BigInt.asIntN(64, value) === value;

export const invalidOptions = (kind: string, causes: Cause[]): Error =>
  invalid({ group: "meta.k8s.io", kind, name: "" }, causes);

/** Who writes when nobody says so: the part of the User-Agent before its version. */
export function managerOf(options: WriteOptions, userAgent: string | undefined): string {
  if (options.fieldManager !== "") return options.fieldManager;
  let manager = "";
  let bytes = 0;
  for (const letter of (userAgent ?? "").split("/", 1)[0]!) {
    if (!isPrintable(letter)) continue;
    bytes += utf8Length(letter);
    if (bytes > fieldManagerBytesMax) break;
    manager += letter;
  }
  return manager;
}

const fieldManagerBytesMax = 128;

/** Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols and the plain space. */
const isPrintable = (letter: string): boolean => /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(letter);

function commonOptions(query: URLSearchParams): Omit<WriteOptions, "force"> {
  const validation = (query.get("fieldValidation") ?? "") as FieldValidation | "";
  return {
    dryRun: query.getAll("dryRun").includes("All"),
    fieldManager: query.get("fieldManager") ?? "",
    fieldValidation: validation === "" ? "Warn" : validation,
    statedValidation: validation,
  };
}

function commonCauses(query: URLSearchParams): Cause[] {
  if (query.size === 0) return [];
  const validation = query.get("fieldValidation") ?? "";
  return [
    ...managerCauses(query.get("fieldManager") ?? ""),
    ...dryRunCauses(query.getAll("dryRun")),
    ...(fieldValidations.includes(validation)
      ? []
      : [notSupported("fieldValidation", validation, fieldValidations)]),
  ];
}

const fieldValidations = ["", "Ignore", "Strict", "Warn"];

export const dryRunCauses = (values: readonly string[]): Cause[] =>
  values.every((value) => value === "All") ? [] : [notSupported("dryRun", values, ["All"])];

function managerCauses(manager: string): Cause[] {
  const causes: Cause[] = [];
  if (utf8Length(manager) > fieldManagerBytesMax)
    causes.push(tooLong("fieldManager", fieldManagerBytesMax));
  let at = 0;
  for (const letter of manager) {
    if (!isPrintable(letter)) causes.push(unprintable(manager, letter, at));
    at += utf8Length(letter);
  }
  return causes;
}

function unprintable(manager: string, letter: string, at: number): Cause {
  const code = letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return invalidValue("fieldManager", manager, `invalid character U+${code} (at position ${at})`);
}
