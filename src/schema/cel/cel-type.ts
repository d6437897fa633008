// Types of expressions, and when a value of one may stand for another.

/** `max`: how long a value can be at most (letters, items, entries), where its schema tells. */
type Sized = { readonly max?: number };

export type CelType = Sized &
  (
    | { readonly is: Simple }
    | { readonly is: "type"; readonly of?: CelType }
    | { readonly is: "list"; readonly item: CelType }
    | { readonly is: "map"; readonly key: CelType; readonly value: CelType }
    | { readonly is: "parameter"; readonly name: string }
    | { readonly is: "opaque"; readonly name: string; readonly parameters: readonly CelType[] }
    | StructType
  );

export type Simple =
  | "dyn"
  | "error"
  | "null"
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "timestamp"
  | "duration";

/** An object with known fields. */
export type StructType = Sized & {
  readonly is: "struct";
  readonly name: string;
  /** undefined: there is no such field. */
  readonly field: (name: string) => CelType | undefined;
};

const simple = (is: Simple): CelType => Object.freeze({ is });

export const dyn = simple("dyn");
export const errorType = simple("error");
export const nullType = simple("null");
export const bool = simple("bool");
export const int = simple("int");
export const uint = simple("uint");
export const double = simple("double");
export const string = simple("string");
export const bytes = simple("bytes");
export const timestamp = simple("timestamp");
export const duration = simple("duration");

export const listOf = (item: CelType, max?: number): CelType => ({
  is: "list",
  item,
  ...(max !== undefined && { max }),
});
export const mapOf = (key: CelType, value: CelType, max?: number): CelType => ({
  is: "map",
  key,
  value,
  ...(max !== undefined && { max }),
});
export const typeOfType = (of?: CelType): CelType => (of ? { is: "type", of } : { is: "type" });
export const parameter = (name: string): CelType => ({ is: "parameter", name });
export const opaque = (name: string, ...parameters: readonly CelType[]): CelType => ({
  is: "opaque",
  name,
  parameters,
});
export const optionalOf = (of: CelType): CelType => opaque("optional_type", of);
export const struct = (name: string, field: StructType["field"]): StructType => ({
  is: "struct",
  name,
  field,
});

/** The type within an optional one; undefined for others. */
export const unwrapped = (type: CelType): CelType | undefined =>
  type.is === "opaque" && type.name === "optional_type" ? type.parameters[0] : undefined;

/** As upstream prints it. */
export function typeText(type: CelType): string {
  switch (type.is) {
    case "error":
      return "!error!";
    case "list":
      return `list(${typeText(type.item)})`;
    case "map":
      return `map(${typeText(type.key)}, ${typeText(type.value)})`;
    case "type":
      return type.of ? `type(${typeText(type.of)})` : "type";
    case "parameter":
      return type.name;
    case "opaque":
      return type.parameters.length === 0
        ? type.name
        : `${type.name}(${type.parameters.map(typeText).join(", ")})`;
    case "struct":
      return type.name;
    default:
      return type.is;
  }
}

export function sameType(a: CelType, b: CelType): boolean {
  if (a === b) return true;
  if (a.is !== b.is) return false;
  switch (a.is) {
    case "list":
      return sameType(a.item, (b as typeof a).item);
    case "map":
      return sameType(a.key, (b as typeof a).key) && sameType(a.value, (b as typeof a).value);
    case "type":
      return true;
    case "parameter":
    case "struct":
      return a.name === (b as typeof a).name;
    case "opaque": {
      const other = b as typeof a;
      return (
        a.name === other.name &&
        a.parameters.length === other.parameters.length &&
        a.parameters.every((one, at) => sameType(one, other.parameters[at]!))
      );
    }
    default:
      return true;
  }
}

const isAny = ({ is }: CelType): boolean => is === "dyn" || is === "error";

/** What type parameters stand for. */
export type Mapping = Pick<ReadonlyMap<string, CelType>, "get">;

/**
 * Takes `from` for `to` and notes in `mapping` what the parameters stand for then. False when it may not, and nothing is
 * noted. Nothing is copied: a long expression has thousands of parameters, and as many calls.
 */
export function assigned(
  mapping: Map<string, CelType>,
  from: readonly CelType[],
  to: readonly CelType[],
): boolean {
  const before: [name: string, type: CelType | undefined][] = [];
  const noted: Growing = {
    get: (name) => mapping.get(name),
    set(name, type) {
      before.push([name, mapping.get(name)]);
      mapping.set(name, type);
    },
  };
  if (fitsAll(noted, from, to)) return true;
  for (const [name, type] of before.reverse())
    if (type === undefined) mapping.delete(name);
    else mapping.set(name, type);
  return false;
}

