// Connections to others that are kept for the next request, apart for each whom they believe in.
import { Agent, type AgentOptions } from "node:https";

/** Sets of trust whose connections are kept; a further one takes the place of the oldest. */
const agentsMax = 64;
/** Connections to one destination that are kept while nobody asks, and how long. */
export const idleMax = 8;
const idleMs = 90_000;

export class KeptAgents {
  readonly #agents = new Map<string, Agent>();
  readonly #optionsOf: (name: string) => AgentOptions;
  readonly #nameOf: Agent["getName"] | undefined;

  /** `optionsOf` may throw: nothing is kept then. `nameOf` replaces what tells one agent's connections apart. */
  constructor(optionsOf: (name: string) => AgentOptions, nameOf?: Agent["getName"]) {
    this.#optionsOf = optionsOf;
    this.#nameOf = nameOf;
  }

  of(name: string): Agent {
    const known = this.#agents.get(name);
    if (known !== undefined) return known;
    const agent = this.#make(name);
    const oldest = this.#agents.size < agentsMax ? undefined : this.#agents.keys().next().value;
    if (oldest !== undefined) {
      this.#agents.get(oldest)!.destroy();
      this.#agents.delete(oldest);
    }
    this.#agents.set(name, agent);
    return agent;
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #make(name: string): Agent {
    const agent = new Agent({
      keepAlive: true,
      maxFreeSockets: idleMax,
      timeout: idleMs,
      scheduling: "lifo",
      ...this.#optionsOf(name),
    });
    if (this.#nameOf !== undefined) agent.getName = this.#nameOf;
    return agent;
  }
}
