// All nodes with the pods on them, as the caches show them and as the scheduler has already decided.
import type { Node, Pod } from "../schema/types/core-v1.ts";
import { NodeInfo } from "./node-info.ts";
import { askOf, type PodAsk } from "./pod-ask.ts";

/**
 * A pod is on a node when the cache says so, or when it was decided here (`assume`) and the cache does not know yet.
 * `forget` takes a decision back that the server refused.
 */
export class Cluster {
  readonly #nodes = new Map<string, NodeInfo>();
  /** Node names in the order in which they came, for rounds over all nodes. */
  #order: NodeInfo[] = [];
  readonly #placed = new Map<string, string>();
  /** Pods whose node is not known (yet), by node name. */
  readonly #homeless = new Map<string, Map<string, PodAsk>>();
  /** Pods with required anti-affinity, which every later pod has to respect. */
  readonly #repellers = new Map<string, PodAsk>();
  /** Pods whose own affinity counts when others are scored. */
  readonly #companions = new Map<string, PodAsk>();
  readonly #namespaces = new Map<string, Map<string, PodAsk>>();

  get nodes(): readonly NodeInfo[] {
    return this.#order;
  }

  get repellers(): ReadonlyMap<string, PodAsk> {
    return this.#repellers;
  }

  get companions(): ReadonlyMap<string, PodAsk> {
    return this.#companions;
  }

  node(name: string): NodeInfo | undefined {
    return this.#nodes.get(name);
  }

  /** The node of a pod that is placed. */
  nodeOf(key: string): NodeInfo | undefined {
    return this.#nodes.get(this.#placed.get(key) ?? "");
  }

  /** Placed pods of one namespace. */
  placedIn(namespace: string): Iterable<PodAsk> {
    return this.#namespaces.get(namespace)?.values() ?? [];
  }

  *placed(): Iterable<PodAsk> {
    for (const pods of this.#namespaces.values()) yield* pods.values();
  }

  setNode(node: Node): void {
    const name = node.metadata.name ?? "";
    const known = this.#nodes.get(name);
    if (known) {
      known.node = node;
      return;
    }
    const info = new NodeInfo(node);
    this.#nodes.set(name, info);
    this.#order.push(info);
    for (const ask of this.#homeless.get(name)?.values() ?? []) info.add(ask);
    this.#homeless.delete(name);
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name);
    if (!info) return;
    this.#nodes.delete(name);
    this.#order = this.#order.filter((n) => n !== info);
    if (info.pods.size > 0) this.#homeless.set(name, new Map(info.pods));
  }

  /** The cache shows `pod` on its node, running or about to. */
  setPod(pod: Pod): void {
    this.assume(askOf(pod), pod.spec.nodeName ?? "");
  }

  assume(ask: PodAsk, nodeName: string): void {
    this.forget(ask.key);
    this.#placed.set(ask.key, nodeName);
    bucket(this.#namespaces, ask.namespace).set(ask.key, ask);
    if (ask.antiAffinity.length > 0) this.#repellers.set(ask.key, ask);
    if (ask.affinity.length + ask.preferredAffinity.length + ask.preferredAntiAffinity.length > 0) {
      this.#companions.set(ask.key, ask);
    }
    const info = this.#nodes.get(nodeName);
    if (info) info.add(ask);
    else bucket(this.#homeless, nodeName).set(ask.key, ask);
  }

  forget(key: string): void {
    const nodeName = this.#placed.get(key);
    if (nodeName === undefined) return;
    this.#placed.delete(key);
    this.#repellers.delete(key);
    this.#companions.delete(key);
    const namespace = key.slice(0, key.indexOf("/"));
    drop(this.#namespaces, namespace, key);
    this.#nodes.get(nodeName)?.remove(key);
    drop(this.#homeless, nodeName, key);
  }
}

function bucket(map: Map<string, Map<string, PodAsk>>, name: string): Map<string, PodAsk> {
  let found = map.get(name);
  if (!found) {
    found = new Map();
    map.set(name, found);
  }
  return found;
}

function drop(map: Map<string, Map<string, PodAsk>>, name: string, key: string): void {
  const found = map.get(name);
  found?.delete(key);
  if (found?.size === 0) map.delete(name);
}