type Growing = Mapping & { set(name: string, type: CelType): void };

const fitsAll = (m: Growing, from: readonly CelType[], to: readonly CelType[]): boolean =>
  from.length === to.length && from.every((one, at) => fits(m, one, to[at]!));

function fits(m: Growing, from: CelType, to: CelType): boolean {
  if (to.is === "parameter") {
    const { valid, known } = substitutes(m, from, to);
    if (valid) return true;
    if (known) return false;
  }
  if (from.is === "parameter") return substitutes(m, to, from).valid;
  if (isAny(from) || isAny(to)) return true;
  if (from.is === "null") return isNullable(to);
  if (to.is === "null") return isNullable(from);
  if (from.is !== to.is) return false;
  switch (from.is) {
    case "list":
      return fits(m, from.item, (to as typeof from).item);
    case "map":
      return (
        fits(m, from.key, (to as typeof from).key) && fits(m, from.value, (to as typeof from).value)
      );
    case "opaque":
      return (
        from.name === (to as typeof from).name &&
        fitsAll(m, from.parameters, (to as typeof from).parameters)
      );
    case "struct":
      return from.name === (to as typeof from).name;
    default:
      return true;
  }
}

const nullable: ReadonlySet<string> = new Set([
  "null",
  "opaque",
  "struct",
  "timestamp",
  "duration",
]);
const isNullable = ({ is }: CelType): boolean => nullable.has(is);

/** Whether the parameter `to` may stand for `from`, and whether it stood for something before. */
function substitutes(m: Growing, from: CelType, to: CelType): { valid: boolean; known: boolean } {
  if (sameType(from, to)) return { valid: true, known: true };
  const name = to.is === "parameter" ? to.name : undefined;
  const before = name === undefined ? undefined : m.get(name);
  if (before !== undefined) {
    if (sameType(from, before)) return { valid: true, known: true };
    if (!fits(m, from, before)) return { valid: false, known: true };
    const general = mostGeneral(from, before);
    if (isFreeOf(m, to, general)) m.set(name!, general);
    return { valid: true, known: true };
  }
  if (name !== undefined && isFreeOf(m, to, from)) {
    m.set(name, from);
    return { valid: true, known: false };
  }
  return { valid: false, known: false };
}

function isFreeOf(m: Mapping, type: CelType, within: CelType): boolean {
  if (sameType(type, within)) return false;
  if (within.is === "parameter") {
    const known = m.get(within.name);
    return known === undefined || isFreeOf(m, type, known);
  }
  return innerTypes(within).every((one) => isFreeOf(m, type, one));
}

function innerTypes(type: CelType): readonly CelType[] {
  switch (type.is) {
    case "list":
      return [type.item];
    case "map":
      return [type.key, type.value];
    case "opaque":
      return type.parameters;
    case "type":
      return type.of ? [type.of] : [];
    default:
      return [];
  }
}

export const mostGeneral = (a: CelType, b: CelType): CelType => (isLessSpecific(a, b) ? a : b);

function isLessSpecific(a: CelType, b: CelType): boolean {
  if (a.is === "dyn" || a.is === "parameter") return true;
  if (b.is === "dyn" || b.is === "parameter" || a.is !== b.is) return false;
  const [inner, other] = [innerTypes(a), innerTypes(b)];
  if (a.is === "type") return true;
  if (a.is === "opaque" && a.name !== (b as typeof a).name) return false;
  if (inner.length === 0) return sameType(a, b);
  return inner.every((one, at) => isLessSpecific(one, other[at]!));
}

/** With parameters replaced by what they stand for; those that stand for nothing become dyn when `free` says so. */
export function substituted(m: Mapping, type: CelType, free = false): CelType {
  switch (type.is) {
    case "parameter": {
      const known = m.get(type.name);
      if (known !== undefined) return substituted(m, known, free);
      return free ? dyn : type;
    }
    case "list":
      return { ...type, item: substituted(m, type.item, free) };
    case "map":
      return {
        ...type,
        key: substituted(m, type.key, free),
        value: substituted(m, type.value, free),
      };
    case "opaque":
      return type.parameters.length === 0
        ? type
        : { ...type, parameters: type.parameters.map((one) => substituted(m, one, free)) };
    case "type":
      return type.of ? typeOfType(substituted(m, type.of, free)) : type;
    default:
      return type;
  }
}
