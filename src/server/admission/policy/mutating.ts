// MutatingAdmissionPolicy: changes in CEL that an administrator states and binds to what they are about.
import { loadPatterns } from "../../../schema/custom-pattern.ts";
import type { ApiObject, Kind } from "../../../schema/kind.ts";
import {
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
} from "../../../schema/resources.ts";
import { semanticEqual } from "../../../schema/semantic-equal.ts";
import { StatusError } from "../../../schema/status-error.ts";
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
} from "../../../schema/types/admissionregistration-v1.ts";
import type { Admission } from "../../context.ts";
import { convertTo } from "../../conversion.ts";
import { type Reinvocation, reinvocationOf, type Turns } from "../../reinvocation.ts";
import { type Asked, askedOf, bodyKindOf, isExempt, type Looking } from "../attributes.ts";
import { ExpressionError, policyCostMax } from "../cel.ts";
import { settled } from "../cel-authorizer.ts";
import { keepManagedFields } from "../managed-fields.ts";
import { refused } from "../refused.ts";
import { Versions } from "../versions.ts";
import { decodedAs } from "../webhook/mutating.ts";
import { namedWith, withVariables } from "./evaluate.ts";
import { ConfigurationError, paramKindOf, paramsOf } from "./params.ts";
import { MutationError, type Patcher, patcherOf } from "./patches.ts";
import { type Policy, policiesOf } from "./policies.ts";

type Hook = Policy<MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding>;

/** A policy with one of its bindings and one of its parameters, about one version of the object. */
type Invocation = {
  readonly hook: Hook;
  readonly binding: MutatingAdmissionPolicyBinding;
  readonly param: ApiObject | null;
  readonly as: Kind | undefined;
};

type Problem = { readonly message: string; readonly reason: string };

const pluginName = "MutatingAdmissionPolicy";

export function mutatingPolicies(looking: Looking): Admission {
  const policies = policiesOf(
    looking.core,
    mutatingAdmissionPolicies,
    mutatingAdmissionPolicyBindings,
  );
  return {
    name: pluginName,
    handles: (_, { operation }) => operation !== "DELETE" && policies().length > 0,
    async mutate(context, write) {
      if (isExempt(context)) return;
      await loadPatterns();
      const problems: Problem[] = [];
      const asked = askedOf(looking, context, write);
      const invocations: Invocation[] = [];
      for (const hook of policies())
        invocations.push(...(await invocationsOf(asked, hook, problems)));
      if (invocations.length > 0) {
        const fields = write.object?.metadata?.managedFields;
        const reinvocation = reinvocationOf(write);
        const turns = reinvocation.of(pluginName);
        if (reinvocation.second && turns.isChanged(write.object)) turns.requireAgain();
        const before = write.object;
        for (const invocation of invocations)
          await invoke(askedOf(looking, context, write), invocation, {
            reinvocation,
            turns,
            problems,
          });
        // In the end also who changed the object last is asked again, as upstream does.
        if (write.object !== before) turns.requireAgain();
        keepManagedFields(context, write.object, fields);
        turns.leave(write.object);
      }
      const [first] = problems;
      if (first === undefined) return;
      const { details } = refused(context, write, "admission request denied by policy");
      throw new StatusError(403, first.reason || "Forbidden", first.message, {
        ...details,
        causes: problems.map(({ message }) => ({ reason: "", message })),
      });
    },
  };
}

async function invocationsOf(asked: Asked, hook: Hook, problems: Problem[]): Promise<Invocation[]> {
  const name = hook.policy.metadata.name ?? "";
  const configured = async <T>(
    what: string,
    by: string,
    run: () => T | Promise<T>,
  ): Promise<T | undefined> => {
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ConfigurationError || error instanceof StatusError)) throw error;
      note(hook, problems, `${by} denied request: failed to configure ${what}: ${error.message}`);
      return undefined;
    }
  };
  const byPolicy = `policy ${JSON.stringify(name)}`;
  const concern = await configured("policy", byPolicy, () => hook.matcher.concern(asked));
  if (concern === undefined) return [];
  const { paramKind } = hook.policy.spec;
  const kind = await configured("policy", byPolicy, () => ({
    found: paramKind && paramKindOf(asked.core, paramKind),
  }));
  if (kind === undefined) return [];
  const found: Invocation[] = [];
  for (const { binding, matcher } of hook.bindings)
    await configured("binding", byBoth(hook, binding), async () => {
      if (matcher.concern(asked) === undefined) return;
      const { paramRef } = binding.spec;
      for (const param of await paramsOf(asked.core, kind.found, paramRef, asked.namespace))
        found.push({ hook, binding, param, as: concern.as });
    });
  return found;
}

const byBoth = ({ policy }: Hook, binding: ApiObject): string =>
  `policy '${policy.metadata.name}' with binding '${binding.metadata.name}'`;

function note({ policy }: Hook, problems: Problem[], message: string, reason = ""): void {
  if (policy.spec.failurePolicy !== "Ignore") problems.push({ message, reason });
}

type Chain = {
  readonly reinvocation: Reinvocation;
  readonly turns: Turns;
  readonly problems: Problem[];
};

/** Changes the object as the policy says, mutation by mutation. */
async function invoke(
  asked: Asked,
  { hook, binding, param, as }: Invocation,
  { reinvocation, turns, problems }: Chain,
): Promise<void> {
  const { write } = asked;
  const kind = as ?? bodyKindOf(asked);
  if (write.object === undefined || kind === undefined) return;
  const fail = (why: string): void =>
    note(hook, problems, `${byBoth(hook, binding)} denied request: ${why}`, "Invalid");
  const id = idOf(hook, binding, param);
  const before = write.object;
  for (const [index, patcher] of patchersOf(hook).entries()) {
    const versions = new Versions(asked);
    const versioned = await versions.of(as);
    const named = namedWith(versions.variables(versioned), param);
    if (index === 0) {
      const match = await settled(() => hook.conditions?.ask(named) ?? { matches: true });
      if (match.error !== undefined) return fail(match.error);
      if (!match.matches) return;
      if (reinvocation.second && !turns.isAgain(id)) return;
    }
    const object = versioned.object!;
    try {
      const value = await settled(() => {
        const budget = { left: policyCostMax };
        return patcher.apply(kind, object, withVariables(hook, named, budget), budget);
      });
      const next = decodedAs(kind, object, value, patcher.isPatch);
      write.object = as === undefined ? next : await convertTo(as, asked.context.kind!, next);
    } catch (error) {
      if (!(error instanceof MutationError || error instanceof ExpressionError)) throw error;
      fail(error.message);
    }
  }
  if (!semanticEqual(before, write.object)) {
    turns.requireAgain();
    reinvocation.due = true;
  }
  if (hook.policy.spec.reinvocationPolicy === "IfNeeded") turns.remember(id);
}

const idOf = ({ policy }: Hook, binding: ApiObject, param: ApiObject | null): string =>
  JSON.stringify([
    policy.metadata.name,
    binding.metadata.name,
    param?.metadata.namespace,
    param?.metadata.name,
  ]);

const patchers = new WeakMap<MutatingAdmissionPolicy, readonly Patcher[]>();

function patchersOf({ policy, environment }: Hook): readonly Patcher[] {
  let made = patchers.get(policy);
  if (made === undefined) {
    made = (policy.spec.mutations ?? []).map((mutation) => patcherOf(mutation, environment));
    patchers.set(policy, made);
  }
  return made;
}
