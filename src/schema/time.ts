// Moments in the API's text form. Reading what clients send is decoding's (`decode-time.ts`); this
// is for our own.
import { timeParts } from "./decode-time.ts";

/** `ms` since 1970 as `2006-01-02T15:04:05Z`; the part of a second is cut off. */
export function printTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
  }
  return lastText;
}

// Within a second all objects get the same text.
let lastSecond = Number.NaN;
let lastText = "";

/** Milliseconds since 1970 of an RFC 3339 time; undefined when it is absent or none. */
export function timeMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  try {
    const { seconds, nanos } = timeParts(text);
    return seconds * 1000 + nanos / 1e6;
  } catch {
    return undefined;
  }
}
