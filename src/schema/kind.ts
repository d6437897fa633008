// What a kind is beyond its facts. Built-in kinds are written as one file each below `kinds/`; a custom resource
// makes the same record from its definition. Discovery, tables, OpenAPI, RBAC and every verb read it.
import type { Identity } from "./api-request.ts";
import type { Resource } from "./resource.ts";
import type { Shape } from "./shape.ts";
import type { Cause } from "./status-error.ts";
import type { Scale } from "./types/autoscaling-v1.ts";
import type { ObjectMeta } from "./types/meta-v1.ts";

export type ApiObject = { apiVersion?: string; kind?: string; metadata: ObjectMeta };

export type Verb =
  | "get"
  | "list"
  | "watch"
  | "create"
  | "update"
  | "patch"
  | "delete"
  | "deletecollection";

/** How a write reaches the object. `subresource` is "" for the object itself. */
export type Write = {
  readonly operation: "create" | "update";
  readonly subresource: string;
  readonly user: string;
  /** All that is known about who writes; certificate requests keep it. */
  readonly identity?: Identity;
  /** Wall clock, ms. */
  readonly now: number;
};

/** A printer column as in upstream's Table. `priority` 0 is always shown, 1 with `-o wide`. */
export type Column<T> = {
  readonly name: string;
  readonly type?: "string" | "integer" | "number" | "boolean" | "date";
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  /** The cell stands in each row, but nothing in the table's head tells of it. */
  readonly headless?: boolean;
  /**
   * `now`: wall clock in ms, for ages. `all`: every object of the list whose row this is, where there is a list. A
   * Table cell: string, number or boolean.
   */
  readonly cell: (object: T, now: number, all?: readonly T[]) => unknown;
};

export type RowCondition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
};

/** How the objects of a kind are read and written. */
export type Codec = {
  /**
   * From parsed JSON: known fields only, in canonical form and order. Throws a DecodeError for values of a wrong type.
   * `strict`: collect the paths of unknown fields. `exact`: the document was read with OddNumbers. `written`: a caller
   * wrote it as text. `applied`: what server-side apply made; its nulls stay for the rules of the kind to refuse.
   */
  readonly decode: (
    value: unknown,
    options: {
      readonly strict?: boolean;
      readonly exact?: boolean;
      readonly written?: boolean;
      readonly patched?: boolean;
      readonly applied?: boolean;
    },
  ) => { readonly object: Record<string, unknown>; readonly unknown: readonly string[] };
  /** JSON text, `kind`, `apiVersion` and `metadata` first. */
  readonly encode: (object: unknown) => string;
};

/** A part of the object with a path of its own. What it may change is `keep`'s business. */
export type Subresource = {
  readonly name: string;
  readonly verbs: readonly ("get" | "update" | "patch" | "create" | "delete")[];
  /** Kind of the body when it is not the object's own (`autoscaling/v1 Scale`). */
  readonly body?: { readonly group: string; readonly version: string; readonly kind: string };
};

