// The operations of every served resource, as both versions of OpenAPI list them.

import type { Kind, Subresource } from "./kind.ts";
import {
  deleteQuery,
  listQuery,
  optionsQuery,
  type Parameter,
  pathParameter,
  query,
  writeQuery,
} from "./openapi-parameters.ts";
import type { GroupVersion, Json } from "./openapi-schemas.ts";
import type { Resource } from "./resource.ts";

/** What is published of a kind. `schema` is a custom resource's own schema, as its author wrote it. */
export type Published = Pick<
  Kind<never>,
  "resource" | "verbs" | "subresources" | "returnsDeleted"
> & { readonly schema?: Json };

/** A body, by what it is: the renderer turns it into references of its dialect. */
export type Body =
  | { readonly is: "object" | "list"; readonly of: Published }
  | { readonly is: "type"; readonly name: string }
  | { readonly is: "text" };

export type Operation = {
  readonly tag: string;
  readonly path: string;
  readonly method: "get" | "post" | "put" | "patch" | "delete" | "head" | "options";
  readonly id: string;
  readonly action?: string;
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
  /** Sorted by name; those of the path among them. */
  readonly parameters: readonly Parameter[];
  readonly body?: {
    readonly value: Body;
    readonly types: readonly string[];
    readonly required: boolean;
  };
  /** Where there is no body to tell it: what version 2 says that a request may hold. */
  readonly consumes?: readonly string[];
  readonly answer: Body;
  readonly answerTypes: readonly string[];
  /** Success codes. */
  readonly codes: readonly number[];
};

const metaType = (name: string): Body => ({
  is: "type",
  name: `io.k8s.apimachinery.pkg.apis.meta.v1.${name}`,
});

const plainTypes = ["application/json", "application/yaml"];
const objectTypes = [...plainTypes, "application/vnd.kubernetes.protobuf"];
const streamTypes = [
  ...objectTypes,
  "application/json;stream=watch",
  "application/vnd.kubernetes.protobuf;stream=watch",
];
const patchTypes = [
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
];

/** `authorization.k8s.io/v1` is `Authorization`, `V1`; dots of other groups join words. */
const groupWords = (group: string): string[] =>
  (group === "" ? "core" : group.replace(/\.k8s\.io$/, "")).split(".");

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** `core_v1`, `rbacAuthorization_v1`. */
export function tagOf({ group, version }: GroupVersion): string {
  const [first, ...others] = groupWords(group);
  return [`${first}${others.map(capital).join("")}`, version].join("_");
}

const idStem = ({ group, version }: GroupVersion): string =>
  groupWords(group).map(capital).join("") + capital(version);

export const rootOf = ({ group, version }: GroupVersion): string =>
  group === "" ? `/api/${version}` : `/apis/${group}/${version}`;

const listing = (path: string, tag: string, id: string, name: string): Operation => ({
  tag,
  path,
  method: "get",
  id,
  parameters: [],
  consumes: objectTypes,
  answer: metaType(name),
  answerTypes: objectTypes,
  codes: [200],
});

/** The listing of the group version itself. */
export const discoveryOperation = (version: GroupVersion): Operation =>
  listing(
    `${rootOf(version)}/`,
    tagOf(version),
    `get${idStem(version)}APIResources`,
    "APIResourceList",
  );

/** The listing of a group's versions; of the core group, the versions of the old root. */
export function groupOperation(group: string): Operation {
  if (group === "") return listing("/api/", "core", "getCoreAPIVersions", "APIVersions");
  const [first, ...others] = groupWords(group);
  const stem = groupWords(group).map(capital).join("");
  const tag = first! + others.map(capital).join("");
  return listing(`/apis/${group}/`, tag, `get${stem}APIGroup`, "APIGroup");
}

export const groupsOperation = listing("/apis/", "apis", "getAPIVersions", "APIGroupList");

