// Which type each part of an expression has, and which functions its calls mean: upstream's rules and words.
import {
  type CallExpression,
  type Expression,
  type FoldExpression,
  qualifiedName,
  type SelectExpression,
} from "./ast.ts";
import {
  assigned,
  bool,
  type CelType,
  dyn,
  errorType,
  int,
  listOf,
  mapOf,
  mostGeneral,
  optionalOf,
  parameter,
  sameType,
  substituted,
  typeOfType,
  typeText,
  unwrapped,
} from "./cel-type.ts";
import type { Environment } from "./environment.ts";
import type { Problem } from "./error.ts";
import type { Overload } from "./function.ts";
import { literalType, typeNames } from "./type-names.ts";

export type Checked = {
  readonly type: CelType;
  readonly problems: readonly Problem[];
  /** Types of parts, by their `id`. */
  readonly types: ReadonlyMap<number, CelType>;
  /** What a call may mean, by its `id`. */
  readonly calls: ReadonlyMap<number, Call>;
  /** Parts that are one name although they look like a selection (`google.protobuf.Timestamp`), by their `id`. */
  readonly idents: ReadonlyMap<number, string>;
  /** Variables that the expression names. */
  readonly names: ReadonlySet<string>;
};

export type Call = {
  /** With what stands before the dot, where that is a part of the name. */
  readonly name: string;
  readonly target: Expression | undefined;
  /** Those that fit; more than one where a type is known at run time only. */
  readonly overloads: readonly Overload[];
};

export function check(expression: Expression, environment: Environment): Checked {
  const checker = new Checker(environment);
  const type = checker.whole(expression);
  return { ...checker.result(), type };
}

type Scope = { readonly names: ReadonlyMap<string, CelType>; readonly outer: Scope | undefined };

class Checker {
  readonly #environment: Environment;
  readonly #problems: Problem[] = [];
  readonly #types = new Map<number, CelType>();
  readonly #calls = new Map<number, Call>();
  readonly #idents = new Map<number, string>();
  readonly #names = new Set<string>();
  readonly #mapping = new Map<string, CelType>();
  #scope: Scope | undefined;
  #free = 0;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  whole(expression: Expression): CelType {
    const type = this.#check(expression);
    for (const [id, one] of this.#types) this.#types.set(id, substituted(this.#mapping, one, true));
    return substituted(this.#mapping, type, true);
  }

  result(): Omit<Checked, "type"> {
    return {
      problems: this.#problems,
      types: this.#types,
      calls: this.#calls,
      idents: this.#idents,
      names: this.#names,
    };
  }

  #check(expression: Expression): CelType {
    const type = this.#typeOf(expression);
    this.#types.set(expression.id, type);
    return type;
  }

