// /openapi/v2 and /openapi/v3: the documents that tell clients what objects look like. They are
// made when first asked for, each group version alone, and made anew when its kinds have changed.
import { createHash } from "node:crypto";
import type { ApiResponse } from "../schema/api-request.ts";
import type { Kind } from "../schema/kind.ts";
import { openApiV2Protobuf } from "../schema/openapi-protobuf.ts";
import {
  groupOperation,
  groupsOperation,
  issuerKeysOperation,
  issuerOperation,
  versionOperation,
} from "../schema/openapi-roots.ts";
import { loadDescriptions } from "../schema/openapi-texts.ts";
import { openApiV2 } from "../schema/openapi-v2.ts";
import { openApiV3, openApiV3Root } from "../schema/openapi-v3.ts";
import { textAnswer } from "./answer.ts";
import type { Context, Kinds, Page } from "./context.ts";
import { clausesOf } from "./negotiate.ts";
import { kubernetesVersion } from "./version.ts";

export type OpenApiOptions = {
  readonly kinds: Kinds;
  /** Wall clock, ms. */
  readonly now: () => number;
  /** Documents of other servers. */
  readonly remote?: RemoteDocuments;
};

export type RemoteDocuments = {
  readonly revision: number;
  /** Where the documents of group versions are below the path of the list, by name: `apis/GROUP/VERSION`. */
  locations(): ReadonlyMap<string, string>;
  /** All in one, for older clients: what each of them serves itself, and no more. */
  merged(own: Record<string, unknown>): Record<string, unknown>;
  /** The answer of the server whose document it is; undefined: it is one of ours. */
  answer(context: Context, name: string): Promise<ApiResponse> | undefined;
};

export function openApi({ kinds, now, remote }: OpenApiOptions): Page {
  const v3 = versionThree(kinds, now, remote);
  const v2 = versionTwo(kinds, now, remote);
  return (context) => {
    const { path } = context.attributes;
    const at = /^\/openapi\/(?:v2|v3(?:\/(.*))?)$/.exec(path);
    if (at === null) return undefined;
    return answer(context, at[1]);
  };
  async function answer(context: Context, name: string | undefined): Promise<ApiResponse> {
    await loadDescriptions();
    if (context.attributes.path === "/openapi/v2") return answerV2(context, v2());
    // Upstream names no type for the list, and its server guesses.
    if (name === undefined) return contentOf(context, v3.index(), plainType, {});
    const elsewhere = remote?.answer(context, name);
    return elsewhere ?? answerV3(context, v3.find(name), { name, now: now() });
  }
}

/** The bytes of a document with the hash by which clients keep it. */
type Document = { readonly bytes: Uint8Array; readonly hash: string; readonly changed: string };

const jsonType = "application/json";
const plainType = "text/plain; charset=utf-8";
/** The version that is emulated, without its patch. */
const release = { release: kubernetesVersion.replace(/^v(\d+\.\d+)\..*$/, "$1") };

function documentOf(text: string, now: number): Document {
  const hash = createHash("sha512").update(text).digest("hex").toUpperCase();
  return { bytes: Buffer.from(text), hash, changed: new Date(now).toUTCString() };
}

type VersionThree = {
  /** The list of all documents. */
  index(): Document;
  /** By its place in the list: `api/v1`, `apis/apps/v1`, `version`. */
  find(name: string): Document | undefined;
};

function versionThree(
  kinds: Kinds,
  now: () => number,
  remote: RemoteDocuments | undefined,
): VersionThree {
  const made = new Map<string, { from: Source; document: Document }>();
  let sources = new Map<string, Source>();
  let revision = -1;
  let listed: Document | undefined;
  let listedRemote = -1;
  const current = (): Map<string, Source> => {
    if (revision === kinds.revision) return sources;
    revision = kinds.revision;
    sources = sourcesOf(kinds.all());
    for (const name of made.keys()) if (!sources.has(name)) made.delete(name);
    listed = undefined;
    return sources;
  };
  const find = (name: string): Document | undefined => {
    const from = current().get(name);
    if (from === undefined) return undefined;
    const known = made.get(name);
    if (known !== undefined && sameKinds(known.from.kinds, from.kinds)) return known.document;
    const document = documentOf(from.write(), now());
    made.set(name, { from, document });
    return document;
  };
  return {
    find,
    index() {
      const own = current();
      const remoteRevision = remote?.revision ?? 0;
      if (listed === undefined || listedRemote !== remoteRevision) {
        listed = documentOf(listText(own.keys(), find, remote), now());
        listedRemote = remoteRevision;
      }
      return listed;
    },
  };
}

function listText(
  names: Iterable<string>,
  find: VersionThree["find"],
  remote: RemoteDocuments | undefined,
): string {
  const places = new Map(remote?.locations());
  for (const name of names)
    if (!places.has(name)) places.set(name, locationOf(name, find(name)!.hash));
  const entries = [...places.keys()]
    .sort()
    .map((name) => [name, { serverRelativeURL: places.get(name) }]);
  return JSON.stringify({ paths: Object.fromEntries(entries) });
}

/** What a document is made from. */
type Source = { readonly kinds: readonly Kind[]; readonly write: () => string };

const sameKinds = (a: readonly Kind[], b: readonly Kind[]): boolean =>
  a.length === b.length && a.every((kind, at) => kind === b[at]);

