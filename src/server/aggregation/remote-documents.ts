// What aggregated servers say of themselves: the resources of their group versions and their OpenAPI documents.

import { equal } from "../../lib/equal.ts";
import { isObject } from "../../schema/clone.ts";
import type {
  APIResourceDiscovery,
  APIVersionDiscovery,
} from "../../schema/types/apidiscovery-v2.ts";
import type { APIResource } from "../../schema/types/meta-v1.ts";
import type { RemoteVersion } from "../discovery-documents.ts";
import { isAvailable, type RemoteService, type RemoteServices } from "./remote-services.ts";

type Json = Record<string, unknown>;

export type Known = {
  readonly resources: readonly APIResourceDiscovery[];
  /** Where the server's own list of OpenAPI documents has this group version. */
  readonly location?: string;
  /** Its OpenAPI v2 document, cut down to its own paths. */
  readonly openApi?: Json;
};

export class RemoteDocumentSet {
  readonly #services: RemoteServices;
  readonly #known = new Map<string, Known>();
  #changes = 0;

  constructor(services: RemoteServices) {
    this.#services = services;
  }

  get revision(): number {
    return this.#changes + this.#services.revision;
  }

  /** What is known of a service that is gone meanwhile is let go of, too. */
  take(service: RemoteService, known: Known): void {
    const names = new Set(this.#services.all().map(({ metadata }) => metadata.name ?? ""));
    for (const old of this.#known.keys()) if (!names.has(old)) this.#known.delete(old);
    const name = service.metadata.name ?? "";
    if (!names.has(name)) return;
    if (equal(this.#known.get(name), known)) return;
    this.#known.set(name, known);
    this.#changes++;
  }

  /** A server that does not answer keeps its versions, and clients are told that what they see is old. */
  versions(): RemoteVersion[] {
    return this.#services.all().map((service): RemoteVersion => {
      const { group = "", version = "", groupPriorityMinimum, versionPriority } = service.spec;
      const known = this.#known.get(service.metadata.name ?? "");
      const current = known !== undefined && isAvailable(service);
      const discovery: APIVersionDiscovery = {
        version,
        ...(known === undefined ? {} : { resources: [...known.resources] }),
        freshness: current ? "Current" : "Stale",
      };
      return { group, groupPriority: groupPriorityMinimum, versionPriority, discovery };
    });
  }

  locations(): ReadonlyMap<string, string> {
    const places = new Map<string, string>();
    for (const { metadata, spec } of this.#services.all()) {
      const location = this.#known.get(metadata.name ?? "")?.location;
      if (location !== undefined) places.set(`apis/${spec.group}/${spec.version}`, location);
    }
    return places;
  }

  /** `own` with the paths and definitions of the others; a definition of the same name gets another one. */
  merged(own: Json): Json {
    const paths: Json = { ...(own["paths"] as Json) };
    const definitions: Json = { ...(own["definitions"] as Json) };
    for (const { metadata } of this.#services.all()) {
      const document = this.#known.get(metadata.name ?? "")?.openApi;
      if (document === undefined) continue;
      const given = isObject(document["definitions"]) ? document["definitions"] : {};
      const names = new Map<string, string>();
      for (const [name, definition] of Object.entries(given)) {
        const taken = definitions[name];
        const next = taken === undefined || equal(taken, definition) ? name : `${name}_v2`;
        if (next !== name) names.set(`#/definitions/${name}`, `#/definitions/${next}`);
      }
      for (const [name, definition] of Object.entries(given)) {
        const place = names.get(`#/definitions/${name}`)?.slice("#/definitions/".length) ?? name;
        definitions[place] ??= referring(definition, names);
      }
      for (const [path, item] of Object.entries(document["paths"] as Json))
        paths[path] ??= referring(item, names);
    }
    return { ...own, paths, definitions };
  }
}

function referring(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (names.size === 0) return value;
  if (Array.isArray(value)) return value.map((item) => referring(item, names));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) =>
      key === "$ref" && typeof part === "string"
        ? [key, names.get(part) ?? part]
        : [key, referring(part, names)],
    ),
  );
}

/** Of a server's document, the paths of one group version and the definitions that they need. */
export function ownPart(document: unknown, group: string, version: string): Json | undefined {
  if (!isObject(document) || !isObject(document["paths"])) return undefined;
  const root = `/apis/${group}/${version}`;
  const paths = Object.fromEntries(
    Object.entries(document["paths"]).filter(
      ([path]) => path === root || path.startsWith(`${root}/`),
    ),
  );
  const all = isObject(document["definitions"]) ? document["definitions"] : {};
  const needed: Json = {};
  const follow = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) follow(item);
    if (!isObject(value)) return;
    for (const [key, part] of Object.entries(value)) {
      const name = key === "$ref" && typeof part === "string" ? part.split("/").at(-1)! : "";
      if (name === "") follow(part);
      else if (!(name in needed) && name in all) {
        needed[name] = all[name];
        follow(all[name]);
      }
    }
  };
  follow(paths);
  return { paths, definitions: needed };
}

/** A server's list of resources in the newer form, subresources with what they belong to. */
export function resourcesIn(document: unknown): APIResourceDiscovery[] {
  const { resources, groupVersion } = (isObject(document) ? document : {}) as {
    resources?: unknown;
    groupVersion?: string;
  };
  if (!Array.isArray(resources)) return [];
  const [group = "", version = ""] = (groupVersion ?? "").split("/");
  const kindOf = (one: APIResource) => ({
    group: one.group ?? group,
    version: one.version ?? version,
    kind: one.kind,
  });
  const found = new Map<string, APIResourceDiscovery>();
  for (const one of resources.filter(isResource)) {
    const [plural = "", part] = one.name.split("/", 2);
    const whole: APIResourceDiscovery = found.get(plural) ?? {
      resource: plural,
      scope: one.namespaced ? "Namespaced" : "Cluster",
      singularResource: "",
      verbs: [],
    };
    if (part === undefined) {
      whole.responseKind = kindOf(one);
      whole.singularResource = one.singularName;
      whole.verbs = one.verbs;
      if (one.shortNames !== undefined) whole.shortNames = one.shortNames;
      if (one.categories !== undefined) whole.categories = one.categories;
    } else {
      whole.subresources ??= [];
      whole.subresources.push({ subresource: part, responseKind: kindOf(one), verbs: one.verbs });
    }
    found.set(plural, whole);
  }
  return [...found.values()];
}

const isResource = (value: unknown): value is APIResource =>
  isObject(value) && typeof value["name"] === "string" && Array.isArray(value["verbs"]);
