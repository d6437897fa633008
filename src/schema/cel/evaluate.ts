// Expressions at work: a tree becomes functions once, which then run on values. What they spend is counted, and an
// expression that would take too long is stopped.
import {
  type CallExpression,
  type Expression,
  type FoldExpression,
  type LiteralExpression,
  qualifiedName,
  type SelectExpression,
} from "./ast.ts";
import type { CelType } from "./cel-type.ts";
import { type Call, type Checked, check } from "./check.ts";
import { type Environment, untyped } from "./environment.ts";
import { CelError, CelSyntaxError } from "./error.ts";
import { collected, entries, type Folded, mapped, one, quantified } from "./folds.ts";
import {
  type Code,
  type Frame,
  isAbsorbed,
  listCost,
  mapCost,
  pay,
  selectCost,
  structCost,
  type Variables,
} from "./frame.ts";
import { isOf, noOverload, type Overload, takes } from "./function.ts";
import { itemOf, optionalItem } from "./library/operators.ts";
import { literalProblems } from "./literals.ts";
import { parseExpression } from "./parser.ts";
import { costMax, costOf } from "./spent.ts";
import { typeNames } from "./type-names.ts";
import { type CelValue, entryOf, isMap, Optional, TypeName, typeOf, Uint } from "./values.ts";

export type Program = {
  readonly expression: Expression;
  /** Of what the expression gives. */
  readonly type: CelType;
  readonly checked: Checked;
  /** Names of variables that the expression uses and does not bind itself. */
  readonly names: ReadonlySet<string>;
  /** Throws a CelError. `cost` says what was spent, also then. */
  readonly run: (variables: Variables, spent: { cost: number }) => CelValue;
};

/**
 * Throws a CelSyntaxError for what cannot be read, and for types that do not fit. Without an environment any name is a
 * variable, of which nothing is known.
 */
export function compileExpression(source: string, environment: Environment = untyped): Program {
  const expression = parseExpression(source, environment.binds);
  const checked = check(expression, environment);
  const problems =
    checked.problems.length > 0 ? checked.problems : literalProblems(expression, checked);
  const [first] = problems.toSorted((a, b) => a.at - b.at);
  if (first) throw new CelSyntaxError(first.message, first.at, problems);
  return program(expression, checked, environment);
}

export function program(
  expression: Expression,
  checked: Checked,
  environment: Environment,
): Program {
  let code: Code | undefined;
  return {
    expression,
    checked,
    type: checked.type,
    names: checked.names,
    run(variables, spent) {
      code ??= new Compiler(checked, environment).code(expression);
      return code({ variables, spent, limit: spent.cost + costMax, slots: [] });
    },
  };
}

type Scope = { readonly slots: ReadonlyMap<string, number>; readonly outer: Scope | undefined };

class Compiler {
  readonly #checked: Checked;
  readonly #environment: Environment;
  #scope: Scope | undefined;
  #slots = 0;

  constructor(checked: Checked, environment: Environment) {
    this.#checked = checked;
    this.#environment = environment;
  }

  code(expression: Expression): Code {
    switch (expression.is) {
      case "literal": {
        const value = literalValue(expression);
        return () => value;
      }
      case "name":
        return this.#name(expression.name);
      case "select":
        return this.#select(expression);
      case "call":
        return this.#call(expression);
      case "list":
        return this.#list(expression);
      case "map":
        return this.#map(expression);
      case "struct":
        return this.#struct(expression);
      case "fold":
        return this.#fold(expression);
    }
  }

