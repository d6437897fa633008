// Who owns what: every object that owns or is owned, by UID.
import { equal } from "../../lib/equal.ts";
import type { ApiObject } from "../../schema/kind.ts";
import type { Resource } from "../../schema/resource.ts";
import type { OwnerReference } from "../../schema/types/meta-v1.ts";

export type Node = {
  readonly resource: Resource<ApiObject>;
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly resourceVersion: string;
  readonly owners: readonly OwnerReference[];
  readonly isDeleted: boolean;
  /** Deleted, and waits until the dependents that block it are gone. */
  readonly isForeground: boolean;
  /** Deleted, and waits until its dependents are let go of. */
  readonly isOrphaning: boolean;
  /** Finalizers as they stand. */
  readonly finalizers: readonly string[];
};

export const foregroundFinalizer = "foregroundDeletion";
export const orphanFinalizer = "orphan";

export function nodeOf(resource: Resource<ApiObject>, { metadata }: ApiObject): Node {
  const { uid = "", namespace = "", name = "", resourceVersion = "" } = metadata;
  const finalizers = metadata.finalizers ?? none;
  const isDeleted = metadata.deletionTimestamp !== undefined;
  return {
    resource,
    uid,
    namespace,
    name,
    resourceVersion,
    owners: metadata.ownerReferences ?? none,
    isDeleted,
    isForeground: isDeleted && finalizers.includes(foregroundFinalizer),
    isOrphaning: isDeleted && finalizers.includes(orphanFinalizer),
    finalizers,
  };
}

const none: never[] = [];

export class Graph {
  readonly #nodes = new Map<string, Node>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): Node | undefined {
    return this.#nodes.get(uid);
  }

  dependents(uid: string): Node[] {
    const found = [...(this.#dependents.get(uid) ?? [])].map((d) => this.#nodes.get(d));
    return found.filter((node) => node !== undefined);
  }

  /** Returns the node of the same UID that was there before. */
  set(node: Node): Node | undefined {
    const old = this.#nodes.get(node.uid);
    if (!old || !equal(old.owners, node.owners)) {
      if (old) this.#unlink(old);
      for (const { uid } of node.owners) {
        const dependents = this.#dependents.get(uid);
        if (dependents) dependents.add(node.uid);
        else this.#dependents.set(uid, new Set([node.uid]));
      }
    }
    this.#nodes.set(node.uid, node);
    return old;
  }

  delete(uid: string): Node | undefined {
    const old = this.#nodes.get(uid);
    if (old) this.#unlink(old);
    this.#nodes.delete(uid);
    return old;
  }

  #unlink({ uid, owners }: Node): void {
    for (const owner of owners) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}
