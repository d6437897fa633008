// Short names for values: upstream's way (FNV-1a, written in letters that make no words), though not its numbers.
import { nameLetters } from "../lib/random.ts";

/** Up to ten letters that are safe in names; the same for the same JSON value, whatever the order of its fields. */
export function digest(value: unknown, salt = ""): string {
  const hash = fnv32a(new TextEncoder().encode(canonical(value) + salt));
  const letters = [...String(hash)].map((digit) => digit.charCodeAt(0) % nameLetters.length);
  return letters.map((at) => nameLetters[at]).join("");
}

function fnv32a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const sorted = fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(",")}}`;
}
