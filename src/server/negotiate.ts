// Which representation an answer takes and how a body is read: upstream's rules for Accept and Content-Type.
import { StatusError } from "../schema/status-error.ts";

export type Media = "json" | "yaml" | "protobuf";

/** A form other than the object itself that the caller asked for. */
export type Transform = {
  readonly kind: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList";
  readonly version: "v1" | "v1beta1";
};

export type Output = {
  readonly media: Media;
  readonly pretty: boolean;
  readonly as?: Transform;
  /** All groups with all their resources in one document. */
  readonly aggregated?: true;
};

/** What an endpoint can give. */
export type Offer = {
  /** Tables and metadata-only forms. */
  readonly transforms: boolean;
  /** False: of these forms no Table. */
  readonly tables?: boolean;
  /** The object itself in protobuf; custom resources have none, though their metadata has. */
  readonly protobuf: boolean;
  /** A list, which may also be a watch. */
  readonly streams?: boolean;
  /** Custom resources take `application/*`, which upstream's router for built-in ones does not know. */
  readonly anyWildcard?: boolean;
  /** The aggregated form of discovery. */
  readonly aggregated?: boolean;
};

export const mediaTypes: Readonly<Record<Media, string>> = {
  json: "application/json",
  yaml: "application/yaml",
  protobuf: "application/vnd.kubernetes.protobuf",
};

/** What an error or a page without a kind offers. */
export const plainOffer: Offer = { transforms: false, protobuf: true };

/** The form in which the caller wants the answer. Throws StatusError(406). */
export function negotiate(accept: string | undefined, offer: Offer): Output {
  if (accept === undefined || accept === "") return plainJson;
  if (!offer.anyWildcard && !namesOurs(accept)) throw unmatched(offer.streams === true);
  const output = outputFor(accept, offer);
  if (output === undefined) throw notAcceptable(Object.values(mediaTypes));
  return output;
}

/** The same for a watch, which knows no YAML. */
export function negotiateStream(accept: string | undefined, offer: Offer): Output {
  const output = negotiate(accept, { ...offer, streams: true });
  if (output.media === "yaml") throw notAcceptable(streamTypes);
  return output;
}

/** The first clause of `accept` that `offer` can satisfy; undefined when there is none. */
export function outputFor(accept: string | undefined, offer: Offer): Output | undefined {
  if (accept === undefined || accept === "") return plainJson;
  for (const clause of clausesOf(accept)) {
    for (const media of medias) {
      if (!matches(clause, media)) continue;
      const output = outputOf(clause, media, offer);
      if (output !== undefined) return output;
    }
  }
  return undefined;
}

/** True when the answer is laid out for people: asked for by query, or by a browser or command line tool. */
export function wantsPretty(query: string, userAgent: string | undefined): boolean {
  if (query.includes("pretty")) {
    const asked = new URLSearchParams(query).get("pretty") ?? "";
    if (asked !== "") return trueWords.has(asked);
  }
  return userAgent !== undefined && /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent);
}

