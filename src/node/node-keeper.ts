// Registers the node, renews its Lease and keeps its status true.
import type { Client } from "../client/client.ts";
import { compareVersions } from "../client/resource-version.ts";
import type { Said } from "../control/action.ts";
import type { Clock } from "../lib/clock.ts";
import { equal } from "../lib/equal.ts";
import type { Log } from "../lib/log.ts";
import { leases, nodes } from "../schema/resources.ts";
import { StatusError } from "../schema/status-error.ts";
import type { Lease } from "../schema/types/coordination-v1.ts";
import type { Node, NodeCondition, NodeStatus } from "../schema/types/core-v1.ts";
import type { AgentSettings } from "./agent-options.ts";
import type { Heartbeat } from "./heartbeat.ts";
import type { Machine } from "./host.ts";
import { type NodeFacts, nodeObject, nodeStatus } from "./node-object.ts";
import type { PressureType } from "./pressure/signals.ts";
import type { Runtime, RuntimeVersion } from "./runtime.ts";

export type KeeperOptions = {
  nodeName: string;
  client: Client;
  runtime: Runtime;
  machine: Machine;
  settings: AgentSettings;
  clock: Clock;
  log: Log;
  record: (said: Said) => void;
  heartbeat: Heartbeat;
  /** The node as the API has it, as far as is known: others write its conditions too. */
  shown: () => Node | undefined;
  /** What the node is short of now. */
  pressures: () => readonly PressureType[];
};

const leaseNamespace = "kube-node-lease";
/** A node that is not ready is looked at again after this, then less often: its network may come any moment. */
const unreadyMs = { first: 50, max: 5000 };

