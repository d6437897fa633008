// Long lists, compressed. Neighbouring objects are compressed together, each run on its own and ending at a whole
// byte, and kept: a list is then a copy of its runs with a few plain bytes between them.
//
//   gzip header | plain: {"kind":"PodList",…[ | run | plain: , | run | … | plain: ]} | end | CRC-32 | length
import { promisify } from "node:util";
import { constants, crc32, deflateRaw } from "node:zlib";
import { crcShift, joinedCrc } from "../lib/crc32.ts";
import type { Entry } from "../store/store.ts";

/** A list in pieces: `head`, the items in their order with `between` them, `tail`. */
export type ListPieces = {
  /** Tells forms apart that have different bytes for one entry: the kind and its representation. */
  readonly form: string;
  readonly entries: readonly Entry[];
  readonly head: Uint8Array;
  readonly between: Uint8Array;
  readonly tail: Uint8Array;
  /** The bytes of the items `from` <= i < `to`, with `between` them. */
  readonly bytesOf: (from: number, to: number) => Uint8Array;
};

type Zipped = { bytes: Uint8Array; length: number; crc: number; shift: number };

/** Holds no entries, which would hold their bytes: a revision says which version of an object it is. */
type Run = {
  readonly revisions: readonly number[];
  readonly zipped: Promise<Zipped>;
  size: number;
};

/** Bytes of compressed runs that are kept. */
const zippedBytesMax = 16 * 1024 * 1024;

/** Objects in a run: about 64, so that one change costs little and ten thousand pods are few writes; 256 at most. */
const [runBits, runMax] = [6, 256];

export class ZippedLists {
  /** By form, key and revision of the first entry; the run that was used last is the last one. */
  readonly #runs = new Map<string, Run>();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax = zippedBytesMax) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes of compressed runs that are held. */
  get bytes(): number {
    return this.#bytes;
  }

  async *stream(list: ListPieces): AsyncIterable<readonly Uint8Array[]> {
    const sum = { crc: 0, length: 0 };
    const plain = (bytes: Uint8Array): Uint8Array[] => {
      sum.crc = crc32(bytes, sum.crc);
      sum.length += bytes.length;
      return plainBlocks(bytes);
    };
    yield [gzipHeader, ...plain(list.head)];
    for (const [from, to] of runsOf(list.entries)) {
      const { bytes, length, crc, shift } = await this.#zipped(list, from, to);
      const before = from === 0 ? [] : plain(list.between);
      sum.crc = joinedCrc(sum.crc, crc, shift);
      sum.length += length;
      yield [...before, bytes];
    }
    yield [...plain(list.tail), trailer(sum)];
  }

  #zipped({ form, entries, bytesOf }: ListPieces, from: number, to: number): Promise<Zipped> {
    const first = entries[from]!;
    const name = `${form} ${first.key} ${first.modRevision}`;
    const known = this.#runs.get(name);
    this.#drop(name);
    if (known !== undefined && isSame(known.revisions, entries, from, to)) {
      this.#runs.set(name, known);
      this.#bytes += known.size;
      return known.zipped;
    }
    const revisions = entries.slice(from, to).map(({ modRevision }) => modRevision);
    const run: Run = { revisions, zipped: zip(bytesOf(from, to)), size: 0 };
    this.#runs.set(name, run);
    run.zipped.then(
      ({ bytes }) => {
        if (this.#runs.get(name) === run) this.#keep(run, bytes.length);
      },
      () => this.#drop(name),
    );
    return run.zipped;
  }

  #keep(run: Run, size: number): void {
    run.size = size;
    this.#bytes += size;
    for (const name of this.#runs.keys()) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#drop(name);
    }
  }

  #drop(name: string): void {
    this.#bytes -= this.#runs.get(name)?.size ?? 0;
    this.#runs.delete(name);
  }
}

/**
 * Where runs end depends on nothing but the entry there: an object that comes or goes changes one run, not all
 * behind it.
 */
function* runsOf(entries: readonly Entry[]): Generator<readonly [from: number, to: number]> {
  let from = 0;
  for (let at = 0; at < entries.length; at++) {
    const mixed = Math.imul(entries[at]!.createRevision, 0x9e3779b1) >>> (32 - runBits);
    if (mixed !== 0 && at - from + 1 < runMax && at + 1 < entries.length) continue;
    yield [from, at + 1];
    from = at + 1;
  }
}

function isSame(
  revisions: readonly number[],
  entries: readonly Entry[],
  from: number,
  to: number,
): boolean {
  if (revisions.length !== to - from) return false;
  return revisions.every((revision, i) => entries[from + i]!.modRevision === revision);
}

const deflated = promisify(deflateRaw) as (
  bytes: Uint8Array,
  options: { level: number; finishFlush: number },
) => Promise<Buffer>;

/** In the thread pool. Ends with a flush in the place of an end, so that more can follow. */
async function zip(bytes: Uint8Array): Promise<Zipped> {
  const options = { level: constants.Z_BEST_SPEED, finishFlush: constants.Z_FULL_FLUSH };
  const made = await deflated(bytes, options);
  // A copy of its own size: zlib's answer may be a part of a larger buffer.
  return {
    bytes: new Uint8Array(made),
    length: bytes.length,
    crc: crc32(bytes),
    shift: crcShift(bytes.length),
  };
}

/** No name, no time, unknown system. */
const gzipHeader = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);

const plainBytesMax = 0xffff;

/** Bytes as they are, in blocks of deflate that are not the last one. */
function plainBlocks(bytes: Uint8Array): Uint8Array[] {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += plainBytesMax) {
    const part = bytes.subarray(at, at + plainBytesMax);
    const size = part.length;
    const block = new Uint8Array(5 + size);
    block.set([0, size & 0xff, size >> 8, ~size & 0xff, (~size >> 8) & 0xff]);
    block.set(part, 5);
    blocks.push(block);
  }
  return blocks;
}

/** An empty last block, then what gzip ends with. */
function trailer({ crc, length }: { crc: number; length: number }): Uint8Array {
  const end = Buffer.alloc(10);
  end.set([3, 0]);
  end.writeUInt32LE(crc, 2);
  end.writeUInt32LE(length % 2 ** 32, 6);
  return end;
}