function sourcesOf(kinds: readonly Kind[]): Map<string, Source> {
  const sources = new Map<string, Source>();
  const root = (name: string, operation: typeof groupsOperation): void => {
    sources.set(name, { kinds: [], write: () => openApiV3Root(operation, release) });
  };
  root("apis", groupsOperation);
  root("version", versionOperation);
  root(".well-known/openid-configuration", issuerOperation);
  root("openid/v1/jwks", issuerKeysOperation);
  for (const all of Map.groupBy(kinds, versionName).values()) {
    const { group, version, type } = all[0]!.resource;
    if (type !== "") root(group === "" ? "api" : `apis/${group}`, groupOperation(group));
    const write = (): string => openApiV3({ group, version }, all, release);
    sources.set(versionName(all[0]!), { kinds: all, write });
  }
  return sources;
}

const versionName = ({ resource: { group, version } }: Kind): string =>
  group === "" ? `api/${version}` : `apis/${group}/${version}`;

const locationOf = (name: string, hash: string): string => `/openapi/v3/${name}?hash=${hash}`;

/** All in one document, for older clients; its protobuf form for the oldest. */
type VersionTwo = { readonly json: Document; readonly protobuf: () => Uint8Array };

function versionTwo(
  kinds: Kinds,
  now: () => number,
  remote: RemoteDocuments | undefined,
): () => VersionTwo {
  let made: VersionTwo | undefined;
  let revision = "";
  const make = (): VersionTwo => {
    const own = openApiV2(kinds.all(), release);
    const tree = (remote?.merged(own) ?? own) as typeof own;
    const json = documentOf(JSON.stringify(tree), now());
    let bytes: Uint8Array | undefined;
    return {
      json,
      protobuf() {
        bytes ??= openApiV2Protobuf(tree);
        return bytes;
      },
    };
  };
  return () => {
    const current = `${kinds.revision}/${remote?.revision ?? 0}`;
    if (made === undefined || revision !== current) {
      made = make();
      revision = current;
    }
    return made;
  };
}

const protobufTypes = [
  "application/com.github.proto-openapi.spec.v2@v1.0+protobuf",
  "application/com.github.proto-openapi.spec.v2.v1.0+protobuf",
];

/** The second of the two names is the one that upstream answers with. */
function answerV2(context: Context, { json, protobuf }: VersionTwo): ApiResponse {
  const type = acceptedOf(context, [jsonType, ...protobufTypes]);
  if (type === undefined) return notAcceptable;
  if (type === jsonType) return contentOf(context, json, jsonType, vary);
  return contentOf(context, { ...json, bytes: protobuf() }, protobufTypes[1]!, vary);
}

function answerV3(
  context: Context,
  document: Document | undefined,
  { name, now }: { readonly name: string; readonly now: number },
): ApiResponse {
  if (document === undefined) return { status: 404, headers: {}, body: { is: "empty" } };
  if (acceptedOf(context, [jsonType]) === undefined) return notAcceptable;
  const wanted = context.query.get("hash") ?? "";
  if (wanted === "") return contentOf(context, document, jsonType, vary);
  if (wanted !== document.hash) return moved(context, locationOf(name, document.hash), document);
  const expires = new Date(now);
  expires.setUTCFullYear(expires.getUTCFullYear() + 1);
  return contentOf(context, document, jsonType, {
    ...vary,
    "cache-control": "public, immutable",
    expires: expires.toUTCString().replace("GMT", "UTC"),
  });
}

const vary = { vary: "Accept" };
const notAcceptable: ApiResponse = { status: 406, headers: vary, body: { is: "empty" } };

/** The hash is that of another version of the document. */
function moved(context: Context, location: string, { hash }: Document): ApiResponse {
  const headers = { ...vary, etag: `"${hash}"`, location, "content-type": jsonType };
  if (context.request.method === "HEAD") return { status: 301, headers, body: { is: "empty" } };
  return { ...textAnswer(301, ""), headers };
}

/** The document, or word that the caller has it already. */
function contentOf(
  { request }: Context,
  { bytes, hash, changed }: Document,
  type: string,
  headers: Readonly<Record<string, string>>,
): ApiResponse {
  const etag = `"${hash}"`;
  const tagged = { ...headers, etag, "last-modified": changed };
  if (isCurrent(request.headers, etag, changed))
    return { status: 304, headers: tagged, body: { is: "empty" } };
  return {
    status: 200,
    headers: { ...tagged, "content-type": type },
    body: { is: "bytes", chunks: [bytes] },
  };
}

/** A tag decides alone where there is one, as HTTP has it. */
function isCurrent(headers: Context["request"]["headers"], etag: string, changed: string): boolean {
  const tags = headers["if-none-match"];
  if (tags === undefined) return headers["if-modified-since"] === changed;
  return tags.split(",").some((tag) => {
    const plain = tag.trim().replace(/^W\//, "");
    return plain === "*" || plain === etag;
  });
}

/** The first of the caller's wishes that is one of `types`. */
function acceptedOf({ request }: Context, types: readonly string[]): string | undefined {
  for (const clause of clausesOf(request.headers["accept"] || "*/*")) {
    const found = types.find((type) => {
      const [main, sub] = type.split("/");
      const one = clause.type === "*" || clause.type === main;
      return one && (clause.subtype === "*" || clause.subtype === sub);
    });
    if (found !== undefined) return found;
  }
  return undefined;
}
