// What a filter is: a reason why a pod cannot run on a node, in the words that the event shows.
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
  /** Looks at the pod and the cluster once; undefined when the filter has nothing to say about this pod. */
  readonly prepare: (ask: PodAsk, cluster: Cluster, world: World) => Check | undefined;
};

/** Other objects that filters and scores ask for. */
export type World = {
  namespaceLabels(namespace: string): Readonly<Record<string, string>>;
  /** Why the pod's volumes keep it from every node; undefined when they do not. */
  volumeProblem(ask: PodAsk): string | undefined;
  /** Nodes that the pod's bound volumes can be used on; undefined: all. */
  volumeNodes(ask: PodAsk): ((node: NodeInfo) => boolean) | undefined;
};

export type Score = {
  readonly name: string;
  readonly weight: number;
  /** The points of a node, higher is better; undefined when the score has nothing to say about this pod. */
  readonly prepare: (
    ask: PodAsk,
    cluster: Cluster,
    world: World,
  ) => ((node: NodeInfo) => number) | undefined;
  /** How raw points become 0 to 100: as they are, scaled to the highest, or scaled and turned round. */
  readonly scale: "none" | "highest" | "reversed" | "range";
};
