// MutatingAdmissionWebhook: webhooks that are concerned are asked one after the other, each about what those before it
// made of the object.
import type { Log } from "../../../lib/log.ts";
import { isObject } from "../../../schema/clone.ts";
import { DecodeError } from "../../../schema/decode-place.ts";
import { kindsOf } from "../../../schema/facts.ts";
import { applyJsonPatch } from "../../../schema/json-patch.ts";
import type { ApiObject, Kind } from "../../../schema/kind.ts";
import { semanticEqual } from "../../../schema/semantic-equal.ts";
import { StatusError } from "../../../schema/status-error.ts";
import { codecOf } from "../../codec.ts";
import type { Admission } from "../../context.ts";
import { convertTo } from "../../conversion.ts";
import { applyDefaults } from "../../defaults.ts";
import type { Calls } from "../../outbound-target.ts";
import { reinvocationOf } from "../../reinvocation.ts";
import { unclassified } from "../../scope.ts";
import {
  type Asked,
  askedOf,
  bodyKindOf,
  internal,
  isExempt,
  type Looking,
  type Versioned,
} from "../attributes.ts";
import { keepManagedFields } from "../managed-fields.ts";
import { Versions } from "../versions.ts";
import { annotate, askHook, denied, HookFailed, type Invocation, invocationOf } from "./ask.ts";
import { type Hook, hooksOf } from "./hooks.ts";
import { measured } from "./measured.ts";
import type { Verdict } from "./review.ts";
import { isMet } from "./validating.ts";

const pluginName = "MutatingAdmissionWebhook";

export function mutatingWebhooks(looking: Looking, calls: Calls, log: Log): Admission {
  const hooks = hooksOf(looking.core, "mutating");
  return {
    name: pluginName,
    handles: () => hooks().length > 0,
    async mutate(context, write) {
      if (isExempt(context)) return;
      const reinvocation = reinvocationOf(write);
      const turns = reinvocation.of(pluginName);
      if (reinvocation.second && turns.isChanged(write.object)) turns.requireAgain();
      const fields = write.object?.metadata?.managedFields;
      for (const [index, hook] of hooks().entries()) {
        const asked = askedOf(looking, context, write);
        const invocation = invocationOf(asked, hook);
        if (invocation === undefined) continue;
        const versions = new Versions(asked);
        if (!(await isMet(asked, invocation, versions))) continue;
        if (reinvocation.second && !turns.isAgain(hook.id)) continue;
        const round = reinvocation.second ? 1 : 0;
        const versioned = await versions.of(invocation.as);
        const place = `round_${round}_index_${index}`;
        const next = await changed(calls, asked, { invocation, versioned, place, log });
        if (next !== undefined) {
          write.object = next;
          turns.requireAgain();
          reinvocation.due = true;
        }
        const { reinvocationPolicy } = hook.settings as { reinvocationPolicy?: string };
        if (reinvocationPolicy === "IfNeeded") turns.remember(hook.id);
      }
      keepManagedFields(context, write.object, fields);
      turns.leave(write.object);
    },
  };
}

type Turn = {
  readonly invocation: Invocation;
  readonly versioned: Versioned;
  /** Names the turn in audit annotations. */
  readonly place: string;
  readonly log: Log;
};

/** What the webhook made of the object; undefined when it left it as it is. */
async function changed(
  calls: Calls,
  asked: Asked,
  { invocation, versioned, place, log }: Turn,
): Promise<ApiObject | undefined> {
  const { hook } = invocation;
  const { annotations } = asked.context;
  let next: ApiObject | undefined;
  try {
    next = await measured(asked, hook, "admit", async () => {
      const verdict = await askHook(calls, asked, invocation, versioned, true);
      if (!verdict.allowed) throw denied(hook, verdict);
      return patchedBy(asked, invocation, versioned, { verdict, place });
    });
  } catch (error) {
    if (!(error instanceof HookFailed)) throw error;
    log.warn("a mutating webhook failed", { webhook: hook.settings.name, error });
    if (hook.settings.failurePolicy !== "Ignore") throw internal(error.message);
    annotate(
      annotations,
      `failed-open.mutation.webhook.admission.k8s.io/${place}`,
      hook.settings.name,
    );
  } finally {
    const told = { ...nameOf(hook), mutated: next !== undefined };
    annotate(annotations, `mutation.webhook.admission.k8s.io/${place}`, JSON.stringify(told));
  }
  return next;
}

const nameOf = ({ configuration, settings }: Hook) => ({ configuration, webhook: settings.name });

