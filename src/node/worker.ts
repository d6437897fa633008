// Everything about one pod on its node, in three stages: it runs, it is being ended, it has ended. One pass at a time:
// look at the runtime, plan, act, report. What wakes it: a change of the pod, of its containers, of a probe, a timer.
import { equal } from "../lib/equal.ts";
import { pods } from "../schema/resources.ts";
import { StatusError } from "../schema/status-error.ts";
import type { Pod, PodStatus } from "../schema/types/core-v1.ts";
import { graceOf, killAll } from "./act/kill.ts";
import { releaseMachine, removeTraces, stopSandboxes } from "./act/sandbox.ts";
import { type NodeContext, podReference } from "./context.ts";
import { Passes } from "./passes.ts";
import type { Refusal } from "./pod/admission.ts";
import { isRunning, type Observed, sandboxIps } from "./pod/observed.ts";
import { plan } from "./pod/plan.ts";
import { type EndedByNode, finalStatus, podStatus, refusedStatus } from "./pod/status.ts";
import { PodEnd } from "./pod-end.ts";
import { PodRun } from "./pod-run.ts";
import { PodView } from "./pod-view.ts";
import { StatusWriter } from "./status-writer.ts";

type Stage = "running" | "ending" | "ended";

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
  readonly #view: PodView;
  readonly #passes: Passes;
  readonly #end: PodEnd;
  readonly #releaseObjects: () => void;
  #pod: Pod;
  #isGone: boolean;
  #stage: Stage = "running";
  /** The node ends the pod on its own account. */
  #why: EndedByNode | undefined;
  #isAdmitted: boolean;
  #isRefused = false;
  #isReleased = false;
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
    const wake = () => this.wake();
    const wakeAfter = (ms: number) => this.#passes.wakeAfter(ms);
    this.#passes = new Passes({
      clock: context.clock,
      stopped: context.stopped,
      pass: () => this.#one(),
      failed: (error) => this.#failed(error),
    });
    this.#view = new PodView({ context, uid: this.uid, lookAfter: wakeAfter });
    this.#end = new PodEnd({ context, wake, wakeAfter });
    this.#report = new StatusWriter(context, pod);
    this.#run = new PodRun(context, {
      signal: this.#ending.signal,
      wakeAfter,
      report: async () => {
        await this.#view.look();
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
    return this.#view.observed;
  }

  get podIp(): string {
    if (this.#pod.spec.hostNetwork) return this.#context.hostIps[0] ?? "";
    return sandboxIps(this.observed.sandboxes[0])[0] ?? "";
  }

  /** The status as it is or will soon be in the API. */
  get status(): PodStatus {
    return this.#report.latest;
  }

  get isBusy(): boolean {
    return this.#passes.isBusy;
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

  /**
   * Ends the pod because the node runs short, which is no fault of its own, or because it holds too much. False when it
   * ends anyway.
   */
  evict(message: string, isDisruption: boolean): boolean {
    if (this.#stage !== "running" || this.#mustEnd()) return false;
    this.#endFor({
      reason: "Evicted",
      message,
      ...(isDisruption ? { disruption: message } : {}),
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
    this.#view.exited(id);
    this.wake();
  }

  /** Looks, plans and acts: after this call, or after the pass that is under way. */
  wake(): void {
    this.#passes.wake();
  }

  /** Leaves the pod as it is. Resolves when no pass is under way. */
  async stop(): Promise<void> {
    this.#ended.resolve();
    this.#passes.forgetTimer();
    this.#ending.abort();
    this.#releaseObjects();
    await this.#passes.idle();
  }

  /** Ends what runs, after `stop`, and tells nobody: the pod begins anew when an agent takes it up again. */
  async halt(graceSecondsMax: number): Promise<void> {
    const observed = await this.#view.look();
    const graceSeconds = Math.min(graceOf(this.#pod, undefined, ""), graceSecondsMax);
    await killAll({ ...this.#context, record: () => {} }, this.#pod, observed, graceSeconds);
    await stopSandboxes(this.#context, observed);
  }

  #failed(error: unknown): "again" | "later" {
    if (this.#ending.signal.aborted && this.#stage === "running") {
      // What was under way gave way to the end.
      this.#stage = "ending";
      return "again";
    }
    this.#context.log.warn("work on a pod failed", { error, pod: this.#pod.metadata.name });
    return "later";
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

  #status(isTerminal: boolean): PodStatus {
    const { runtime, clock, hostIps, probes } = this.#context;
    if (this.#isRefused && this.#why) {
      return refusedStatus(this.#pod, this.#why, secondText(clock.now()));
    }
    return podStatus({
      pod: this.#pod,
      observed: this.observed,
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
    if (!isDone(status) || !this.observed.containers.some(isRunning)) {
      this.#report.write(status, { passing });
      return;
    }
    const { phase = "Pending", reason, message } = this.#report.latest;
    this.#report.write({ ...status, phase, reason, message }, { passing });
  }

  async #passRunning(): Promise<void> {
    const observed = await this.#view.look();
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
    if (hasActed) await this.#view.look();
    this.#run.watchProbes(this.#pod, this.observed);
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
      this.#passes.wakeAfter(leftMs);
      return;
    }
    this.#why = deadlineExceeded;
    this.#context.record({ about: podReference(this.#pod), type: "Normal", ...deadlineExceeded });
  }

  async #passEnding(): Promise<void> {
    this.#ending.abort();
    const observed = await this.#view.look();
    for (const { id } of observed.containers) this.#context.probes.onlyReadiness(id);
    const live = observed.containers.filter((c) => isRunning(c) || c.state === "CONTAINER_UNKNOWN");
    this.#write(this.#status(live.length === 0));
    if (live.length > 0) {
      const graceSeconds = this.#why?.graceSeconds ?? graceOf(this.#pod, undefined, "");
      this.#end.begin(this.#pod, observed, { live, graceSeconds });
      return;
    }
    await this.#end.settled();
    await stopSandboxes(this.#context, observed);
    for (const container of observed.containers) this.#context.probes.forget(container.id);
    this.#stage = "ended";
    this.#ended.resolve();
    await this.#view.look();
  }

  async #passEnded(): Promise<void> {
    if (this.#isGone) {
      this.#releaseObjects();
      await removeTraces(this.#context, this.#pod, this.observed);
      this.#passes.forgetTimer();
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
