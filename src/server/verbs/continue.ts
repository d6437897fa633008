// Where the next page of a list begins: upstream's token, which its clients only hand back.
import { isObject } from "../../schema/clone.ts";
import { DecodeError } from "../../schema/decode-place.ts";
import { readJson } from "../../schema/scan.ts";
import { badRequest, type Status, StatusError } from "../../schema/status-error.ts";

export type Place = {
  /** The revision that all pages show; -1: whatever is newest. */
  readonly revision: number;
  /** First key of the page, behind the prefix of the list. */
  readonly start: string;
};

export function encodePlace({ revision, start }: Place): string {
  const token = { v: "meta.k8s.io/v1", rv: revision, start };
  return Buffer.from(JSON.stringify(token)).toString("base64url");
}

/** Throws StatusError(400) for a text that is no token. */
export function decodePlace(text: string): Place {
  const token = tokenIn(text) as { v?: unknown; rv?: unknown; start?: unknown };
  if (token.v !== "meta.k8s.io/v1")
    throw bad(`server does not recognize this encoded version ${token.v ?? ""}`);
  if (token.rv != null && !Number.isInteger(token.rv)) throw unfit("rv", token.rv, "int64");
  if (token.start != null && typeof token.start !== "string")
    throw unfit("start", token.start, "string");
  if (typeof token.rv !== "number" || token.rv === 0)
    throw bad("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
  if (typeof token.start !== "string" || token.start === "")
    throw bad("encoded start key empty (version meta.k8s.io/v1)");
  if (token.start.split("/").some((part) => part === ".." || part === ".")) throw bad(token.start);
  // A slash in front says the same.
  return { revision: token.rv, start: token.start.replace(/^\//, "") };
}

const bad = (why: string): StatusError =>
  badRequest(`invalid continue token: continue key is not valid: ${why}`);

function unfit(field: string, value: unknown, type: string): StatusError {
  const fraction = typeof value === "number" && type === "int64" ? ` ${value}` : "";
  const place = `Go struct field continueToken.${field} of type ${type}`;
  return bad(`json: cannot unmarshal ${typeName(value)}${fraction} into ${place}`);
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function tokenIn(text: string): object {
  const wrong = /[^\w-]/.exec(text);
  if (wrong !== null || text.length % 4 === 1)
    throw bad(`illegal base64 data at input byte ${wrong?.index ?? text.length - 1}`);
  let what = "";
  try {
    const { value } = readJson(Buffer.from(text, "base64url"), { duplicates: false });
    if (isObject(value)) return value;
    if (value === null) return {};
    what = typeName(value);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw bad(error.message);
  }
  throw bad(`json: cannot unmarshal ${what} into Go value of type storage.continueToken`);
}

/** The list as it was is no more; the token goes on with the list as it is now. */
class ExpiredContinue extends StatusError {
  readonly #token: string;

  constructor(token: string) {
    super(410, "Expired", inconsistent);
    this.#token = token;
  }

  override toStatus(): Status {
    return { ...super.toStatus(), metadata: { continue: this.#token } };
  }
}

const inconsistent =
  "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
  "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
  "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
  "deleted between the time the first chunk was returned and now may show up in the list.";

/** `start` of the page that cannot be shown any more; undefined when the caller named a version itself. */
export const expired = (start: string | undefined): StatusError =>
  start === undefined
    ? new StatusError(410, "Expired", "The resourceVersion for the provided list is too old.")
    : new ExpiredContinue(encodePlace({ revision: -1, start }));