async function patchedBy(
  asked: Asked,
  { hook, as }: Invocation,
  { object }: Versioned,
  { verdict, place }: { readonly verdict: Verdict; readonly place: string },
): Promise<ApiObject | undefined> {
  const patch = patchIn(hook, verdict);
  if (patch === undefined) return undefined;
  if (object === undefined)
    throw internal(
      `admission webhook ${JSON.stringify(hook.settings.name)} attempted to modify the object, which is not supported for this operation`,
    );
  if (verdict.patchType !== "JSONPatch")
    throw new HookFailed(hook, `unsupported patch type ${JSON.stringify(verdict.patchType)}`);
  const kind = as ?? bodyKindOf(asked);
  const next = decodedAs(kind, object, patchedValue(object, patch));
  annotate(
    asked.context.annotations,
    `patch.webhook.admission.k8s.io/${place}`,
    JSON.stringify({ ...nameOf(hook), patch, patchType: verdict.patchType }),
  );
  if (semanticEqual(next, object)) return undefined;
  const own = asked.context.kind;
  return as === undefined || own === undefined ? next : convertTo(as, own, next);
}

function patchIn(hook: Hook, { patch }: Verdict): readonly unknown[] | undefined {
  if (patch === "") return undefined;
  const undecodable = (why: string, cause?: unknown): HookFailed =>
    new HookFailed(hook, `received undecodable patch in webhook response: ${why}`, cause);
  let value: unknown;
  try {
    value = JSON.parse(patch);
  } catch (cause) {
    throw undecodable(
      `invalid character '${patch.trimStart().charAt(0)}' looking for beginning of value`,
      cause,
    );
  }
  if (value === null) return undefined;
  if (Array.isArray(value) && value.every(isObject)) return value.length === 0 ? undefined : value;
  const inner = Array.isArray(value) ? value.find((one) => !isObject(one)) : value;
  const what = Array.isArray(value) ? "jsonpatch.Operation" : "jsonpatch.Patch";
  throw undecodable(`json: cannot unmarshal ${goName(inner)} into Go value of type ${what}`);
}

const goName = (value: unknown): string =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;

function patchedValue(object: ApiObject, patch: readonly unknown[]): unknown {
  try {
    return applyJsonPatch(object, patch);
  } catch (error) {
    if (error instanceof StatusError) throw internal(String(error.cause ?? error.message));
    throw error;
  }
}

const isKnown = (apiVersion: string, name: string): boolean =>
  kindsOf(groupIn(apiVersion), apiVersion.slice(apiVersion.indexOf("/") + 1)).some((type) =>
    type.endsWith(`.${name}`),
  );

const groupIn = (apiVersion: string): string =>
  apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";

const goKind = (apiVersion: string, name: string): string =>
  `${apiVersion.slice(apiVersion.indexOf("/") + 1)}.${name}`;

/** How Go calls the type in which upstream works on the object. */
const internalKind = ({ apiVersion = "", kind: name = "" }: ApiObject): string =>
  `${groupIn(apiVersion).split(".", 1)[0] || "core"}.${name}`;

/**
 * A patch may do what it likes, but it stays the object of its kind. `strict`: fields that nobody knows are refused.
 * Throws StatusError(500).
 */
export function decodedAs(
  kind: Kind | undefined,
  object: ApiObject,
  value: unknown,
  strict = false,
): ApiObject {
  const given = (isObject(value) ? value : {}) as Partial<ApiObject>;
  const { apiVersion = "", kind: name = "" } = given;
  if (isKnown(apiVersion, name) && (apiVersion !== object.apiVersion || name !== object.kind))
    throw unclassified(
      `converting (${goKind(apiVersion, name)}) to (${internalKind(object)}): unknown conversion`,
    );
  if (apiVersion !== object.apiVersion || name !== object.kind)
    throw internal(
      `no kind ${JSON.stringify(given.kind ?? "")} is registered for version ${JSON.stringify(given.apiVersion ?? "")} in scheme "pkg/runtime/scheme.go:111"`,
    );
  if (kind === undefined) return given as ApiObject;
  try {
    const { object: made, unknown } = codecOf(kind).decode(value, { strict });
    if (unknown.length > 0 && kind.resource.type !== "") {
      const fields = unknown.map((path) => `unknown field "${path}"`);
      throw internal(`strict decoding error: ${fields.join(", ")}`);
    }
    const next = { ...made, apiVersion: object.apiVersion!, kind: object.kind! } as ApiObject;
    applyDefaults(kind, next);
    return next;
  } catch (error) {
    if (error instanceof DecodeError) throw internal(error.message);
    throw error;
  }
}
