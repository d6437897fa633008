// The form of a value, compiled from the facts of a built-in type or from the structural schema of
// a custom resource. Decoding, pruning, defaulting, merging, apply, OpenAPI and protobuf all walk
// this one model.
//
//   { kind: "object", fields: { replicas: { shape: { kind: "scalar", type: "int32" } } } }
//   is the shape of   { replicas: 3 }

export type Shape = ObjectShape | MapShape | ListShape | ScalarShape;

/** A value with known fields, in the order in which upstream writes them. */
export type ObjectShape = {
  readonly kind: "object";
  /**
   * Full name of the definition as in upstream's OpenAPI (`io.k8s.api.core.v1.Pod`); "" for parts
   * of custom resources.
   */
  readonly name: string;
  readonly fields: ReadonlyMap<string, Field>;
  /** An owner owns the whole value (`+structType=atomic`). */
  readonly atomic: boolean;
  /** Unknown fields stay (`x-kubernetes-preserve-unknown-fields`). */
  readonly keepsUnknown: boolean;
  /** Also a whole object with apiVersion, kind and metadata (`x-kubernetes-embedded-resource`). */
  readonly embedded: boolean;
  /**
   * For custom resources: the shape of fields that are not named (`additionalProperties` beside
   * `properties`).
   */
  readonly rest?: Shape;
};

export type Field = {
  readonly name: string;
  /** Evaluated on first use, because types refer to each other and to themselves. */
  readonly shape: () => Shape;
  /** Number in protobuf messages; 0 where there is none. */
  readonly number: number;
  /** Go's `omitempty` is absent: the field is written even when it is empty. */
  readonly always: boolean;
  /** The Go field is a pointer, so that an explicit zero is kept apart from absent. */
  readonly pointer: boolean;
  /** Listed under `required` in OpenAPI. */
  readonly required: boolean;
  /** JSON value of the `+default` marker or of the schema's `default`. */
  readonly default?: unknown;
  /** Strategic merge patch: how lists and objects merge. */
  readonly patchStrategy?: readonly ("merge" | "replace" | "retainKeys")[];
  readonly patchMergeKey?: string;
  /** Of bytes, which Go keeps as a list: what the definition says of it. Says nothing to a merge. */
  readonly listType?: "atomic";
  /** An inlined Go struct has no name of its own on the wire, but one number in protobuf. */
  readonly inlined?: readonly number[];
  /** Go names of the inlined structs around the field, which messages of the decoder show. */
  readonly within?: readonly string[];
};

export type MapShape = {
  readonly kind: "map";
  readonly value: () => Shape;
  readonly atomic: boolean;
  /** The definition states which of the two it is. */
  readonly typed?: boolean;
  readonly nullable?: boolean;
};

export type ListShape = {
  readonly kind: "list";
  readonly item: () => Shape;
  readonly listType: "atomic" | "set" | "map";
  /** The definition states the list type; else `listType` is what it comes to. */
  readonly typed?: boolean;
  /** Names of the key fields when listType is "map". */
  readonly keys: readonly string[];
  /**
   * In protobuf, a message of its own whose field 1 holds the items (`authentication.k8s.io`
   * ExtraValue).
   */
  readonly wrapped?: boolean;
};

export type ScalarShape = {
  readonly kind: "scalar";
  readonly type:
    | "string"
    | "bool"
    | "int32"
    | "int64"
    | "uint32"
    | "uint64"
    | "float"
    | "double"
    | "bytes" // base64 in JSON
    | "quantity"
    | "time"
    | "microTime"
    | "duration"
    | "intOrString"
    | "number" // custom resources: integer or floating
    | "fieldsV1" // kept as it stands
    | "raw" // runtime.RawExtension: any JSON object
    | "any" // apiextensions JSON: any JSON value
    | "schemaOrArray"
    | "schemaOrBool"
    | "schemaOrStrings"; // JSONSchemaProps, or what the name says
  /** Values that the published definition lists (`+enum`). */
  readonly enum?: readonly string[];
  readonly nullable?: boolean;
  /** JSONSchemaProps, for the three types that may hold it. */
  readonly schema?: () => ObjectShape;
};
