// Which objects a list, watch or deletecollection is about.
import {
  exactField,
  type FieldSelection,
  matchesFields,
  parseFieldSelector,
} from "../schema/field-selectors.ts";
import type { ApiObject, Kind } from "../schema/kind.ts";
import { matchesLabels, parseLabelSelector, type Selection } from "../schema/selectors.ts";
import { badRequest } from "../schema/status-error.ts";

export type Chosen = {
  readonly labels: Selection;
  readonly fields: FieldSelection;
  /** Everything is chosen. */
  readonly all: boolean;
  /** The only name that can be chosen. */
  readonly name: string | undefined;
  /** The only namespace that can be chosen. */
  readonly namespace: string | undefined;
};

export type Selectors = { readonly labels: Selection; readonly fields: FieldSelection };

/** Throws StatusError(400) in upstream's words for selectors that cannot be read. */
export const selectorsIn = (query: URLSearchParams): Selectors => ({
  labels: parseLabelSelector(query.get("labelSelector") ?? ""),
  fields: parseFieldSelector(query.get("fieldSelector") ?? ""),
});

/** `pathName`: of a watch of one object by its path. Throws StatusError(400) for fields that are not known. */
export function chosenBy(kind: Kind, selectors: Selectors, pathName = ""): Chosen {
  const { labels } = selectors;
  const fields = selectors.fields.map((t) => ({ ...t, field: knownField(kind, t.field) }));
  if (pathName !== "" && fields.length > 0 && exactField(fields, "metadata.name") !== pathName)
    throw badRequest("fieldSelector metadata.name doesn't match requested name");
  if (pathName !== "" && fields.length === 0)
    fields.push({ field: "metadata.name", operator: "=", value: pathName });
  return {
    labels,
    fields,
    all: labels.length === 0 && fields.length === 0,
    name: exactField(fields, "metadata.name"),
    namespace: exactField(fields, "metadata.namespace"),
  };
}

/** `object` is in the version of `kind`. */
export function isChosen(kind: Kind, chosen: Chosen, object: ApiObject): boolean {
  if (chosen.all) return true;
  if (!matchesLabels(chosen.labels, object.metadata.labels)) return false;
  return (
    chosen.fields.length === 0 || matchesFields(chosen.fields, (f) => fieldOf(kind, object, f))
  );
}

function fieldOf(kind: Kind, object: ApiObject, field: string): string {
  if (field === "metadata.name") return object.metadata.name ?? "";
  if (field === "metadata.namespace") return object.metadata.namespace ?? "";
  return kind.fieldSelectors?.[field]?.(object) ?? "";
}

/** The field's present name. Throws StatusError(400) for one that the kind cannot be selected by. */
function knownField(kind: Kind, asked: string): string {
  const aliases = kind.fieldSelectorAliases ?? {};
  const field = Object.hasOwn(aliases, asked) ? aliases[asked]! : asked;
  const own = kind.fieldSelectors;
  if (field === "metadata.name" || (own !== undefined && Object.hasOwn(own, field))) return field;
  const namespaced = kind.resource.scope === "Namespaced";
  if (field === "metadata.namespace" && (namespaced || own === undefined)) return field;
  if (own !== undefined || kind.resource.type === "")
    throw badRequest(kind.unknownField?.(field) ?? `field label not supported: ${field}`);
  throw badRequest(
    `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
  );
}