export const versionOperation: Operation = {
  ...listing("/version/", "version", "getCodeVersion", ""),
  consumes: ["application/json"],
  answer: { is: "type", name: "io.k8s.apimachinery.pkg.version.Info" },
  answerTypes: ["application/json"],
};

export function operationsOf(of: Published): Operation[] {
  return [
    ...collectionOperations(of),
    ...objectOperations(of),
    ...of.subresources.flatMap((subresource) => subresourceOperations(of, subresource)),
  ];
}

const isCustom = (of: Published): boolean => of.resource.type === "";
const typesOf = (of: Published): readonly string[] => (isCustom(of) ? plainTypes : objectTypes);
const bodyTypes = (of: Published): readonly string[] => (isCustom(of) ? plainTypes : ["*/*"]);

/** Paths and names for one resource. */
function placeOf({ resource }: Published) {
  const { scope, plural, kind } = resource;
  const namespaced = scope === "Namespaced";
  const root = rootOf(resource);
  const isNamespaces = plural === "namespaces" && resource.group === "";
  const collection = namespaced ? `${root}/namespaces/{namespace}/${plural}` : `${root}/${plural}`;
  const below = namespaced ? [pathParameter("namespace")] : [];
  return {
    root,
    collection,
    object: isNamespaces ? `${root}/namespaces/{name}` : `${collection}/{name}`,
    namespaced,
    stem: idStem(resource),
    tail: (namespaced ? "Namespaced" : "") + kind,
    inCollection: [...below, query("pretty", "string")],
    inObject: [pathParameter("name"), ...below, query("pretty", "string")],
  };
}

const gvk = ({ group, version, kind }: Resource) => ({ group, version, kind });

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
      answer: of.returnsDeleted ? { is: "object", of } : metaType("Status"),
      answerTypes: typesOf(of),
      codes: [200, 202],
    });
  }
  if (of.verbs.includes("patch")) found.push(patch(of, at.object, at.inObject));
  return found;
}

/** What differs in a subresource from the object itself. */
type Part = { readonly suffix: string; readonly value: Body; readonly kind: Operation["kind"] };

const whole = (of: Published): Part => ({
  suffix: "",
  value: { is: "object", of },
  kind: gvk(of.resource),
});

function read(of: Published, path: string, suffix: string, part = whole(of)): Operation {
  const at = placeOf(of);
  return {
    tag: tagOf(of.resource),
    path,
    method: "get",
    id: `read${at.stem}${at.tail}${suffix}`,
    action: "get",
    kind: part.kind!,
    parameters: sorted(at.inObject, isCustom(of) ? [query("resourceVersion", "string")] : []),
    answer: part.value,
    answerTypes: typesOf(of),
    codes: [200],
  };
}

function write(
  of: Published,
  method: "put" | "post",
  verb: string,
  path: string,
  parameters: readonly Parameter[],
  part = whole(of),
): Operation {
  const at = placeOf(of);
  return {
    tag: tagOf(of.resource),
    path,
    method,
    id: `${verb}${at.stem}${at.tail}${part.suffix}`,
    action: method,
    kind: part.kind!,
    parameters: sorted(parameters, writeQuery),
    body: { value: part.value, types: bodyTypes(of), required: true },
    answer: part.value,
    answerTypes: typesOf(of),
    codes: method === "put" ? [200, 201] : [200, 201, 202],
  };
}

function patch(
  of: Published,
  path: string,
  parameters: readonly Parameter[],
  part = whole(of),
): Operation {
  const at = placeOf(of);
  const types = isCustom(of) ? patchTypes.filter((type) => !/strategic/.test(type)) : patchTypes;
  return {
    tag: tagOf(of.resource),
    path,
    method: "patch",
    id: `patch${at.stem}${at.tail}${part.suffix}`,
    action: "patch",
    kind: part.kind!,
    parameters: sorted(parameters, writeQuery, [query("force", "boolean")]),
    body: { value: metaType("Patch"), types, required: true },
    answer: part.value,
    answerTypes: typesOf(of),
    codes: isCustom(of) ? [200] : [200, 201],
  };
}

