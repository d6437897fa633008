// Bodies in and out: reading one within its bound, writing chunks at the reader's pace.
import type { Readable, Writable } from "node:stream";
import type { Clock } from "../lib/clock.ts";
import { StatusError } from "../schema/status-error.ts";

/** Largest body of a request, as upstream. */
const bodyBytesMax = 3 * 1024 * 1024;

/** A body that is too large is read up to here, because many clients look for the answer only when they have sent it. */
const discardedBytesMax = 4 * bodyBytesMax;

/** Time for a body to arrive; a slower one is answered with 408. */
const bodyMsMax = 60_000;

/** Time for a reader to take what was written last; a slower one is cut off. */
const slowReaderMsMax = 300_000;

/** Chunks that are handed to the socket in one go. */
const corkedMax = 64;

const nothing = new Uint8Array(0);

/**
 * The whole body. Throws StatusError(413) beyond the bound, StatusError(408) when it does not come in time,
 * and StatusError(400) when the caller breaks off.
 */
export function readBody(
  source: Readable,
  contentLength: string | undefined,
  clock: Clock,
): Promise<Uint8Array> {
  if (contentLength === "0" || source.readableEnded) return Promise.resolve(nothing);
  if (Number(contentLength ?? 0) > discardedBytesMax) return Promise.reject(tooLarge());
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const cancel = clock.after(bodyMsMax, () => reject(tooSlow()));
  let done = false;
  source.on("data", (chunk: Uint8Array) => {
    size += chunk.length;
    if (size <= bodyBytesMax) chunks.push(chunk);
    else chunks.length = 0;
    if (size <= discardedBytesMax) return;
    source.pause();
    reject(tooLarge());
  });
  source.on("end", () => {
    done = true;
    if (size > bodyBytesMax) reject(tooLarge());
    else resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size));
  });
  // An error says no more than that it is over.
  const closed = (): void => {
    if (!done) reject(brokenOff());
  };
  source.on("close", closed);
  source.on("error", closed);
  return promise.finally(cancel);
}

/** Writes all chunks, waiting for the reader where its buffers are full. False when it went away. */
export async function writeChunks(
  out: Writable,
  chunks: readonly Uint8Array[],
  clock: Clock,
): Promise<boolean> {
  for (let at = 0; at < chunks.length; at += corkedMax) {
    const end = Math.min(at + corkedMax, chunks.length);
    let ready = true;
    out.cork();
    for (let i = at; i < end; i++) ready = out.write(chunks[i]!);
    out.uncork();
    if (!ready) await drained(out, clock);
    if (out.destroyed) return false;
  }
  return true;
}

/** Writes each batch as it comes and ends when `batches` does or the reader goes away. */
export async function writeBatches(
  out: Writable,
  batches: AsyncIterable<readonly Uint8Array[]>,
  clock: Clock,
): Promise<void> {
  for await (const batch of batches) {
    const whole = sharedWhole(batch);
    if (whole === undefined) {
      if (!(await writeChunks(out, batch, clock))) return;
      continue;
    }
    if (!out.write(whole)) await drained(out, clock);
    if (out.destroyed) return;
  }
}

/** Batches that many watches send are put together once. */
const wholes = new WeakMap<readonly Uint8Array[], Uint8Array>();

function sharedWhole(batch: readonly Uint8Array[]): Uint8Array | undefined {
  if (batch.length <= 1) return batch[0];
  let whole = wholes.get(batch);
  if (whole === undefined) {
    whole = joined(batch);
    if (whole !== undefined) wholes.set(batch, whole);
  }
  return whole;
}

/** One buffer for few small chunks, which costs less than handing them over one by one. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array | undefined {
  if (chunks.length === 1) return chunks[0]!;
  if (chunks.length > corkedMax) return undefined;
  const size = sizeOf(chunks);
  return size > joinedBytesMax ? undefined : Buffer.concat(chunks, size);
}

const joinedBytesMax = 64 * 1024;

/** Calls what it is given when `stream` is closed, at once when it is already. */
export const whenClosed =
  (stream: Readable | Writable) =>
  (run: () => void): void => {
    if (stream.destroyed) run();
    else stream.once("close", run);
  };

export function sizeOf(chunks: readonly Uint8Array[]): number {
  let size = 0;
  for (const chunk of chunks) size += chunk.length;
  return size;
}

function drained(out: Writable, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(slowReaderMsMax, () => out.destroy());
  const done = (): void => {
    cancel();
    out.off("drain", done);
    out.off("close", done);
    resolve();
  };
  out.on("drain", done);
  out.on("close", done);
  return promise;
}

const tooLarge = (): StatusError =>
  new StatusError(
    413,
    "RequestEntityTooLarge",
    `Request entity too large: limit is ${bodyBytesMax}`,
  );

const tooSlow = (): StatusError =>
  new StatusError(408, "Timeout", `the body of the request did not arrive within ${bodyMsMax} ms`);

const brokenOff = (): StatusError =>
  new StatusError(400, "BadRequest", "the body of the request ended early");
