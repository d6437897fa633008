// What the node and its pods use: upstream's /stats/summary and /metrics/resource, as far as the runtime tells.
import { cpus, freemem, loadavg, totalmem } from "node:os";
import type { NodeContext } from "../context.ts";
import { labels } from "../pod/labels.ts";
import type { ContainerStats } from "../runtime.ts";
import type { PodWorker } from "../worker.ts";

type Usage = { cpu?: object; memory?: object };

export async function statsSummary(
  context: NodeContext,
  workers: ReadonlyMap<string, PodWorker>,
): Promise<object> {
  const all = await context.runtime.containerStats();
  const now = new Date(context.clock.now()).toISOString();
  const pods = [...workers.values()].map((worker) => {
    const { name, namespace, uid } = worker.pod.metadata;
    const mine = all.filter((s) => s.labels[labels.podUid] === uid);
    return {
      podRef: { name, namespace, uid },
      startTime: worker.status.startTime ?? null,
      containers: mine.map((s) => ({
        name: s.labels[labels.containerName] ?? "",
        startTime: null,
        ...usageOf(s),
      })),
      ...summed(mine),
    };
  });
  return {
    node: {
      nodeName: context.nodeName,
      startTime: now,
      ...(context.host.keepsFiles ? machineUsage(now) : {}),
    },
    pods,
  };
}

function usageOf({ cpu, memory }: ContainerStats): Usage {
  return {
    ...(cpu
      ? {
          cpu: {
            time: timeOf(cpu.timestamp),
            usageNanoCores: cpu.usageNanoCores?.value ?? 0,
            usageCoreNanoSeconds: cpu.usageCoreNanoSeconds?.value ?? 0,
          },
        }
      : {}),
    ...(memory
      ? {
          memory: {
            time: timeOf(memory.timestamp),
            workingSetBytes: memory.workingSetBytes?.value ?? 0,
            usageBytes: memory.usageBytes?.value ?? 0,
            rssBytes: memory.rssBytes?.value ?? 0,
          },
        }
      : {}),
  };
}

function summed(all: readonly ContainerStats[]): Usage {
  if (all.length === 0) return {};
  const sum = (read: (s: ContainerStats) => number | undefined): number =>
    all.reduce((total, s) => total + (read(s) ?? 0), 0);
  const time = timeOf(Math.max(...all.map((s) => s.cpu?.timestamp ?? 0)));
  return {
    cpu: {
      time,
      usageNanoCores: sum((s) => s.cpu?.usageNanoCores?.value),
      usageCoreNanoSeconds: sum((s) => s.cpu?.usageCoreNanoSeconds?.value),
    },
    memory: {
      time,
      workingSetBytes: sum((s) => s.memory?.workingSetBytes?.value),
      usageBytes: sum((s) => s.memory?.usageBytes?.value),
      rssBytes: sum((s) => s.memory?.rssBytes?.value),
    },
  };
}

function machineUsage(time: string): Usage {
  const busyMs = cpus().reduce((sum, { times: t }) => sum + t.user + t.nice + t.sys + t.irq, 0);
  const used = totalmem() - freemem();
  return {
    cpu: {
      time,
      usageNanoCores: Math.round((loadavg()[0] ?? 0) * 1e9),
      usageCoreNanoSeconds: busyMs * 1e6,
    },
    memory: { time, availableBytes: freemem(), usageBytes: used, workingSetBytes: used },
  };
}

const timeOf = (ns: number): string => new Date(ns / 1e6).toISOString();

/** Prometheus text with upstream's names of resource metrics. */
export async function resourceMetrics(context: NodeContext): Promise<string> {
  const all = await context.runtime.containerStats();
  const lines = [
    "# TYPE container_cpu_usage_seconds_total counter",
    ...all.map((s) =>
      metric(
        "container_cpu_usage_seconds_total",
        s,
        (s.cpu?.usageCoreNanoSeconds?.value ?? 0) / 1e9,
      ),
    ),
    "# TYPE container_memory_working_set_bytes gauge",
    ...all.map((s) =>
      metric("container_memory_working_set_bytes", s, s.memory?.workingSetBytes?.value ?? 0),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function metric(name: string, { labels: marks }: ContainerStats, value: number): string {
  const container = marks[labels.containerName] ?? "";
  const namespace = marks[labels.podNamespace] ?? "";
  const pod = marks[labels.podName] ?? "";
  return `${name}{container="${container}",namespace="${namespace}",pod="${pod}"} ${value}`;
}
