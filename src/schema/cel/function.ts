// Functions of the language: what they are called, which types they take and give, what they do.

import type { CelType } from "./cel-type.ts";
import { CelError } from "./error.ts";
import { type Signature, signature } from "./signature.ts";
import {
  type CelValue,
  Duration,
  isList,
  isMap,
  Opaque,
  Optional,
  QuantityValue,
  Timestamp,
  TypeName,
  Uint,
} from "./values.ts";

// biome-ignore lint/suspicious/noExplicitAny: the signature says what each argument is
export type Run = (...args: any[]) => CelValue;

export type Overload = Signature & { readonly run: Run };

/** `fn("contains", "string.(string): bool", …)`; text as `signature` reads it. */
export const fn = (name: string, text: string, run: Run): Overload => ({
  ...signature(name, text),
  run,
});

/** The same function under several signatures. */
export const fns = (name: string, texts: readonly string[], run: Run): Overload[] =>
  texts.map((text) => fn(name, text, run));

export const noOverload = (): CelError => new CelError("no such overload");

/** Whether a value may stand where `type` is asked for. What is in lists and maps is not looked at. */
export function isOf(value: CelValue, type: CelType): boolean {
  switch (type.is) {
    case "bool":
      return typeof value === "boolean";
    case "int":
      return typeof value === "bigint";
    case "double":
      return typeof value === "number";
    case "string":
      return typeof value === "string";
    case "uint":
      return value instanceof Uint;
    case "bytes":
      return value instanceof Uint8Array;
    case "null":
      return value === null;
    case "list":
      return isList(value);
    case "map":
      return isMap(value);
    case "timestamp":
      return value instanceof Timestamp;
    case "duration":
      return value instanceof Duration;
    case "type":
      return value instanceof TypeName;
    case "opaque":
      return isOpaque(value, type.name);
    default:
      return true;
  }
}

function isOpaque(value: CelValue, name: string): boolean {
  if (name === "optional_type") return value instanceof Optional;
  if (name === "kubernetes.Quantity") return value instanceof QuantityValue;
  return value instanceof Opaque && value.type === name;
}

/** Whether two signatures of a name could be meant by one call with a target or without. */
export const takes = ({ args, isMember }: Overload, count: number, member: boolean): boolean =>
  args.length === count && isMember === member;
