// When each node was last heard of, by our own clock: a renewal of its lease, or a heartbeat in its status. The times
// that nodes write are only compared with each other, since their clocks may be wrong.
import type { Clock } from "../../lib/clock.ts";
import { timeMs } from "../../schema/time.ts";
import type { Lease } from "../../schema/types/coordination-v1.ts";
import type { Node } from "../../schema/types/core-v1.ts";
import { conditionOf } from "../conditions.ts";

type Heard = { atMs: number; heartbeat: string | undefined; renewal: string | undefined };

export class HealthMemory {
  readonly #clock: Clock;
  readonly #nodes = new Map<string, Heard>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  noteNode(node: Node): void {
    const heartbeat = conditionOf(node.status?.conditions, "Ready")?.lastHeartbeatTime;
    const heard = this.#of(node);
    if (heartbeat !== undefined && heartbeat !== heard.heartbeat) {
      heard.heartbeat = heartbeat;
      heard.atMs = this.#clock.monotonic();
    }
  }

  noteLease({ metadata, spec }: Lease): void {
    const heard = this.#nodes.get(metadata.name!);
    if (!heard || spec?.renewTime === undefined || spec.renewTime === heard.renewal) return;
    heard.renewal = spec.renewTime;
    heard.atMs = this.#clock.monotonic();
  }

  forget(name: string): void {
    this.#nodes.delete(name);
  }

  /** Time since the node was last heard of. */
  silentMs(node: Node): number {
    return this.#clock.monotonic() - this.#of(node).atMs;
  }

  /** After a time in which no node could be heard, none is to blame. */
  forgive(): void {
    for (const heard of this.#nodes.values()) heard.atMs = this.#clock.monotonic();
  }

  #of(node: Node): Heard {
    const name = node.metadata.name!;
    let heard = this.#nodes.get(name);
    if (!heard) {
      const isNew = !conditionOf(node.status?.conditions, "Ready");
      const created = timeMs(node.metadata.creationTimestamp) ?? this.#clock.now();
      const ageMs = isNew ? Math.max(this.#clock.now() - created, 0) : 0;
      heard = {
        atMs: this.#clock.monotonic() - ageMs,
        heartbeat: undefined,
        renewal: undefined,
      };
      this.#nodes.set(name, heard);
    }
    return heard;
  }
}
