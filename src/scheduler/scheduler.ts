// Gives pods their nodes. Caches tell what there is, `decide` chooses, `bind` makes it true; decisions count at once
// in memory, so that the next pod sees them before the server has answered.
import type { Cache, Caches, Change } from "../client/cache.ts";
import { sleep } from "../lib/clock.ts";
import { equal } from "../lib/equal.ts";
import type { Log } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import {
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  pods,
  services,
  storageClasses,
} from "../schema/resources.ts";
import { StatusError } from "../schema/status-error.ts";
import type { Node, Pod, Service } from "../schema/types/core-v1.ts";
import { bind, type Calls, evict, tellUnschedulable } from "./bind.ts";
import { Cluster } from "./cluster.ts";
import { type Choice, decide, type Refusal } from "./decide.ts";
import { explain, explainPreemption } from "./explain.ts";
import type { Cure, World } from "./filter.ts";
import type { NodeInfo } from "./node-info.ts";
import { Pending } from "./pending.ts";
import { askOf, type PodAsk } from "./pod-ask.ts";
import { chooseVictims, isWaitingForVictims } from "./preempt.ts";
import { exclusiveClaims, type VolumeCaches, volumeCheck, volumeProblem } from "./volumes.ts";

export type SchedulerOptions = Calls & { caches: Caches; random: Random; log: Log };

/** Bindings under way at a time, so that a burst does not flood the server. */
const bindingsMax = 128;

/** Longest run of decisions in one go; then others have their turn. */
const sliceMs = 5;

/** Binds pods from now on. `stop` resolves when no binding is under way. */
export function startScheduler(options: SchedulerOptions): { stop(): Promise<void> } {
  const scheduler = new Scheduler(options);
  return { stop: () => scheduler.stop() };
}

