// What a webhook or a policy changed may concern those that were asked before it: all plug-ins have a second turn, and
// of webhooks and policies those that want one.
import { clone } from "../schema/clone.ts";
import type { ApiObject } from "../schema/kind.ts";
import { semanticEqual } from "../schema/semantic-equal.ts";
import type { AdmissionWrite } from "./context.ts";

/** The turns of one plug-in that asks others (webhooks, policies), each of them known by an id. */
export class Turns {
  #asked = new Set<string>();
  readonly #again = new Set<string>();
  #output: ApiObject | undefined;

  /** Whoever was asked and wants to know of changes is asked again in the second turn. */
  requireAgain(): void {
    for (const id of this.#asked) this.#again.add(id);
    this.#asked = new Set();
  }

  /** `id` was asked, and wants to know of changes. */
  remember(id: string): void {
    this.#asked.add(id);
  }

  isAgain(id: string): boolean {
    return this.#again.has(id);
  }

  /** Other plug-ins have changed the object since `leave`. */
  isChanged(object: ApiObject | undefined): boolean {
    return !semanticEqual(this.#output, object);
  }

  leave(object: ApiObject | undefined): void {
    this.#output = object && clone(object);
  }
}

export class Reinvocation {
  /** A second turn is due. */
  due = false;
  /** This is the second turn. */
  second = false;
  readonly #turns = new Map<string, Turns>();

  of(plugin: string): Turns {
    let turns = this.#turns.get(plugin);
    if (turns === undefined) {
      turns = new Turns();
      this.#turns.set(plugin, turns);
    }
    return turns;
  }
}

const reinvocations = new WeakMap<AdmissionWrite, Reinvocation>();

export function reinvocationOf(write: AdmissionWrite): Reinvocation {
  let known = reinvocations.get(write);
  if (known === undefined) {
    known = new Reinvocation();
    reinvocations.set(write, known);
  }
  return known;
}

/** True once, when a second turn is due: it begins with this call. */
export function beginsAgain(write: AdmissionWrite): boolean {
  const known = reinvocations.get(write);
  if (known === undefined || !known.due || known.second) return false;
  known.second = true;
  return true;
}
