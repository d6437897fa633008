// Deletes what has no owner any more, and carries out how owners are deleted: dependents first ("Foreground"),
// afterwards ("Background"), or not at all ("Orphan"). Unlike other controllers it works on a graph of all
// objects instead of one kind, and asks the server about owners that the graph does not know.
import { undefinedIfNotFound } from "../../client/refusal.ts";
import { startQueue } from "../../control/queue.ts";
import { Waits } from "../../control/shown.ts";
import { equal } from "../../lib/equal.ts";
import { Lru } from "../../lib/lru.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { apiVersionOf, groupOf } from "../../schema/resource.ts";
import type { OwnerReference } from "../../schema/types/meta-v1.ts";
import type { Parts, Running } from "../parts.ts";
import type { ObjectChange } from "../served/followed-kinds.ts";
import { type Decision, decideDeleted, decideOwned, type OwnerState } from "./decide.ts";
import { Graph, type Node, nodeOf, orphanFinalizer } from "./graph.ts";

/** Objects in work at a time, as upstream. */
const workers = 20;

/** Owners that are known to be gone and so need not be asked for again, as upstream. */
const absentMax = 500;

export function startGarbageCollector(parts: Parts): Running {
  const { clock, log } = parts;
  const objects = parts.objects();
  const collector = new Collector(parts);
  const queue = startQueue({
    clock,
    workers,
    async work(uid) {
      await objects.synced;
      return collector.visit(uid, queue.add);
    },
    onError: (uid, error, failures) =>
      log.debug("garbage-collector: cannot finish with an object", { uid, error, failures }),
  });
  const unsubscribe = objects.onChange((change) => {
    for (const uid of collector.note(change)) queue.add(uid);
  });
  return {
    async stop() {
      unsubscribe();
      collector.stop();
      await queue.stop();
    },
  };
}

/** `until` resolves when the graph shows what was done. */
type Visited = { until?: Promise<void> } | undefined;

