// What an expression may cost at most, from the sizes that the types of its variables allow: upstream's estimate, so that
// the same rules are taken and refused. Sizes of which nothing is known count as endless.
import type {
  CallExpression,
  Expression,
  FoldExpression,
  LiteralExpression,
  MapExpression,
  SelectExpression,
} from "./ast.ts";
import type { CelType } from "./cel-type.ts";
import type { Checked } from "./check.ts";
import { callEstimate, type Node } from "./estimate-calls.ts";
import { fixed, joined, plus, type Range, timesCost, unknown, zero } from "./range.ts";
import { letterCount } from "./values.ts";

/**
 * `root`: the type of every variable, along which sizes are looked up by the paths that lead there. As upstream does, the first
 * step of a path is taken for the variable, even where a path begins at a call: its items then are as long as the root.
 */
export function estimateCost(expression: Expression, checked: Checked, root: CelType): Range {
  return new Estimate(checked, root).cost(expression);
}

/** A path that leads to nothing that is declared. */
type Declared = CelType | "nowhere";

const step = fixed(1);
const listBase = fixed(10);
const mapBase = fixed(30);
const structBase = fixed(40);

/** Sizes of what a list or a map holds. */
type Inner = { readonly is: "list" | "map"; readonly key: Range; readonly value: Range };

type Local = {
  /** The declared type that the path to it leads to; undefined: there is no path. */
  readonly declared: Declared | undefined;
  readonly size: Range | undefined;
  readonly inner: Inner | undefined;
};

class Estimate {
  readonly #checked: Checked;
  readonly #root: CelType;
  readonly #declared = new Map<number, Declared>();
  readonly #sizes = new Map<number, Range>();
  readonly #inners = new Map<number, Inner>();
  readonly #locals = new Map<string, Local[]>();

  constructor(checked: Checked, root: CelType) {
    this.#checked = checked;
    this.#root = root;
  }

  cost(expression: Expression): Range {
    switch (expression.is) {
      case "literal":
        return zero;
      case "name":
        return this.#name(expression.id, expression.name);
      case "select":
        return this.#select(expression);
      case "call":
        return this.#call(expression);
      case "list":
        return this.#list(expression);
      case "map":
        return this.#map(expression);
      case "struct":
        return expression.fields.reduce(
          (sum, { value }) => plus(sum, this.cost(value)),
          structBase,
        );
      case "fold":
        return expression.macro.is === "bind" ? this.#bind(expression) : this.#fold(expression);
    }
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  #with<T>(names: Readonly<Record<string, Local>>, run: () => T): T {
    for (const [name, local] of Object.entries(names))
      this.#locals.set(name, [...(this.#locals.get(name) ?? []), local]);
    const result = run();
    for (const name of Object.keys(names)) this.#locals.get(name)!.pop();
    return result;
  }

