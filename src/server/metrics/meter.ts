// What is counted of every request, as cheaply as may be: plain numbers by a key, from which the metrics page is made
// when somebody asks for it.
import type { ApiResponse } from "../../schema/api-request.ts";
import type { Context } from "../context.ts";
import { Histogram } from "./histogram.ts";

/** Labels of upstream's metrics of requests, in the order of their names. */
export type RequestLabels = {
  readonly component: string;
  readonly dry_run: string;
  readonly group: string;
  readonly resource: string;
  readonly scope: string;
  readonly subresource: string;
  readonly verb: string;
  readonly version: string;
};

export type Series = {
  readonly labels: RequestLabels;
  /** Number of answers by their code. */
  readonly codes: Map<number, number>;
  readonly seconds: Histogram;
  readonly bytes: Histogram;
  /** Now open; only of those that last. */
  open: number;
  /** Events that watches were given. */
  events: number;
  /** Whether what is asked for is on its way out. */
  readonly deprecated: boolean;
};

/** A watch, as the meter sees it. */
export type Opened = { readonly sent: (events: number) => void; readonly close: () => void };

/** Upstream's. */
export const secondsBounds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
] as const;
export const bytesBounds = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9] as const;

/** Series that are told apart: a definition that comes and goes under new names must not fill the memory. */
const seriesMax = 10_000;

export class Meter {
  readonly #series = new Map<string, Series>();
  /** By verb class, now under way. */
  reading = 0;
  writing = 0;

  get series(): Iterable<Series> {
    return this.#series.values();
  }

  /** One request is under way; `answered` ends that. */
  begun({ attributes }: Context): void {
    if (readVerbs.has(attributes.verb)) this.reading++;
    else this.writing++;
  }

  /** One request was answered after `seconds`; of a stream only that it began, until `end` is called. */
  answered(context: Context, { status, body }: ApiResponse, seconds: number): void {
    if (readVerbs.has(context.attributes.verb)) this.reading--;
    else this.writing--;
    const series = this.#seriesOf(context, status);
    series.codes.set(status, (series.codes.get(status) ?? 0) + 1);
    if (body.is === "stream" || body.is === "events" || body.is === "upgrade") return;
    series.seconds.observe(seconds);
    if (body.is === "bytes") series.bytes.observe(sizeOf(body.chunks));
  }

  /** `context` asks for what lasts: it counts as open until it is closed. */
  opened(context: Context): Opened {
    const series = this.#seriesOf(context, 200);
    series.open++;
    return {
      sent(events) {
        series.events += events;
      },
      close() {
        series.open--;
      },
    };
  }

  #seriesOf(context: Context, status: number): Series {
    const { attributes: a, query, kind } = context;
    const known = isNamed(context, status);
    const dryRun = query.has("dryRun") ? "All" : "";
    const verb = known ? verbOf(context) : "";
    const key = known
      ? `${verb} ${a.group}/${a.version}/${a.plural}/${a.subresource} ${scopeOf(context)} ${dryRun} ${a.isResource ? "" : a.path}`
      : "other";
    const found = this.#series.get(key);
    if (found !== undefined) return found;
    if (this.#series.size >= seriesMax && key !== "other") return this.#add("other", noLabels);
    if (!known) return this.#add(key, noLabels);
    return this.#add(key, labelsOf(context, verb, dryRun), kind?.deprecation !== undefined);
  }

  #add(key: string, labels: RequestLabels, deprecated = false): Series {
    const before = this.#series.get(key);
    if (before !== undefined) return before;
    const series: Series = {
      labels,
      codes: new Map(),
      seconds: new Histogram(secondsBounds),
      bytes: new Histogram(bytesBounds),
      open: 0,
      events: 0,
      deprecated,
    };
    this.#series.set(key, series);
    return series;
  }
}

const readVerbs = new Set(["get", "list", "watch"]);

const noLabels: RequestLabels = {
  component: "apiserver",
  dry_run: "",
  group: "",
  resource: "",
  scope: "",
  subresource: "",
  verb: "OTHER",
  version: "",
};

function labelsOf(context: Context, verb: string, dryRun: string): RequestLabels {
  const { attributes: a } = context;
  return {
    component: "apiserver",
    dry_run: dryRun,
    group: a.group,
    resource: a.plural,
    scope: scopeOf(context),
    subresource: a.isResource ? a.subresource : a.path,
    verb,
    version: a.version,
  };
}

function scopeOf({ attributes: { isResource, name, namespace, verb } }: Context): string {
  if (!isResource) return "";
  if (name !== "" || verb === "create") return "resource";
  return namespace === "" ? "cluster" : "namespace";
}

const connections = new Set(["exec", "attach", "portforward", "proxy"]);

function verbOf({ attributes, request }: Context): string {
  if (!attributes.isResource) return request.method;
  if (connections.has(attributes.subresource)) return "CONNECT";
  if (attributes.verb === "patch")
    return request.headers["content-type"]?.startsWith("application/apply-patch+")
      ? "APPLY"
      : "PATCH";
  return verbs[attributes.verb] ?? "OTHER";
}

const verbs: Readonly<Record<string, string>> = {
  get: "GET",
  list: "LIST",
  watch: "WATCH",
  create: "POST",
  update: "PUT",
  delete: "DELETE",
  deletecollection: "DELETECOLLECTION",
};

function sizeOf(chunks: readonly Uint8Array[]): number {
  let size = 0;
  for (const chunk of chunks) size += chunk.length;
  return size;
}

/**
 * Whether there is what was asked for. Anybody can make up names, and get a refusal for them: a series for each would
 * fill the page, and leave no room for those that mean something.
 */
function isNamed({ kind, attributes }: Context, status: number): boolean {
  if (!attributes.isResource) return !refusals.has(status);
  if (kind === undefined) return false;
  const { subresource } = attributes;
  return subresource === "" || kind.subresources.some(({ name }) => name === subresource);
}

const refusals: ReadonlySet<number> = new Set([401, 403, 404]);