export type Kind<T extends ApiObject = ApiObject> = {
  readonly resource: Resource<T>;
  readonly shape: () => Shape;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly Verb[];
  readonly subresources: readonly Subresource[];
  /** Group and version under which the bytes are stored, when it is another served version's. */
  readonly storedAs?: Resource;
  /** How the stored version is read and written where it is not served; as that version's kind when absent. */
  readonly storedCodec?: Codec;
  /** Between this version's form and the stored one; present when `storedAs` is. */
  readonly toStored?: (object: T) => ApiObject;
  readonly fromStored?: (object: ApiObject) => T;
  /**
   * Somebody outside converts (a conversion webhook): `objects`, which are of any versions, in the version `apiVersion`;
   * private copies in the same order. Throws a StatusError. Where it is present, `toStored` and `fromStored` are not.
   */
  readonly convert?: (
    objects: readonly ApiObject[],
    apiVersion: string,
  ) => Promise<readonly ApiObject[]>;

  /** A custom resource's schema as its author wrote it; OpenAPI shows it. */
  readonly schema?: Readonly<Record<string, unknown>>;

  /** What is stored may have been written under an earlier schema: an answer is made from the object as read now. */
  readonly rereads?: boolean;
  /** By the shape when absent; custom resources bring their own. */
  readonly codec?: Codec;

  /** Fills in what the caller left out, beyond the facts' defaults. Mutates `object`, which is a private copy. */
  readonly applyDefaults?: (object: T) => void;
  /** What a new object has filled in once its rules hold: upstream sets defaults again when it reads what it stored. */
  readonly onStored?: (object: T) => void;
  /**
   * Upstream's strategy before validation: what a create resets, what an update may not touch (status on a spec
   * write, spec on a status write), generation. Mutates `next`, a private copy. `old` is frozen.
   */
  readonly prepare?: (next: T, old: T | undefined, write: Write) => void;
  /** Every broken rule at once, in upstream's order; metadata is checked elsewhere. */
  readonly validate?: (next: T, old: T | undefined, write: Write) => Cause[];
  /** Texts of `Warning` headers of writes of the object itself. */
  readonly warnings?: (next: T, old: T | undefined) => string[];
  /** Texts of those of writes of the status. */
  readonly statusWarnings?: (next: T) => string[];
  /** The rule for `metadata.name`, from `names.ts`; DNS-1123 subdomain when absent. Returns messages. */
  readonly nameRule?: (name: string, prefix: boolean) => string[];
  /** Updates hold `metadata.generateName` to the rule for names, too; the name itself cannot change. */
  readonly rechecksNames?: boolean;
  /** New objects, or all, may have finalizers without a domain, which other built-in kinds refuse. */
  readonly bareFinalizers?: "new" | "all";
  /**
   * Printer columns behind Name; Age is part of the list where upstream has it. A list with a column called Name has
   * Name where it stands, in its own words.
   */
  readonly columns?: readonly Column<T>[];
  /** Annotations that only this form of the object has: upstream keeps fields in their place, and shows no metadata of them. */
  readonly fieldAnnotations?: readonly string[];
  /** Order of the rows of a table where it is not that of the names. */
  readonly rowOrder?: (a: T, b: T) => number;
  /** `conditions` of a Table's row: whether the object is over. */
  readonly rowConditions?: (object: T) => readonly RowCondition[];
  /** Beyond `metadata.name` and `metadata.namespace`. */
  readonly fieldSelectors?: Readonly<Record<string, (object: T) => string>>;
  /** How upstream refuses a field that the kind cannot be selected by, where it has words of its own. */
  readonly unknownField?: (field: string) => string;
  /** Old names of field selectors and what they are called now. */
  readonly fieldSelectorAliases?: Readonly<Record<string, string>>;
  /** Seconds of grace for a delete when neither asked nor given; 0: removed at once. */
  readonly graceSeconds?: (object: T, asked: number | undefined) => number;
  /** The object's replicas as a Scale; `spec.replicas`, `status.replicas` and `spec.selector` when absent. */
  readonly scale?: {
    /** Without `spec.replicas` where the object has none. */
    readonly of: (object: T) => Scale;
    /** A changed copy; `object` is frozen. */
    readonly set: (object: T, replicas: number) => T;
    /** The fields that lead to the replicas. */
    readonly path: readonly string[];
  };
  /**
   * What a write owns nothing of, because it cannot change it, by subresource ("" for the object itself): paths such as
   * `metadata.labels`. When absent: the status, and for a write to the status the spec.
   */
  readonly unowned?: Readonly<Record<string, readonly string[]>>;
  /** The text of the `Warning` header that tells that this version goes away. */
  readonly deprecation?: string;
  /** What the beginning of a deletion changes besides metadata (a namespace's phase). Mutates a private copy. */
  readonly onDelete?: (next: T) => void;
  /** What holds a deleted object back besides `metadata.finalizers` (a namespace's `spec.finalizers`). */
  readonly heldBy?: (object: T) => readonly string[];
  /** A delete answers with the object as it was instead of a Status (upstream's ReturnDeletedObject). */
  readonly returnsDeleted?: boolean;
  /** With `returnsDeleted`: OpenAPI says Status all the same, as upstream's storage of the kind does not tell. */
  readonly untoldDeleted?: boolean;
  /** Texts of `Warning` headers of a delete without a propagation policy. */
  readonly warningsOnDelete?: readonly string[];
  /** Every write may create (upstream's AllowCreateOnUpdate). */
  readonly createsOnUpdate?: boolean;
  /** A PUT without resourceVersion overwrites (upstream's AllowUnconditionalUpdate); true when absent. */
  readonly unconditionalUpdate?: boolean;
  /** What a delete without propagationPolicy does to dependents; "background" when absent. */
  readonly defaultPropagation?: "background" | "orphan";
  /** `metadata.generation` is kept: 1 at creation, one more with each change of the spec. */
  readonly hasGeneration?: boolean;
  /** Not stored: an answer is computed (`SubjectAccessReview`, `TokenReview`). */
  readonly virtual?: boolean;
};

/** What one file per kind states; the rest is derived. */
export type KindSpec<T extends ApiObject> = Partial<Omit<Kind<T>, "resource">>;

const allVerbs: readonly Verb[] = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];

/** `shapeOf` is passed in so that facts are compiled only when the kind is first used. */
export function makeKind<T extends ApiObject>(
  resource: Resource<T>,
  spec: KindSpec<T>,
  shapeOf: (type: string) => Shape,
): Kind<T> {
  return {
    singular: resource.kind.toLowerCase(),
    shortNames: [],
    categories: [],
    verbs: allVerbs,
    subresources: [],
    ...spec,
    resource,
    shape: spec.shape ?? (() => shapeOf(resource.type)),
  };
}
