// A node and the pods on it, summed up so that a filter looks at numbers.

import { type Amounts, addAmounts, amountsOf, noAmounts } from "../schema/pod-requests.ts";
import type { Node } from "../schema/types/core-v1.ts";
import type { HostPort, PodAsk } from "./pod-ask.ts";

export class NodeInfo {
  readonly name: string;
  readonly pods = new Map<string, PodAsk>();
  readonly requested: Amounts = noAmounts();
  readonly scored: Amounts = noAmounts();
  /** Pods of each controller, by the owner's uid. */
  readonly owners = new Map<string, number>();
  #node: Node;
  #allocatable: Amounts;
  #podsMax: number;
  #images: Map<string, number> | undefined;

  constructor(node: Node) {
    this.name = node.metadata.name ?? "";
    this.#node = node;
    this.#allocatable = amountsOf(node.status?.allocatable);
    this.#podsMax = podsOf(node);
  }

  get node(): Node {
    return this.#node;
  }

  set node(node: Node) {
    this.#node = node;
    this.#allocatable = amountsOf(node.status?.allocatable);
    this.#podsMax = podsOf(node);
    this.#images = undefined;
  }

  get allocatable(): Amounts {
    return this.#allocatable;
  }

  get podsMax(): number {
    return this.#podsMax;
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#node.metadata.labels ?? {};
  }

  /** Bytes by every name of each image that the node has. */
  get images(): ReadonlyMap<string, number> {
    this.#images ??= new Map(
      (this.#node.status?.images ?? []).flatMap((i) =>
        (i.names ?? []).map((name): [string, number] => [name, i.sizeBytes ?? 0]),
      ),
    );
    return this.#images;
  }

  add(ask: PodAsk): void {
    this.remove(ask.key);
    this.pods.set(ask.key, ask);
    this.#sum(ask, 1);
  }

  remove(key: string): void {
    const ask = this.pods.get(key);
    if (!ask) return;
    this.pods.delete(key);
    this.#sum(ask, -1);
  }

  /** Whether a pod here holds a port that `wanted` needs. */
  holdsPort(wanted: HostPort): boolean {
    for (const pod of this.pods.values()) {
      if (pod.hostPorts.some((held) => clash(held, wanted))) return true;
    }
    return false;
  }

  #sum(ask: PodAsk, sign: 1 | -1): void {
    addAmounts(this.requested, ask.requests, sign);
    addAmounts(this.scored, ask.scored, sign);
    if (ask.owner !== "") this.owners.set(ask.owner, (this.owners.get(ask.owner) ?? 0) + sign);
    if (this.owners.get(ask.owner) === 0) this.owners.delete(ask.owner);
  }
}

const everywhere = "0.0.0.0";

const clash = (a: HostPort, b: HostPort): boolean =>
  a.port === b.port &&
  a.protocol === b.protocol &&
  (a.ip === b.ip || a.ip === everywhere || b.ip === everywhere);

const podsOf = (node: Node): number => Number(node.status?.allocatable?.["pods"] ?? 0);
