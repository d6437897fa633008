// JSON on the way in and out of a connection. What comes in is frozen, as every object of a client is.
import type { WatchEvent } from "../schema/api-request.ts";

const encoder = new TextEncoder();

export const encodeJson = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

/** The chunks as one text; a character may be cut between two of them. */
export function joinedText(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  let text = "";
  for (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

export const decodeJson = (chunks: readonly Uint8Array[]): unknown => {
  const text = joinedText(chunks);
  return text === "" ? undefined : frozen(JSON.parse(text));
};

/** Events of a watch: one JSON object a line. What came together stays together. */
export async function* decodeEvents(
  batches: AsyncIterable<readonly Uint8Array[]>,
): AsyncIterable<readonly WatchEvent[]> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunks of batches) {
    for (const chunk of chunks) rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    const events = lines.filter((l) => l !== "").map((l) => frozen(JSON.parse(l)) as WatchEvent);
    if (events.length > 0) yield events;
  }
}

/** Freezes a value that came from JSON, all the way down. */
function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
