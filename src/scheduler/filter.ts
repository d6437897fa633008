// What a filter is: a reason why a pod cannot run on a node, in the words that the event shows.
import type { PodDisruptionBudget } from "../schema/types/policy-v1.ts";
import type { Cluster } from "./cluster.ts";
import type { NodeInfo } from "./node-info.ts";
import type { PodAsk } from "./pod-ask.ts";

/** What has to happen before a pod that a filter refused is tried again. */
export type Cure = "node" | "pod-gone" | "pod-placed" | "volume";

/** Why the pod cannot run on the node (each reason counts), undefined when it can. */
export type Check = (node: NodeInfo) => readonly string[] | undefined;

export type Filter = {
  /** Upstream's plug-in name. */
  readonly name: string;
  readonly cures: readonly Cure[];
  /** Whether the removal of other pods can help. */
  readonly curable: boolean;
  /** Of a curable one: whether `node`, which was refused for `reasons`, can not be helped even so. */
  readonly isHopeless?: (reasons: readonly string[], ask: PodAsk, node: NodeInfo) => boolean;
  /** Looks at the pod and the cluster once; undefined when the filter has nothing to say about this pod. */
  readonly prepare: (ask: PodAsk, cluster: Cluster, world: World) => Check | undefined;
  /** Why no node at all can be looked at for the pod (upstream's PreFilter); undefined when they can. */
  readonly everywhere?: (ask: PodAsk, world: World) => string | undefined;
};

/** Other objects that filters, scores and preemption ask for. */
export type World = {
  namespaceLabels(namespace: string): Readonly<Record<string, string>>;
  /** Why the pod's volumes keep it from every node; undefined when they do not. */
  volumeProblem(ask: PodAsk): string | undefined;
  /** What the pod's volumes say about each node; undefined: all will do. */
  volumeCheck(ask: PodAsk): Check | undefined;
  /** Names of the pod's claims that one pod alone may use (ReadWriteOncePod). */
  exclusiveClaims(ask: PodAsk): readonly string[];
  /** The labels that services of the pod's namespace select it by, all together; none: no service does. */
  serviceLabels(ask: PodAsk): Readonly<Record<string, string>>;
  budgets(): readonly PodDisruptionBudget[];
};

export type Score = {
  readonly name: string;
  readonly weight: number;
  /** The points of a node, higher is better; undefined when the score has nothing to say about this pod. */
  readonly prepare: (
    ask: PodAsk,
    cluster: Cluster,
    world: World,
    /** The nodes among which the pod's is chosen. */
    nodes: readonly NodeInfo[],
  ) => ((node: NodeInfo) => number) | undefined;
  /**
   * How raw points become 0 to 100: as they are, scaled to the highest, or scaled and turned round.
   * `fewest`: turned round so that the lowest gets all of 100; what is below 0 gets nothing.
   */
  readonly scale: "none" | "highest" | "reversed" | "range" | "fewest";
};