function subresourceOperations(of: Published, subresource: Subresource): Operation[] {
  const connect = connections[`${of.resource.plural}/${subresource.name}`];
  const at = placeOf(of);
  const path = `${at.object}/${subresource.name}`;
  if (connect) return connectOperations(of, path, subresource, connect);
  if (of.resource.plural === "pods" && subresource.name === "log") return [logOperation(of, path)];
  const part = partOf(of, subresource);
  const found: Operation[] = [];
  for (const verb of subresource.verbs) {
    if (verb === "get") found.push(read(of, path, part.suffix, part));
    else if (verb === "update") found.push(write(of, "put", "replace", path, at.inObject, part));
    else if (verb === "patch") found.push(patch(of, path, at.inObject, part));
    else if (verb === "create") found.push(write(of, "post", "create", path, at.inObject, part));
  }
  return found;
}

function partOf(of: Published, { name, body }: Subresource): Part {
  const suffix = capital(name);
  if (!body) return { suffix, value: { is: "object", of }, kind: gvk(of.resource) };
  const pack = body.group === "" ? "core" : body.group.split(".")[0];
  const value: Body = { is: "type", name: `io.k8s.api.${pack}.${body.version}.${body.kind}` };
  return { suffix, value, kind: isCustom(of) ? gvk(of.resource) : body };
}

type Connection = { readonly options: string; readonly methods: readonly Operation["method"][] };

const streamMethods = ["get", "post"] as const;
const proxyMethods = ["get", "put", "post", "delete", "options", "head", "patch"] as const;

/** Subresources that hand over the connection; their options are in the query. */
const connections: Readonly<Record<string, Connection>> = {
  "pods/exec": { options: "PodExecOptions", methods: streamMethods },
  "pods/attach": { options: "PodAttachOptions", methods: streamMethods },
  "pods/portforward": { options: "PodPortForwardOptions", methods: streamMethods },
  "pods/proxy": { options: "PodProxyOptions", methods: proxyMethods },
  "nodes/proxy": { options: "NodeProxyOptions", methods: proxyMethods },
  "services/proxy": { options: "ServiceProxyOptions", methods: proxyMethods },
};

function connectOperations(
  of: Published,
  path: string,
  { name }: Subresource,
  { options, methods }: Connection,
): Operation[] {
  const at = placeOf(of);
  const around = at.inObject.filter((parameter) => parameter.name !== "pretty");
  const paths = [{ path, suffix: "", parameters: around }];
  if (name === "proxy") {
    const further = [...around, pathParameter("path")];
    paths.push({ path: `${path}/{path}`, suffix: "WithPath", parameters: further });
  }
  return paths.flatMap((each) =>
    methods.map(
      (method): Operation => ({
        tag: tagOf(of.resource),
        path: each.path,
        method,
        id: `connect${at.stem}${capital(method)}${at.tail}${capital(name)}${each.suffix}`,
        action: "connect",
        kind: { group: "", version: "v1", kind: options },
        parameters: sorted(each.parameters, optionsQuery(`io.k8s.api.core.v1.${options}`)),
        answer: { is: "text" },
        answerTypes: ["*/*"],
        codes: [200],
      }),
    ),
  );
}

function logOperation(of: Published, path: string): Operation {
  return {
    ...read(of, path, "Log"),
    parameters: sorted(placeOf(of).inObject, optionsQuery("io.k8s.api.core.v1.PodLogOptions")),
    answer: { is: "text" },
    answerTypes: ["text/plain", ...objectTypes],
  };
}

const sorted = (...parts: readonly (readonly Parameter[])[]): Parameter[] => {
  const all = new Map(
    parts.flat().map((parameter) => [`${parameter.name} ${parameter.in}`, parameter]),
  );
  return [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, parameter]) => parameter);
};
