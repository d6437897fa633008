// What is served, as clients ask for it: the documents below /api and /apis, all made from the kinds.
import { createHash } from "node:crypto";
import type { Kind, Subresource } from "../schema/kind.ts";
import { apiVersionOf } from "../schema/resource.ts";
import type {
  APIGroupDiscovery,
  APIResourceDiscovery,
  APISubresourceDiscovery,
  APIVersionDiscovery,
} from "../schema/types/apidiscovery-v2.ts";
import type {
  APIGroup,
  APIGroupList,
  APIResource,
  APIResourceList,
} from "../schema/types/meta-v1.ts";
import { groupPriority, newer, type ServedGroup, servedGroups, versionPriority } from "./groups.ts";

/** One document with the tag that changes when it does. */
export type Document<T> = { readonly object: T; readonly etag: string };

export type Aggregated = Document<{
  kind: "APIGroupDiscoveryList";
  apiVersion: "apidiscovery.k8s.io/v2";
  metadata: Record<string, never>;
  items: APIGroupDiscovery[];
}>;

export type DiscoveryDocuments = {
  readonly groups: APIGroupList;
  /** By name; the core group has no document of this form. */
  readonly group: ReadonlyMap<string, APIGroup>;
  /** Names of groups that are not made of custom resources alone. */
  readonly builtIn: ReadonlySet<string>;
  /** By `group/version`; "/v1" for the core group. */
  readonly resources: ReadonlyMap<string, APIResourceList>;
  readonly aggregatedCore: Aggregated;
  readonly aggregatedGroups: Aggregated;
};

/** A group version that another server answers for. */
export type RemoteVersion = {
  readonly group: string;
  readonly groupPriority: number;
  readonly versionPriority: number;
  readonly discovery: APIVersionDiscovery;
};

/** What `remote` has, it has instead of ours. */
export function discoveryDocuments(
  kinds: readonly Kind[],
  remote: readonly RemoteVersion[] = [],
): DiscoveryDocuments {
  const served = servedGroups(kinds);
  const named = offeredGroups(
    served.filter((g) => g.name !== ""),
    remote,
  );
  const groups = named.map(groupEntry);
  return {
    groups: { kind: "APIGroupList", apiVersion: "v1", groups },
    group: new Map(groups.map((g) => [g.name, { kind: "APIGroup", apiVersion: "v1", ...g }])),
    builtIn: new Set(kinds.filter(isBuiltIn).map(({ resource }) => resource.group)),
    resources: new Map(served.flatMap((g) => g.versions.map((v) => resourceList(g.name, v)))),
    aggregatedCore: aggregated(served.filter((g) => g.name === "").map(ownGroup)),
    aggregatedGroups: aggregated(named),
  };
}

type ServedVersion = ServedGroup["versions"][number];

type OfferedVersion = {
  readonly version: string;
  readonly priority: number;
  readonly discovery: () => APIVersionDiscovery;
};

type OfferedGroup = {
  readonly name: string;
  readonly priority: number;
  readonly versions: readonly OfferedVersion[];
};

const ownGroup = ({ name, versions }: ServedGroup): OfferedGroup => ({
  name,
  priority: groupPriority(name),
  versions: versions.map((served) => ({
    version: served.version,
    priority: versionPriority(name, served.version),
    discovery: () => aggregatedVersion(served),
  })),
});

/** In the order in which clients are to try them. */
function offeredGroups(
  served: readonly ServedGroup[],
  remote: readonly RemoteVersion[],
): OfferedGroup[] {
  const own = served.map(ownGroup);
  if (remote.length === 0) return own;
  const groups = new Map(own.map((group) => [group.name, group]));
  for (const { group: name, discovery, ...priorities } of remote) {
    const before = groups.get(name);
    const { version } = discovery;
    const others = before?.versions.filter((one) => one.version !== version) ?? [];
    const added = { version, priority: priorities.versionPriority, discovery: () => discovery };
    groups.set(name, {
      name,
      priority: Math.max(before?.priority ?? 0, priorities.groupPriority),
      versions: [...others, added].sort(
        (a, b) => b.priority - a.priority || newer(a.version, b.version),
      ),
    });
  }
  return [...groups.values()].sort((a, b) => b.priority - a.priority || (a.name < b.name ? -1 : 1));
}

