// Whether a rule of a webhook or a policy is about a write: operations, groups, versions, resources, scope, selectors.
import type { Kind } from "../../schema/kind.ts";
import { matchesLabels, type Selection } from "../../schema/selectors.ts";
import { notFound } from "../../schema/status-error.ts";
import type {
  NamedRuleWithOperations,
  RuleWithOperations,
} from "../../schema/types/admissionregistration-v1.ts";
import { type Asked, type GroupVersionResource, namespaceOf } from "./attributes.ts";

type Rule = RuleWithOperations & Pick<NamedRuleWithOperations, "resourceNames">;

/** The version in which the write is asked about: `undefined` is the request's own. */
export type Concern = { readonly as: Kind | undefined };

/** The first rule that is about the write; `equivalent`: other versions of the same resource count, too. */
export function concernOf(
  asked: Asked,
  rules: readonly Rule[],
  equivalent: boolean,
): Concern | undefined {
  if (rules.some((rule) => isAbout(asked, rule, asked.resource))) return { as: undefined };
  if (!equivalent) return undefined;
  const { subresource } = asked.context.attributes;
  const own = asked.context.kind;
  for (const rule of rules)
    for (const kind of asked.equivalents) {
      if (kind === own || !hasPart(kind, subresource)) continue;
      const { group, version, plural } = kind.resource;
      if (isAbout(asked, rule, { group, version, resource: plural })) return { as: kind };
    }
  return undefined;
}

const hasPart = (kind: Kind, subresource: string): boolean =>
  subresource === "" || kind.subresources.some(({ name }) => name === subresource);

/** As `concernOf`, without the versions: whether any request of this kind could be meant. */
function isAbout(asked: Asked, rule: Rule, resource: GroupVersionResource): boolean {
  const { operations, apiGroups, apiVersions, resources, resourceNames = [] } = rule;
  return (
    has(operations, asked.write.operation) &&
    has(apiGroups, resource.group) &&
    has(apiVersions, resource.version) &&
    isOneOf(resources ?? [], resource.resource, asked.context.attributes.subresource) &&
    isInScope(asked, rule.scope ?? "*", resource) &&
    (resourceNames.length === 0 || resourceNames.includes(asked.name))
  );
}

const has = (items: readonly string[] | undefined, wanted: string): boolean =>
  items !== undefined && (items.includes("*") || items.includes(wanted));

function isOneOf(resources: readonly string[], plural: string, subresource: string): boolean {
  return resources.some((text) => {
    const slash = text.indexOf("/");
    const name = slash < 0 ? text : text.slice(0, slash);
    const part = slash < 0 ? "" : text.slice(slash + 1);
    return (name === "*" || name === plural) && (part === "*" || part === subresource);
  });
}

/** A namespace itself is no object in a namespace, though its requests name one. */
function isInScope(
  { namespace }: Asked,
  scope: string,
  { group, version, resource }: GroupVersionResource,
): boolean {
  if (scope === "*") return true;
  const itself = group === "" && version === "v1" && resource === "namespaces";
  const inside = !itself && namespace !== "";
  return scope === "Namespaced" ? inside : !inside;
}

/** Throws StatusError(404) for a namespace that is not there. */
export function isNamespaceChosen(asked: Asked, selection: Selection): boolean {
  const { namespace, context } = asked;
  if (selection.length === 0) return true;
  if (namespace === "" && context.attributes.plural !== "namespaces") return true;
  const found = namespaceOf(asked);
  if (found === undefined) throw notFound({ group: "", plural: "namespaces", name: namespace });
  return matchesLabels(selection, found.metadata.labels);
}

/** Either state of the object may be the one that is meant. */
export function isObjectChosen({ write }: Asked, selection: Selection): boolean {
  if (selection.length === 0) return true;
  return [write.object, write.old].some(
    (object) => object !== undefined && matchesLabels(selection, object.metadata?.labels),
  );
}
