// ValidatingAdmissionPolicy: rules in CEL that an administrator states and binds to what they are about.
import { loadPatterns } from "../../../schema/custom-pattern.ts";
import type { ApiObject } from "../../../schema/kind.ts";
import {
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from "../../../schema/resources.ts";
import { StatusError } from "../../../schema/status-error.ts";
import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "../../../schema/types/admissionregistration-v1.ts";
import type { Admission } from "../../context.ts";
import { type Asked, askedOf, isExempt, type Looking } from "../attributes.ts";
import { settled } from "../cel-authorizer.ts";
import { refused } from "../refused.ts";
import { Versions } from "../versions.ts";
import { annotate } from "../webhook/ask.ts";
import { type Decision, evaluate, evaluationOf } from "./evaluate.ts";
import { ConfigurationError, paramKindOf, paramsOf } from "./params.ts";
import { type Policy, policiesOf } from "./policies.ts";

type Hook = Policy<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding>;
type Binding = ValidatingAdmissionPolicyBinding;

export function validatingPolicies(looking: Looking): Admission {
  const policies = policiesOf(
    looking.core,
    validatingAdmissionPolicies,
    validatingAdmissionPolicyBindings,
  );
  return {
    name: "ValidatingAdmissionPolicy",
    handles: () => policies().length > 0,
    async validate(context, write) {
      if (isExempt(context)) return;
      await loadPatterns();
      const asked = askedOf(looking, context, write);
      const verdicts = new Verdicts(asked);
      const versions = new Versions(asked);
      for (const hook of policies()) await ask(asked, hook, verdicts, versions);
      verdicts.conclude();
    },
  };
}

async function ask(
  asked: Asked,
  hook: Hook,
  verdicts: Verdicts,
  versions: Versions,
): Promise<void> {
  const { policy } = hook;
  const concern = await configured(hook, undefined, verdicts, () => hook.matcher.concern(asked));
  if (concern === undefined) return;
  const { paramKind } = policy.spec;
  const kind = await configured(hook, undefined, verdicts, () => ({
    found: paramKind && paramKindOf(asked.core, paramKind),
  }));
  if (kind === undefined) return;
  const annotations = new Map<string, Set<string>>();
  for (const { binding, matcher } of hook.bindings) {
    await configured(hook, binding, verdicts, async () => {
      if (matcher.concern(asked) === undefined) return;
      const { paramRef } = binding.spec;
      const params = await paramsOf(asked.core, kind.found, paramRef, asked.namespace);
      if (params.length === 0) return;
      const versioned = await versions.of(concern.as);
      const variables = versions.variables(versioned);
      for (const param of params) {
        const { decisions, published } = await settled(() =>
          evaluate(evaluationOf(hook), { variables, param }),
        );
        verdicts.take(policy, binding, decisions);
        for (const { key, value } of published)
          annotations.set(key, (annotations.get(key) ?? new Set()).add(value));
      }
    });
  }
  for (const [key, values] of annotations)
    annotate(asked.context.annotations, `${policy.metadata.name}/${key}`, [...values].join(", "));
}

/** Runs what may fail because of how policy and binding are set up; that counts as `failurePolicy` says. */
async function configured<T>(
  { policy }: Hook,
  binding: Binding | undefined,
  verdicts: Verdicts,
  run: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ConfigurationError || error instanceof StatusError)) throw error;
    if (policy.spec.failurePolicy === "Ignore") return undefined;
    const what = binding === undefined ? "policy" : "binding";
    verdicts.deny(policy, binding, { message: `failed to configure ${what}: ${error.message}` });
    return undefined;
  }
}

type Failure = {
  readonly message: string;
  readonly policy: string;
  readonly binding: string;
  readonly expressionIndex: number;
  readonly validationActions: readonly string[];
};

/** Failures that one audit event tells of, as upstream. */
const failuresMax = 50;

class Verdicts {
  readonly #asked: Asked;
  readonly #denied: { readonly message: string; readonly reason: string }[] = [];
  readonly #failures: Failure[] = [];

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  deny(
    policy: ApiObject,
    binding: ApiObject | undefined,
    { message, reason = "" }: { readonly message: string; readonly reason?: string },
  ): void {
    const by = binding === undefined ? "" : ` with binding '${binding.metadata.name}'`;
    this.#denied.push({
      message: `ValidatingAdmissionPolicy '${policy.metadata.name}'${by} denied request: ${message}`,
      reason,
    });
  }

  take(policy: ApiObject, binding: Binding, decisions: readonly Decision[]): void {
    const { validationActions = [], policyName = "" } = binding.spec;
    const name = binding.metadata.name ?? "";
    for (const decision of decisions) {
      const { message, index } = decision;
      if (index < 0) this.deny(policy, binding, decision);
      else
        for (const action of validationActions)
          switch (action) {
            case "Deny":
              this.deny(policy, binding, decision);
              break;
            case "Warn":
              this.#asked.context.warnings.add(
                `Validation failed for ValidatingAdmissionPolicy '${policy.metadata.name}' with binding '${name}': ${message}`,
              );
              break;
            case "Audit":
              this.#failures.push({
                message,
                policy: policyName,
                binding: name,
                expressionIndex: index,
                validationActions,
              });
          }
    }
  }

  /** Throws the first refusal. */
  conclude(): void {
    const { context, write } = this.#asked;
    if (this.#failures.length > 0)
      annotate(
        context.annotations,
        "validation.policy.admission.k8s.io/validation_failure",
        JSON.stringify(this.#failures.slice(0, failuresMax)),
      );
    const first = this.#denied[0];
    if (first === undefined) return;
    const { message, details } = refused(context, write, first.message);
    const reason = first.reason || "Invalid";
    throw new StatusError(codes[reason] ?? 422, reason, message, {
      ...details,
      causes: [{ reason: "", message: first.message }],
    });
  }
}

const codes: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
  Invalid: 422,
};
