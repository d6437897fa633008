// Who owns which fields after a write: what the request's own words did, before admission had its say.
import type { ApiObject, Kind } from "../schema/kind.ts";
import { createdText } from "../schema/managed-fields/created-set.ts";
import type { FieldSet } from "../schema/managed-fields/field-set.ts";
import { ItemError } from "../schema/managed-fields/items.ts";
import { ownCreateOrUpdate } from "../schema/managed-fields/own.ts";
import {
  type Converter,
  type Fields,
  type Ignored,
  topFields,
} from "../schema/managed-fields/ownership.ts";
import { sharedSetOf } from "../schema/managed-fields/shared-set.ts";
import { apiVersionOf } from "../schema/resource.ts";
import type { ObjectShape } from "../schema/shape.ts";
import { codecOf } from "./codec.ts";
import { equivalentKinds } from "./conversion.ts";
import type { Scope } from "./scope.ts";
import { rest } from "./turns.ts";

/** Sets `next.metadata.managedFields` for a create (`old` undefined), update or patch. */
export async function own(
  scope: Scope,
  manager: string,
  old: ApiObject | undefined,
  next: ApiObject,
): Promise<void> {
  const { kind, context } = scope;
  const { subresource } = context.attributes;
  const owned = (convert: Converter | undefined) =>
    ownCreateOrUpdate({
      shape: kind.shape() as ObjectShape,
      old: old as Fields | undefined,
      next: next as Fields,
      manager,
      subresource,
      apiVersion: apiVersionOf(kind.resource),
      now: context.now,
      ignored: ignoredIn(kind, subresource),
      convert,
      created,
    });
  const created = context.isLarge && !old ? await createdInGoes(scope, next) : undefined;
  const entries = await withVersions(scope, owned);
  if (entries.length > 0) next.metadata.managedFields = entries;
  else delete next.metadata.managedFields;
}

/** What the maker of a large object owns: its text in one go, which is read in the next; undefined where only a comparison tells. */
async function createdInGoes(scope: Scope, next: ApiObject): Promise<FieldSet | undefined> {
  const { kind, context } = scope;
  const ignored = ignoredIn(kind, context.attributes.subresource);
  const fields = next as Fields;
  const text = unlessAlike(() => createdText(kind.shape() as ObjectShape, fields, ignored));
  await rest(context);
  return text === undefined ? undefined : sharedSetOf(text);
}

/** Undefined where items of a list cannot be told apart. */
function unlessAlike<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof ItemError) return undefined;
    throw error;
  }
}

const withoutStatus: Ignored = { except: topFields("status") };
const withoutSpec: Ignored = { except: topFields("spec") };
const onlyStatus: Ignored = { only: ["status"] };
const onlySpec: Ignored = { only: ["spec"] };

/** What a write to the object or to a part of it does not own, because it cannot change it. */
export function ignoredIn(kind: Kind, subresource: string): Ignored | undefined {
  const stated = kind.unowned?.[subresource];
  if (stated !== undefined) return { except: pathsOf(stated) };
  switch (subresource) {
    case "":
    case "finalize":
      return kind.subresources.some(({ name }) => name === "status") ? withoutStatus : undefined;
    case "status":
      return kind.resource.type === "" ? onlyStatus : withoutSpec;
    case "approval":
      return withoutSpec;
    default:
      return onlySpec;
  }
}

/** `metadata.labels` as the set of all that lies below it. */
function pathsOf(paths: readonly string[]): FieldSet {
  const root: Record<string, FieldSet> = {};
  for (const path of paths) {
    let here = root;
    for (const name of path.split(".")) {
      const key = `f:${name}`;
      here[key] ??= {};
      here = here[key] as Record<string, FieldSet>;
    }
  }
  return root;
}

/** Runs a computation that needs objects in the other versions of the kind. It may run several times. */
export function withVersions<T>(
  scope: Scope,
  run: (convert: Converter | undefined) => T,
): T | Promise<T> {
  const { parts, kind } = scope;
  const versions = equivalentKinds(parts.kinds, kind);
  if (versions.length < 2) return run(undefined);
  if (kind.convert !== undefined) return withOutsideVersions(versions, kind, run);
  return run((apiVersion, object) => {
    const named = (wanted: unknown): Kind | undefined =>
      versions.find(({ resource }) => apiVersionOf(resource) === wanted);
    const target = named(apiVersion);
    if (target === undefined) return undefined;
    const shape = target.shape() as ObjectShape;
    const source = named(object["apiVersion"]) ?? kind;
    if (target === source) return { shape, object };
    const given = whole(source, object);
    const inStore = source.toStored?.(given) ?? given;
    return { shape, object: (target.fromStored?.(inStore) ?? inStore) as Fields };
  });
}

/** Ownership leaves nulls where it has taken something out, which is no form of a kind of ours. */
const whole = (kind: Kind, object: Fields): ApiObject =>
  (kind.codec === undefined ? codecOf(kind).decode(object, {}).object : object) as ApiObject;

/** A computation cannot go on without this. */
class Wanted extends Error {
  readonly apiVersion: string;
  readonly object: Fields;
  constructor(apiVersion: string, object: Fields) {
    super("an object is wanted in another version");
    this.apiVersion = apiVersion;
    this.object = object;
  }
}

/** Objects that one computation may want to have converted: a few for each version that owners name. */
const wantedMax = 64;

/** A conversion takes time, a computation has none: it is run again when what it wanted has come. */
async function withOutsideVersions<T>(
  versions: readonly Kind[],
  kind: Kind,
  run: (convert: Converter) => T,
): Promise<T> {
  const known = new Map<string, Fields>();
  const convert: Converter = (apiVersion, object) => {
    const target = versions.find(({ resource }) => apiVersionOf(resource) === apiVersion);
    if (target === undefined) return undefined;
    const shape = target.shape() as ObjectShape;
    const isEmpty = Object.keys(object).length === 0;
    if (isEmpty || object["apiVersion"] === apiVersion) return { shape, object };
    const converted = known.get(keyOf(apiVersion, object));
    if (converted === undefined) throw new Wanted(apiVersion, object);
    return { shape, object: converted };
  };
  for (;;) {
    try {
      return run(convert);
    } catch (error) {
      if (!(error instanceof Wanted) || known.size >= wantedMax) throw error;
      const { apiVersion, object } = error;
      const given = object as ApiObject;
      const [converted] = await kind.convert!([given], apiVersion);
      known.set(keyOf(apiVersion, object), converted as Fields);
    }
  }
}

const keyOf = (apiVersion: string, object: Fields): string =>
  `${apiVersion} ${JSON.stringify(object)}`;