  #declare(id: number, type: Declared | undefined): void {
    if (type !== undefined) this.#declared.set(id, type);
  }

  /** One step further along a path; the first step of a path leads to the root. */
  #further(from: Declared | undefined, step_: (type: CelType) => CelType | undefined): Declared {
    if (from === undefined) return this.#root;
    return from === "nowhere" ? from : (step_(from) ?? "nowhere");
  }

  #name(id: number, name: string): Range {
    const local = this.#local(name);
    this.#declare(id, local ? local.declared : this.#root);
    return step;
  }

  #select(expression: SelectExpression): Range {
    const ident = this.#checked.idents.get(expression.id);
    if (ident !== undefined) return this.#name(expression.id, ident);
    const { id, of, field, test, optional } = expression;
    const cost = this.cost(of);
    if (test) return cost;
    const holder = this.#declared.get(of.id);
    const fieldOf = (type: CelType) => (type.is === "struct" ? type.field(field) : undefined);
    if (!optional) this.#declare(id, this.#further(holder, fieldOf));
    const { is } = this.#type(of);
    const isPaid = optional || is === "map" || is === "struct" || is === "parameter";
    return isPaid ? plus(cost, step) : cost;
  }

  #type(expression: Expression): CelType {
    return this.#checked.types.get(expression.id) ?? { is: "dyn" };
  }

  #node(expression: Expression): Node {
    return {
      expression,
      type: this.#type(expression),
      item: this.#itemSize(this.#declared.get(expression.id)),
      size: this.#size(expression),
    };
  }

  #itemSize(declared: Declared | undefined): Range | undefined {
    if (declared === undefined) return undefined;
    const item = this.#further(declared, itemOf);
    return item === "nowhere" ? undefined : { min: 0, max: item.max ?? 0 };
  }

  /** undefined: nothing is known. */
  #size(expression: Expression): Range | undefined {
    const known = this.#sizes.get(expression.id) ?? ownSize(expression);
    if (known) return known;
    const declared = this.#declared.get(expression.id);
    if (declared && declared !== "nowhere") return { min: 0, max: declared.max ?? 0 };
    if (isScalar(this.#type(expression))) return fixed(1);
    return expression.is === "name" ? this.#local(expression.name)?.size : undefined;
  }

  #sizeOrUnknown(expression: Expression): Range {
    return this.#size(expression) ?? unknown;
  }

  #inner(expression: Expression): Inner | undefined {
    const known = this.#inners.get(expression.id);
    if (known || expression.is !== "name") return known;
    return this.#local(expression.name)?.inner;
  }

  #call(expression: CallExpression): Range {
    const { id, args } = expression;
    const call = this.#checked.calls.get(id);
    const costs = args.map((arg) => this.cost(arg));
    if (call?.name === "dyn") return this.#dyn(expression, costs[0]!);
    if (call === undefined) return zero;
    const targetCost = call.target ? this.cost(call.target) : zero;
    if (call.name === "_&&_" || call.name === "_||_") {
      const [left, right] = costs as [Range, Range];
      return { min: left.min, max: plus(left, right).max };
    }
    if (call.name === "_?_:_") return this.#conditional(expression, costs);
    const target = call.target && this.#node(call.target);
    const nodes = args.map((arg) => this.#node(arg));
    let total: Range | undefined;
    let size: Range | undefined;
    for (const overload of call.overloads) {
      const { cost, size: own } = callEstimate(overload, target, nodes);
      total = total ? joined(total, cost) : cost;
      if (own) size = size ? joined(size, own) : own;
      if (call.name === "_[_]") {
        const holder = args[0]!;
        size = this.#inner(holder)?.value;
        this.#declare(id, this.#further(this.#declared.get(holder.id), itemOf));
      }
      size ??= this.#size(expression);
    }
    if (call.name === "_+_") this.#joinInner(expression);
    if (size) this.#sizes.set(id, size);
    const argCost = costs.reduce(plus, zero);
    return plus(plus(targetCost, argCost), total ?? zero);
  }

  #dyn({ id, args }: CallExpression, cost: Range): Range {
    this.#copySizes(id, args[0]!);
    return plus(step, cost);
  }

  #copySizes(id: number, from: Expression): void {
    const size = this.#size(from);
    const inner = this.#inner(from);
    if (size) this.#sizes.set(id, size);
    if (inner) this.#inners.set(id, inner);
  }

  #conditional({ id, args }: CallExpression, costs: readonly Range[]): Range {
    const [test, yes, no] = costs as [Range, Range, Range];
    const [, first, second] = args as [Expression, Expression, Expression];
    this.#sizes.set(id, joined(this.#sizeOrUnknown(first), this.#sizeOrUnknown(second)));
    const inner = joinedInner(this.#inner(first), this.#inner(second));
    if (inner) this.#inners.set(id, inner);
    return plus(test, joined(yes, no));
  }

  #joinInner({ id, args }: CallExpression): void {
    const inner = joinedInner(this.#inner(args[0]!), this.#inner(args[1]!));
    if (inner) this.#inners.set(id, inner);
  }

  #sizesOf(parts: readonly Expression[]): Range {
    if (parts.length === 0) return zero;
    return parts.map((part) => this.#sizeOrUnknown(part)).reduce(joined);
  }

  #list({ id, items }: Expression & { is: "list" }): Range {
    const cost = items.reduce((sum, item) => plus(sum, this.cost(item)), listBase);
    this.#inners.set(id, { is: "list", key: fixed(1), value: this.#sizesOf(items) });
    return cost;
  }

  #map({ id, entries }: MapExpression): Range {
    let cost = mapBase;
    for (const { key, value } of entries) cost = plus(plus(cost, this.cost(key)), this.cost(value));
    const key = this.#sizesOf(entries.map((entry) => entry.key));
    this.#inners.set(id, { is: "map", key, value: this.#sizesOf(entries.map((e) => e.value)) });
    return cost;
  }

  #bind({ id, range, accu, init, result }: FoldExpression): Range {
    const cost = plus(this.cost(range), this.cost(init));
    const local: Local = {
      declared: this.#declared.get(init.id),
      size: this.#size(init),
      inner: this.#inner(init),
    };
    const body = this.#with({ [accu]: local }, () => {
      const own = this.cost(result);
      this.#copySizes(id, result);
      return own;
    });
    return plus(cost, body);
  }

  #fold(fold: FoldExpression): Range {
    const { id, range, names, accu, init, condition, step: next, result } = fold;
    const start = plus(this.cost(range), this.cost(init));
    const inner = this.#inner(range);
    const declared = this.#declared.get(range.id);
    const container = inner?.is ?? this.#type(range).is;
    const local = (size: Range | undefined, step_: typeof itemOf): Local => ({
      declared: this.#further(declared, step_),
      size,
      inner: undefined,
    });
    const key = local(inner?.key, keyOf);
    const value = local(inner?.value, itemOf);
    const locals: Record<string, Local> = {
      [accu]: { declared: undefined, size: this.#size(init), inner: this.#inner(init) },
    };
    if (names.length === 2) {
      locals[names[0]!] = container === "list" ? indexLocal(key, declared) : key;
      locals[names[1]!] = value;
    } else locals[names[0]!] = container === "list" ? value : key;
    const { each, end } = this.#with(locals, () => ({
      each: plus(this.cost(next), this.cost(condition)),
      end: this.cost(result),
    }));
    const count = this.#sizeOrUnknown(range);
    if (init.is === "literal") this.#sizes.set(id, this.#sizeOrUnknown(init));
    else if (init.is === "list" || init.is === "map") {
      this.#sizes.set(id, count);
      const made = this.#inner(next);
      if (made) this.#inners.set(id, made);
    }
    return plus(plus(start, end), timesCost(count, each));
  }
}

