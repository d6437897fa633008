// Families of metrics: what a look at them gives.
import type { Histogram } from "./histogram.ts";

export type Labels = Readonly<Record<string, string | number>>;
export type Value = { readonly labels: Labels; readonly value: number };
type Sample = { readonly labels: Labels; readonly value: number; readonly metricName?: string };

/** One family of metrics: its samples are made at each look. */
export type Family = {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly samples: () => readonly Sample[];
};

export const gauge = (name: string, help: string, samples: () => readonly Value[]): Family => ({
  name,
  help,
  type: "gauge",
  samples,
});

export const counter = (name: string, help: string, samples: () => readonly Value[]): Family => ({
  name,
  help,
  type: "counter",
  samples,
});

export type Observed = { readonly labels: Labels; readonly of: Histogram };

export const histogram = (name: string, help: string, all: () => readonly Observed[]): Family => ({
  name,
  help,
  type: "histogram",
  samples: () => all().flatMap(({ labels, of }) => histogramSamples(name, labels, of)),
});

/** Each bucket counts what is not above its bound, so they add up. */
function histogramSamples(name: string, labels: Labels, { bounds, counts, sum }: Histogram) {
  const samples: Sample[] = [];
  let total = 0;
  for (const [i, count] of counts.entries()) {
    total += count;
    const le = bounds[i] ?? "+Inf";
    samples.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: total });
  }
  samples.push({ metricName: `${name}_sum`, labels, value: sum });
  samples.push({ metricName: `${name}_count`, labels, value: total });
  return samples;
}
