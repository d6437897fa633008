// The objects that quotas count, found by the names of the limits, and followed so that what they free is noticed.
import type { ApiObject, Kind } from "../../../schema/kind.ts";
import type { Pod } from "../../../schema/types/core-v1.ts";
import type { Core } from "../../context.ts";
import { type Meter, meterOf } from "./usage.ts";

export type MeasuredChange = {
  readonly namespace: string;
  /** `plural.group`. */
  readonly resource: string;
  readonly name: string;
  /** Less may be used than before. */
  readonly frees: boolean;
};

type Group = {
  readonly meter: Meter;
  readonly resource: string;
  readonly objects: readonly ApiObject[];
};

export class Measured {
  readonly #core: Core;
  readonly #changed: (change: MeasuredChange) => void;
  readonly #followed = new Set<string>();

  /** `changed` is called for every change of an object of a resource that was asked for once. */
  constructor(core: Core, changed: (change: MeasuredChange) => void) {
    this.#core = core;
    this.#changed = changed;
  }

  /** Objects of the namespace that use something of these limits. */
  *in(namespace: string, limits: readonly string[]): Iterable<Group> {
    for (const [resource, kind] of this.#kinds()) {
      const meter = meterOf(kind.resource.group, kind.resource.plural);
      if (!limits.some(meter.measures)) continue;
      this.follow(resource);
      yield { meter, resource, objects: this.#core.view(kind.resource).list(namespace) };
    }
  }

  /** `plural.group` of a kind that is served. */
  follow(resource: string): void {
    if (this.#followed.has(resource)) return;
    const kind = this.#kinds().get(resource);
    if (kind === undefined) return;
    this.#followed.add(resource);
    this.#core.view(kind.resource).onChange((namespace, name, object) => {
      this.#changed({ namespace, resource, name, frees: mayFree(resource, object) });
    });
  }

  /** Namespaced kinds that are stored, each once, in the version in which it is stored. */
  #kinds(): Map<string, Kind> {
    const kinds = new Map<string, Kind>();
    for (const kind of this.#core.kinds.all()) {
      const { scope, plural, group } = kind.resource;
      if (scope !== "Namespaced" || kind.virtual === true || kind.storedAs !== undefined) continue;
      kinds.set(`${plural}.${group}`, kind);
    }
    return kinds;
  }
}

/** Resources whose objects can come to use less while they are there. */
const shrinking = new Set([
  "services.",
  "persistentvolumeclaims.",
  "resourceclaims.resource.k8s.io",
]);

function mayFree(resource: string, object: ApiObject | undefined): boolean {
  if (object === undefined || shrinking.has(resource)) return true;
  if (resource !== "pods.") return false;
  const { phase } = (object as Pod).status ?? {};
  return phase === "Succeeded" || phase === "Failed";
}
