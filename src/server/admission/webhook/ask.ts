// One question to one webhook, and upstream's words for everything that can go wrong with it.
import type { Kind } from "../../../schema/kind.ts";
import { badRequest, type StatusDetails, StatusError } from "../../../schema/status-error.ts";
import { answeredValue } from "../../outbound-answer.ts";
import { CallError } from "../../outbound-json.ts";
import type { Calls } from "../../outbound-target.ts";
import type { Asked, Versioned } from "../attributes.ts";
import { concernOf, isNamespaceChosen, isObjectChosen } from "../matching.ts";
import type { Hook } from "./hooks.ts";
import { ReviewError, reviewOf, reviewVersion, type Verdict, verdictOf } from "./review.ts";

/** The webhook could not be asked, or did not answer in a form that can be read; its `failurePolicy` decides. */
export class HookFailed extends Error {
  override name = "HookFailed";
  /** HTTP's: of an answer that is a refusal; else what upstream takes the fault to be. */
  readonly code: number;
  constructor({ settings }: Hook, why: string, cause?: unknown, code = 503) {
    super(`failed calling webhook ${JSON.stringify(settings.name)}: ${why}`, { cause });
    this.code = (cause instanceof CallError ? cause.status : undefined) ?? code;
  }
}

/** The webhook said no. */
export class Denied extends StatusError {}

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
      undefined,
      400,
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
    const verdict = verdictOf(answeredValue(answer), review, mutating);
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
  return new Denied(
    typeof code === "number" && code >= 400 ? code : 400,
    why,
    told === "" ? `${by} without explanation` : `${by}: ${told}`,
    details,
  );
}
