// Everything about one pod on its node, in three stages: it runs, it is being ended, it has ended. One pass at a time:
// look at the runtime, plan, act, report. What wakes it: a change of the pod, of its containers, of a probe, a timer.
import { equal } from "../lib/equal.ts";
import { pods } from "../schema/resources.ts";
import { StatusError } from "../schema/status-error.ts";
import type { Pod, PodStatus } from "../schema/types/core-v1.ts";
import { graceOf, killAll } from "./act/kill.ts";
import { lastWords } from "./act/last-words.ts";
import { releaseMachine, removeTraces, stopSandboxes } from "./act/sandbox.ts";
import { type NodeContext, podReference } from "./context.ts";
import type { Refusal } from "./pod/admission.ts";
import {
  isRunning,
  nothing,
  type Observed,
  type ObservedContainer,
  observe,
  sandboxIps,
} from "./pod/observed.ts";
import { plan } from "./pod/plan.ts";
import { type EndedByNode, finalStatus, podStatus, refusedStatus } from "./pod/status.ts";
import { PodRun } from "./pod-run.ts";
import { StatusWriter } from "./status-writer.ts";

type Stage = "running" | "ending" | "ended";

const retryMs = { first: 500, max: 10_000 };

/** The runtime tells that a container has ended a little before it answers so: it is asked again so often. */
const exitLooks = { max: 12, firstMs: 10 };

/** A node that runs short cannot wait for anybody. Upstream's. */
const evictionGraceSeconds = 1;

/** Upstream's words. */
const preempted: EndedByNode = Object.freeze({
  reason: "Preempting",
  message: "Preempted in order to admit critical pod",
  disruption: "Pod was preempted by Kubelet to accommodate a critical pod.",
});

const deadlineExceeded = Object.freeze({
  reason: "DeadlineExceeded",
  message: "Pod was active on the node longer than the specified deadline",
});

export type WorkerOptions = {
  context: NodeContext;
  pod: Pod;
  /** Only its traces are left: the API does not know it. */
  isOrphan?: boolean;
  /** Why the node does not take the pod; asked once, before anything of it begins. */
  admit: (pod: Pod) => Promise<Refusal | undefined>;
  /** Called once when nothing of the pod is left. */
  forget: (uid: string) => void;
};

export class PodWorker {
  readonly uid: string;
  readonly #context: NodeContext;
  readonly #forget: (uid: string) => void;
  readonly #admit: (pod: Pod) => Promise<Refusal | undefined>;
  readonly #report: StatusWriter;
  readonly #run: PodRun;
  readonly #endedContainers = new Map<string, ObservedContainer>();
  readonly #releaseObjects: () => void;
  #pod: Pod;
  #isGone: boolean;
  #stage: Stage = "running";
  #observed: Observed = nothing;
  /** The node ends the pod on its own account. */
  #why: EndedByNode | undefined;
  #isAdmitted: boolean;
  #isRefused = false;
  #kill: { done: Promise<void>; graceSeconds: number } | undefined;
  #isReleased = false;
  #pass: Promise<void> | undefined;
  #again = false;
  #failures = 0;
  /** Containers that are said to have ended, with how often they were looked at since. */
  readonly #exiting = new Map<string, number>();
  #timer: { at: number; cancel: () => void } | undefined;
  readonly #ended = Promise.withResolvers<void>();
  /** Aborted when the pod is to end, so that what takes long gives way. */
  readonly #ending = new AbortController();

