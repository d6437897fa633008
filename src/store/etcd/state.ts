// All that etcd holds at one revision, and how a view comes to show it.
import type { View } from "../view.ts";
import type { KeyValue, WireEvent } from "./definition.ts";
import { isCompacted } from "./failure.ts";
import type { Members } from "./members.ts";

/** The revision that was read, and what was there. */
export type Loaded = { revision: number; kvs: KeyValue[] };

/** Keys read at a time. */
const pageKeys = 500;

/** All keys at a revision (0: the newest); undefined when it was compacted. */
export async function stateAt(members: Members, asked: number): Promise<Loaded | undefined> {
  const kvs: KeyValue[] = [];
  let revision = asked;
  let key: Uint8Array = Buffer.from([0]);
  for (;;) {
    try {
      const request = { key, rangeEnd: Buffer.from([0]), limit: pageKeys, revision };
      const { answer } = await members.call("range", request);
      if (revision === 0) revision = answer.header.revision;
      for (const kv of answer.kvs) kvs.push(kv);
      const last = answer.kvs.at(-1);
      if (!answer.more || !last) return { revision, kvs };
      key = Buffer.concat([last.key, Buffer.from([0])]);
    } catch (error) {
      if (isCompacted(error)) return undefined;
      throw error;
    }
  }
}

/**
 * From what `view` shows to what was loaded: what is gone first, at the revision behind the last one, then what is new
 * in the order of its revisions.
 */
export function changesTo(view: View, { kvs }: Loaded): WireEvent[] {
  const known = view.revision;
  const there = new Map(kvs.map((kv) => [Buffer.from(kv.key).toString(), kv]));
  const all = view.range("");
  const events: WireEvent[] = [];
  for (const { key, createRevision } of all.ok ? all.entries : []) {
    const kv = there.get(key);
    if (kv && kv.createRevision === createRevision) continue;
    const gone = { key: Buffer.from(key), modRevision: known + 1, createRevision: 0, version: 0 };
    events.push({ type: 1, kv: { ...gone, value: Buffer.alloc(0) } });
  }
  const changed = kvs.filter((kv) => kv.modRevision > known);
  for (const kv of changed.sort((a, b) => a.modRevision - b.modRevision))
    events.push({ type: 0, kv });
  return events;
}