  #tell(at: number, message: string): void {
    this.#problems.push({ at, message });
  }

  #typeOf(expression: Expression): CelType {
    switch (expression.is) {
      case "literal":
        return literalType(expression);
      case "name":
        return this.#name(expression.name, expression.at);
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

  /** undefined: nothing is called so. */
  #lookUp(name: string): CelType | undefined {
    if (!name.startsWith(".")) {
      for (let scope = this.#scope; scope; scope = scope.outer) {
        const found = scope.names.get(name);
        if (found) return found;
      }
    }
    const plain = name.replace(/^\./, "");
    const variable = this.#environment.variables?.get(plain);
    if (variable) {
      this.#names.add(plain);
      return variable;
    }
    const type = typeNames.get(plain);
    return type && typeOfType(type);
  }

  #name(name: string, at: number): CelType {
    const found = this.#lookUp(name);
    if (found) return found;
    if (this.#environment.variables === undefined || this.#environment.others) {
      this.#names.add(name.replace(/^\./, ""));
      return dyn;
    }
    this.#tell(at, `undeclared reference to '${name}' (in container '')`);
    return errorType;
  }

  #select(expression: SelectExpression): CelType {
    const full = qualifiedName(expression);
    if (full !== undefined && this.#isGlobalChain(full)) {
      const known = this.#lookUp(full);
      if (known) {
        this.#idents.set(expression.id, full);
        return known;
      }
    }
    const field = this.#field(expression);
    return expression.test ? bool : substituted(this.#mapping, field);
  }

  /** A name in an inner scope hides all that begin with it. */
  #isGlobalChain(full: string): boolean {
    const [first = ""] = full.replace(/^\./, "").split(".");
    for (let scope = this.#scope; scope; scope = scope.outer) {
      if (scope.names.has(first)) return false;
    }
    return true;
  }

  #field({ of, field, at, optional }: SelectExpression): CelType {
    const operand = substituted(this.#mapping, this.#check(of));
    const inner = unwrapped(operand);
    const type = inner ?? operand;
    const found = this.#fieldOf(type, field, at);
    return optional || inner ? optionalOf(found) : found;
  }

  #fieldOf(type: CelType, field: string, at: number): CelType {
    switch (type.is) {
      case "map":
        return type.value;
      case "struct": {
        const found = type.field(field);
        if (found) return found;
        this.#tell(at, `undefined field '${field}'`);
        return errorType;
      }
      case "parameter":
        this.#assign([dyn], [type]);
        return dyn;
      case "dyn":
      case "error":
        return dyn;
      default:
        this.#tell(at, `type '${typeText(type)}' does not support field selection`);
        return dyn;
    }
  }

  #call(expression: CallExpression): CelType {
    const { name, target, args, at } = expression;
    const { functions } = this.#environment;
    const types = args.map((arg) => this.#check(arg));
    if (target === undefined) {
      const plain = name.replace(/^\./, "");
      const overloads = functions.get(plain);
      if (overloads) return this.#resolve(expression, { name: plain, target, overloads }, types);
      this.#tell(at, `undeclared reference to '${name}' (in container '')`);
      return errorType;
    }
    const prefix = qualifiedName(target);
    const full = prefix === undefined ? undefined : `${prefix.replace(/^\./, "")}.${name}`;
    const namespaced = full === undefined ? undefined : functions.get(full);
    if (namespaced) {
      const meant = { name: full!, target: undefined, overloads: namespaced };
      return this.#resolve(expression, meant, types);
    }
    const targetType = this.#check(target);
    const overloads = functions.get(name);
    if (overloads)
      return this.#resolve(expression, { name, target, overloads }, [targetType, ...types]);
    this.#tell(at, `undeclared reference to '${name}' (in container '')`);
    return errorType;
  }

  #resolve(expression: CallExpression, call: Call, types: readonly CelType[]): CelType {
    const { name, target, overloads } = call;
    if (name === "_&&_" || name === "_||_") return this.#logical(expression, call, types);
    const fitting: Overload[] = [];
    let result: CelType | undefined;
    for (const overload of overloads) {
      if (overload.isMember !== (target !== undefined)) continue;
      const fresh = this.#instance(overload);
      if (!assigned(this.#mapping, types, fresh.args)) continue;
      fitting.push(overload);
      const own = substituted(this.#mapping, fresh.result);
      if (result === undefined) result = own;
      else if (result.is !== "dyn" && !sameType(own, result)) result = dyn;
    }
    if (result === undefined) {
      const shown = types.map((type) => typeText(substituted(this.#mapping, type, true)));
      const [first, ...others] = shown;
      const applied =
        target === undefined ? `(${shown.join(", ")})` : `${first}.(${others.join(", ")})`;
      this.#tell(expression.at, `found no matching overload for '${name}' applied to '${applied}'`);
      return errorType;
    }
    this.#calls.set(expression.id, { name, target, overloads: fitting });
    return result;
  }

  #logical(expression: CallExpression, call: Call, types: readonly CelType[]): CelType {
    let isGood = true;
    expression.args.forEach((arg, index) => {
      if (this.#assign([types[index]!], [bool])) return;
      this.#tell(arg.at, `expected type 'bool' but found '${typeText(types[index]!)}'`);
      isGood = false;
    });
    this.#calls.set(expression.id, call);
    return isGood ? bool : errorType;
  }

  /** The signature with parameters of its own. */
  #instance({ args, result, parameters }: Overload): { args: readonly CelType[]; result: CelType } {
    if (parameters.length === 0) return { args, result };
    const own = new Map(parameters.map((name) => [name, this.#freeType()]));
    return {
      args: args.map((one) => substituted(own, one)),
      result: substituted(own, result),
    };
  }

  #freeType(): CelType {
    return parameter(`_var${this.#free++}`);
  }

  #assign(from: readonly CelType[], to: readonly CelType[]): boolean {
    return assigned(this.#mapping, from, to);
  }

  #joined(previous: CelType | undefined, next: CelType, at: number): CelType {
    if (previous === undefined) return next;
    if (this.#assign([previous], [next])) return mostGeneral(previous, next);
    if (this.#environment.mixed) return dyn;
    this.#tell(at, `expected type '${typeText(previous)}' but found '${typeText(next)}'`);
    return errorType;
  }

  #list({ items, optional }: Expression & { is: "list" }): CelType {
    let type: CelType | undefined;
    items.forEach((item, index) => {
      const own = this.#check(item);
      type = this.#joined(type, optional.has(index) ? this.#unwrap(own, item.at) : own, item.at);
    });
    return listOf(type ?? this.#freeType());
  }

  #unwrap(type: CelType, at: number): CelType {
    const inner = unwrapped(type);
    if (inner) return inner;
    if (type.is !== "dyn") {
      const wanted = typeText(optionalOf(type));
      this.#tell(at, `expected type '${wanted}' but found '${typeText(type)}'`);
    }
    return type;
  }

  #map({ entries }: Expression & { is: "map" }): CelType {
    let keys: CelType | undefined;
    let values: CelType | undefined;
    for (const { key, value, optional } of entries) {
      keys = this.#joined(keys, this.#check(key), key.at);
      const own = this.#check(value);
      values = this.#joined(values, optional ? this.#unwrap(own, value.at) : own, value.at);
    }
    return mapOf(keys ?? this.#freeType(), values ?? this.#freeType());
  }

  #struct(expression: Expression & { is: "struct" }): CelType {
    const { name, fields, at } = expression;
    const struct = this.#environment.structs?.(name);
    if (struct === undefined) {
      this.#tell(at, `undeclared reference to '${name}' (in container '')`);
      return errorType;
    }
    for (const { value } of fields) this.#check(value);
    for (const { at: place, name: field, value, optional } of fields) {
      const wanted = struct.field(field);
      if (wanted === undefined) {
        this.#tell(place, `undefined field '${field}'`);
        continue;
      }
      const own = this.#types.get(value.id)!;
      const given = optional ? this.#unwrap(own, value.at) : own;
      if (!this.#assign([wanted], [given]))
        this.#tell(
          place,
          `expected type of field '${field}' is '${typeText(wanted)}' but provided type is '${typeText(given)}'`,
        );
    }
    return struct;
  }

  #fold({ range, names, accu, init, condition, step, result }: FoldExpression): CelType {
    const over = substituted(this.#mapping, this.#check(range));
    const accuType = this.#check(init);
    const outer = this.#scope;
    const accuScope: Scope = { names: new Map([[accu, accuType]]), outer };
    const types = this.#itemTypes(over, names.length === 2, range.at);
    this.#scope = {
      names: new Map(names.map((name, index) => [name, types[index]!])),
      outer: accuScope,
    };
    this.#expect(condition, bool, this.#check(condition));
    this.#expect(step, accuType, this.#check(step));
    this.#scope = accuScope;
    const type = this.#check(result);
    this.#scope = outer;
    return substituted(this.#mapping, type);
  }

  #expect({ at }: Expression, wanted: CelType, found: CelType): void {
    if (this.#assign([wanted], [found])) return;
    const [a, b] = [substituted(this.#mapping, wanted), substituted(this.#mapping, found)];
    this.#tell(at, `expected type '${typeText(a)}' but found '${typeText(b)}'`);
  }

  #itemTypes(over: CelType, two: boolean, at: number): readonly CelType[] {
    switch (over.is) {
      case "list":
        return two ? [int, over.item] : [over.item];
      case "map":
        return [over.key, over.value];
      case "dyn":
      case "error":
      case "parameter":
        this.#assign([dyn], [over]);
        return [dyn, dyn];
      default:
        this.#tell(
          at,
          `expression of type '${typeText(over)}' cannot be range of a comprehension (must be list, map, or dynamic)`,
        );
        return [errorType, errorType];
    }
  }
}