function groupEntry({ name, versions }: OfferedGroup): APIGroup {
  const all = versions.map(({ version }) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0]! };
}

function resourceList(group: string, { version, kinds }: ServedVersion): [string, APIResourceList] {
  const groupVersion = apiVersionOf({ group, version });
  const resources = kinds.flatMap((kind) => [
    resourceEntry(kind),
    ...subresourcesOf(kind).map((sub) => subresourceEntry(kind, sub)),
  ]);
  const list: APIResourceList = {
    kind: "APIResourceList",
    // The core group's document came first, when documents had no version of their own.
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion,
    resources,
  };
  return [`${group}/${version}`, list];
}

function resourceEntry(kind: Kind): APIResource {
  const { resource } = kind;
  return {
    name: resource.plural,
    singularName: kind.singular,
    namespaced: resource.scope === "Namespaced",
    kind: resource.kind,
    verbs: ordered(kind, kind.verbs),
    ...(kind.shortNames.length === 0 ? {} : { shortNames: [...kind.shortNames] }),
    ...(kind.categories.length === 0 ? {} : { categories: [...kind.categories] }),
    ...(kind.virtual ? {} : { storageVersionHash: storageVersionHash(kind) }),
  };
}

function subresourceEntry(kind: Kind, subresource: Subresource): APIResource {
  const { resource } = kind;
  const body = subresource.body ?? resource;
  const own = body.group === resource.group && body.version === resource.version;
  return {
    name: `${resource.plural}/${subresource.name}`,
    singularName: "",
    namespaced: resource.scope === "Namespaced",
    ...(own ? {} : { group: body.group, version: body.version }),
    kind: body.kind,
    verbs: ordered(kind, subresource.verbs),
  };
}

function aggregated(groups: readonly OfferedGroup[]): Aggregated {
  const object: Aggregated["object"] = {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: name === "" ? {} : { name },
      versions: versions.map(({ discovery }) => discovery()),
    })),
  };
  const digest = createHash("sha512").update(JSON.stringify(object)).digest("hex");
  return { object, etag: `"${digest.toUpperCase()}"` };
}

function aggregatedVersion({ version, kinds }: ServedVersion): APIVersionDiscovery {
  return { version, resources: kinds.map(aggregatedResource), freshness: "Current" };
}

function aggregatedResource(kind: Kind): APIResourceDiscovery {
  const { resource } = kind;
  const subresources = subresourcesOf(kind).map((s) => aggregatedSubresource(kind, s));
  return {
    resource: resource.plural,
    responseKind: responseKind(kind, resource),
    scope: resource.scope,
    singularResource: kind.singular,
    verbs: ordered(kind, kind.verbs),
    ...(kind.shortNames.length === 0 ? {} : { shortNames: [...kind.shortNames] }),
    ...(kind.categories.length === 0 ? {} : { categories: [...kind.categories] }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

const aggregatedSubresource = (kind: Kind, subresource: Subresource): APISubresourceDiscovery => ({
  subresource: subresource.name,
  responseKind: responseKind(kind, subresource.body ?? kind.resource),
  verbs: ordered(kind, subresource.verbs),
});

type Body = { readonly group: string; readonly version: string; readonly kind: string };

/** Of a built-in kind upstream leaves out group and version where they are the document's own. */
function responseKind(kind: Kind, { group, version, kind: name }: Body): Body {
  const { resource } = kind;
  const own = isBuiltIn(kind) && group === resource.group && version === resource.version;
  return own ? { group: "", version: "", kind: name } : { group, version, kind: name };
}

const isBuiltIn = (kind: Kind): boolean => kind.resource.type !== "";

/** Upstream sorts what is built in, and writes custom resources in a fixed order of its own. */
function ordered<T extends string>(kind: Kind, verbs: readonly T[]): T[] {
  return isBuiltIn(kind) ? [...verbs].sort() : [...verbs];
}

const subresourcesOf = (kind: Kind): readonly Subresource[] =>
  isBuiltIn(kind)
    ? kind.subresources.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    : kind.subresources;

/** Tells clients that migrate stored objects which form a kind is stored in. */
function storageVersionHash({ resource, storedAs }: Kind): string {
  const { group, version, kind } = storedAs ?? resource;
  const digest = createHash("sha256").update(`${group}/${version}/${kind}`).digest();
  return digest.subarray(0, 8).toString("base64");
}
