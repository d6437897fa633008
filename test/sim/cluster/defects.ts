// Defects of the whole cluster that the simulation must find: each is one change of a source file, made while it is
// loaded. `find` must stand in the file exactly once, so that a defect cannot silently go stale.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";

export type Defect = {
  name: string;
  file: string;
  find: string;
  replace: string;
  /** Servers on one etcd that it takes; left out: one with a disk of its own. */
  servers?: number;
};

export const defects: readonly Defect[] = [
  {
    name: "a write is acknowledged before it is durable",
    file: "store/log-store.ts",
    find: "await this.#journal.commit(group.batch);",
    replace: "void this.#journal.commit(group.batch).catch(() => {});",
  },
  {
    name: "a batch is written without a sync",
    file: "store/recovery.ts",
    find: "{ durable: true }",
    replace: "{ durable: false }",
  },
  {
    name: "a resumed watch leaves out one event",
    file: "server/watch-follow.ts",
    find: "const afterRevision = following.afterRevision ?? parts.store.revision();",
    replace: "const afterRevision = (following.afterRevision ?? parts.store.revision()) + 1;",
  },
  {
    name: "a cache keeps what was deleted",
    file: "client/follow.ts",
    find: 'else if (type === "DELETED") cache.remove(kept(chosen, object));',
    replace: "",
  },
  {
    name: "a cache whose place is compacted does not list again",
    file: "client/follow.ts",
    find: "if (isGone(error)) mustList = true;",
    replace: "if (isGone(error)) mustList = false;",
  },
  {
    name: "a key that changes while it is in work is not looked at again",
    file: "control/queue.ts",
    find: "if (inWork.has(key)) again.add(key);",
    replace: "if (inWork.has(key)) return;",
  },
  {
    name: "a key whose work failed is forgotten",
    file: "control/queue.ts",
    find: "if (!stopping.signal.aborted) retry(key, error);",
    replace: "onError?.(key, error, 1);",
  },
  {
    name: "a pod is reported as gone while its containers run",
    file: "node/worker.ts",
    find: 'if (this.#stage === "ending") await this.#passEnding();',
    replace: 'if (this.#stage === "ending") this.#stage = "ended";',
  },
  {
    name: "an agent leaves pods alone that were deleted while it was away",
    file: "node/pod-workers.ts",
    find: "if (!stopped.aborted) for (const pod of orphans) begin(pod, true);",
    replace: "void orphans;",
  },
  {
    name: "a pod that failed is not replaced",
    file: "controllers/pods.ts",
    find: "!isTerminal(pod) && !pod.metadata.deletionTimestamp;",
    replace: "!pod.metadata.deletionTimestamp;",
  },
  {
    name: "a server refuses what another one has acknowledged",
    file: "server/outdated.ts",
    find: "await store.latest();",
    replace: "",
    servers: 2,
  },
  {
    name: "a read does not ask what others have written",
    file: "server/verbs/get.ts",
    find: "await parts.store.latest();",
    replace: "",
    servers: 2,
  },
  {
    name: "a write whose answer was lost counts as another's",
    file: "store/etcd/etcd-store.ts",
    find: "if (again && stored && kv && isOurs(kv, stored, at)) {",
    replace: "if (!kv) {",
    servers: 2,
  },
  {
    name: "a watch of etcd that is resumed leaves out one revision",
    file: "store/etcd/feed.ts",
    find: "startRevision: revision() + 1,",
    replace: "startRevision: revision() + 2,",
    servers: 2,
  },
  {
    name: "a watch goes on over a gap",
    file: "store/etcd/etcd-store.ts",
    find: "this.#view.breakOffWatches();",
    replace: "",
    servers: 2,
  },
  {
    name: "a server leads on without its lease",
    file: "control/leader.ts",
    find: 'if (held === "another\'s" || isLate) leading.abort(new LeaseLost());',
    replace: "void isLate;",
    servers: 2,
  },
];

const sources = new URL("../../../src/", import.meta.url);

/** The text of the file that a defect changes. Throws when the defect has gone stale. */
export function plantedSource({ name, file, find, replace }: Defect): string {
  const parts = readFileSync(new URL(file, sources), "utf8").split(find);
  if (parts.length !== 2)
    throw new Error(`defect "${name}": its text stands ${parts.length - 1} times in ${file}`);
  return parts.join(replace);
}

/** Modules that are loaded from now on have the defect. */
export function plant(defect: Defect): void {
  const { href } = new URL(defect.file, sources);
  const source = plantedSource(defect);
  registerHooks({
    load: (url, context, next) =>
      url === href ? { ...next(url, context), source } : next(url, context),
  });
}
