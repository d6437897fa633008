// Expressions that are asked of a write: what they can name, and what they may spend.
import { admissionEnvironment } from "../../schema/admission-environment.ts";
import type { Environment } from "../../schema/cel/environment.ts";
import { CelError, CelSyntaxError } from "../../schema/cel/error.ts";
import { compileExpression, type Program } from "../../schema/cel/evaluate.ts";
import type { CelMap, CelValue } from "../../schema/cel/values.ts";
import type { ApiObject } from "../../schema/kind.ts";
import type { Namespace } from "../../schema/types/core-v1.ts";
import { type Asked, namespaceOf, type Versioned } from "./attributes.ts";
import { authorizerOf, requestResourceOf } from "./cel-authorizer.ts";
import { userInfoOf } from "./user-info.ts";

/** What is left for the expressions of one webhook's or policy's turn. */
export type Budget = { left: number };

/** Units for the match conditions of one webhook or policy, as upstream. */
export const conditionsCostMax = 2_500_000;
/** Units for all other expressions of one policy and binding, as upstream. */
export const policyCostMax = 10_000_000;

/** An expression that failed; `spent`: there is nothing left for others either. */
export class ExpressionError extends Error {
  override name = "ExpressionError";
  readonly spent: boolean;
  /** The message without the expression. */
  readonly reason: string;
  constructor(message: string, reason = message, spent = false) {
    super(message);
    this.reason = reason;
    this.spent = spent;
  }
}

export type Expression = {
  readonly source: string;
  /** Throws an ExpressionError in upstream's words. */
  readonly run: (variables: Readonly<Record<string, CelValue>>, budget: Budget) => CelValue;
};

const programs = new WeakMap<Environment, Map<string, Program>>();
/** Compiled expressions of one environment that are kept for others with the same words. */
const programsMax = 2000;

/** What match conditions of webhooks can name. */
export const webhookEnvironment = admissionEnvironment({ authorizer: true });

/** Compiled when first run: a definition that was stored long ago may say what is understood no more. */
export function expression(source: string, environment: Environment): Expression {
  return {
    source,
    run(variables, budget) {
      const spent = { cost: 0 };
      try {
        return programOf(source, environment).run(variables, spent);
      } catch (error) {
        if (!(error instanceof CelError || error instanceof CelSyntaxError)) throw error;
        const { message } = error;
        throw new ExpressionError(`expression '${source}' resulted in error: ${message}`, message);
      } finally {
        budget.left -= spent.cost;
        if (budget.left < 0) overspent();
      }
    },
  };
}

/** A separate function, since nothing else may be thrown where others' errors pass. */
function overspent(): never {
  throw new ExpressionError(outOfBudget, outOfBudget, true);
}

const outOfBudget =
  "validation failed due to running out of cost budget, no further validation rules will be run";

/** Throws a CelSyntaxError. */
export function programOf(source: string, environment: Environment): Program {
  let known = programs.get(environment);
  if (known === undefined) {
    known = new Map();
    programs.set(environment, known);
  }
  let program = known.get(source);
  if (program === undefined) {
    if (known.size >= programsMax) known.clear();
    program = compileExpression(source, environment);
    known.set(source, program);
  }
  return program;
}

const values = new WeakMap<object, CelValue>();

/** Values as JSON has them: whole numbers are int, times are text. Objects are made once. */
export function celValue(value: unknown): CelValue {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (value === null || value === undefined) return null;
  if (typeof value !== "object") return value as CelValue;
  const known = Object.isFrozen(value) ? values.get(value) : undefined;
  if (known !== undefined) return known;
  const made = Array.isArray(value) ? value.map(celValue) : celMap(value);
  if (Object.isFrozen(value)) values.set(value, made);
  return made;
}

function celMap(object: object): CelMap {
  const map = new Map<CelValue, CelValue>();
  for (const [name, value] of Object.entries(object))
    if (value !== undefined) map.set(name, celValue(value));
  return map;
}

/** `variables` of a policy: each is made when it is first named, at the cost of whoever names it. */
export class PolicyVariables extends Map<CelValue, CelValue> {
  readonly #expressions: ReadonlyMap<string, Expression>;
  readonly #variables: Readonly<Record<string, CelValue>>;
  readonly #budget: Budget;

  /** `variables`: what the expressions can name besides each other. */
  constructor(
    expressions: ReadonlyMap<string, Expression>,
    variables: Readonly<Record<string, CelValue>>,
    budget: Budget,
  ) {
    super();
    this.#expressions = expressions;
    this.#variables = variables;
    this.#budget = budget;
  }

  override has(name: CelValue): boolean {
    return typeof name === "string" && this.#expressions.has(name);
  }

  override get(name: CelValue): CelValue | undefined {
    if (super.has(name)) return super.get(name);
    const expression = typeof name === "string" ? this.#expressions.get(name) : undefined;
    if (expression === undefined) return undefined;
    const value = this.#made(String(name), expression);
    this.set(name, value);
    return value;
  }

  #made(name: string, expression: Expression): CelValue {
    try {
      return expression.run(this.#variables, this.#budget);
    } catch (error) {
      if (!(error instanceof ExpressionError) || error.spent) throw error;
      const why = error.reason;
      throw new CelError(`composited variable ${JSON.stringify(name)} fails to evaluate: ${why}`);
    }
  }
}

/** What every expression about `asked` can name. Made when named, but for the cheap ones. */
export function variablesOf(asked: Asked, versioned: Versioned): Record<string, CelValue> {
  const made: Record<string, CelValue> = {};
  const lazily = (name: string, make: () => CelValue): void => {
    Object.defineProperty(made, name, { enumerable: true, configurable: true, get: once(make) });
  };
  lazily("object", () => celValue(versioned.object));
  lazily("oldObject", () => celValue(versioned.old));
  lazily("request", () => celValue(requestOf(asked, versioned)));
  lazily("namespaceObject", () => celValue(namespaceShown(namespaceOf(asked))));
  lazily("authorizer", () => authorizerOf(asked));
  lazily("authorizer.requestResource", () => requestResourceOf(asked));
  return made;
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** `request` of an expression: the review's request without the objects. */
function requestOf(asked: Asked, { kind, resource }: Versioned): object {
  const { context, write, name, namespace } = asked;
  const { subresource } = context.attributes;
  return {
    kind,
    resource,
    subResource: subresource,
    requestKind: asked.kind,
    requestResource: asked.resource,
    requestSubResource: subresource,
    name,
    namespace,
    operation: write.operation,
    userInfo: userInfoOf(context.identity),
    dryRun: write.dryRun,
    options: write.options,
  };
}

/** Of the metadata, what upstream shows of it. */
function namespaceShown(namespace: Namespace | undefined): ApiObject | null {
  if (namespace === undefined) return null;
  const { metadata, spec, status } = namespace;
  const { name, generateName, labels, annotations, uid, creationTimestamp } = metadata;
  const { deletionTimestamp, deletionGracePeriodSeconds, resourceVersion, generation } = metadata;
  const { finalizers } = metadata;
  return {
    metadata: {
      name,
      generateName,
      labels,
      annotations,
      uid,
      creationTimestamp,
      deletionGracePeriodSeconds,
      deletionTimestamp,
      generation,
      resourceVersion,
      finalizers,
    },
    spec,
    status,
  } as ApiObject;
}
