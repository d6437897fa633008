// Carries out the plan of a running pod: ends what must end, makes its sandbox, starts its containers.
import { equal } from "../lib/equal.ts";
import type { Container, Pod, ResourceRequirements } from "../schema/types/core-v1.ts";
import { killAll, killContainer } from "./act/kill.ts";
import { StartError } from "./act/pull.ts";
import { configOf, makeSandbox, stopSandboxes } from "./act/sandbox.ts";
import { type StartAsk, startContainer } from "./act/start.ts";
import { mountVolumes, nextRenewal, type Tokens } from "./act/volumes.ts";
import { containerResources, podCgroup, podResources } from "./config/resources.ts";
import { type NodeContext, podReference } from "./context.ts";
import type { Plan } from "./pod/actions.ts";
import { Backoff, durationText, restartLimits } from "./pod/backoff.ts";
import type { StartFailure } from "./pod/container-status.ts";
import { podText } from "./pod/labels.ts";
import {
  isRunning,
  isSidecar,
  latest,
  type Observed,
  type ObservedContainer,
  sandboxIps,
} from "./pod/observed.ts";
import { madeWith, resizeText } from "./pod/resize.ts";

/** A failure that nobody said more about is tried again after this. */
const startRetryMs = 10_000;
/** Sandboxes and volumes are tried again sooner at first. */
const setupRetry = { firstMs: 500, maxMs: 10_000 };

type Ties = {
  /** Aborted when the pod is to end. */
  signal: AbortSignal;
  wakeAfter: (ms: number) => void;
  /** A step is done that is worth being shown. */
  report: () => Promise<void>;
};

export class PodRun {
  readonly failures = new Map<string, StartFailure>();
  readonly #context: NodeContext;
  readonly #ties: Ties;
  readonly #restarts = new Backoff(restartLimits);
  readonly #setup = new Backoff(setupRetry);
  readonly #tokens: Tokens = new Map();
  #volumes: ReadonlyMap<string, string> = new Map();
  /** Counts what made volumes stale, so that a change while they are made is not overlooked. */
  #changes = 0;
  #changesMade = -1;
  /** Resources that running containers were given after they were made, by id. */
  readonly #resized = new Map<string, ResourceRequirements>();

  constructor(context: NodeContext, ties: Ties) {
    this.#context = context;
    this.#ties = ties;
  }

  readonly applied = (container: ObservedContainer): ResourceRequirements | undefined =>
    this.#resized.get(container.id) ?? madeWith(container);

  volumesAreStale(): void {
    this.#changes++;
  }

  /** True when the runtime has changed by it. */
  async act(todo: Plan, pod: Pod, observed: Observed): Promise<boolean> {
    const starts = todo.startEphemeral.length + todo.startInit.length + todo.start.length > 0;
    if (todo.killPod) {
      await this.#yielding(killAll(this.#context, pod, observed));
      await stopSandboxes(this.#context, observed);
      if (!todo.createSandbox) return true;
    } else if (todo.kill.length > 0) await this.#yielding(this.#killSome(todo, pod, observed));
    const hasResized = await this.#resize(todo, pod);
    if (!starts) {
      if (todo.kill.length === 0) await this.#refreshVolumes(pod, observed);
      return hasResized || todo.kill.length > 0;
    }
    await this.#prune(observed);
    await this.#start(todo, pod, observed);
    return true;
  }

  /** Probes begin with their containers; a startup probe of an init container counts too. */
  watchProbes(pod: Pod, observed: Observed): void {
    const all: Container[] = [
      ...(pod.spec.initContainers ?? []).filter(isSidecar),
      ...pod.spec.containers,
    ];
    for (const container of all) {
      const status = latest(observed, container.name);
      if (!status || !isRunning(status)) continue;
      const startedMs = status.startedAt / 1e6;
      this.#context.probes.watch({ pod, container, containerId: status.id, startedMs });
    }
    for (const { id, state } of observed.containers) {
      if (state !== "CONTAINER_RUNNING") this.#context.probes.forget(id);
    }
  }

  async #resize({ resize }: Plan, pod: Pod): Promise<boolean> {
    if (resize.length === 0) return false;
    const { host, runtime, record, machineMemoryBytes } = this.#context;
    const say = (type: "Normal" | "Warning", reason: string, message: string): void =>
      record({ about: podReference(pod), type, reason, message });
    say("Normal", "ResizeStarted", resizeText("Pod resize started", pod));
    const cgroup = podCgroup(host.cgroupRoot, pod);
    try {
      // The pod as a whole must have room for what its containers get. It may not shrink before they have: see below.
      if (cgroup !== "") await host.makeCgroup(cgroup, podResources(pod)).catch(() => {});
      for (const { container, status } of resize) {
        const resources = containerResources(pod, container, machineMemoryBytes);
        await runtime.updateContainerResources(status.id, resources);
        this.#resized.set(status.id, container.resources ?? {});
      }
      if (cgroup !== "") await host.makeCgroup(cgroup, podResources(pod));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      say("Warning", "ResizeError", resizeText("Pod resize error", pod, why));
      this.#ties.wakeAfter(startRetryMs);
      return true;
    }
    say("Normal", "ResizeCompleted", resizeText("Pod resize completed", pod));
    return true;
  }

