// Macros: calls that are read as something else.
//
//   list.exists(x, x > 1)   a fold over the list that starts with false and says `accu || x > 1`
import type {
  CallExpression,
  Entry,
  Expression,
  FieldInit,
  FoldExpression,
  FoldMacro,
  LiteralExpression,
} from "./ast.ts";
import { CelSyntaxError } from "./error.ts";

/** No name that an expression can write. */
const accumulator = "@result";

/** Makes the parts of a tree, each with a number of its own. */
export class Parts {
  /** Whether `cel.bind` is a macro. */
  readonly binds: boolean;
  #next = 0;

  constructor(binds: boolean) {
    this.binds = binds;
  }

  #part(at: number): { id: number; at: number } {
    return { id: ++this.#next, at };
  }

  literal(at: number, value: LiteralExpression["value"]): Expression {
    return { ...this.#part(at), is: "literal", value };
  }

  name(at: number, name: string): Expression {
    return { ...this.#part(at), is: "name", name };
  }

  select(
    at: number,
    of: Expression,
    field: string,
    { optional = false, test = false }: { optional?: boolean; test?: boolean },
  ): Expression {
    return { ...this.#part(at), is: "select", of, field, optional, test };
  }

  call(at: number, name: string, args: readonly Expression[], target?: Expression): CallExpression {
    return { ...this.#part(at), is: "call", name, target, args };
  }

  list(
    at: number,
    items: readonly Expression[],
    optional: ReadonlySet<number> = new Set(),
  ): Expression {
    return { ...this.#part(at), is: "list", items, optional };
  }

  map(at: number, entries: readonly Entry[]): Expression {
    return { ...this.#part(at), is: "map", entries };
  }

  struct(at: number, name: string, fields: readonly FieldInit[]): Expression {
    return { ...this.#part(at), is: "struct", name, fields };
  }

  fold(at: number, fold: Omit<FoldExpression, "is" | "id" | "at">): Expression {
    return { ...this.#part(at), is: "fold", ...fold };
  }
}

type GlobalCall = { name: string; args: readonly Expression[]; at: number };
type MemberCall = GlobalCall & { target: Expression };

/** undefined: no macro. Throws a CelSyntaxError. */
export function globalMacro(parts: Parts, { name, args, at }: GlobalCall): Expression | undefined {
  if (name !== "has" || args.length !== 1) return undefined;
  const [field] = args;
  if (field?.is !== "select" || field.test || field.optional)
    throw new CelSyntaxError("invalid argument to has() macro", field?.at ?? at);
  return parts.select(at, field.of, field.field, { test: true });
}

export function memberMacro(parts: Parts, call: MemberCall): Expression | undefined {
  const { target, name, args } = call;
  const isBind = target.is === "name" && target.name === "cel" && name === "bind";
  if (parts.binds && isBind && args.length === 3)
    return bind(parts, call, [args[0]!, args[1]!, args[2]!]);
  const make = Object.hasOwn(macros, name) ? macros[name]![args.length] : undefined;
  return make?.(parts, call);
}

type Make = (parts: Parts, call: MemberCall) => Expression;

const simpleName = "argument must be a simple name";

function nameOf(expression: Expression | undefined, message = simpleName): string {
  if (expression?.is !== "name" || expression.name.startsWith("."))
    throw new CelSyntaxError(message, expression?.at ?? 0);
  if (expression.name === accumulator || expression.name === "__result__")
    throw new CelSyntaxError("iteration variable overwrites accumulator variable", expression.at);
  return expression.name;
}

function twoNames([first, second]: readonly Expression[]): string[] {
  const names = [nameOf(first), nameOf(second)];
  if (names[0] === names[1])
    throw new CelSyntaxError(`duplicate variable name: ${names[1]}`, second!.at);
  return names;
}

const one = ([first]: readonly Expression[]): string[] => [nameOf(first)];
const item = ([first]: readonly Expression[]): string[] => [
  nameOf(first, "argument is not an identifier"),
];

type Folded = {
  readonly init: Expression;
  readonly condition: Expression;
  readonly step: Expression;
  readonly result?: Expression;
  readonly macro: FoldMacro;
};

function fold(
  parts: Parts,
  { target, at }: MemberCall,
  names: string[],
  folded: Folded,
): Expression {
  const result = folded.result ?? parts.name(at, accumulator);
  return parts.fold(at, { range: target, names, accu: accumulator, ...folded, result });
}

const quantifier =
  (is: "all" | "exists", namesOf: (args: readonly Expression[]) => string[]): Make =>
  (parts, call) => {
    const { at, args } = call;
    const names = namesOf(args);
    const test = args.at(-1)!;
    const accu = () => parts.name(at, accumulator);
    const open = is === "all" ? accu() : parts.call(at, "!_", [accu()]);
    return fold(parts, call, names, {
      init: parts.literal(at, is === "all"),
      condition: parts.call(at, "@not_strictly_false", [open]),
      step: parts.call(at, is === "all" ? "_&&_" : "_||_", [accu(), test]),
      macro: { is, test },
    });
  };

const existsOne =
  (namesOf: (args: readonly Expression[]) => string[]): Make =>
  (parts, call) => {
    const { at, args } = call;
    const names = namesOf(args);
    const test = args.at(-1)!;
    const accu = () => parts.name(at, accumulator);
    const more = parts.call(at, "_+_", [accu(), parts.literal(at, 1n)]);
    return fold(parts, call, names, {
      init: parts.literal(at, 0n),
      condition: parts.literal(at, true),
      step: parts.call(at, "_?_:_", [test, more, accu()]),
      result: parts.call(at, "_==_", [accu(), parts.literal(at, 1n)]),
      macro: { is: "existsOne", test },
    });
  };

function chosen(
  parts: Parts,
  at: number,
  step: Expression,
  test: Expression | undefined,
): Expression {
  if (test === undefined) return step;
  return parts.call(at, "_?_:_", [test, step, parts.name(at, accumulator)]);
}

function listFold(
  parts: Parts,
  call: MemberCall,
  names: string[],
  { test, item }: { test?: Expression | undefined; item: Expression },
): Expression {
  const { at } = call;
  const added = parts.call(at, "_+_", [parts.name(at, accumulator), parts.list(at, [item])]);
  return fold(parts, call, names, {
    init: parts.list(at, []),
    condition: parts.literal(at, true),
    step: chosen(parts, at, added, test),
    macro: { is: "list", test, item },
  });
}

function mapFold(
  parts: Parts,
  call: MemberCall,
  names: string[],
  { test, value }: { test?: Expression | undefined; value: Expression },
): Expression {
  const { at } = call;
  const key = parts.name(at, names[0]!);
  const added = parts.call(at, "cel.@mapInsert", [parts.name(at, accumulator), key, value]);
  return fold(parts, call, names, {
    init: parts.map(at, []),
    condition: parts.literal(at, true),
    step: chosen(parts, at, added, test),
    macro: { is: "map", test, value },
  });
}

function entryFold(
  parts: Parts,
  call: MemberCall,
  names: string[],
  { test, entry }: { test?: Expression | undefined; entry: Expression },
): Expression {
  const { at } = call;
  const added = parts.call(at, "cel.@mapInsert", [parts.name(at, accumulator), entry]);
  return fold(parts, call, names, {
    init: parts.map(at, []),
    condition: parts.literal(at, true),
    step: chosen(parts, at, added, test),
    macro: { is: "mapOfEntries", test, entry },
  });
}

const map: Make = (parts, call) => {
  const { args } = call;
  const test = args.length === 3 ? args[1] : undefined;
  return listFold(parts, call, item(args), { test, item: args.at(-1)! });
};

const filter: Make = (parts, call) => {
  const names = item(call.args);
  const kept = parts.name(call.args[0]!.at, names[0]!);
  return listFold(parts, call, names, { test: call.args[1]!, item: kept });
};

const transformList: Make = (parts, call) => {
  const { args } = call;
  const test = args.length === 4 ? args[2] : undefined;
  return listFold(parts, call, twoNames(args), { test, item: args.at(-1)! });
};

const transformMap: Make = (parts, call) => {
  const { args } = call;
  const test = args.length === 4 ? args[2] : undefined;
  return mapFold(parts, call, twoNames(args), { test, value: args.at(-1)! });
};

const transformMapEntry: Make = (parts, call) => {
  const { args } = call;
  const test = args.length === 4 ? args[2] : undefined;
  return entryFold(parts, call, twoNames(args), { test, entry: args.at(-1)! });
};

/** `target.optMap(x, body)`: the body over the value, where there is one. */
const optionalMap =
  (isFlat: boolean): Make =>
  (parts, { target, args, at, name }) => {
    const [variable, body] = args as [Expression, Expression];
    const label = nameOf(variable, `${name}() variable name must be a simple identifier`);
    const hasValue = parts.call(at, "hasValue", [], target);
    const value = parts.call(at, "value", [], target);
    const inner = boundTo(parts, at, { name: label, value, body });
    const some = isFlat ? inner : parts.call(at, "optional.of", [inner]);
    return parts.call(at, "_?_:_", [hasValue, some, parts.call(at, "optional.none", [])]);
  };

const sortBy: Make = (parts, call) => {
  const { target, args, at } = call;
  const names = item(args);
  const keys = listFold(parts, call, names, { item: args[1]! });
  const name = "@__sortBy_input__";
  const range = parts.name(at, name);
  const over = keys.is === "fold" ? parts.fold(at, { ...keys, range }) : keys;
  const sorted = parts.call(at, "@sortByAssociatedKeys", [over], parts.name(at, name));
  return boundTo(parts, at, { name, value: target, body: sorted });
};

const macros: Readonly<Record<string, Readonly<Record<number, Make>>>> = {
  all: { 2: quantifier("all", one), 3: quantifier("all", twoNames) },
  exists: { 2: quantifier("exists", one), 3: quantifier("exists", twoNames) },
  exists_one: { 2: existsOne(one), 3: existsOne(twoNames) },
  existsOne: { 2: existsOne(one), 3: existsOne(twoNames) },
  map: { 2: map, 3: map },
  filter: { 2: filter },
  transformList: { 3: transformList, 4: transformList },
  transformMap: { 3: transformMap, 4: transformMap },
  transformMapEntry: { 3: transformMapEntry, 4: transformMapEntry },
  optMap: { 2: optionalMap(false) },
  optFlatMap: { 2: optionalMap(true) },
  sortBy: { 2: sortBy },
};

function bind(
  parts: Parts,
  { at }: MemberCall,
  [variable, value, body]: [Expression, Expression, Expression],
): Expression {
  const name = nameOf(variable, "cel.bind() variable names must be simple identifiers");
  return boundTo(parts, at, { name, value, body });
}

type Bound = { name: string; value: Expression; body: Expression };

/** A fold over nothing: the accumulator carries the name. */
function boundTo(parts: Parts, at: number, { name, value, body }: Bound): Expression {
  return parts.fold(at, {
    range: parts.list(at, []),
    names: ["#unused"],
    accu: name,
    init: value,
    condition: parts.literal(at, false),
    step: parts.name(at, name),
    result: body,
    macro: { is: "bind", value, body },
  });
}
