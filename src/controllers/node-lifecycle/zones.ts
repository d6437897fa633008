// How many nodes of each zone are well, and how fast pods may be driven off those that are not: when many nodes fall
// silent at once, it is more likely the network that is broken (upstream's rules and figures).
import type { Clock } from "../../lib/clock.ts";
import type { Node } from "../../schema/types/core-v1.ts";
import { isTrue } from "../conditions.ts";

const region = "topology.kubernetes.io/region";
const zone = "topology.kubernetes.io/zone";
const exclusion = "node.kubernetes.io/exclude-disruption";

/** Nodes a second that get a taint in a zone: while most nodes are well, and while most are not. */
const ratePerSecond = { normal: 0.1, partial: 0.01 };

/** Smaller zones with most nodes unwell get no taints at all. */
const largeZone = 50;

/** The part of a zone's nodes that must be unwell for that, and how many at least. */
const unwell = { part: 0.55, min: 3 };

type Counts = { ready: number; unready: number };

export class Zones {
  readonly #clock: Clock;
  readonly #nodes = new Map<string, { zone: string; isReady: boolean }>();
  readonly #counts = new Map<string, Counts>();
  readonly #tokens = new Map<string, { left: number; atMs: number }>();
  readonly #granted = new Set<string>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(node: Node): void {
    const name = node.metadata.name!;
    const isReady = isTrue(node.status?.conditions, "Ready");
    if (isReady) this.#granted.delete(name);
    this.#count(name, -1);
    if (node.metadata.labels?.[exclusion] !== undefined) this.#nodes.delete(name);
    else this.#nodes.set(name, { zone: zoneOf(node), isReady });
    this.#count(name, 1);
  }

  forget(name: string): void {
    this.#count(name, -1);
    this.#nodes.delete(name);
    this.#granted.delete(name);
  }

  /** No node at all is well: nothing is done to any of them. */
  get areAllDown(): boolean {
    let unready = 0;
    for (const counts of this.#counts.values()) {
      if (counts.ready > 0) return false;
      unready += counts.unready;
    }
    return unready > 0;
  }

  /** 0 when the node may be tainted now, else the time after which to ask again; undefined: when something changes. */
  permit(node: Node): number | undefined {
    const name = node.metadata.name!;
    if (this.areAllDown) return undefined;
    if (this.#granted.has(name)) return 0;
    const rate = this.#rate(zoneOf(node));
    if (rate === 0) return undefined;
    const now = this.#clock.monotonic();
    const bucket = this.#tokens.get(zoneOf(node)) ?? { left: 1, atMs: now };
    const left = Math.min(1, bucket.left + ((now - bucket.atMs) * rate) / 1000);
    const isGranted = left >= 1 - 1e-9;
    this.#tokens.set(zoneOf(node), { left: isGranted ? left - 1 : left, atMs: now });
    if (!isGranted) return ((1 - left) / rate) * 1000;
    this.#granted.add(name);
    return 0;
  }

  #rate(name: string): number {
    const { ready, unready } = this.#counts.get(name) ?? { ready: 0, unready: 0 };
    const isPartial =
      ready > 0 && unready >= unwell.min && unready / (ready + unready) >= unwell.part;
    if (!isPartial) return ratePerSecond.normal;
    return ready + unready > largeZone ? ratePerSecond.partial : 0;
  }

  #count(name: string, by: 1 | -1): void {
    const known = this.#nodes.get(name);
    if (!known) return;
    const counts = this.#counts.get(known.zone) ?? { ready: 0, unready: 0 };
    if (known.isReady) counts.ready += by;
    else counts.unready += by;
    if (counts.ready + counts.unready === 0) this.#counts.delete(known.zone);
    else this.#counts.set(known.zone, counts);
  }
}

const zoneOf = ({ metadata }: Node): string =>
  `${metadata.labels?.[region] ?? ""}/${metadata.labels?.[zone] ?? ""}`;
