// Where the next page of a list begins: upstream's token, which its clients only hand back.
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
  for (const [name, type] of [
    ["rv", "number"],
    ["start", "string"],
  ] as const) {
    const value = token[name] ?? undefined;
    if (value === undefined || (typeof value === type && !isFraction(value))) continue;
    const shown = isFraction(value) ? `number ${value}` : typeof value;
    const wanted = type === "number" ? "int64" : "string";
    throw bad(`json: cannot unmarshal ${shown} into Go struct field continueToken.${name} of type ${wanted}`);
  }
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

const isFraction = (value: unknown): boolean =>
  typeof value === "number" && !Number.isInteger(value);

function tokenIn(text: string): object {
  const wrong = /[^\w-]/.exec(text);
  if (wrong !== null || text.length % 4 === 1)
    throw bad(`illegal base64 data at input byte ${wrong?.index ?? text.length - 1}`);
  let what = "";
  try {
    const { value } = readJson(Buffer.from(text, "base64url"), { duplicates: false });
    if (isObject(value)) return value;
    if (value === null) return {};
    what = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
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
