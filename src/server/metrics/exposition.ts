// The metrics page: upstream's names and labels, from what the server's parts have counted. The library that writes
// the text is loaded with the first look at it.
import { readdirSync, readFileSync } from "node:fs";
import type { Metric, Registry } from "prom-client";
import type { Kind } from "../../schema/kind.ts";
import { prefixOf } from "../keys.ts";
import type { Parts } from "../scope.ts";
import { kubernetesVersion } from "../version.ts";
import { fairnessFamilies } from "./fairness-families.ts";
import {
  counter,
  type Family,
  gauge,
  histogram,
  type Labels,
  type Observed,
  type Value,
} from "./family.ts";
import { Histogram } from "./histogram.ts";
import { bytesBounds, type Meter, type Series, secondsBounds } from "./meter.ts";

/** The text of all families, and its type. */
export async function exposition(families: readonly Family[]): Promise<[string, string]> {
  const { Registry } = await import("prom-client");
  const registry = new Registry();
  for (const family of families) register(registry, family);
  return [await registry.metrics(), registry.contentType];
}

/** A metric that is not counted by the library, but asked for its values. */
function register(registry: Registry, { name, help, type, samples }: Family): void {
  const metric = {
    name,
    get: () => Promise.resolve({ name, help, type, values: samples(), aggregator: "sum" }),
  };
  registry.registerMetric(metric as unknown as Metric);
}

/** What the whole server has counted. */
export const serverFamilies = (parts: Parts, startedAtMs: number): Family[] => [
  ...requestFamilies(parts.meter),
  ...parts.admitted.families(),
  ...fairnessFamilies(parts.fairness),
  ...storeFamilies(parts),
  ...processFamilies(startedAtMs),
];

function requestFamilies(meter: Meter): Family[] {
  const all = () => [...meter.series];
  const observed = (of: (series: ReturnType<typeof all>[number]) => Observed) => () =>
    all()
      .map(of)
      .filter(({ of: { count } }) => count > 0);
  return [
    counter("apiserver_request_total", "Requests that were answered, by what they asked for.", () =>
      all().flatMap(({ labels, codes }) =>
        [...codes].map(([code, value]) => ({ labels: { code, ...labels }, value })),
      ),
    ),
    histogram(
      "apiserver_request_duration_seconds",
      "Time from a request to its answer.",
      observed(({ labels, seconds }) => ({ labels, of: seconds })),
    ),
    histogram(
      "apiserver_request_sli_duration_seconds",
      "Time from a request to its answer, of those that end, in the steps in which aims are set.",
      () => withoutDryRun(all(), sliBounds, ({ seconds }) => seconds),
    ),
    histogram(
      "apiserver_response_sizes",
      "Bytes of answers before compression by the connection.",
      () => withoutDryRun(all(), bytesBounds, ({ bytes }) => bytes),
    ),
    gauge("apiserver_longrunning_requests", "Watches and connections that are open.", () =>
      all()
        .filter(({ open }) => open > 0)
        .map(({ labels: { dry_run: _, ...labels }, open }) => ({ labels, value: open })),
    ),
    counter("apiserver_watch_events_total", "Events that watches were given.", () =>
      summed(
        all().filter(({ labels: { verb } }) => verb === "WATCH"),
        ({ labels: { group, resource, version } }) => ({ group, resource, version }),
        ({ events }) => events,
      ),
    ),
    gauge("apiserver_requested_deprecated_apis", "1: somebody asked for it.", () =>
      summed(
        all().filter(({ deprecated }) => deprecated),
        ({ labels: { group, resource, subresource, version } }) => ({
          group,
          removed_release: "",
          resource,
          subresource,
          version,
        }),
        () => 1,
      ).map(({ labels }) => ({ labels, value: 1 })),
    ),
    gauge("apiserver_current_inflight_requests", "Requests that have a seat, by kind.", () => [
      { labels: { request_kind: "mutating" }, value: meter.writing },
      { labels: { request_kind: "readOnly" }, value: meter.reading },
    ]),
  ];
}