  constructor({ context, pod, isOrphan = false, admit, forget }: WorkerOptions) {
    this.uid = pod.metadata.uid ?? "";
    this.#context = context;
    this.#forget = forget;
    this.#admit = admit;
    this.#pod = pod;
    // What an agent has taken once stays, whatever has become of the node since.
    this.#isAdmitted = isOrphan || pod.status?.startTime !== undefined;
    this.#isGone = isOrphan;
    this.#report = new StatusWriter(context, pod);
    this.#run = new PodRun(context, {
      signal: this.#ending.signal,
      wakeAfter: (ms) => this.wakeAfter(ms),
      report: async () => {
        await this.#look();
        this.#write(this.#status(false), true);
      },
    });
    this.#releaseObjects = isOrphan ? () => {} : this.#hold(pod);
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** What the runtime had when it was last looked at. */
  get observed(): Observed {
    return this.#observed;
  }

  get podIp(): string {
    if (this.#pod.spec.hostNetwork) return this.#context.hostIps[0] ?? "";
    return sandboxIps(this.#observed.sandboxes[0])[0] ?? "";
  }

  /** The status as it is or will soon be in the API. */
  get status(): PodStatus {
    return this.#report.latest;
  }

  get isBusy(): boolean {
    return this.#pass !== undefined;
  }

  get isEnded(): boolean {
    return this.#stage === "ended";
  }

  /** The node has taken the pod, and it counts against what the node has. */
  get isActive(): boolean {
    return this.#isAdmitted && !this.#isGone && !this.isEnded && !isDone(this.#report.latest);
  }

  /** What is in the pod's volumes is followed until the returned function is called. */
  #hold(pod: Pod): () => void {
    const changed = (): void => {
      this.#run.volumesAreStale();
      this.wake();
    };
    const { objects, bundles, credentials } = this.#context;
    const releases = [objects, bundles, credentials].map((source) => source.hold(pod, changed));
    return () => {
      for (const release of releases) release();
    };
  }

  /** Ends the pod because the node runs short. False when it ends anyway. */
  evict(message: string): boolean {
    if (this.#stage !== "running" || this.#mustEnd()) return false;
    this.#endFor({
      reason: "Evicted",
      message,
      disruption: message,
      graceSeconds: evictionGraceSeconds,
    });
    return true;
  }

  /** Ends the pod because a critical one needs its room. */
  preempt(): void {
    if (this.#stage === "running" && !this.#mustEnd()) this.#endFor(preempted);
  }

  #endFor(why: EndedByNode): void {
    const { reason, message } = why;
    this.#why = why;
    this.#context.record({ about: podReference(this.#pod), type: "Warning", reason, message });
    this.#ending.abort();
    this.wake();
  }

  /** From now on the pod counts against what the node has. */
  take(): void {
    this.#isAdmitted = true;
  }

  /** Resolves when none of its processes is left, or the agent stops. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** The API's newest version; undefined when it has the pod no more. */
  update(pod: Pod | undefined): void {
    if (pod) {
      const { labels, annotations } = this.#pod.metadata;
      if (!equal(labels, pod.metadata.labels) || !equal(annotations, pod.metadata.annotations)) {
        this.#run.volumesAreStale();
      }
      this.#pod = pod;
      this.#report.seen(pod);
    } else this.#isGone = true;
    if (this.#mustEnd()) this.#ending.abort();
    this.wake();
  }

  /** The runtime says that one of the pod's containers or sandboxes has ended. */
  exited(id: string): void {
    this.#exiting.set(id, 0);
    this.wake();
  }

  /** A pass will begin after this call, or after the one that is under way. */
  wake(): void {
    if (this.#context.stopped.aborted) return;
    this.#again = true;
    this.#pass ??= this.#passes().finally(() => {
      this.#pass = undefined;
      // What woke it between its last look and its end.
      if (this.#again) this.wake();
    });
  }

  /** No later than `ms` from now. */
  wakeAfter(ms: number): void {
    const { clock, stopped } = this.#context;
    const at = clock.monotonic() + ms;
    if (stopped.aborted || (this.#timer && this.#timer.at <= at)) return;
    this.#timer?.cancel();
    const cancel = clock.after(ms, () => {
      this.#timer = undefined;
      this.wake();
    });
    this.#timer = { at, cancel };
  }

  /** Leaves the pod as it is. Resolves when no pass is under way. */
  async stop(): Promise<void> {
    this.#ended.resolve();
    this.#timer?.cancel();
    this.#ending.abort();
    this.#releaseObjects();
    await this.#pass;
  }

  /** Ends what runs, after `stop`, and tells nobody: the pod begins anew when an agent takes it up again. */
  async halt(graceSecondsMax: number): Promise<void> {
    const observed = await this.#look();
    const graceSeconds = Math.min(graceOf(this.#pod, undefined, ""), graceSecondsMax);
    await killAll({ ...this.#context, record: () => {} }, this.#pod, observed, graceSeconds);
    await stopSandboxes(this.#context, observed);
  }

  async #passes(): Promise<void> {
    while (this.#again && !this.#context.stopped.aborted) {
      this.#again = false;
      try {
        await this.#one();
        this.#failures = 0;
      } catch (error) {
        if (this.#ending.signal.aborted && this.#stage === "running") {
          this.#again = true;
          this.#stage = "ending";
          continue;
        }
        const waitMs = Math.min(retryMs.first * 2 ** this.#failures++, retryMs.max);
        this.#context.log.warn("work on a pod failed", { error, pod: this.#pod.metadata.name });
        this.wakeAfter(waitMs);
      }
    }
  }

  async #one(): Promise<void> {
    if (this.#stage === "running" && this.#mustEnd()) this.#stage = "ending";
    if (this.#stage === "running" && !this.#isAdmitted) await this.#admitOnce();
    if (this.#stage === "running") await this.#passRunning();
    if (this.#stage === "ending") await this.#passEnding();
    if (this.#stage === "ended") await this.#passEnded();
  }

  async #admitOnce(): Promise<void> {
    const refusal = await this.#admit(this.#pod);
    if (!refusal) {
      this.take();
      return;
    }
    const { reason, message } = refusal;
    this.#context.record({ about: podReference(this.#pod), type: "Warning", reason, message });
    this.#why = { reason, message: `Pod was rejected: ${message}` };
    this.#isRefused = true;
    this.#stage = "ending";
  }

  #mustEnd(): boolean {
    const { metadata, status } = this.#pod;
    if (this.#isGone || this.#why !== undefined || metadata.deletionTimestamp) return true;
    return isDone(status);
  }

  async #look(): Promise<Observed> {
    const { runtime, host } = this.#context;
    this.#observed = await observe(runtime, this.uid, this.#endedContainers, (c) =>
      lastWords(host, c),
    );
    this.#lookAgainForExits();
    return this.#observed;
  }

  #lookAgainForExits(): void {
    const { containers, sandboxes } = this.#observed;
    for (const [id, looks] of this.#exiting) {
      const container = containers.find((c) => c.id === id);
      const sandbox = sandboxes.find((s) => s.id === id);
      const isLive = container ? isRunning(container) : sandbox?.state === "SANDBOX_READY";
      if (!isLive || looks >= exitLooks.max) this.#exiting.delete(id);
      else {
        this.#exiting.set(id, looks + 1);
        this.wakeAfter(exitLooks.firstMs * 1.5 ** looks);
      }
    }
  }

  #status(isTerminal: boolean): PodStatus {
    const { runtime, clock, hostIps, probes } = this.#context;
    if (this.#isRefused && this.#why) {
      return refusedStatus(this.#pod, this.#why, secondText(clock.now()));
    }
    return podStatus({
      pod: this.#pod,
      observed: this.#observed,
      runtimeName: runtime.name,
      failures: this.#run.failures,
      applied: this.#run.applied,
      before: this.#report.latest,
      probes: (id, kind) => probes.result(id, kind),
      isTerminal,
      hostIps,
      now: secondText(clock.now()),
      ...(this.#why ? { ended: this.#why } : {}),
    });
  }

  /** A pod is not shown as done while any of it still runs. */
  #write(status: PodStatus, passing = false): void {
    if (this.#isGone) return;
    if (!isDone(status) || !this.#observed.containers.some(isRunning)) {
      this.#report.write(status, { passing });
      return;
    }
    const { phase = "Pending", reason, message } = this.#report.latest;
    this.#report.write({ ...status, phase, reason, message }, { passing });
  }

  async #passRunning(): Promise<void> {
    const observed = await this.#look();
    const begun = this.#status(false);
    if (isDone(begun)) {
      this.#stage = "ending";
      return;
    }
    this.#write(begun, true);
    this.#checkDeadline();
    if (this.#why) {
      this.#stage = "ending";
      return;
    }
    const probes = this.#context.probes;
    const result = (id: string, kind: "liveness" | "readiness" | "startup") =>
      probes.result(id, kind);
    const todo = plan({
      pod: this.#pod,
      observed,
      probes: result,
      applied: this.#run.applied,
    });
    const hasActed = await this.#run.act(todo, this.#pod, observed);
    if (hasActed) await this.#look();
    this.#run.watchProbes(this.#pod, this.#observed);
    const status = this.#status(false);
    if (isDone(status)) this.#stage = "ending";
    else this.#write(status);
  }

  #checkDeadline(): void {
    const { activeDeadlineSeconds } = this.#pod.spec;
    const { startTime } = this.#report.latest;
    if (activeDeadlineSeconds === undefined || !startTime) return;
    const leftMs = Date.parse(startTime) + activeDeadlineSeconds * 1000 - this.#context.clock.now();
    if (leftMs > 0) {
      this.wakeAfter(leftMs);
      return;
    }
    this.#why = deadlineExceeded;
    this.#context.record({ about: podReference(this.#pod), type: "Normal", ...deadlineExceeded });
  }

  async #passEnding(): Promise<void> {
    this.#ending.abort();
    const observed = await this.#look();
    for (const { id } of observed.containers) this.#context.probes.onlyReadiness(id);
    const live = observed.containers.filter((c) => isRunning(c) || c.state === "CONTAINER_UNKNOWN");
    this.#write(this.#status(live.length === 0));
    if (live.length > 0) {
      this.#endContainers(live);
      return;
    }
    await this.#kill?.done.catch(() => {});
    await stopSandboxes(this.#context, observed);
    for (const container of observed.containers) this.#context.probes.forget(container.id);
    this.#stage = "ended";
    this.#ended.resolve();
    await this.#look();
  }

  #endContainers(live: readonly ObservedContainer[]): void {
    const { runtime, log } = this.#context;
    const graceSeconds = this.#why?.graceSeconds ?? graceOf(this.#pod, undefined, "");
    if (this.#kill) {
      // Asked again with less patience: the first asking goes on beside it.
      if (graceSeconds >= this.#kill.graceSeconds) return;
      this.#kill.graceSeconds = graceSeconds;
      for (const { id } of live) {
        runtime.stopContainer(id, graceSeconds).catch((error: unknown) => {
          log.warn("cannot end a container", { error, id });
        });
      }
      return;
    }
    const done = killAll(this.#context, this.#pod, this.#observed, graceSeconds);
    this.#kill = { done, graceSeconds };
    done.then(
      () => this.wake(),
      (error: unknown) => {
        log.warn("cannot end the containers of a pod", { error, pod: this.#pod.metadata.name });
        this.#kill = undefined;
        this.wakeAfter(retryMs.first);
      },
    );
  }

  async #passEnded(): Promise<void> {
    if (this.#isGone) {
      this.#releaseObjects();
      await removeTraces(this.#context, this.#pod, this.#observed);
      this.#timer?.cancel();
      this.#forget(this.uid);
      return;
    }
    const { metadata } = this.#pod;
    const status = this.#status(true);
    this.#report.write(this.#isRefused ? status : finalStatus(this.#pod, status));
    await this.#report.written();
    if (!this.#isReleased) await releaseMachine(this.#context, this.#pod);
    this.#isReleased = true;
    if (!metadata.deletionTimestamp) return;
    const ref = { namespace: metadata.namespace, name: metadata.name ?? "" };
    try {
      await this.#context.client.delete(pods, ref, { graceSeconds: 0, uid: this.uid });
    } catch (error) {
      if (!(error instanceof StatusError && [404, 409].includes(error.code))) throw error;
    }
  }
}

const isDone = (status: PodStatus | undefined): boolean =>
  status?.phase === "Succeeded" || status?.phase === "Failed";

const secondText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;