  #name(name: string): Code {
    if (!name.startsWith(".")) {
      for (let scope = this.#scope; scope; scope = scope.outer) {
        const slot = scope.slots.get(name);
        if (slot === undefined) continue;
        return (frame) => {
          pay(frame, selectCost);
          return frame.slots[slot]!;
        };
      }
    }
    const plain = name.replace(/^\./, "");
    if (!this.#checked.names.has(plain) && typeNames.has(plain)) {
      const value = new TypeName(plain);
      return () => value;
    }
    return (frame) => {
      pay(frame, selectCost);
      const value = frame.variables[plain];
      if (value === undefined) throw new CelError(`no such attribute(s): ${plain}`);
      return value;
    };
  }

  #select({ id, of, field, optional, test }: SelectExpression): Code {
    const full = this.#checked.idents.get(id);
    if (full !== undefined) return this.#name(full);
    const operand = this.code(of);
    if (test) return (frame) => isThere(operand(frame), field);
    if (optional) {
      return (frame) => {
        const value = operand(frame);
        pay(frame, selectCost);
        return optionalField(value, field);
      };
    }
    return (frame) => {
      const value = operand(frame);
      pay(frame, selectCost);
      return fieldOf(value, field);
    };
  }

  #call(expression: CallExpression): Code {
    const { name } = expression;
    if (name === "_&&_" || name === "_||_") return this.#either(expression, name === "_||_");
    const args = expression.args.map((arg) => this.code(arg));
    if (name === "_?_:_") return conditional(args as [Code, Code, Code]);
    if (name === "_[_]") return indexing(args as [Code, Code]);
    const meant = this.#checked.calls.get(expression.id) ?? this.#unchecked(expression);
    const target = meant.target && this.code(meant.target);
    const known = this.#environment.functions.get(meant.name) ?? [];
    const count = args.length + (target ? 1 : 0);
    const like = known.filter((one) => takes(one, count, target !== undefined));
    const dispatched = dispatch(meant.overloads, like);
    const codes = target ? [target, ...args] : args;
    return calling(codes, dispatched, costOf(meant.name));
  }

  /** A call that no type check has settled: what it means turns out when it runs. */
  #unchecked({ name, target }: CallExpression): Call {
    const prefix = target && qualifiedName(target);
    const full = prefix === undefined ? name : `${prefix}.${name}`;
    return target !== undefined && this.#environment.functions.has(full)
      ? { name: full, target: undefined, overloads: [] }
      : { name, target, overloads: [] };
  }

  /** One side that decides is enough, even when the other one fails. */
  #either({ args }: CallExpression, decides: boolean): Code {
    const [first, second] = args.map((arg) => this.code(arg)) as [Code, Code];
    const truth = (value: CelValue): boolean => {
      if (typeof value !== "boolean") throw noOverload();
      return value;
    };
    return (frame) => {
      let left: boolean;
      try {
        left = truth(first(frame));
      } catch (error) {
        if (!isAbsorbed(error)) throw error;
        if (truth(second(frame)) === decides) return decides;
        throw error;
      }
      return left === decides ? decides : truth(second(frame));
    };
  }

  #list({ items, optional }: Expression & { is: "list" }): Code {
    const codes = items.map((item) => this.code(item));
    return (frame) => {
      const list: CelValue[] = [];
      codes.forEach((code, at) => {
        const value = code(frame);
        if (!optional.has(at)) list.push(value);
        else {
          const inner = optionalValue(value);
          if (inner !== undefined) list.push(inner);
        }
      });
      pay(frame, listCost);
      return list;
    };
  }

  #map({ entries }: Expression & { is: "map" }): Code {
    const codes = entries.map(({ key, value, optional }) => ({
      key: this.code(key),
      value: this.code(value),
      optional,
    }));
    return (frame) => {
      const map = new Map<CelValue, CelValue>();
      for (const { key, value, optional } of codes) {
        const name = mapKey(key(frame));
        const given = value(frame);
        const kept = optional ? optionalValue(given) : given;
        if (kept === undefined) continue;
        if (entryOf(map, name) !== undefined)
          throw new CelError(`Failed with repeated key ${String(name)}`);
        map.set(name, kept);
      }
      pay(frame, mapCost);
      return map;
    };
  }

  #struct({ fields }: Expression & { is: "struct" }): Code {
    const codes = fields.map(({ name, value, optional }) => ({
      name,
      value: this.code(value),
      optional,
    }));
    return (frame) => {
      const map = new Map<CelValue, CelValue>();
      for (const { name, value, optional } of codes) {
        const given = value(frame);
        const kept = optional ? optionalValue(given) : given;
        if (kept !== undefined) map.set(name, kept);
      }
      pay(frame, structCost);
      return map;
    };
  }

  #fold(fold: FoldExpression): Code {
    const { macro, range, names, accu } = fold;
    const outer = this.#scope;
    if (macro.is === "bind") {
      const value = this.code(macro.value);
      const [slot] = this.#enter([accu]) as [number];
      const body = this.code(macro.body);
      this.#scope = outer;
      return (frame) => {
        pay(frame, listCost);
        frame.slots[slot] = value(frame);
        return body(frame);
      };
    }
    const over = this.code(range);
    const slots = this.#enter(names);
    const made = this.#folded(macro, slots);
    this.#scope = outer;
    return (frame) => made(frame, over(frame));
  }

  #enter(names: readonly string[]): readonly number[] {
    const slots = new Map(names.map((name) => [name, this.#slots++]));
    this.#scope = { slots, outer: this.#scope };
    return names.map((name) => slots.get(name)!);
  }

  #folded(macro: FoldExpression["macro"], slots: readonly number[]): Folded {
    switch (macro.is) {
      case "all":
        return quantified(false, slots, this.code(macro.test));
      case "exists":
        return quantified(true, slots, this.code(macro.test));
      case "existsOne":
        return one(slots, this.code(macro.test));
      case "list":
        return collected(slots, macro.test && this.code(macro.test), this.code(macro.item));
      case "map":
        return mapped(slots, macro.test && this.code(macro.test), this.code(macro.value));
      case "mapOfEntries":
        return entries(slots, macro.test && this.code(macro.test), this.code(macro.entry));
      case "bind":
        throw new Error("a bound name is no fold");
    }
  }
}

