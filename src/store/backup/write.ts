// A backup: one file with everything that a cluster is. The header, a record for each of the cluster's own files
// (certificates, keys), one for each key of the store in order, and one that tells how many there are. Records are
// those of the log: each with its checksum, chained, so that nothing can be missing, altered or out of order unseen.
import { fileHeader } from "../file-header.ts";
import { endOfSnapshot, fileOfCluster, recordBytes, writeRecord } from "../record.ts";
import { type Store, StoreError } from "../store.ts";
import { rawParts, type Version } from "../version.ts";

export type BackupHeader = {
  /** Name of the cluster. */
  cluster: string;
  /** Of the store: what the backup shows. */
  revision: number;
  /** Wall time in ms. */
  time: number;
};

export type BackupContents = {
  program: string;
  cluster: string;
  time: number;
  /** The cluster's own files by name. */
  files: ReadonlyMap<string, Uint8Array>;
  /** Keys that are not the cluster's but the store's. */
  skip?: (key: string) => boolean;
};

/** Keys that are gathered for one block. */
const pageKeys = 256;

/** The bytes of a backup of the newest state, which cannot be compacted meanwhile. */
export async function* writeBackup(
  store: Store,
  { program, cluster, time, files, skip }: BackupContents,
): AsyncGenerator<Uint8Array> {
  const revision = await store.latest();
  const unpin = store.pin(revision);
  try {
    const header: BackupHeader = { cluster, revision, time };
    yield fileHeader("backup", program, header);
    const chain = new Chain();
    const own = [...files].map(([key, value]) =>
      chain.record({ ...nothing, key, flags: fileOfCluster, time }, [value]),
    );
    yield Buffer.concat(own);
    let count = own.length;
    for (let after = ""; ; ) {
      const range = store.range("", { revision, limit: pageKeys, after });
      if (!range.ok)
        throw new StoreError("unavailable", `revision ${revision} was compacted amid a backup`);
      const last = range.entries.at(-1);
      if (!last) break;
      const entries = range.entries.filter(({ key }) => !skip?.(key));
      const blocks = entries.map((entry) => {
        const { key, createRevision, modRevision, version } = entry;
        const fields = { key, createRevision, revision: modRevision, version, flags: 0, time: 0 };
        return chain.record(fields, rawParts(entry as Version));
      });
      count += blocks.length;
      yield Buffer.concat(blocks);
      after = last.key;
    }
    yield chain.record({ ...nothing, flags: endOfSnapshot, revision, version: count, time }, []);
  } finally {
    unpin();
  }
}

const nothing = { key: "", createRevision: 0, revision: 0, version: 0, flags: 0, time: 0 };

class Chain {
  #link = 0;

  record(fields: Parameters<typeof writeRecord>[2], value: readonly Uint8Array[]): Buffer {
    const length = value.reduce((sum, part) => sum + part.length, 0);
    const bytes = Buffer.allocUnsafe(recordBytes(Buffer.byteLength(fields.key), length));
    this.#link = writeRecord(bytes, 0, fields, value, this.#link).link;
    return bytes;
  }
}
