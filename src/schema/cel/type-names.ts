// Types that expressions can name, and those of their literals.
import type { LiteralExpression } from "./ast.ts";
import {
  bool,
  bytes,
  type CelType,
  double,
  duration,
  dyn,
  int,
  listOf,
  mapOf,
  nullType,
  opaque,
  optionalOf,
  string,
  timestamp,
  typeOfType,
  uint,
} from "./cel-type.ts";

/** Names of types. */
export const typeNames: ReadonlyMap<string, CelType> = new Map(
  Object.entries({
    int,
    uint,
    double,
    bool,
    string,
    bytes,
    list: listOf(dyn),
    map: mapOf(dyn, dyn),
    null_type: nullType,
    type: typeOfType(),
    optional_type: optionalOf(dyn),
    "google.protobuf.Timestamp": timestamp,
    "google.protobuf.Duration": duration,
    "net.IP": opaque("net.IP"),
    "net.CIDR": opaque("net.CIDR"),
    "kubernetes.Quantity": opaque("kubernetes.Quantity"),
    "kubernetes.Semver": opaque("kubernetes.Semver"),
    "kubernetes.URL": opaque("kubernetes.URL"),
  }),
);

export function literalType({ value }: LiteralExpression): CelType {
  switch (typeof value) {
    case "string":
      return string;
    case "bigint":
      return int;
    case "number":
      return double;
    case "boolean":
      return bool;
    default:
      if (value === null) return nullType;
      return value instanceof Uint8Array ? bytes : uint;
  }
}
