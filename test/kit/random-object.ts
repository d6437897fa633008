// Random objects of a shape, as a client might send them.
import type { Random } from "../../src/lib/random.ts";
import type { ObjectShape, Shape } from "../../src/schema/shape.ts";

const deepest = 6;

/** Of any fields that its shape has, with few values, so that items are alike now and then. */
export function anyObject(random: Random, shape: ObjectShape, depth = 0): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (const [name, field] of shape.fields)
    if (random.float() < (depth < 2 ? 0.8 : 0.4)) {
      const value = anyValue(random, field.shape(), depth + 1);
      if (value !== undefined) object[name] = value;
    }
  return object;
}

function anyValue(random: Random, shape: Shape, depth: number): unknown {
  if (depth > deepest) return undefined;
  const count = Math.floor(random.float() * 4);
  switch (shape.kind) {
    case "object":
      return anyObject(random, shape, depth);
    case "list":
      return Array.from({ length: count }, () => anyValue(random, shape.item(), depth + 1) ?? null);
    case "map": {
      const names = ["b", "a.example.com/x", 'q"', "z"].slice(0, count);
      return Object.fromEntries(
        names.map((name) => [name, anyValue(random, shape.value(), depth + 1)]),
      );
    }
    case "scalar":
      return scalars[shape.type]?.(random);
  }
}

const few = (random: Random, values: readonly unknown[]): unknown =>
  values[Math.floor(random.float() * values.length)];

const some = (random: Random): number => Math.floor(random.float() * 30);

const scalars: Readonly<Record<string, (random: Random) => unknown>> = {
  string: (random) => few(random, ["", 'c"d', `a${some(random)}`, `b.example.com/${some(random)}`]),
  bool: (random) => few(random, [true, false, undefined]),
  int32: some,
  int64: some,
  quantity: (random) => few(random, ["1", "100m", "0", undefined]),
  intOrString: (random) => few(random, [some(random), "http", undefined]),
};
