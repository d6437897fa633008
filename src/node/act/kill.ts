// Ends containers: hooks, order, grace. Rules are upstream's (kuberuntime's killContainer).

import { pause } from "../../lib/clock.ts";
import type { Container, Pod } from "../../schema/types/core-v1.ts";
import { type NodeContext, podReference } from "../context.ts";
import type { KillReason } from "../pod/actions.ts";
import { isRunning, type Observed, type ObservedContainer, sandboxIps } from "../pod/observed.ts";
import { runHook } from "./hooks.ts";

/** Every container gets a moment between the asking and the killing, in seconds. */
const graceSecondsMin = 2;

export type KillAsk = {
  readonly pod: Pod;
  readonly container: ObservedContainer;
  readonly podIp: string;
  readonly message?: string;
  readonly reason?: KillReason | "FailedPostStartHook";
  /** Absent: what the pod's spec says. */
  readonly graceSeconds?: number;
  /** Resolves when it is this container's turn to end; its time counts as grace. */
  readonly turn?: Promise<void>;
};

export async function killContainer(context: NodeContext, ask: KillAsk): Promise<void> {
  const { pod, container } = ask;
  const { clock, runtime } = context;
  const spec = specOf(pod, container.name);
  const message = ask.message ?? `Stopping container ${container.name}`;
  context.record({
    about: podReference(pod, container.name),
    type: "Normal",
    reason: "Killing",
    message,
  });
  const graceMs = 1000 * (ask.graceSeconds ?? graceOf(pod, spec, ask.reason ?? ""));
  const startedAt = clock.monotonic();
  const leftMs = (): number => graceMs - (clock.monotonic() - startedAt);
  const preStop = spec?.lifecycle?.preStop;
  if (preStop && spec && leftMs() > 0) {
    const target = { pod, container: spec, containerId: container.id, podIp: ask.podIp };
    const hook = runHook(context, preStop, target).catch((error: unknown) => {
      context.log.debug("a preStop hook failed", { error, container: container.name });
      context.record({
        about: podReference(pod, container.name),
        type: "Warning",
        reason: "FailedPreStopHook",
        message: "PreStopHook failed",
      });
    });
    await within(context, hook, leftMs());
  }
  if (ask.turn) await within(context, ask.turn, leftMs());
  const seconds = Math.max(Math.floor(leftMs() / 1000), graceSecondsMin);
  await runtime.stopContainer(container.id, seconds);
}

/** Resolves with `done`, or after `ms`. */
async function within({ clock }: NodeContext, done: Promise<unknown>, ms: number): Promise<void> {
  const over = new AbortController();
  const timer = pause(clock, Math.max(ms, 0), over.signal);
  await Promise.race([done, timer]);
  over.abort();
}

function specOf({ spec }: Pod, name: string): Container | undefined {
  const all = [
    ...spec.containers,
    ...(spec.initContainers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ];
  return all.find((c) => c.name === name) as Container | undefined;
}

export function graceOf(pod: Pod, container: Container | undefined, reason: string): number {
  const { deletionGracePeriodSeconds } = pod.metadata;
  if (deletionGracePeriodSeconds !== undefined && pod.metadata.deletionTimestamp) {
    return deletionGracePeriodSeconds;
  }
  const ofProbe =
    reason === "StartupProbe"
      ? container?.startupProbe?.terminationGracePeriodSeconds
      : reason === "LivenessProbe"
        ? container?.livenessProbe?.terminationGracePeriodSeconds
        : undefined;
  return ofProbe ?? pod.spec.terminationGracePeriodSeconds ?? 30;
}

/**
 * Ends every running container at the same time, sidecars in the reverse order of their start once the regular ones
 * have ended. Resolves when none runs.
 */
export async function killAll(
  context: NodeContext,
  pod: Pod,
  observed: Observed,
  graceSeconds?: number,
): Promise<void> {
  const running = observed.containers.filter(
    (c) => isRunning(c) || c.state === "CONTAINER_UNKNOWN",
  );
  const podIp = sandboxIps(observed.sandboxes[0])[0] ?? "";
  const sidecars = (pod.spec.initContainers ?? [])
    .filter((c) => c.restartPolicy === "Always")
    .map((c) => c.name);
  const kills = new Map<string, Promise<void>>();
  const kill = (container: ObservedContainer, turn?: Promise<void>): Promise<void> => {
    const done = killContainer(context, {
      pod,
      container,
      podIp,
      ...(graceSeconds === undefined ? {} : { graceSeconds }),
      ...(turn ? { turn } : {}),
    });
    kills.set(container.id, done);
    return done;
  };
  let before: Promise<void> = settled(
    running.filter((c) => !sidecars.includes(c.name)).map((c) => kill(c)),
  );
  for (const name of sidecars.toReversed()) {
    const mine = running.filter((c) => c.name === name).map((c) => kill(c, before));
    before = settled([before, ...mine]);
  }
  await Promise.all(kills.values());
}

async function settled(all: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(all);
}