class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #cluster = new Cluster();
  readonly #pending: Pending;
  readonly #volumes: VolumeCaches;
  readonly #choice: Choice;
  /** Pods that wait for victims to end, and the nodes that are kept for them. */
  readonly #reserved = new Map<string, { ask: PodAsk; nodeName: string }>();
  readonly #calls = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #unsubscribe: (() => void)[];
  #running: Promise<void> | undefined;

  constructor(options: SchedulerOptions) {
    this.#options = options;
    const { caches, clock, random } = options;
    this.#pending = new Pending(clock, () => this.#wake());
    this.#volumes = {
      claims: caches.of(persistentVolumeClaims),
      volumes: caches.of(persistentVolumes),
      classes: caches.of(storageClasses),
      chosen: new Map(),
    };
    const serviceCache = caches.of(services);
    const budgets = caches.of(podDisruptionBudgets);
    const spaces = caches.of(namespaces);
    const world: World = {
      namespaceLabels: (name) => spaces.get({ name })?.metadata.labels ?? {},
      volumeProblem: (ask) => volumeProblem(ask, this.#volumes),
      volumeCheck: (ask) => volumeCheck(ask, this.#volumes),
      exclusiveClaims: (ask) => exclusiveClaims(ask, this.#volumes),
      serviceLabels: (ask) => serviceLabels(ask, serviceCache),
      budgets: () => budgets.list(),
    };
    this.#choice = { cluster: this.#cluster, world, round: { start: 0 }, random: random.float };
    const cure = (): void => this.#cure("volume");
    this.#unsubscribe = [
      caches.of(nodes).onChange((change) => this.#nodeChanged(change)),
      caches.of(pods).onChange((change) => this.#podChanged(change)),
      this.#volumes.claims.onChange(cure),
      this.#volumes.volumes.onChange(cure),
      this.#volumes.classes.onChange(cure),
    ];
    const synced = [caches.of(nodes).synced, caches.of(pods).synced, spaces.synced];
    const { claims, volumes, classes } = this.#volumes;
    const late = [
      claims.synced,
      volumes.synced,
      classes.synced,
      budgets.synced,
      serviceCache.synced,
    ];
    void Promise.all([...synced, ...late]).then(
      () => this.#open(),
      () => {},
    );
  }

  #isOpen = false;

  /** Decisions wait for the first lists: half a cluster is no cluster. */
  #open(): void {
    this.#isOpen = true;
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const end of this.#unsubscribe) end();
    this.#pending.clear();
    await this.#running;
    await Promise.all(this.#calls);
  }

  #nodeChanged({ old, next }: Change<Node>): void {
    if (!next) return this.#cluster.removeNode(old?.metadata.name ?? "");
    this.#cluster.setNode(next);
    if (!old || !equal(placementOf(old), placementOf(next))) this.#cure("node");
  }

  #podChanged({ key, old, next }: Change<Pod>): void {
    if (!next || isOver(next)) return this.#podGone(key);
    if (next.spec.nodeName) {
      const isNews = !old?.spec.nodeName;
      this.#pending.remove(key);
      this.#reserved.delete(key);
      this.#cluster.setPod(next);
      if (isNews) this.#cure("pod-placed");
      return;
    }
    if ((next.spec.schedulerName ?? "default-scheduler") !== this.#options.name) return;
    if (next.metadata.deletionTimestamp || next.spec.schedulingGates?.length) {
      this.#pending.remove(key);
      return;
    }
    // A decision is on its way to the server.
    if (this.#cluster.nodeOf(key) && !this.#reserved.has(key)) return;
    if (old && this.#pending.has(key) && isSamePlacement(old, next)) {
      return this.#pending.refresh(askOf(next));
    }
    this.#pending.put(askOf(next));
    this.#wake();
  }

  #podGone(key: string): void {
    this.#pending.remove(key);
    this.#reserved.delete(key);
    if (!this.#cluster.nodeOf(key)) return;
    this.#cluster.forget(key);
    this.#cure("pod-gone");
  }

  #cure(cure: Cure): void {
    this.#pending.cure(cure);
    this.#wake();
  }

  #wake(): void {
    if (!this.#isOpen || this.#stopping.signal.aborted || this.#pending.readyCount === 0) return;
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined;
      this.#wake();
    });
  }

  async #work(): Promise<void> {
    const { clock } = this.#options;
    // Let the rest of this turn's changes come in first.
    await undefined;
    let since = clock.monotonic();
    while (!this.#stopping.signal.aborted) {
      if (this.#calls.size >= bindingsMax) await Promise.race(this.#calls);
      const ask = this.#pending.take();
      if (!ask) return;
      this.#schedule(ask);
      if (clock.monotonic() - since < sliceMs) continue;
      await sleep(clock, 0);
      since = clock.monotonic();
    }
  }

  #schedule(ask: PodAsk): void {
    const lowerReserved = this.#setReservationsAside(ask);
    const decision = decide(ask, this.#choice);
    if (decision.fits) {
      this.#cluster.assume(ask, decision.node.name);
      this.#reserved.delete(ask.key);
      this.#call(this.#bind(ask, decision.node));
    } else {
      this.#refuse(ask, decision);
    }
    for (const { ask: other, nodeName } of lowerReserved) this.#cluster.assume(other, nodeName);
  }

  /** A kept place counts for pods that are no more important than the one that waits for it. */
  #setReservationsAside(ask: PodAsk): { ask: PodAsk; nodeName: string }[] {
    const aside: { ask: PodAsk; nodeName: string }[] = [];
    for (const [key, reserved] of this.#reserved) {
      if (key !== ask.key && reserved.ask.priority >= ask.priority) continue;
      this.#cluster.forget(key);
      if (key !== ask.key) aside.push(reserved);
    }
    return aside;
  }

  async #bind(ask: PodAsk, node: NodeInfo): Promise<void> {
    try {
      await bind(this.#options, ask, node, this.#volumes, this.#stopping.signal);
      this.#pending.remove(ask.key);
    } catch (error) {
      if (this.#stopping.signal.aborted) return;
      this.#cluster.forget(ask.key);
      const isGone = error instanceof StatusError && error.code === 404;
      if (isGone) return this.#pending.remove(ask.key);
      this.#options.log.warn("cannot bind a pod", { pod: ask.key, node: node.name, error });
      this.#pending.retry(ask.key);
      this.#cure("pod-gone");
    }
  }

  #refuse(ask: PodAsk, refusal: Refusal): void {
    const { cluster, world } = this.#choice;
    const { nodes: count, misfits } = refusal;
    const reason = "Unschedulable";
    const refused = explain(refusal);
    const tell = (message: string, nominatedNode?: string): void => {
      const nominated = nominatedNode === undefined ? {} : { nominatedNode };
      this.#pending.refused(ask.key, curesOf(misfits));
      this.#call(tellUnschedulable(this.#options, ask.pod, { reason, message, ...nominated }));
    };
    const barred = this.#whyNoPreemption(ask, refusal);
    if (barred !== undefined) return tell(`${refused} preemption: ${barred}`);
    const { victims, failures } = chooseVictims(ask, misfits, cluster, world);
    if (!victims) {
      return tell(count === 0 ? refused : `${refused} ${explainPreemption(refusal, failures)}`);
    }
    this.#reserved.set(ask.key, { ask, nodeName: victims.node.name });
    cluster.assume(ask, victims.node.name);
    this.#call(evict(this.#options, ask, victims));
    const { name } = victims.node;
    const found = `found a potential placement for pod on node ${name}`;
    tell(`${refused} preemption: ${found}, preempting ${victims.pods.length} victims`, name);
  }

  /** Why the pod may displace no other now; the node that is kept for it stays so. */
  #whyNoPreemption(ask: PodAsk, { nodes: count, misfits }: Refusal): string | undefined {
    if (count === 0) return undefined;
    if (ask.pod.spec.preemptionPolicy === "Never")
      return "not eligible due to preemptionPolicy=Never.";
    const kept = this.#reserved.get(ask.key);
    const node = this.#cluster.node(kept?.nodeName ?? "");
    if (!kept || !node || !misfits.get(node)?.isCurable) return undefined;
    if (!isWaitingForVictims(ask, node)) return undefined;
    this.#cluster.assume(ask, node.name);
    return "not eligible due to a terminating pod on the nominated node.";
  }

  #call(promise: Promise<void>): void {
    const settled = promise
      .catch((error: unknown) => {
        const isGone = error instanceof StatusError && (error.code === 404 || error.code === 409);
        if (!isGone) this.#options.log.warn("a call of the scheduler failed", { error });
      })
      .finally(() => this.#calls.delete(settled));
    this.#calls.add(settled);
  }
}

