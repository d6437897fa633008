// The probes of running containers: each on its own timer, its result kept until the container is gone. Counts and
// waits are upstream's (kubelet's prober).
import type { Clock } from "../../lib/clock.ts";
import { type Random, randomInteger } from "../../lib/random.ts";
import type { Container, Pod, Probe } from "../../schema/types/core-v1.ts";
import type { ProbeKind, ProbeResult } from "../pod/actions.ts";

export type ProbeTarget = {
  readonly pod: Pod;
  readonly container: Container;
  readonly containerId: string;
  /** When it began, ms since 1970. */
  readonly startedMs: number;
};

export type ProbeRun = (
  probe: Probe,
  kind: ProbeKind,
  target: ProbeTarget,
) => Promise<{ result: "success" | "warning" | "failure"; output: string }>;

export type ProbeTableOptions = {
  clock: Clock;
  random: Random;
  run: ProbeRun;
  /** Told when the kept result of a container changes. */
  changed: (podUid: string) => void;
  /** Told of each answer that is no success. */
  refused: (
    target: ProbeTarget,
    kind: ProbeKind,
    answer: { result: "warning" | "failure"; output: string },
  ) => void;
  /** Told of each look that could not be made. */
  failed: (target: ProbeTarget, kind: ProbeKind, error: unknown) => void;
};

const kinds = ["startup", "liveness", "readiness"] as const;
const fields = {
  startup: "startupProbe",
  liveness: "livenessProbe",
  readiness: "readinessProbe",
} as const;

type Running = {
  target: ProbeTarget;
  results: Map<ProbeKind, ProbeResult>;
  stops: Map<ProbeKind, () => void>;
};

export class ProbeTable {
  readonly #options: ProbeTableOptions;
  readonly #running = new Map<string, Running>();

  constructor(options: ProbeTableOptions) {
    this.#options = options;
  }

  /** The last result; readiness and liveness have none before the container has started. */
  result(containerId: string, kind: ProbeKind): ProbeResult | undefined {
    return this.#running.get(containerId)?.results.get(kind);
  }

  /** Begins to probe a container that has begun; nothing when it is probed already or has no probes. */
  watch(target: ProbeTarget): void {
    const known = this.#running.get(target.containerId);
    if (known) {
      known.target = target;
      return;
    }
    if (!kinds.some((kind) => target.container[fields[kind]])) return;
    const running: Running = { target, results: new Map(), stops: new Map() };
    this.#running.set(target.containerId, running);
    for (const kind of kinds) {
      const probe = target.container[fields[kind]];
      if (probe) running.stops.set(kind, this.#start(running, kind, probe));
    }
  }

  forget(containerId: string): void {
    const running = this.#running.get(containerId);
    this.#running.delete(containerId);
    for (const stop of running?.stops.values() ?? []) stop();
  }

  /** Of a pod that is ending only its readiness is still of interest. */
  onlyReadiness(containerId: string): void {
    const running = this.#running.get(containerId);
    for (const kind of ["liveness", "startup"] as const) running?.stops.get(kind)?.();
  }

  stop(): void {
    for (const id of [...this.#running.keys()]) this.forget(id);
  }

  #start(running: Running, kind: ProbeKind, probe: Probe): () => void {
    const { clock, random } = this.#options;
    const periodMs = (probe.periodSeconds ?? 10) * 1000;
    const startedAgo = clock.now() - running.target.startedMs;
    const delayMs = Math.max((probe.initialDelaySeconds ?? 0) * 1000 - startedAgo, 0);
    // After our own restart many containers would be probed at once.
    const spreadMs = startedAgo > periodMs ? randomInteger(random, Math.ceil(periodMs)) : 0;
    let stopped = false;
    let cancel = (): void => {};
    const row = { successes: 0, failures: 0 };
    const tick = async (): Promise<void> => {
      if (stopped) return;
      if (!this.#isDue(running, kind)) {
        // The next look comes quickly once the startup probe has succeeded.
        cancel = clock.after(Math.min(periodMs, 1000), () => void tick());
        return;
      }
      const isDone = await this.#once(running, kind, probe, row, () => stopped);
      if (!stopped && !isDone) cancel = clock.after(periodMs, () => void tick());
    };
    cancel = clock.after(delayMs + spreadMs, () => void tick());
    return () => {
      stopped = true;
      cancel();
    };
  }

  /** Other probes wait for the startup probe. */
  #isDue({ target, results }: Running, kind: ProbeKind): boolean {
    return (
      kind === "startup" || !target.container.startupProbe || results.get("startup") === "success"
    );
  }

  /** True when the probe has done its work: a startup probe that succeeded, anything that ends its container. */
  async #once(
    running: Running,
    kind: ProbeKind,
    probe: Probe,
    row: { successes: number; failures: number },
    isStopped: () => boolean,
  ): Promise<boolean> {
    const { run, refused, failed } = this.#options;
    const { target } = running;
    const answer = await run(probe, kind, target).catch((error: unknown) => {
      failed(target, kind, error);
      return undefined;
    });
    if (isStopped() || this.#running.get(target.containerId) !== running) return true;
    // It could not be asked, which says nothing about it.
    if (!answer) return false;
    const { result, output } = answer;
    if (result !== "success") refused(target, kind, { result, output });
    const good = result !== "failure";
    row.successes = good ? row.successes + 1 : 0;
    row.failures = good ? 0 : row.failures + 1;
    if (good && row.successes < (probe.successThreshold ?? 1)) return false;
    if (!good && row.failures < (probe.failureThreshold ?? 3)) return false;
    const before = running.results.get(kind);
    const next = good ? "success" : "failure";
    running.results.set(kind, next);
    if (before !== next) this.#options.changed(target.pod.metadata.uid ?? "");
    if (kind === "startup") return true;
    return kind === "liveness" && next === "failure";
  }
}
