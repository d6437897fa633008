// Where a decoder stands in a document, and what it found wrong on the way.

import type { Field, ObjectShape, Shape } from "./shape.ts";

/**
 * The document cannot become an object of the asked type. The message is worded as upstream's
 * decoder words it.
 */
export class DecodeError extends Error {
  override name = "DecodeError";
}

/**
 * A number whose text says more than its value: `1.0` and `1e3` are no integers to upstream's
 * decoder.
 */
export class OddNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** More strict errors than this are not collected, as upstream. */
const strictMax = 100;

/** A field, the key of a map, or the index of an item. */
export type Step = { readonly field: Pick<Field, "name" | "within"> } | string | number;

export class Place {
  /** Looks for fields that the shape does not know. */
  readonly strict: boolean;
  /**
   * Visits fields in the order of the document, so that errors come in upstream's order; no result
   * is made.
   */
  readonly inOrder: boolean;
  /** The document may hold OddNumbers. */
  readonly exact: boolean;
  /** Empty collections that the document writes out are noted (see given-empty.ts). */
  notesGiven = false;
  notesOmitted = false;
  /** Entries of the map that was decoded last. */
  mapSize = 0;
  /** Something is wrong: a second visit in the order of the document tells what. */
  trouble = false;
  /** The first value of a wrong type. */
  error: string | undefined;
  /** Paths of unknown fields, each once. */
  readonly unknown = new Set<string>();
  /** The innermost object around the value at hand. */
  shape: ObjectShape | undefined;
  /** Where this document stands inside another one. */
  readonly #parent: Place | undefined;
  readonly #path: Step[] = [];
  #depth = 0;

  constructor(options: { strict: boolean; inOrder: boolean; exact: boolean; parent?: Place }) {
    this.#parent = options.parent;
    this.strict = options.strict;
    this.inOrder = options.inOrder;
    this.exact = options.exact;
  }

  enter(step: Step): void {
    this.#path[this.#depth++] = step;
  }

  leave(): void {
    this.#depth--;
  }

  unknownField(name: string): void {
    this.trouble = true;
    if (!this.inOrder || this.unknown.size >= strictMax) return;
    let path = "";
    for (const step of this.#path.slice(0, this.#depth)) {
      if (typeof step === "number") path += `[${step}]`;
      else path += `${path === "" ? "" : "."}${typeof step === "string" ? step : step.field.name}`;
    }
    this.unknown.add(path === "" ? name : `${path}.${name}`);
  }

  /** Notes a value of a wrong type and goes on; the first one decides what the caller is told. */
  wrong(value: unknown, goType: string): undefined {
    this.trouble = true;
    this.error ??= this.#mismatch(value, goType);
    return undefined;
  }

  /**
   * As `wrong`, for types that upstream reads by code of their own: nothing is decoded after them.
   */
  fail(value: unknown, goType: string): never {
    throw new DecodeError(this.#mismatch(value, goType));
  }

  /** Notes an error without a place, such as bad base64. */
  note(message: string): undefined {
    this.trouble = true;
    this.error ??= message;
    return undefined;
  }

  #mismatch(value: unknown, goType: string): string {
    const owner = this.#owner()?.name.split(".").at(-1);
    const target =
      owner === undefined
        ? `Go value of type ${goType}`
        : `Go struct field ${owner}.${this.#fields().join(".")} of type ${goType}`;
    return `json: cannot unmarshal ${jsonKind(value, goType)} into ${target}`;
  }

  /** The object that a message names: of a document inside another one, the outer one's. */
  #owner(): ObjectShape | undefined {
    return (this.#parent ? this.#parent.#owner() : undefined) ?? this.shape;
  }

  #fields(): string[] {
    const own = this.#path
      .slice(0, this.#depth)
      .flatMap((step) =>
        typeof step === "object" ? [...(step.field.within ?? []), step.field.name] : [],
      );
    return this.#parent ? [...this.#parent.#fields(), ...own] : own;
  }
}

function jsonKind(value: unknown, goType: string): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "string") return "string";
  if (typeof value === "number" || typeof value === "bigint" || value instanceof OddNumber) {
    const text = value instanceof OddNumber ? value.text : String(value);
    return /^u?int\d|^float/.test(goType) ? `number ${text}` : "number";
  }
  return "object";
}

/** Whether a value is a JSON object; what was read as an OddNumber is none. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof OddNumber);

/**
 * Name of a shape's Go type as upstream prints it: `v1.PodSpec`, `[]string`, `map[string]string`.
 */
export function goTypeOf(shape: Shape): string {
  switch (shape.kind) {
    case "object": {
      const parts = shape.name.split(".");
      return `${parts.at(-2) ?? "v1"}.${parts.at(-1)}`;
    }
    case "map":
      return `map[string]${goTypeOf(shape.value())}`;
    case "list":
      return `[]${goTypeOf(shape.item())}`;
    case "scalar":
      return goScalars[shape.type] ?? shape.type;
  }
}

const goScalars: Readonly<Record<string, string>> = {
  bytes: "[]uint8",
  quantity: "resource.Quantity",
  time: "v1.Time",
  microTime: "v1.MicroTime",
  duration: "v1.Duration",
  intOrString: "intstr.IntOrString",
  raw: "runtime.RawExtension",
  float: "float32",
  double: "float64",
};
