// The types that expressions see of a kind's values, from its shape.
import * as cel from "./cel/cel-type.ts";
import { escaped } from "./custom-expression-types.ts";
import type { ObjectShape, ScalarShape, Shape } from "./shape.ts";

const known = new WeakMap<Shape, cel.CelType>();

/** Types refer to each other and to themselves: what is inside is made when it is asked for. */
export function typeOfShape(shape: Shape): cel.CelType {
  let type = known.get(shape);
  if (type === undefined) {
    type = typeOf(shape);
    known.set(shape, type);
  }
  return type;
}

function typeOf(shape: Shape): cel.CelType {
  switch (shape.kind) {
    case "scalar":
      return scalarTypes[shape.type];
    case "list":
      return cel.listOf(typeOfShape(shape.item()));
    case "map":
      return cel.mapOf(cel.string, typeOfShape(shape.value()));
    case "object":
      return shape.keepsUnknown && shape.fields.size === 0 ? cel.dyn : objectType(shape);
  }
}

let objects = 0;

function objectType(shape: ObjectShape): cel.CelType {
  let byName: ReadonlyMap<string, () => Shape> | undefined;
  const fields = (): ReadonlyMap<string, () => Shape> => {
    byName ??= new Map([...shape.fields.values()].map((f) => [escaped(f.name), f.shape]));
    return byName;
  };
  return cel.struct(shape.name || `object.${objects++}`, (name) => {
    const field = fields().get(name);
    return field && typeOfShape(field());
  });
}

const scalarTypes: Readonly<Record<ScalarShape["type"], cel.CelType>> = {
  string: cel.string,
  bool: cel.bool,
  int32: cel.int,
  int64: cel.int,
  uint32: cel.int,
  uint64: cel.int,
  float: cel.double,
  double: cel.double,
  number: cel.double,
  bytes: cel.bytes,
  quantity: cel.string,
  duration: cel.string,
  time: cel.timestamp,
  microTime: cel.timestamp,
  intOrString: cel.dyn,
  fieldsV1: cel.dyn,
  raw: cel.dyn,
  any: cel.dyn,
  schemaOrArray: cel.dyn,
  schemaOrBool: cel.dyn,
  schemaOrStrings: cel.dyn,
};
