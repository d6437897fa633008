// What the three metrics APIs say, which other servers bring with an APIService. Amounts are in thousandths, as milli.
import { objectOf } from "../../client/call.ts";
import type { Client } from "../../client/client.ts";
import { milliValue, parseQuantity } from "../../schema/quantity.ts";
import { groupOf } from "../../schema/resource.ts";
import { printSelection, type Selection } from "../../schema/selectors.ts";
import { StatusError } from "../../schema/status-error.ts";
import { timeMs } from "../../schema/time.ts";
import type { CrossVersionObjectReference } from "../../schema/types/autoscaling-v2.ts";

export type Sample = {
  milli: number;
  /** When it was taken, and over how long before. */
  atMs: number;
  windowMs: number;
};

/** By name of the pod. */
export type Samples = Map<string, Sample>;

/** Each throws with upstream's words when there is nothing to be had. */
export type Metrics = {
  /** Use of `resource` by each pod, or by its container of that name. */
  resource(ask: PodAsk & { resource: string; container: string | undefined }): Promise<Samples>;
  pods(ask: PodAsk & MetricAsk): Promise<Samples>;
  object(
    ask: MetricAsk & { namespace: string; about: CrossVersionObjectReference },
  ): Promise<number>;
  external(ask: MetricAsk & { namespace: string }): Promise<number[]>;
};

type PodAsk = { namespace: string; pods: Selection };
type MetricAsk = { metric: string; labels: Selection };

/** Over how long a custom metric is taken that does not say it, as upstream. */
const windowMsDefault = 60_000;

type PodMetrics = {
  metadata: { name: string };
  timestamp?: string;
  window?: string;
  containers?: { name: string; usage?: Record<string, string> }[];
};

type MetricValue = {
  describedObject?: { name?: string };
  timestamp?: string;
  windowSeconds?: number;
  window?: number;
  value: string;
};

export function metricsOf(client: Client): Metrics {
  async function custom(ask: MetricAsk, path: string, labels?: Selection): Promise<MetricValue[]> {
    const query = queryOf({ labelSelector: labels, metricLabelSelector: ask.labels });
    const items = await list<MetricValue>(client, {
      api: "custom metrics API",
      path: `/apis/custom.metrics.k8s.io/v1beta2/${path}/${encodeURIComponent(ask.metric)}`,
      query,
    });
    return items;
  }
  return {
    async resource({ namespace, pods, resource, container }) {
      const items = await list<PodMetrics>(client, {
        api: "resource metrics API",
        path: `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods`,
        query: queryOf({ labelSelector: pods }),
        about: "get pods.metrics.k8s.io",
      });
      const samples: Samples = new Map();
      for (const item of items) {
        const milli = usageOf(item, resource, container);
        if (milli === undefined) continue;
        const windowMs = durationMs(item.window ?? "");
        samples.set(item.metadata.name, { milli, atMs: timeMs(item.timestamp) ?? 0, windowMs });
      }
      return samples;
    },
    async pods(ask) {
      const values = await custom(ask, `namespaces/${ask.namespace}/pods/*`, ask.pods);
      return new Map(
        values.map(({ describedObject, timestamp, value, windowSeconds }) => [
          describedObject?.name ?? "",
          {
            milli: milli(value),
            atMs: timeMs(timestamp) ?? 0,
            windowMs: windowSeconds === undefined ? windowMsDefault : windowSeconds * 1000,
          },
        ]),
      );
    },
    async object(ask) {
      const { kind, name, apiVersion = "" } = ask.about;
      const group = groupOf(apiVersion);
      const resource = `${kind.toLowerCase()}s${group === "" ? "" : `.${group}`}`;
      const path =
        kind === "Namespace" && group === ""
          ? `namespaces/${ask.namespace}/metrics`
          : `namespaces/${ask.namespace}/${resource}/${name}`;
      const [first] = await custom(ask, path);
      return milli(first?.value ?? "0");
    },
    async external({ namespace, metric, labels }) {
      const items = await list<MetricValue>(client, {
        api: "external metrics API",
        path: `/apis/external.metrics.k8s.io/v1beta1/namespaces/${namespace}/${encodeURIComponent(metric)}`,
        query: queryOf({ labelSelector: labels }),
      });
      return items.map(({ value }) => milli(value));
    },
  };
}

/** Undefined when a container has no figure for the resource, or none has that name. */
function usageOf(item: PodMetrics, resource: string, container?: string): number | undefined {
  const all = item.containers ?? [];
  const counted = container === undefined ? all : all.filter((c) => c.name === container);
  if (counted.length === 0) return undefined;
  let sum = 0;
  for (const { usage } of counted) {
    const text = usage?.[resource];
    if (text === undefined) return undefined;
    sum += milli(text);
  }
  return sum;
}

const milli = (text: string): number => {
  const quantity = parseQuantity(text);
  return quantity === undefined ? 0 : milliValue(quantity);
};

/** Of a duration as Go prints it, "30s" or "1m0.5s"; 0 for what is none. */
function durationMs(text: string): number {
  const factors: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };
  let sum = 0;
  for (const [, amount, unit] of text.matchAll(/([\d.]+)(ms|h|m|s)/g))
    sum += Number(amount) * (factors[unit ?? ""] ?? 0);
  return sum;
}

function queryOf(selectors: Record<string, Selection | undefined>): string {
  const query = new URLSearchParams();
  for (const [name, selection] of Object.entries(selectors))
    if (selection && selection.length > 0) query.set(name, printSelection(selection));
  return query.toString();
}

type Question = { api: string; path: string; query: string; about?: string };

async function list<T>(client: Client, { api, path, query, about }: Question): Promise<T[]> {
  const headers = { accept: "application/json" };
  const ask = client.send({ method: "GET", path, query, headers }).then(objectOf);
  const answer = await ask.catch((error: Error) => {
    const isUnknown = error instanceof StatusError && error.code === 404 && about !== undefined;
    const why = isUnknown ? `${notServed} (${about})` : error.message;
    throw new Error(`unable to fetch metrics from ${api}: ${why}`, { cause: error });
  });
  const items = (answer as { items?: T[] } | undefined)?.items;
  if (!Array.isArray(items) || items.length === 0)
    throw new Error(`no metrics returned from ${api}`);
  return items;
}

const notServed = "the server could not find the requested resource";