function literalValue({ value }: LiteralExpression): CelValue {
  if (value !== null && typeof value === "object" && "uint" in value) return new Uint(value.uint);
  return value as CelValue;
}

const conditional =
  ([test, yes, no]: readonly [Code, Code, Code]): Code =>
  (frame) => {
    const value = test(frame);
    if (typeof value !== "boolean") throw noOverload();
    return value ? yes(frame) : no(frame);
  };

const indexing =
  ([of, index]: readonly [Code, Code]): Code =>
  (frame) => {
    const [holder, at] = [of(frame), index(frame)];
    pay(frame, selectCost);
    return holder instanceof Optional ? optionalItem(holder, at) : itemOf(holder, at);
  };

type Dispatch = (args: readonly CelValue[]) => CelValue;

/** The first of the overloads that takes the values. */
function dispatch(fitting: readonly Overload[], all: readonly Overload[]): Dispatch {
  const fits = ({ args: types }: Overload, args: readonly CelValue[]): boolean => {
    for (let at = 0; at < types.length; at++) if (!isOf(args[at]!, types[at]!)) return false;
    return true;
  };
  return (args) => {
    for (const overload of fitting) if (fits(overload, args)) return overload.run(...args);
    for (const overload of all) if (fits(overload, args)) return overload.run(...args);
    throw noOverload();
  };
}

function calling(codes: readonly Code[], call: Dispatch, cost: ReturnType<typeof costOf>): Code {
  const values = (frame: Frame): CelValue[] => codes.map((code) => code(frame));
  if (cost === undefined) {
    return (frame) => {
      const args = values(frame);
      pay(frame, 1);
      return call(args);
    };
  }
  return (frame) => {
    const args = values(frame);
    const result = call(args);
    pay(frame, cost(args, result));
    return result;
  };
}

function fieldOf(of: CelValue, field: string): CelValue {
  if (of instanceof Optional) return optionalField(of, field);
  if (!isMap(of)) throw noOverload();
  const value = of.get(field);
  if (value === undefined) throw new CelError(`no such key: ${field}`);
  return value;
}

function optionalField(of: CelValue, field: string): Optional {
  const holder = of instanceof Optional ? of.value : of;
  if (holder === undefined) return new Optional(undefined);
  if (!isMap(holder)) throw noOverload();
  return new Optional(holder.get(field));
}

function isThere(of: CelValue, field: string): boolean {
  const holder = of instanceof Optional ? of.value : of;
  if (holder === undefined) return false;
  if (!isMap(holder)) throw noOverload();
  return holder.has(field);
}

function optionalValue(value: CelValue): CelValue | undefined {
  if (value instanceof Optional) return value.value;
  throw noOverload();
}

function mapKey(key: CelValue): CelValue {
  if (typeof key === "string" || typeof key === "bigint" || typeof key === "boolean") return key;
  if (key instanceof Uint) return key;
  throw new CelError(`unsupported key type: ${typeOf(key)}`);
}
