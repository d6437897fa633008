// Fills in the defaults that the published definitions state, then those that the kind adds by code.
import type { ApiObject, Kind } from "../schema/kind.ts";
import type { Field, ObjectShape, Shape } from "../schema/shape.ts";

/** Mutates `object`, a private copy in the version of `kind`. */
export function applyDefaults(kind: Kind, object: ApiObject): void {
  if (kind.resource.type !== "") fillerOf(kind.shape())?.(object);
  kind.applyDefaults?.(object);
}

type Filler = (value: unknown) => void;

/** By shape; undefined for one below which nothing has a default. */
const fillers = new WeakMap<Shape, Filler | undefined>();

function fillerOf(shape: Shape): Filler | undefined {
  if (!fillers.has(shape)) fillers.set(shape, reachesDefault(shape) ? compile(shape) : undefined);
  return fillers.get(shape);
}

function compile(shape: Shape): Filler {
  switch (shape.kind) {
    case "object":
      return objectFiller(shape);
    case "list":
      return (list) => {
        const fill = fillerOf(shape.item());
        if (fill !== undefined) for (const item of list as readonly unknown[]) fill(item);
      };
    case "map":
      return (map) => {
        const fill = fillerOf(shape.value());
        if (fill !== undefined) for (const item of Object.values(map as object)) fill(item);
      };
    case "scalar":
      return () => {};
  }
}

type Slot = { readonly field: Field; fill: Filler | undefined; known: boolean };

function objectFiller(shape: ObjectShape): Filler {
  const slots = [...shape.fields.values()]
    .filter((field) => hasDefault(field) || reachesDefault(field.shape()))
    .map((field): Slot => ({ field, fill: undefined, known: false }));
  return (value) => {
    if (typeof value !== "object" || value === null) return;
    const object = value as Record<string, unknown>;
    for (const slot of slots) {
      const { name, default: given } = slot.field;
      if (hasDefault(slot.field) && isUnset(slot.field, object[name])) object[name] = copyOf(given);
      const inner = object[name];
      if (inner === undefined || inner === null) continue;
      if (!slot.known) {
        slot.fill = fillerOf(slot.field.shape());
        slot.known = true;
      }
      slot.fill?.(inner);
    }
  };
}

/** A zero that is left out again is none. */
const hasDefault = ({ default: given, pointer, always }: Field): boolean =>
  given !== undefined && (pointer || always || !(given === "" || given === 0 || given === false));

/** Go cannot tell zero from absent where the field is no pointer. */
function isUnset({ pointer }: Field, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return !pointer && (value === "" || value === 0 || value === false);
}

const copyOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null ? JSON.parse(JSON.stringify(value)) : value;

const reaching = new WeakMap<Shape, boolean>();

/** Whether a default stands anywhere below. Shapes refer to themselves, so what is being looked at counts as no. */
function reachesDefault(shape: Shape): boolean {
  const known = reaching.get(shape);
  if (known !== undefined) return known;
  const seen = new Set<Shape>();
  const found = search(shape, seen);
  reaching.set(shape, found);
  return found;
}

function search(shape: Shape, seen: Set<Shape>): boolean {
  if (seen.has(shape)) return false;
  seen.add(shape);
  switch (shape.kind) {
    case "object":
      for (const field of shape.fields.values())
        if (hasDefault(field) || search(field.shape(), seen)) return true;
      return false;
    case "list":
      return search(shape.item(), seen);
    case "map":
      return search(shape.value(), seen);
    case "scalar":
      return false;
  }
}