class Collector {
  readonly #parts: Parts;
  readonly #graph = new Graph();
  readonly #absent = new Lru<string, true>(absentMax);
  readonly #waits: Waits;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#waits = new Waits(parts.clock);
  }

  /** Brings the graph up to date; returns the UIDs that need a visit. */
  note({ resource, change: { old, next } }: ObjectChange): Set<string> {
    const visits = new Set<string>();
    if (next) {
      const node = nodeOf(resource, next);
      // A name that was given to another object: the old one is gone.
      if (old && old.metadata.uid !== node.uid) this.#noteGone(old, visits);
      this.#noteThere(node, visits);
    } else if (old) {
      this.#noteGone(old, visits);
    }
    return visits;
  }

  #noteThere(node: Node, visits: Set<string>): void {
    const before = this.#graph.set(node);
    if (!before && this.#graph.dependents(node.uid).length > 0)
      for (const dependent of this.#graph.dependents(node.uid))
        if (isMismatch(dependent, node)) visits.add(dependent.uid);
    if (!before || !equal(before.owners, node.owners)) {
      if (node.owners.some((owner) => this.#isDoubtful(node, owner))) visits.add(node.uid);
      for (const { uid } of before?.owners ?? [])
        if (this.#graph.get(uid)?.isForeground) visits.add(uid);
    }
    if (node.isOrphaning && !before?.isOrphaning) visits.add(node.uid);
    if (!node.isForeground || before?.isForeground) return;
    visits.add(node.uid);
    for (const dependent of this.#graph.dependents(node.uid)) visits.add(dependent.uid);
  }

  #noteGone({ metadata }: ApiObject, visits: Set<string>): void {
    const gone = this.#graph.delete(metadata.uid ?? "");
    if (!gone) return;
    for (const dependent of this.#graph.dependents(gone.uid)) visits.add(dependent.uid);
    if (visits.size > 0) this.#absent.set(absentKey(gone), true);
    for (const { uid } of gone.owners) if (this.#graph.get(uid)?.isForeground) visits.add(uid);
  }

  #isDoubtful(node: Node, owner: OwnerReference): boolean {
    const known = this.#graph.get(owner.uid);
    return !known || !fits(node, owner, known) || known.isForeground;
  }

  /** Does what is to be done with an object. */
  async visit(uid: string, add: (uid: string) => void): Promise<Visited> {
    const node = this.#graph.get(uid);
    if (!node) return undefined;
    const dependents = this.#graph.dependents(uid);
    if (node.isDeleted) return this.#carryOut(node, decideDeleted(node, dependents), add);
    const states: OwnerState[] = [];
    for (const owner of node.owners) {
      const state = await this.#stateOf(node, owner);
      // A cluster-wide object cannot have an owner in a namespace: it is left alone, as upstream.
      if (!state) return undefined;
      states.push(state);
    }
    return this.#carryOut(node, decideOwned(node, states, dependents), add);
  }

  async #stateOf(node: Node, owner: OwnerReference): Promise<OwnerState | undefined> {
    const known = this.#graph.get(owner.uid);
    if (known && fits(node, owner, known)) return known.isForeground ? "waiting" : "solid";
    if (known && known.namespace !== "" && known.namespace !== node.namespace)
      this.#reportForeign(node, owner);
    const { kind, name, apiVersion, uid } = owner;
    const served = this.#parts.objects().find(apiVersion, kind);
    if (!served) throw new Error(`no kind ${kind} of ${apiVersion} is served`);
    const isNamespaced = served.resource.scope === "Namespaced";
    if (isNamespaced && node.namespace === "") return undefined;
    const namespace = isNamespaced ? node.namespace : "";
    const key = absentKey({ resource: served.resource, uid, namespace, name });
    if (this.#absent.get(key)) return "absent";
    const found = await this.#parts.client
      .get(served.resource, { namespace, name })
      .catch(undefinedIfNotFound);
    if (found?.metadata.uid !== uid) {
      this.#absent.set(key, true);
      return "absent";
    }
    return nodeOf(served.resource, found).isForeground ? "waiting" : "solid";
  }

  #reportForeign({ resource, namespace, name, uid }: Node, owner: OwnerReference): void {
    const invalid = `[${owner.apiVersion}/${owner.kind}, namespace: ${namespace}, name: ${owner.name}, uid: ${owner.uid}]`;
    this.#parts.record({
      about: { kind: resource.kind, apiVersion: apiVersionOf(resource), namespace, name, uid },
      type: "Warning",
      reason: "OwnerRefInvalidNamespace",
      message: `ownerRef ${invalid} does not exist in namespace "${namespace}"`,
    });
  }

  async #carryOut(node: Node, decision: Decision, add: (uid: string) => void): Promise<Visited> {
    switch (decision.do) {
      case "nothing":
        return undefined;
      case "visit":
        for (const uid of decision.uids) add(uid);
        return undefined;
      case "removeFinalizer":
        return this.#removeFinalizer(node, decision.finalizer);
      case "orphan":
        await Promise.all(decision.dependents.map((dependent) => this.#letGo(dependent, node.uid)));
        return this.#removeFinalizer(node, orphanFinalizer);
      case "setOwners":
        return this.#patch(node, { ownerReferences: decision.owners });
      case "delete":
        if (decision.unblock) await this.#unblock(node);
        return this.#delete(node, decision.propagation, !decision.unblock);
    }
  }

  async #letGo(dependent: Node, owner: string): Promise<void> {
    const ownerReferences = dependent.owners.filter((ref) => ref.uid !== owner);
    await this.#patch(dependent, { ownerReferences });
  }

  async #unblock(node: Node): Promise<void> {
    const ownerReferences = node.owners.map((ref) => ({ ...ref, blockOwnerDeletion: false }));
    await this.#patch(node, { ownerReferences });
  }

  #removeFinalizer(node: Node, finalizer: string): Promise<Visited> {
    const finalizers = node.finalizers.filter((f) => f !== finalizer);
    return this.#patch(node, { finalizers });
  }

  /** The resource version makes sure that it was decided on what is there. */
  async #patch(node: Node, metadata: object): Promise<Visited> {
    const { resource, namespace, name, uid, resourceVersion } = node;
    const patch = { metadata: { ...metadata, uid, resourceVersion } };
    const answer = await this.#parts.client
      .patch(resource, { namespace, name }, patch, { type: "merge" })
      .catch(undefinedIfNotFound);
    return answer ? this.#shown(node, answer.metadata.resourceVersion) : undefined;
  }

  async #delete(
    node: Node,
    propagation: "Foreground" | "Background" | "Orphan",
    isPinned: boolean,
  ): Promise<Visited> {
    const { resource, namespace, name, uid, resourceVersion } = node;
    const ref = { namespace, name };
    await this.#parts.client
      .delete(resource, ref, { uid, propagation, ...(isPinned ? { resourceVersion } : {}) })
      .catch(undefinedIfNotFound);
    return this.#shown(node, undefined);
  }

  #shown(node: Node, resourceVersion: string | undefined): Visited {
    const { resource, namespace, name, uid } = node;
    const cache = this.#parts.objects().cacheOf(resource);
    const written = { resource, ref: { namespace, name }, uid, resourceVersion };
    return cache && { until: this.#waits.shown(uid, [written], [cache]) };
  }

  stop(): void {
    this.#waits.stop();
  }
}

/** The reference names what the graph has under its UID. */
const fits = (node: Node, owner: OwnerReference, known: Node): boolean =>
  known.resource.kind === owner.kind &&
  known.resource.group === groupOf(owner.apiVersion) &&
  known.name === owner.name &&
  (known.namespace === "" || known.namespace === node.namespace);

const isMismatch = (dependent: Node, owner: Node): boolean =>
  dependent.owners.some((ref) => ref.uid === owner.uid && !fits(dependent, ref, owner));

const absentKey = ({
  resource,
  uid,
  namespace,
  name,
}: Pick<Node, "resource" | "uid" | "namespace" | "name">): string =>
  [resource.group, resource.kind, namespace, name, uid].join("|");
