// A machine with a node agent: the agent crashes and comes back to containers that went on, the machine to none.
import { makeCaches } from "../../../src/client/cache.ts";
import { inProcessClient } from "../../../src/client/in-process.ts";
import { silent } from "../../../src/lib/log.ts";
import type { VirtualClock } from "../../../src/lib/virtual-clock.ts";
import { nodeIdentity } from "../../../src/main/control-plane.ts";
import { startAgent } from "../../../src/node/agent.ts";
import type { Runtime } from "../../../src/node/runtime.ts";
import { simulatedHost } from "../../../src/node/simulated/host.ts";
import { LogStore } from "../../../src/node/simulated/logs.ts";
import { simulatedRuntime } from "../../../src/node/simulated/runtime.ts";
import { apiFor, beginLife, type Life, runtimeFor } from "./life.ts";
import type { Network } from "./network.ts";

export type MachineOptions = { clock: VirtualClock; network: Network; seed: number; index: number };

export class Machine {
  readonly name: string;
  runtime: Runtime;
  readonly #options: MachineOptions;
  #logs = new LogStore();
  #power: Life;
  #agent: Life | undefined;
  #starts = 0;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.name = `node-${options.index}`;
    this.#power = beginLife(options.clock, options.seed);
    this.runtime = this.#boot();
  }

  get hasAgent(): boolean {
    return this.#agent !== undefined && !this.#agent.isDead;
  }

  startAgent(): void {
    if (this.hasAgent) return;
    const { clock, network, seed, index } = this.#options;
    const life = beginLife(clock, seed * 101 + index * 13 + ++this.#starts);
    this.#agent = life;
    const { name } = this;
    const client = inProcessClient(
      apiFor(life, network.lineOf(name)),
      nodeIdentity(name),
      "kubelet",
    );
    const world = { clock: life.clock, random: life.random, log: silent };
    const caches = makeCaches({ client, ...world, watchSeconds: 60 });
    void startAgent({
      nodeName: name,
      client,
      caches,
      runtime: runtimeFor(life, this.runtime),
      host: simulatedHost({ name, ip: `172.16.0.${index + 1}` }, this.#logs),
      ...world,
      settings: { providerId: `simulated://${name}`, podCidr: this.#podCidr },
    }).catch(() => {
      // Without an answer from the server an agent ends; its supervisor begins anew.
      if (life.isDead) return;
      this.crashAgent();
      clock.after(1_000, () => this.startAgent());
    });
  }

  crashAgent(): void {
    this.#agent?.die();
  }

  /** Everything on the machine is gone. */
  reboot(): void {
    this.crashAgent();
    this.#power.die();
    this.#power = beginLife(this.#options.clock, this.#options.seed);
    this.#logs = new LogStore();
    this.runtime = this.#boot();
  }

  get #podCidr(): string {
    return `100.64.${this.#options.index}.0/24`;
  }

  #boot(): Runtime {
    return simulatedRuntime({
      clock: this.#power.clock,
      logs: this.#logs,
      idPrefix: `${this.name}-${this.#starts}`,
      podCidr: () => this.#podCidr,
    });
  }
}
