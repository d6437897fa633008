// What a facts file holds: one group version of the published API definitions, without any prose.
//
//   { "group": "apps", "version": "v1", "package": "io.k8s.api.apps.v1",
//     "types": { "Deployment": { … } } }

export type GroupFacts = {
  readonly group: string;
  readonly version: string;
  /** Prefix of the full names of the types defined here. */
  readonly package: string;
  /**
   * By name, sorted. Only types with fields of their own, lists that are messages in protobuf, and
   * enums.
   */
  readonly types: Readonly<Record<string, TypeFacts>>;
};

/**
 * A facts file in the index. A bundle may hold it as JSON text inside a function, so that the engine makes
 * the text, and the program its values, when they are first used.
 */
export type FactsEntry = {
  readonly group: string;
  readonly version: string;
  readonly facts: GroupFacts | (() => string);
};

export type TypeFacts = {
  /** In the order in which they are written. */
  readonly fields?: readonly FieldFacts[];
  /** Set when the type can be sent by itself (it has apiVersion and kind). */
  readonly kind?: KindFacts;
  readonly atomic?: true;
  /** A named list that is a message of its own in protobuf: the item's type. */
  readonly list?: string;
  /** A string with published values. */
  readonly enum?: readonly string[];
  /** Validation markers of the type itself (`+k8s:`), see FieldFacts. */
  readonly rules?: readonly string[];
};

export type KindFacts = {
  /** Absent where the kind has no resource of its own (lists, options, bodies of subresources). */
  readonly plural?: string;
  readonly cluster?: true;
  readonly subresources?: readonly string[];
  /** Verbs where they are not all: `["create"]`. */
  readonly verbs?: readonly string[];
  /** Releases as [major, minor]. */
  readonly introduced?: readonly [number, number];
  readonly deprecated?: readonly [number, number];
  readonly removed?: readonly [number, number];
  /** Group, version and kind that follow a deprecated one. */
  readonly replacement?: readonly [string, string, string];
};

export type FieldFacts = {
  /** On the wire; "" for an inlined struct, whose fields stand among its owner's. */
  readonly name: string;
  /**
   * A scalar (`string`, `int32`, `bytes`, `Time`, `Quantity`…), a type of this file (`PodSpec`),
   * the full name of another file's type; `[]T` and `map[string]T` around those; `*` in front where
   * Go has a pointer.
   */
  readonly type: string;
  /** In protobuf. */
  readonly number?: number;
  /** Written even when empty: Go's tag has no omitempty, or omitempty has no effect. */
  readonly always?: true;
  readonly required?: true;
  readonly default?: unknown;
  readonly listType?: "atomic" | "set" | "map";
  readonly keys?: readonly string[];
  /** `+mapType` or `+structType`: atomic or granular, whatever the type itself says. */
  readonly atomic?: boolean;
  readonly patchStrategy?: readonly ("merge" | "replace" | "retainKeys")[];
  readonly patchMergeKey?: string;
  /** Validation markers without `k8s:`, as published: `maxItems=32`, `beta(1.37) maxItems=32`. */
  readonly rules?: readonly string[];
};