const itemOf = (declared: CelType): CelType | undefined =>
  declared.is === "list" ? declared.item : declared.is === "map" ? declared.value : undefined;

const keyOf = (declared: CelType): CelType | undefined =>
  declared.is === "map" ? declared.key : undefined;

/** No schema tells of the indices of a list. */
const indexLocal = (local: Local, list: Declared | undefined): Local =>
  list === undefined ? local : { ...local, declared: "nowhere" };

function joinedInner(a: Inner | undefined, b: Inner | undefined): Inner | undefined {
  if (!a || !b) return undefined;
  return { is: a.is, key: joined(a.key, b.key), value: joined(a.value, b.value) };
}

/** What the text of the expression tells by itself. */
function ownSize(expression: Expression): Range | undefined {
  switch (expression.is) {
    case "literal":
      return fixed(literalSize(expression));
    case "list":
      return fixed(expression.items.length);
    case "map":
      return fixed(expression.entries.length);
    default:
      return undefined;
  }
}

function literalSize({ value }: LiteralExpression): number {
  if (typeof value === "string") return letterCount(value);
  return value instanceof Uint8Array ? value.length : 1;
}

const scalars: ReadonlySet<string> = new Set([
  "bool",
  "double",
  "duration",
  "int",
  "timestamp",
  "uint",
]);

function isScalar(type: CelType): boolean {
  if (type.is === "opaque" && type.name === "optional_type") return isScalar(type.parameters[0]!);
  return scalars.has(type.is);
}