export class NodeKeeper {
  readonly #options: KeeperOptions;
  #version: RuntimeVersion | undefined;
  #node: Node | undefined;
  #lease: Lease | undefined;
  #reportedAt = 0;
  #leave = (): void => {};
  #beat: Promise<void> | undefined;
  #stopped = false;
  #cancelLook = (): void => {};
  #unreadyLooks = 0;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Resolves when the API has the node; tries until it does or `signal` aborts. */
  async register(): Promise<void> {
    const { client, nodeName, heartbeat, settings, record } = this.#options;
    const wanted = nodeObject(await this.#facts(), this.#now());
    try {
      this.#node = await client.create(nodes, wanted);
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 409)) throw error;
      this.#node = await this.#adopt(wanted, await client.get(nodes, { name: nodeName }));
    }
    record({
      about: this.#reference(),
      type: "Normal",
      reason: "Starting",
      message: "Starting kubelet.",
    });
    await this.#beatNow();
    this.#leave = heartbeat.join(nodeName, settings.leaseRenewMs, () => this.touch());
  }

  /** Looks at once whether the status is still true, and writes the Lease. */
  touch(): void {
    this.#beat ??= this.#beatNow()
      .catch((error: unknown) => {
        this.#options.log.warn("cannot write the node's heartbeat", { error });
      })
      .finally(() => {
        this.#beat = undefined;
      });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#leave();
    this.#cancelLook();
    await this.#beat;
  }

  async #beatNow(): Promise<void> {
    if (this.#stopped) return;
    await Promise.all([this.#renew(), this.#report()]);
  }

  async #facts(): Promise<NodeFacts> {
    const { nodeName, machine, settings, runtime } = this.#options;
    this.#version ??= await runtime.version();
    const { conditions, handlers } = await runtime.status().catch((error: unknown) => ({
      conditions: [
        {
          type: "RuntimeReady",
          status: false,
          reason: "RuntimeUnreachable",
          message: error instanceof Error ? error.message : String(error),
        },
      ],
      handlers: [],
    }));
    // A runtime that does not answer is told of above, by the condition.
    const images = await runtime.listImages().catch(() => []);
    return {
      name: nodeName,
      machine,
      settings,
      runtime: this.#version,
      conditions,
      handlers,
      images,
      pressures: this.#options.pressures(),
    };
  }

  /** A node of that name is there: its labels and subnet stay, ours are added. */
  async #adopt(wanted: Node, found: Node): Promise<Node> {
    const { client, nodeName } = this.#options;
    const labels = { ...found.metadata.labels, ...wanted.metadata.labels };
    if (equal(labels, found.metadata.labels)) return found;
    const patch = { metadata: { labels: wanted.metadata.labels } };
    return await client.patch(nodes, { name: nodeName }, patch, { type: "strategic" });
  }

  async #report(): Promise<void> {
    const { client, nodeName, clock, settings } = this.#options;
    const before = this.#newest()?.status;
    const status = nodeStatus(await this.#facts(), before, this.#now());
    this.#lookSoon(readyOf(status) === "True");
    const isDue = clock.monotonic() - this.#reportedAt >= settings.statusReportMs;
    if (!isDue && this.#reportedAt > 0 && isSame(before, status)) return;
    const patch = { status: { ...status, images: status.images ?? [] } };
    const options = { type: "strategic", subresource: "status" } as const;
    const wasReady = readyOf(before);
    try {
      this.#node = await client.patch(nodes, { name: nodeName }, patch, options);
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 404)) throw error;
      // Someone removed the node: it is here all the same.
      this.#node = await client.create(nodes, nodeObject(await this.#facts(), this.#now()));
    }
    this.#reportedAt = Math.max(clock.monotonic(), 1);
    const isReady = readyOf(status);
    if (wasReady !== isReady) this.#sayReadiness(isReady === "True");
  }

  /** A node that was silent for long has been called unknown: it is not as it was last written. */
  #newest(): Node | undefined {
    const shown = this.#options.shown();
    const [ours, theirs] = [this.#node?.metadata, shown?.metadata];
    return compareVersions(theirs?.resourceVersion, ours?.resourceVersion) > 0 ? shown : this.#node;
  }

  #lookSoon(isReady: boolean): void {
    this.#cancelLook();
    if (isReady) this.#unreadyLooks = 0;
    if (isReady || this.#stopped) return;
    const delayMs = Math.min(unreadyMs.first * 1.5 ** this.#unreadyLooks++, unreadyMs.max);
    this.#cancelLook = this.#options.clock.after(delayMs, () => this.touch());
  }

  #sayReadiness(isReady: boolean): void {
    const reason = isReady ? "NodeReady" : "NodeNotReady";
    const message = `Node ${this.#options.nodeName} status is now: ${reason}`;
    this.#options.record({ about: this.#reference(), type: "Normal", reason, message });
  }

  async #renew(): Promise<void> {
    const { client, nodeName } = this.#options;
    const ref = { namespace: leaseNamespace, name: nodeName };
    try {
      const lease = this.#lease ?? (await client.get<Lease>(leases, ref));
      const spec = { ...lease.spec, ...this.#leaseSpec() };
      this.#lease = await client.update(leases, { ...lease, spec });
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.#lease = undefined;
      if (error.code === 404) this.#lease = await client.create(leases, this.#newLease());
      else if (error.code !== 409) throw error;
    }
  }

  #leaseSpec(): Lease["spec"] {
    const { nodeName, settings, clock } = this.#options;
    const renewTime = new Date(clock.now()).toISOString().replace("Z", "000Z");
    return { holderIdentity: nodeName, leaseDurationSeconds: settings.leaseSeconds, renewTime };
  }

  #newLease(): Lease {
    const { nodeName } = this.#options;
    const uid = this.#node?.metadata.uid ?? "";
    return {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: {
        name: nodeName,
        namespace: leaseNamespace,
        ownerReferences: [{ apiVersion: "v1", kind: "Node", name: nodeName, uid }],
      },
      spec: this.#leaseSpec(),
    };
  }

  /** Events about a node carry its name as uid, as upstream's kubelet has always written them. */
  #reference(): Said["about"] {
    const { nodeName } = this.#options;
    return { kind: "Node", name: nodeName, uid: nodeName };
  }

  #now(): string {
    return `${new Date(this.#options.clock.now()).toISOString().slice(0, 19)}Z`;
  }
}

const readyOf = (status: NodeStatus | undefined): string | undefined =>
  status?.conditions?.find((c) => c.type === "Ready")?.status;

/** Heartbeat times alone are no news. */
function isSame(before: NodeStatus | undefined, after: NodeStatus): boolean {
  const bare = (c: NodeCondition) => ({ ...c, lastHeartbeatTime: "" });
  const of = (s: NodeStatus) => ({
    conditions: (s.conditions ?? []).filter((c) => known.has(c.type)).map(bare),
    capacity: s.capacity,
    addresses: s.addresses,
    nodeInfo: s.nodeInfo,
    images: s.images ?? [],
    daemonEndpoints: s.daemonEndpoints,
  });
  return before !== undefined && equal(of(before), of(after));
}

const known = new Set(["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"]);
