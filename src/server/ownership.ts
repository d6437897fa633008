// Who owns which fields after a write: what the request's own words did, before admission had its say.
import type { ApiObject, Kind } from "../schema/kind.ts";
import type { FieldSet } from "../schema/managed-fields/field-set.ts";
import { ownCreateOrUpdate } from "../schema/managed-fields/own.ts";
import {
  type Converter,
  type Fields,
  type Ignored,
  topFields,
} from "../schema/managed-fields/ownership.ts";
import type { ObjectShape } from "../schema/shape.ts";
import { apiVersionOf } from "./codec.ts";
import type { Kinds } from "./context.ts";
import type { Scope } from "./scope.ts";

/** Sets `next.metadata.managedFields` for a create (`old` undefined), update or patch. */
export function own(
  scope: Scope,
  manager: string,
  old: ApiObject | undefined,
  next: ApiObject,
): void {
  const { kind, context } = scope;
  const { subresource } = context.attributes;
  const entries = ownCreateOrUpdate({
    shape: kind.shape() as ObjectShape,
    old: old as Fields | undefined,
    next: next as unknown as Fields,
    manager,
    subresource,
    apiVersion: apiVersionOf(kind.resource),
    now: context.now,
    ignored: ignoredIn(kind, subresource),
    convert: converterOf(scope),
  });
  if (entries.length > 0) next.metadata.managedFields = entries;
  else delete next.metadata.managedFields;
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

/** Only for kinds that are served in several versions. */
export function converterOf({ parts, kind }: Scope): Converter | undefined {
  const versions = versionsOf(parts, kind);
  if (versions.length < 2) return undefined;
  return (apiVersion, object) => {
    const target = versions.find(({ resource }) => apiVersionOf(resource) === apiVersion);
    if (target === undefined) return undefined;
    const shape = target.shape() as ObjectShape;
    if (target === kind) return { shape, object };
    const given = object as unknown as ApiObject;
    const inStore = kind.toStored?.(given) ?? given;
    return { shape, object: (target.fromStored?.(inStore) ?? inStore) as unknown as Fields };
  };
}

type Versions = { readonly revision: number; readonly of: Map<Kind, readonly Kind[]> };

const versionsKnown = new WeakMap<Kinds, Versions>();

/** All served versions of what `kind` is stored as; looked up once until other kinds are served. */
function versionsOf({ kinds, objects }: Scope["parts"], kind: Kind): readonly Kind[] {
  let known = versionsKnown.get(kinds);
  if (known?.revision !== kinds.revision) {
    known = { revision: kinds.revision, of: new Map() };
    versionsKnown.set(kinds, known);
  }
  let versions = known.of.get(kind);
  if (versions === undefined) {
    const stored = objects.storedKind(kind);
    versions = kinds.all().filter((other) => objects.storedKind(other) === stored);
    known.of.set(kind, versions);
  }
  return versions;
}
