// Defects that the laboratory must find: each is one change of the store's source, made while it is
// loaded. `find` must stand in the file exactly once, so that a defect cannot silently go stale.

export type Defect = { name: string; file: string; find: string; replace: string };

export const defects: readonly Defect[] = [
  // Durability
  d("a batch is written without a sync", "recovery", "{ durable: true }", "{ durable: false }"),
  d("a new segment is written without a sync", "segments", "{ durable: true }", "{}"),
  d("a new segment's name is not synced", "segments", "await this.#disk.syncNames();", ""),
  d("a new segment's header is not synced", "segments", "await spare.datasync();\n", ""),
  d(
    "a write is shown before it is durable",
    "log-store",
    "await this.#journal.commit(group.batch);",
    "void this.#journal.commit(group.batch).catch(() => {});",
  ),
  d(
    "the manifest's name is not synced",
    "manifest",
    "await disk.rename(draft, name);\n  await disk.syncNames();",
    "await disk.rename(draft, name);",
  ),
  d("the manifest is not synced", "manifest", "    await file.datasync();\n", ""),
  d(
    "segments go before the manifest says so",
    "snapshots",
    "      await this.#update({ snapshot: revision, oldest: last + 1 });\n      log.snapshotBytes = size;\n      await log.drop(last);",
    "      await log.drop(last);\n      await this.#update({ snapshot: revision, oldest: last + 1 });\n      log.snapshotBytes = size;",
  ),
  d(
    "a snapshot's end is not synced",
    "snapshot",
    "    size = await writeRecords(file, options);\n    await file.datasync();",
    "    size = await writeRecords(file, options);",
  ),
  d(
    "a snapshot's name is not synced",
    "snapshot",
    "  await disk.rename(draft, snapshotName(revision));\n  await disk.syncNames();",
    "  await disk.rename(draft, snapshotName(revision));",
  ),
  d(
    "one segment too many is removed",
    "log",
    "segment.lastRevision <= revision)?.number",
    "segment.lastRevision <= revision + 3)?.number",
  ),
  d(
    "the snapshot is of the newest revision, history or not",
    "snapshots",
    "const revision = view.compactedRevision;",
    "const revision = view.revision;",
  ),
  d(
    "the snapshot's revision is not kept from compaction",
    "snapshots",
    "const unpin = pin(revision);",
    "const unpin = () => {};",
  ),
  d(
    "a snapshot leaves out a key at the end of a page",
    "snapshot",
    "    after = last.key;",
    '    after = last.key + "~";',
  ),
  d(
    "a snapshot has the newest versions",
    "view",
    "const version = versionAt(slot, revision);\n      if (version && versions",
    "const version = versionAt(slot, this.#revision);\n      if (version && versions",
  ),
  d(
    "a snapshot keeps the filled-in revision",
    "version",
    "  if (version.stampAt < 0) return [value, empty];",
    "  return [value, empty];",
  ),
  // Recovery
  d("a torn record is accepted", "record", 'return { bad: "content" };', "void 0;"),
  d("a record out of the chain is accepted", "recovery", " || record.previous !== end.link", ""),
  d(
    "damage before durable records is cut off",
    "recovery",
    "if (header && header.flags & firstOfBatch && header.revision > end.revision + 1)",
    "if (header && header.revision < 0)",
  ),
  d(
    "a complete but altered last record is cut off",
    "recovery",
    "    if (!header) return false;",
    "    if (!header) return true;",
  ),
  d(
    "a torn batch is taken for damage",
    "recovery",
    "if (bytes[end - 1] === 0) return true;",
    "if (bytes[end - 1] === 0) return false;",
  ),
  d(
    "a header cut in the middle is taken for damage",
    "recovery",
    "if (bytes[at] === 0 || to - at < recordHeaderBytes) return true;",
    "if (bytes[at] === 0) return true;",
  ),
  d(
    "what a torn batch left is not cleared",
    "recovery",
    "if (tail > scan.position) await file.write(",
    "if (tail < scan.position) await file.write(",
  ),
  d(
    "the log goes on one byte late",
    "recovery",
    "position: scan.position, size",
    "position: scan.position + 1, size",
  ),
  d(
    "the log goes on from a wrong link",
    "recovery",
    "return { end: scan.end, sealed, active };",
    "return { end: { ...scan.end, link: 0 }, sealed, active };",
  ),
  d(
    "a segment newer than the manifest is overlooked",
    "recovery",
    "while (files.includes(newest + 1)) newest++;",
    "",
  ),
  d(
    "deletions are replayed as empty values",
    "restore",
    "const value = isDeletion ? undefined : opened(this.#options.seal, key, record.value);",
    "const value = record.value;",
  ),
  d(
    "the version of a snapshot's entry is lost",
    "restore",
    "view.load({ ...record, value, modRevision: record.revision })",
    "view.load({ ...record, value, modRevision: record.revision, version: 1 })",
  ),
  d(
    "a leftover of a failed creation is an error",
    "embedded",
    "if (name === first && (await isEmptySegment(disk, name))) continue;",
    "",
  ),
  // Segments and full disks
  d(
    "the last record before a segment change is cut",
    "log",
    "if (this.#active.position + batch.bytes > this.#active.size)",
    "if (this.#active.position > this.#active.size)",
  ),
  d(
    "a segment follows the record before the last",
    "log",
    "    this.#end = { revision: batch.lastRevision, link: batch.lastLink };\n",
    "    const end = { revision: batch.lastRevision, link: batch.lastLink };\n    queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => { this.#end = end; })));\n",
  ),
  d(
    "the chain is not taken back after a refused write",
    "log-store",
    "    this.#journal.rewind();\n",
    "",
  ),
  d(
    "revisions are not taken back after a refused write",
    "log-store",
    "    this.#assigned = this.#view.revision;\n    this.#pendingBytes",
    "    this.#pendingBytes",
  ),
  d(
    "a full disk refuses deletions",
    "segments",
    "if (!reserved || !reserve || ",
    "if (reserved || !reserve || ",
  ),
  d(
    "a full disk stays full for ever",
    "segments",
    "      await this.#spare;\n      this.#full = false;",
    "      await this.#spare;",
  ),
  d(
    "a refused write is left in the log",
    "log",
    "        await this.#takeBack(contents.length);\n",
    "",
  ),
  d(
    "a failed sync is tried again",
    "log",
    "      throw error;\n    }\n    this.#active.position",
    '      if (!(error instanceof DiskError && error.code === "full")) await file.write(position, [contents]);\n      else throw error;\n    }\n    this.#active.position',
  ),
  // Order and conditions
  d(
    "the condition ignores writes under way",
    "log-store",
    "    return pending.value && pending.revision;",
    "    return slot?.head?.modRevision;",
  ),
  d(
    "a refusal does not wait for the write that caused it",
    "log-store",
    "if (pending) await pending.group.settled.promise;",
    "",
  ),
  d(
    "a deleted key that is being written counts as there",
    "log-store",
    "    return pending.value && pending.revision;",
    "    return pending.revision;",
  ),
  d(
    "a write is answered before watches and readers have it",
    "log-store",
    "        this.#publish(group);",
    "        for (const w of group.writes)\n" +
      "          w.settle({ ok: true, revision: w.revision, entry: w as never });\n" +
      "        await undefined;\n        await undefined;\n        this.#publish(group);",
  ),
  d(
    "a group takes writes while it is being written",
    "log-store",
    " && !this.#committing.has(last)",
    "",
  ),
  // History and watches
  d(
    "compaction goes one revision too far",
    "view",
    "if (!oldest || oldest.revision > revision) {",
    "if (!oldest || oldest.revision > revision + 1) {",
  ),
  d(
    "compaction forgets deletions that are still to be read",
    "view",
    "if (slot?.head === version) this.#index.remove(slot);",
    "if (slot) this.#index.remove(slot);",
  ),
  d(
    "compaction gives up the memory of the wrong version",
    "view",
    "    if (previous) this.#slab.release(previous as Version);",
    "    if (previous) this.#slab.release(entry as Version);",
  ),
  d(
    "values are moved without their bytes",
    "slab",
    "this.place(held).bytes.set(moved, held.offset);",
    "this.place(held).bytes.set(moved.subarray(1), held.offset);",
  ),
  d(
    "a read of the past sees the next version",
    "view",
    "while (version && version.modRevision > revision)",
    "while (version && version.modRevision > revision + 1)",
  ),
  d(
    "a deleted key is listed",
    "key-index",
    "        if (!exists(head)) continue;",
    "        if (!head) continue;",
  ),
  d(
    "deletions are not counted",
    "key-index",
    "    this.#blocks[this.#blockOf(slot.key)]!.live += change;",
    "    this.#blocks[this.#blockOf(slot.key)]!.live += Math.max(change, 0);",
  ),
  d(
    "a forgotten key is still found by its name",
    "key-index",
    "    this.#byKey.delete(slot.key);",
    "",
  ),
  d(
    "a page begins with the last key of the page before",
    "key-index",
    "exclusive && found.slots[slot]?.key === from ? slot + 1 : slot",
    "slot",
  ),
  d(
    "a watch misses what came just before it",
    "watches",
    "const end = history.placeAfter(this.#since);",
    "const end = history.placeAfter(this.#since) - 1;",
  ),
  d(
    "a watch begins with the event it had",
    "watches",
    "cursor.place = this.events.placeAfter(afterRevision);",
    "cursor.place = this.events.placeAfter(afterRevision - 1);",
  ),
  d(
    "a watch behind the compaction jumps ahead",
    "watches",
    "    if (this.#isBroken || this.place < events.start)\n",
    "    if (this.place < events.start) this.place = events.start;\n    if (this.#isBroken)\n",
  ),
  d(
    "a bookmark runs ahead of the events",
    "watches",
    "if (!this.#closed && !this.#isBroken && this.place === events.end)",
    "if (!this.#closed)",
  ),
  d(
    "a shared slice of events goes stale",
    "watches",
    "this.#slice?.from !== from || this.#slice.to !== to",
    "this.#slice?.from !== from",
  ),
  d(
    "an event is lost when old ones are dropped",
    "event-window",
    "      this.#events.splice(0, this.#dead);",
    "      this.#events.splice(0, this.#dead + 1);",
  ),
];

function d(name: string, file: string, find: string, replace: string): Defect {
  return { name, file: `${file}.ts`, find, replace };
}