function serviceLabels({ namespace, labels }: PodAsk, cache: Cache<Service>) {
  const selectors = cache.list(namespace).map(({ spec }) => spec?.selector ?? {});
  const selects = (wanted: Readonly<Record<string, string>>): boolean =>
    Object.entries(wanted).every(([key, value]) => labels[key] === value);
  return Object.assign({}, ...selectors.filter(selects)) as Record<string, string>;
}

/** With no node at all, only a node helps. */
function curesOf(misfits: Refusal["misfits"]): Set<Cure> {
  const cures = new Set<Cure>(["node"]);
  for (const { filter } of misfits.values()) for (const cure of filter.cures) cures.add(cure);
  return cures;
}

const isOver = ({ status }: Pod): boolean =>
  status?.phase === "Succeeded" || status?.phase === "Failed";

const placementOf = ({ metadata, spec, status }: Node) => ({
  labels: metadata.labels,
  taints: spec?.taints,
  unschedulable: spec?.unschedulable,
  allocatable: status?.allocatable,
});

/** Whether a change of the pod leaves what filters look at as it was. */
const isSamePlacement = (a: Pod, b: Pod): boolean =>
  a.metadata.uid === b.metadata.uid &&
  equal(a.metadata.labels, b.metadata.labels) &&
  equal(a.spec, b.spec);