/** How a body is written; a custom resource has no protobuf. Throws StatusError(415). */
export function inputMedia(contentType: string | undefined, custom = false): Media {
  if (contentType === undefined || contentType === "") return "json";
  const end = contentType.indexOf(";");
  const type = (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
  const known = custom ? medias.slice(0, 2) : medias;
  if (end < 0 || hasParameters(contentType.slice(end)))
    for (const media of known) if (mediaTypes[media] === type) return media;
  throw unknownFormat(known.map((media) => mediaTypes[media]));
}

/** Whether what stands behind a media type are its parameters; upstream refuses all else. */
const hasParameters = (text: string): boolean =>
  text.length <= parametersMax && parameters.test(text);

const parametersMax = 1024;
const word = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const parameters = new RegExp(
  `^(?:\\s*;\\s*${word}\\s*=\\s*(?:${word}|"(?:[^"\\\\\r\n]|\\\\.)*"))*(?:\\s*;)?\\s*$`,
);

const unknownFormat = (known: readonly string[]): StatusError =>
  new StatusError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${known.join(", ")}`,
  );

export type PatchType = "json" | "merge" | "strategic" | "apply";

const patchTypes: Readonly<Record<string, PatchType>> = {
  "application/json-patch+json": "json",
  "application/merge-patch+json": "merge",
  "application/strategic-merge-patch+json": "strategic",
  "application/apply-patch+yaml": "apply",
};

/**
 * Throws StatusError(415) for anything but the four kinds of patches. A custom resource has no strategic ones: nothing
 * tells how its lists merge.
 */
export function patchTypeOf(contentType: string | undefined, custom = false): PatchType {
  const type = (contentType ?? "").split(";", 1)[0]!.trim();
  const found = Object.hasOwn(patchTypes, type) ? patchTypes[type] : undefined;
  if (custom && (found === undefined || found === "strategic"))
    throw unknownFormat(Object.keys(patchTypes).filter((name) => patchTypes[name] !== "strategic"));
  if (found !== undefined) return found;
  // The router takes a list of types for one of its parts.
  const parts = (contentType ?? "").split(",").map((part) => part.split(";", 1)[0]!.trim());
  if (parts.some((part) => Object.hasOwn(patchTypes, part)))
    throw unknownFormat(Object.keys(patchTypes));
  throw new StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

const medias = ["json", "yaml", "protobuf"] as const;
const plainJson: Output = { media: "json", pretty: false };
const trueWords = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const streamTypes = [`${mediaTypes.json};stream=watch`, `${mediaTypes.protobuf};stream=watch`];

type Clause = { type: string; subtype: string; q: number; params: Map<string, string> };

/** Clauses by falling weight; ones of equal weight as they came, wildcards last. */
export function clausesOf(header: string): Clause[] {
  const clauses: Clause[] = [];
  for (const part of header.split(",").slice(0, clausesMax)) {
    const [range = "", ...rest] = part.split(";");
    const [type = "", subtype = type === "*" ? "*" : ""] = range.trim().split("/");
    if (type === "" || subtype === "") continue;
    const params = new Map<string, string>();
    for (const text of rest) {
      const at = text.indexOf("=");
      if (at > 0) params.set(text.slice(0, at).trim(), text.slice(at + 1).trim());
    }
    const q = Number(params.get("q") ?? 1);
    params.delete("q");
    clauses.push({ type, subtype, q: Number.isNaN(q) ? 1 : q, params });
  }
  return clauses.sort((a, b) => b.q - a.q || wildness(a) - wildness(b));
}

/** Most clauses of one Accept header that are looked at; clients send three. */
const clausesMax = 32;

const wildness = (c: Clause): number => (c.type === "*" ? 2 : c.subtype === "*" ? 1 : 0);

function matches({ type, subtype }: Clause, media: Media): boolean {
  if (type === "*") return subtype === "*";
  return (
    type === "application" && (subtype === "*" || `application/${subtype}` === mediaTypes[media])
  );
}

function outputOf({ params }: Clause, media: Media, offer: Offer): Output | undefined {
  const stream = params.get("stream") ?? "";
  if (stream !== "" && (stream !== "watch" || media === "yaml")) return undefined;
  const pretty = params.get("pretty") === "1";
  if (!params.has("as") && !params.has("g") && !params.has("v"))
    return media === "protobuf" && !offer.protobuf ? undefined : { media, pretty };
  if (offer.aggregated && isAggregated(params)) return { media, pretty, aggregated: true };
  const as = transformOf(params);
  if (as === undefined || !offer.transforms) return undefined;
  if (as.kind === "Table" && (media === "protobuf" || offer.tables === false)) return undefined;
  return { media, pretty, as };
}

const isAggregated = (params: Map<string, string>): boolean =>
  params.get("as") === "APIGroupDiscoveryList" &&
  params.get("g") === "apidiscovery.k8s.io" &&
  params.get("v") === "v2";

function transformOf(params: Map<string, string>): Transform | undefined {
  const kind = params.get("as");
  const version = params.get("v");
  if (params.get("g") !== "meta.k8s.io") return undefined;
  if (version !== "v1" && version !== "v1beta1") return undefined;
  switch (kind) {
    case "Table":
    case "PartialObjectMetadata":
    case "PartialObjectMetadataList":
      return { kind, version };
    default:
      return undefined;
  }
}

/** For a page that is JSON and nothing else. Throws StatusError(406). */
export function negotiateJson(accept: string | undefined): void {
  if (accept && !namesOurs(accept, [mediaTypes.json])) throw unavailable([mediaTypes.json]);
}

const allTypes: readonly string[] = Object.values(mediaTypes);

/** Upstream's router compares letter by letter and knows but one wildcard. */
function namesOurs(accept: string, types = allTypes): boolean {
  return accept.split(",").some((part) => {
    const type = part.split(";", 1)[0]!.trim();
    return type === "*/*" || types.includes(type);
  });
}

const unmatched = (streams: boolean): StatusError =>
  unavailable([...allTypes, ...(streams ? streamTypes : [])]);

const unavailable = (types: readonly string[]): StatusError => {
  const message = `406: Not Acceptable\n\nAvailable representations: ${types.join(", ")}`;
  return new StatusError(406, "NotAcceptable", message, {});
};

const notAcceptable = (types: readonly string[]): StatusError =>
  new StatusError(
    406,
    "NotAcceptable",
    `only the following media types are accepted: ${types.join(", ")}`,
  );
