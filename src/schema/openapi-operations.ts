// The operations of every served resource, as both versions of OpenAPI list them.

import type { Kind } from "./kind.ts";
import {
  bodyTypes,
  gvk,
  isCustom,
  patch,
  placeOf,
  read,
  typesOf,
  write,
} from "./openapi-object.ts";
import {
  metaType,
  type Operation,
  type Published,
  plainTypes,
  streamTypes,
  tagOf,
} from "./openapi-operation.ts";
import { deleteQuery, listQuery, type Parameter, query, sorted } from "./openapi-parameters.ts";
import { subresourceOperations } from "./openapi-subresources.ts";

export function operationsOf(of: Published): Operation[] {
  return [
    ...collectionOperations(of),
    ...objectOperations(of),
    ...of.subresources.flatMap((subresource) => subresourceOperations(of, subresource)),
  ];
}

function collectionOperations(of: Published): Operation[] {
  const { resource, verbs } = of;
  const at = placeOf(of);
  const kind = gvk(resource);
  const has = (verb: Kind["verbs"][number]) => verbs.includes(verb);
  const list = (path: string, id: string, parameters: readonly Parameter[]): Operation => ({
    tag: tagOf(resource),
    path,
    method: "get",
    id,
    action: "list",
    kind,
    parameters: sorted(parameters, listQuery),
    answer: { is: "list", of },
    answerTypes: isCustom(of) ? plainTypes : streamTypes,
    codes: [200],
  });
  const found: Operation[] = [];
  if (has("list")) {
    found.push(list(at.collection, `list${at.stem}${at.tail}`, at.inCollection));
    if (at.namespaced) {
      const id = `list${at.stem}${resource.kind}ForAllNamespaces`;
      found.push(list(`${at.root}/${resource.plural}`, id, [query("pretty", "string")]));
    }
  }
  if (has("create")) {
    found.push({
      ...write(of, "post", "create", at.collection, at.inCollection),
      codes: [200, 201, 202],
    });
  }
  if (has("deletecollection")) {
    found.push({
      tag: tagOf(resource),
      path: at.collection,
      method: "delete",
      id: `delete${at.stem}Collection${at.tail}`,
      action: "deletecollection",
      kind,
      parameters: isCustom(of)
        ? sorted(at.inCollection, listQuery)
        : sorted(
            at.inCollection,
            listQuery.filter(({ name }) => !watchOnly.has(name)),
            deleteQuery,
          ),
      ...(!isCustom(of) && { body: deleteBody }),
      answer: metaType("Status"),
      answerTypes: typesOf(of),
      codes: [200],
    });
  }
  return [...found, ...(has("watch") && !isCustom(of) ? watchOperations(of) : [])];
}

const watchOnly = new Set(["watch", "allowWatchBookmarks"]);

/** The old paths below `/watch`. */
function watchOperations(of: Published): Operation[] {
  const { resource } = of;
  const at = placeOf(of);
  const under = (path: string) => path.replace(at.root, `${at.root}/watch`);
  const watch = (
    path: string,
    id: string,
    action: string,
    parameters: readonly Parameter[],
  ): Operation => ({
    tag: tagOf(resource),
    path: under(path),
    method: "get",
    id: `watch${at.stem}${id}`,
    action,
    kind: gvk(resource),
    parameters: sorted(parameters, listQuery),
    answer: metaType("WatchEvent"),
    answerTypes: streamTypes,
    codes: [200],
  });
  const everywhere = at.namespaced
    ? [
        watch(
          `${at.root}/${resource.plural}`,
          `${resource.kind}ListForAllNamespaces`,
          "watchlist",
          [query("pretty", "string")],
        ),
      ]
    : [];
  return [
    ...everywhere,
    watch(at.collection, `${at.tail}List`, "watchlist", at.inCollection),
    watch(at.object, at.tail, "watch", at.inObject),
  ];
}

const deleteBody: Operation["body"] = {
  value: metaType("DeleteOptions"),
  types: ["*/*"],
  required: false,
};

function objectOperations(of: Published): Operation[] {
  const at = placeOf(of);
  const found: Operation[] = [];
  if (of.verbs.includes("get")) found.push(read(of, at.object, ""));
  if (of.verbs.includes("update")) found.push(write(of, "put", "replace", at.object, at.inObject));
  if (of.verbs.includes("delete")) {
    found.push({
      tag: tagOf(of.resource),
      path: at.object,
      method: "delete",
      id: `delete${at.stem}${at.tail}`,
      action: "delete",
      kind: gvk(of.resource),
      parameters: sorted(at.inObject, deleteQuery),
      body: { ...deleteBody!, types: bodyTypes(of) },
      answer: of.returnsDeleted && !of.untoldDeleted ? { is: "object", of } : metaType("Status"),
      answerTypes: typesOf(of),
      codes: [200, 202],
    });
  }
  if (of.verbs.includes("patch")) found.push(patch(of, at.object, at.inObject));
  return found;
}