/** Upstream's. */
const sliBounds = secondsBounds.filter((bound) => bound >= 0.05);

/** One histogram for requests that differ in nothing else than whether they were only tried. */
function withoutDryRun(
  all: readonly Series[],
  bounds: readonly number[],
  part: (series: Series) => Histogram,
): Observed[] {
  const merged = new Map<string, Observed>();
  for (const series of all) {
    if (part(series).count === 0) continue;
    const { dry_run: _, ...labels } = series.labels;
    const key = Object.values(labels).join(" ");
    const found = merged.get(key) ?? { labels, of: new Histogram(bounds) };
    found.of.add(part(series));
    merged.set(key, found);
  }
  return [...merged.values()];
}

/** Adds up what has the same labels. */
function summed<T>(
  items: readonly T[],
  labelsOf: (item: T) => Labels,
  measure: (item: T) => number,
): Value[] {
  const sums = new Map<string, Value>();
  for (const item of items) {
    const labels = labelsOf(item);
    const key = Object.values(labels).join(" ");
    sums.set(key, { labels, value: (sums.get(key)?.value ?? 0) + measure(item) });
  }
  return [...sums.values()];
}

function storeFamilies({ store, kinds }: Parts): Family[] {
  const objects = () =>
    storedKinds(kinds.all()).map((kind) => ({
      labels: { group: kind.resource.group, resource: kind.resource.plural },
      value: store.count(prefixOf(kind)),
    }));
  return [
    gauge("apiserver_resource_objects", "Objects that are stored.", objects),
    gauge("apiserver_storage_objects", "Objects that are stored, by the older name.", () =>
      objects().map(({ labels: { group, resource }, value }) => ({
        labels: { resource: group === "" ? resource : `${resource}.${group}` },
        value,
      })),
    ),
    gauge("apiserver_storage_size_bytes", "Bytes of the store on disk.", () => [
      { labels: { storage_cluster_id: "etcd-0" }, value: store.sizes().diskBytes },
    ]),
  ];
}

/** One version of each. */
function storedKinds(kinds: readonly Kind[]): Kind[] {
  const seen = new Map<string, Kind>();
  for (const kind of kinds) if (!kind.virtual) seen.set(prefixOf(kind), kind);
  return [...seen.values()];
}

function processFamilies(startedAtMs: number): Family[] {
  const one = (value: () => number | undefined) => () => {
    const known = value();
    return known === undefined ? [] : [{ labels: {}, value: known }];
  };
  const [major = "", minor = ""] = kubernetesVersion.slice(1).split(".");
  return [
    counter(
      "process_cpu_seconds_total",
      "Time of the processor, in user and system mode.",
      one(() => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e6;
      }),
    ),
    gauge(
      "process_resident_memory_bytes",
      "Memory of the process.",
      one(() => process.memoryUsage.rss()),
    ),
    gauge("process_open_fds", "Files and connections that are open.", one(openFiles)),
    gauge("process_max_fds", "How many of them there may be.", one(openFilesMax)),
    gauge(
      "process_start_time_seconds",
      "When the process began, since 1970.",
      one(() => startedAtMs / 1000),
    ),
    gauge("kubernetes_build_info", "The version whose API is served.", () => [
      {
        labels: {
          git_version: kubernetesVersion,
          major,
          minor,
          platform: `${process.platform}/${process.arch}`,
        },
        value: 1,
      },
    ]),
  ];
}

/** Unknown where there is no /proc. */
const openFiles = (): number | undefined => fromProc(() => readdirSync("/proc/self/fd").length);

const openFilesMax = (): number | undefined =>
  fromProc(() => {
    const line = /^Max open files +(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
    return line ? Number(line[1]) : undefined;
  });

function fromProc(read: () => number | undefined): number | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