  async #killSome(todo: Plan, pod: Pod, observed: Observed): Promise<void> {
    const podIp = sandboxIps(observed.sandboxes[0])[0] ?? "";
    for (const { container } of todo.kill) this.#context.probes.forget(container.id);
    await Promise.all(
      todo.kill.map((kill) => killContainer(this.#context, { pod, podIp, ...kill })),
    );
  }

  /** Waits for what may take long, but no longer than until the pod is to end. */
  async #yielding<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#ties;
    signal.throwIfAborted();
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    // When the pod is to end, what becomes of the work is of no interest any more.
    work.catch(() => {});
    try {
      return await Promise.race([work, promise]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  async #start(todo: Plan, pod: Pod, observed: Observed): Promise<void> {
    let ask: Omit<StartAsk, "container">;
    try {
      ask = await this.#yielding(this.#prepare(todo, pod, observed));
      this.#setup.delete("");
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      const now = this.#context.clock.monotonic();
      this.#setup.next("", now, now);
      if (error.reason !== "ContainerCreating") this.#blame(pod, todo, error);
      this.#ties.wakeAfter(error.retryMs ?? this.#setup.waitMs(""));
      return;
    }
    for (const container of todo.startEphemeral) await this.#startOne({ ...ask, container });
    for (const container of todo.startInit) {
      const hasBegun = await this.#startOne({ ...ask, container });
      if (!hasBegun && !isSidecar(container)) return;
    }
    for (const container of todo.start) await this.#startOne({ ...ask, container });
  }

  /** The image of a volume is missing: that is shown for the containers that wait for it. */
  #blame(pod: Pod, todo: Plan, { reason, message }: StartError): void {
    const images = new Set((pod.spec.volumes ?? []).filter((v) => v.image).map((v) => v.name));
    for (const { name, volumeMounts } of [...todo.startInit, ...todo.start]) {
      if (volumeMounts?.some((m) => images.has(m.name))) {
        this.failures.set(name, { reason, message });
      }
    }
  }

  /** Volumes and the sandbox, new or the one that is there. */
  async #prepare(todo: Plan, pod: Pod, observed: Observed): Promise<Omit<StartAsk, "container">> {
    const { record, hostIps } = this.#context;
    const runtimeHandler = await this.#context.runtimeHandler(pod);
    const ips = pod.spec.hostNetwork ? hostIps : sandboxIps(observed.sandboxes[0]);
    if (this.#changesMade !== this.#changes) await this.#mount(pod, ips);
    this.#renewTokensLater();
    const common = {
      pod,
      observed,
      runtimeHandler,
      volumes: this.#volumes,
      signal: this.#ties.signal,
    };
    const sandbox = configOf(this.#context, pod, todo.attempt);
    if (!todo.createSandbox) {
      // A container that is started again may have been given more than the pod had room for.
      const cgroup = sandbox.linux.cgroupParent;
      if (cgroup) await this.#context.host.makeCgroup(cgroup, podResources(pod));
      return { ...common, sandbox, sandboxId: todo.sandboxId ?? "", podIps: ips };
    }
    if (todo.sandboxId !== undefined) {
      const message = "Pod sandbox changed, it will be killed and re-created.";
      record({ about: podReference(pod), type: "Normal", reason: "SandboxChanged", message });
    }
    const made = await makeSandbox(this.#context, pod, sandbox, runtimeHandler);
    await this.#removeEmptySandboxes(observed);
    await this.#ties.report();
    const podIps = pod.spec.hostNetwork ? hostIps : sandboxIps(made);
    return { ...common, sandbox, sandboxId: made.id, podIps };
  }

  /** True when it runs. */
  async #startOne(ask: StartAsk): Promise<boolean> {
    const { container } = ask;
    if (this.#mustWait(ask)) return false;
    try {
      await this.#yielding(startContainer(this.#context, ask));
      this.failures.delete(container.name);
      return true;
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      const { reason, message } = error;
      this.failures.set(container.name, { reason, message });
      this.#ties.wakeAfter(error.retryMs ?? startRetryMs);
      return false;
    }
  }

  /** A container that ends again and again is started later and later. */
  #mustWait({ pod, container, observed }: StartAsk): boolean {
    const { clock, record } = this.#context;
    const exited = observed.containers.find(
      (c) => c.name === container.name && c.state === "CONTAINER_EXITED",
    );
    if (!exited) return false;
    const since = exited.finishedAt / 1e6;
    const key = `${container.name} ${exited.hash}`;
    const leftMs = this.#restarts.left(key, since, clock.now());
    if (leftMs <= 0) {
      this.#restarts.next(key, since, clock.now());
      return false;
    }
    const wait = durationText(this.#restarts.waitMs(key));
    const failure = {
      reason: "CrashLoopBackOff",
      message: `back-off ${wait} restarting failed container=${container.name} pod=${podText(pod)}`,
    };
    if (!equal(this.failures.get(container.name), failure)) {
      record({
        about: podReference(pod, container.name),
        type: "Warning",
        reason: "BackOff",
        message: `Back-off restarting failed container ${container.name} in pod ${podText(pod)}`,
      });
    }
    this.failures.set(container.name, failure);
    this.#ties.wakeAfter(leftMs);
    return true;
  }

  /** Files of volumes follow their config maps and secrets. */
  async #refreshVolumes(pod: Pod, observed: Observed): Promise<void> {
    const renewal = nextRenewal(this.#tokens, this.#context.clock.now());
    if (this.#changesMade === this.#changes && renewal !== 0) return;
    const ips = pod.spec.hostNetwork ? this.#context.hostIps : sandboxIps(observed.sandboxes[0]);
    try {
      await this.#mount(pod, ips);
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      this.#ties.wakeAfter(startRetryMs);
    }
    this.#renewTokensLater();
  }

  async #mount(pod: Pod, ips: readonly string[]): Promise<void> {
    const changes = this.#changes;
    this.#volumes = await mountVolumes(this.#context, pod, ips, this.#tokens);
    this.#changesMade = changes;
  }

  #renewTokensLater(): void {
    const renewal = nextRenewal(this.#tokens, this.#context.clock.now());
    if (renewal !== undefined) this.#ties.wakeAfter(Math.max(renewal, startRetryMs));
  }

  /** Of each container the last run before this one is kept, with its log. */
  async #prune({ containers }: Observed): Promise<void> {
    const seen = new Map<string, number>();
    for (const container of containers) {
      const count = (seen.get(container.name) ?? 0) + 1;
      seen.set(container.name, count);
      if (count < 2 || container.state !== "CONTAINER_EXITED") continue;
      await this.#context.runtime.removeContainer(container.id);
      await this.#context.host.removeLogs(container.logPath);
    }
  }

  async #removeEmptySandboxes({ sandboxes, containers }: Observed): Promise<void> {
    for (const { id } of sandboxes) {
      if (!containers.some((c) => c.sandboxId === id))
        await this.#context.runtime.removePodSandbox(id);
    }
  }
}
