// One question to one webhook, and upstream's words for everything that can go wrong with it.
import type { Kind } from "../../../schema/kind.ts";
import { badRequest, type StatusDetails, StatusError } from "../../../schema/status-error.ts";
import { CallError, type JsonAnswer } from "../../outbound-json.ts";
import type { Calls } from "../../outbound-target.ts";
import type { Asked, Versioned } from "../attributes.ts";
import { concernOf, isNamespaceChosen, isObjectChosen } from "../matching.ts";
import type { Hook } from "./hooks.ts";
import { ReviewError, reviewOf, reviewVersion, type Verdict, verdictOf } from "./review.ts";

/** The webhook could not be asked, or did not answer in a form that can be read; its `failurePolicy` decides. */
export class HookFailed extends Error {
  override name = "HookFailed";
  constructor({ settings }: Hook, why: string, cause?: unknown) {
    super(`failed calling webhook ${JSON.stringify(settings.name)}: ${why}`, { cause });
  }
}

export type Invocation = { readonly hook: Hook; readonly as: Kind | undefined };

/**
 * Whether the webhook is concerned by the write, but for its conditions. Throws a StatusError where a namespace that
 * would decide is not there.
 */
export function invocationOf(asked: Asked, hook: Hook): Invocation | undefined {
  const { rules = [], matchPolicy } = hook.settings;
  const concern = concernOf(asked, rules, matchPolicy === "Equivalent");
  if (concern === undefined) return undefined;
  if (!isObjectChosen(asked, hook.objects) || !isNamespaceChosen(asked, hook.namespaces))
    return undefined;
  return { hook, as: concern.as };
}

const secondsDefault = 10;

/** What the webhook says about `versioned`; warnings and audit annotations are kept. Throws HookFailed or a StatusError. */
export async function askHook(
  calls: Calls,
  asked: Asked,
  { hook, as }: Invocation,
  versioned: Versioned,
  mutating: boolean,
): Promise<Verdict> {
  const { settings } = hook;
  const { sideEffects, name, timeoutSeconds = secondsDefault } = settings;
  if (asked.write.dryRun && sideEffects !== "None" && sideEffects !== "NoneOnDryRun")
    throw badRequest(`admission webhook ${JSON.stringify(name)} does not support dry run`);
  const version = reviewVersion(settings.admissionReviewVersions ?? []);
  if (version === undefined)
    throw new HookFailed(
      hook,
      "could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)",
    );
  const review = reviewOf(asked, versioned, as, version);
  try {
    const answer = await calls.json.ask(
      calls.targets.of(settings.clientConfig, `timeout=${timeoutSeconds}s`),
      {
        body: review.body,
        timeoutMs: timeoutSeconds * 1000,
        signal: asked.context.request.signal,
      },
    );
    const verdict = verdictOf(documentOf(answer), review, mutating);
    keep(asked, name, verdict);
    return verdict;
  } catch (error) {
    if (error instanceof CallError)
      throw new HookFailed(hook, `failed to call webhook: ${error.message}`, error);
    if (error instanceof ReviewError)
      throw new HookFailed(hook, `received invalid webhook response: ${error.message}`, error);
    throw error;
  }
}

/** The document of a good answer. Throws a CallError for any other. */
export function documentOf({ status, text, value }: JsonAnswer): unknown {
  if (status >= 200 && status <= 206) {
    if (value !== undefined) return value;
    throw new CallError(
      `couldn't get version/kind; json parse error: invalid character ${shownLetter(text)} looking for beginning of value`,
    );
  }
  throw new CallError(refusalText(status, text.trim()));
}

const shownLetter = (text: string): string => `'${text.charAt(0)}'`;

/** Letters of a refusal's body that are told. */
const refusalLettersMax = 2048;

/** As Go's client tells of an answer that is no success. */
function refusalText(status: number, text: string): string {
  switch (status) {
    case 401:
      return "the server has asked for the client to provide credentials";
    case 403:
      return text === "" ? "unknown" : text.slice(0, refusalLettersMax);
    case 404:
      return "the server could not find the requested resource";
    case 429:
      return "the server has received too many requests and has asked us to try again later";
    case 503:
      return "the server is currently unable to handle the request";
    case 504:
      return "the server was unable to return a response in the time allotted, but may still be processing the request";
    default:
      return status >= 500
        ? `an error on the server (${JSON.stringify(text.slice(0, refusalLettersMax) || "unknown")}) has prevented the request from succeeding`
        : `the server responded with the status code ${status} but did not return more information`;
  }
}

/** Characters of one webhook's warning, and of all warnings of one request, as upstream bounds them. */
function keep({ context }: Asked, name: string, { annotations, warnings }: Verdict): void {
  for (const warning of warnings) context.warnings.add(warning);
  for (const [key, value] of Object.entries(annotations))
    annotate(context.annotations, `${name}/${key}`, String(value));
}

/** What was annotated first stays. */
export function annotate(annotations: Map<string, string>, key: string, value: string): void {
  if (!annotations.has(key)) annotations.set(key, value);
}

/** The refusal of a webhook, in its own words. */
export function denied({ settings }: Hook, { status }: Verdict): StatusError {
  const by = `admission webhook ${JSON.stringify(settings.name)} denied the request`;
  const { code, reason, message, details } = (status ?? {}) as {
    code?: unknown;
    reason?: unknown;
    message?: unknown;
    details?: StatusDetails;
  };
  const why = typeof reason === "string" ? reason : "";
  const told = typeof message === "string" && message !== "" ? message : why;
  return new StatusError(
    typeof code === "number" && code >= 400 ? code : 400,
    why,
    told === "" ? `${by} without explanation` : `${by}: ${told}`,
    details,
  );
}
