// ValidatingAdmissionWebhook: all webhooks that are concerned are asked at once; one that says no is enough.

import type { Log } from "../../../lib/log.ts";
import { loadPatterns } from "../../../schema/custom-pattern.ts";
import { forbidden } from "../../../schema/status-error.ts";
import type { Admission } from "../../context.ts";
import type { Calls } from "../../outbound-target.ts";
import { type Asked, askedOf, internal, isExempt, type Looking } from "../attributes.ts";
import { settled } from "../cel-authorizer.ts";
import { Versions } from "../versions.ts";
import { annotate, askHook, denied, HookFailed, type Invocation, invocationOf } from "./ask.ts";
import { hooksOf } from "./hooks.ts";
import { measured } from "./measured.ts";

export function validatingWebhooks(looking: Looking, calls: Calls, log: Log): Admission {
  const hooks = hooksOf(looking.core, "validating");
  return {
    name: "ValidatingAdmissionWebhook",
    handles: () => hooks().length > 0,
    async validate(context, write) {
      if (isExempt(context)) return;
      const asked = askedOf(looking, context, write);
      const versions = new Versions(asked);
      const invocations: Invocation[] = [];
      for (const hook of hooks()) {
        const invocation = invocationOf(asked, hook);
        if (invocation === undefined) continue;
        if (await isMet(asked, invocation, versions)) invocations.push(invocation);
      }
      if (invocations.length === 0) return;
      const answers = await Promise.allSettled(
        invocations.map((invocation, index) =>
          check(calls, asked, invocation, versions, index, log),
        ),
      );
      for (const answer of answers) if (answer.status === "rejected") throw answer.reason;
    },
  };
}

/** Whether the match conditions hold. Throws StatusError(403) where that cannot be said and must be known. */
export async function isMet(
  { context, name }: Asked,
  { hook, as }: Invocation,
  versions: Versions,
): Promise<boolean> {
  if (hook.conditions === undefined) return true;
  await loadPatterns();
  const { conditions } = hook;
  const variables = versions.variables(await versions.of(as));
  const match = await settled(() => conditions.ask(variables));
  if (match.error === undefined) return match.matches;
  const { group, plural } = context.attributes;
  throw forbidden({ group, plural, name }, match.error);
}

async function check(
  calls: Calls,
  asked: Asked,
  invocation: Invocation,
  versions: Versions,
  index: number,
  log: Log,
): Promise<void> {
  const { hook } = invocation;
  try {
    const versioned = await versions.of(invocation.as);
    await measured(asked, hook, "validating", async () => {
      const verdict = await askHook(calls, asked, invocation, versioned, false);
      if (!verdict.allowed) throw denied(hook, verdict);
    });
  } catch (error) {
    if (!(error instanceof HookFailed)) throw error;
    log.warn("a validating webhook failed", { webhook: hook.settings.name, error });
    if (hook.settings.failurePolicy !== "Ignore") throw internal(error.message);
    const key = `failed-open.validating.webhook.admission.k8s.io/round_0_index_${index}`;
    annotate(asked.context.annotations, key, hook.settings.name);
  }
}
