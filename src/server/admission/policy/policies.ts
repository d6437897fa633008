// The policies that are defined, each with its bindings and with its expressions read once.
import { admissionEnvironment } from "../../../schema/admission-environment.ts";
import { type CelType, dyn } from "../../../schema/cel/cel-type.ts";
import type { Environment } from "../../../schema/cel/environment.ts";
import { CelError, CelSyntaxError } from "../../../schema/cel/error.ts";
import type { ApiObject } from "../../../schema/kind.ts";
import type { Resource } from "../../../schema/resource.ts";
import { everything, type Selection, selectionFrom } from "../../../schema/selectors.ts";
import type {
  MatchCondition,
  MatchResources,
  Mutation,
  ParamKind,
  ParamRef,
  Variable,
} from "../../../schema/types/admissionregistration-v1.ts";
import type { Core } from "../../context.ts";
import type { Asked } from "../attributes.ts";
import { type Expression, expression, programOf } from "../cel.ts";
import { type Conditions, compileConditions } from "../conditions.ts";
import { type Concern, concernOf, isNamespaceChosen, isObjectChosen } from "../matching.ts";

type Spec = {
  readonly paramKind?: ParamKind;
  readonly matchConstraints?: MatchResources;
  readonly matchConditions?: MatchCondition[];
  readonly variables?: Variable[];
  readonly mutations?: readonly Mutation[];
  readonly failurePolicy?: string;
};

type BindingSpec = {
  readonly policyName?: string;
  readonly paramRef?: ParamRef;
  readonly matchResources?: MatchResources;
};

export type PolicyObject = ApiObject & { readonly spec: Spec };
export type BindingObject = ApiObject & { readonly spec: BindingSpec };

export type Matcher = {
  /** The version in which the write is meant; undefined: it is not. Throws StatusError(404). */
  readonly concern: (asked: Asked) => Concern | undefined;
};

export type Policy<P, B> = {
  readonly policy: P;
  readonly matcher: Matcher;
  readonly conditions: Conditions | undefined;
  readonly variables: ReadonlyMap<string, Expression>;
  /** What the policy's expressions can name, and those of messages. */
  readonly environment: Environment;
  readonly messageEnvironment: Environment;
  readonly bindings: readonly { readonly binding: B; readonly matcher: Matcher }[];
};

/** The answer gives the policies of now that have a binding, by name; made anew only when something has changed. */
export function policiesOf<P extends PolicyObject, B extends BindingObject>(
  core: Core,
  policies: Resource<P>,
  bindings: Resource<B>,
): () => readonly Policy<P, B>[] {
  const policyView = core.view<P>(policies);
  const bindingView = core.view<B>(bindings);
  let seen = "";
  let made: readonly Policy<P, B>[] = [];
  const compiled = new WeakMap<P, Omit<Policy<P, B>, "bindings">>();
  const make = (): readonly Policy<P, B>[] => {
    const byPolicy = Map.groupBy(bindingView.list(), ({ spec }) => spec.policyName ?? "");
    return policyView
      .list()
      .toSorted(byName)
      .flatMap((policy) => {
        const bound = byPolicy.get(policy.metadata.name ?? "");
        if (bound === undefined) return [];
        let rest = compiled.get(policy);
        if (rest === undefined) {
          rest = compile(policy);
          compiled.set(policy, rest);
        }
        const sorted = bound.toSorted(byName);
        return {
          ...rest,
          bindings: sorted.map((binding) => ({
            binding,
            matcher: matcherOf(binding.spec.matchResources),
          })),
        };
      });
  };
  return () => {
    const current = `${policyView.revision}/${bindingView.revision}`;
    if (current !== seen) {
      made = make();
      seen = current;
    }
    return made;
  };
}

const byName = (a: ApiObject, b: ApiObject): number =>
  (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;

function compile<P extends PolicyObject>(policy: P) {
  const { matchConstraints, matchConditions = [], failurePolicy = "Fail" } = policy.spec;
  const params = policy.spec.paramKind !== undefined;
  const conditionNames = admissionEnvironment({ params, authorizer: true });
  return {
    policy,
    matcher: matcherOf(matchConstraints),
    conditions:
      matchConditions.length === 0
        ? undefined
        : compileConditions(matchConditions, failurePolicy, conditionNames),
    ...variablesOf(policy.spec),
  };
}

/** The expressions of `variables`, each with those before it, and what the other expressions can name. */
function variablesOf({ paramKind, variables = [], mutations }: Spec) {
  const declared = { params: paramKind !== undefined, authorizer: true };
  const mutation = mutations !== undefined;
  const types = new Map<string, CelType>();
  const expressions = new Map<string, Expression>();
  for (const one of variables) {
    const before = admissionEnvironment({ ...declared, mutation, variables: new Map(types) });
    expressions.set(one.name, expression(one.expression, before));
    types.set(one.name, typeIn(one.expression, before));
  }
  const known = variables.length === 0 && !mutation ? undefined : types;
  return {
    variables: expressions,
    environment: admissionEnvironment({ ...declared, mutation, variables: known }),
    messageEnvironment: admissionEnvironment({
      params: declared.params,
      mutation,
      variables: known,
    }),
  };
}

function typeIn(source: string, environment: Environment): CelType {
  try {
    return programOf(source, environment).type;
  } catch (error) {
    if (error instanceof CelSyntaxError || error instanceof CelError) return dyn;
    throw error;
  }
}

function matcherOf(match: MatchResources = {}): Matcher {
  const namespaces = selected(match.namespaceSelector);
  const objects = selected(match.objectSelector);
  const equivalent = (match.matchPolicy ?? "Equivalent") === "Equivalent";
  const { resourceRules = [], excludeResourceRules = [] } = match;
  return {
    concern(asked) {
      if (!isObjectChosen(asked, objects)) return undefined;
      if (concernOf(asked, excludeResourceRules, equivalent) !== undefined) return undefined;
      const concern =
        resourceRules.length === 0
          ? { as: undefined }
          : concernOf(asked, resourceRules, equivalent);
      return concern !== undefined && isNamespaceChosen(asked, namespaces) ? concern : undefined;
    },
  };
}

/** A selector that is not there chooses all. */
const selected = (selector: MatchResources["namespaceSelector"]): Selection =>
  selector === undefined ? everything : selectionFrom(selector);
