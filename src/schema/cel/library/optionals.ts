// Values that may be missing.
import { CelError } from "../error.ts";
import { fn, type Overload } from "../function.ts";
import { type CelValue, isList, isMap, Optional, Uint } from "../values.ts";

function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === "" || value === 0n || value === 0) return true;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Uint8Array || isList(value)) return value.length === 0;
  if (isMap(value)) return value.size === 0;
  if (value instanceof Optional) return value.value === undefined;
  return typeof value === "object" && "nanos" in value && value.nanos === 0n;
}

export const optionals: readonly Overload[] = [
  fn("optional.none", "(): optional(A)", () => new Optional(undefined)),
  fn("optional.of", "(A): optional(A)", (value: CelValue) => new Optional(value)),
  fn(
    "optional.ofNonZeroValue",
    "(A): optional(A)",
    (value: CelValue) => new Optional(isZero(value) ? undefined : value),
  ),
  fn("value", "optional(A).(): A", ({ value }: Optional) => {
    if (value === undefined) throw new CelError("optional.none() dereference");
    return value;
  }),
  fn("hasValue", "optional(A).(): bool", ({ value }: Optional) => value !== undefined),
  fn("or", "optional(A).(optional(A)): optional(A)", (a: Optional, b: Optional) =>
    a.value === undefined ? b : a,
  ),
  fn("orValue", "optional(A).(A): A", (a: Optional, b: CelValue) => a.value ?? b),
  fn("optional.unwrap", "(list(optional(A))): list(A)", unwrap),
  fn("unwrapOpt", "list(optional(A)).(): list(A)", unwrap),
];

function unwrap(list: readonly CelValue[]): CelValue[] {
  return list.flatMap((one) =>
    one instanceof Optional && one.value !== undefined ? [one.value] : [],
  );
}
