// Go's durations: "1h30m", "1.5s", "300ms". Nanoseconds as a bigint, since they pass 2^53 after 104
// days.

import { DecodeError } from "./decode-place.ts";

const unitNanos: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

/** The duration as Go prints it. Throws a DecodeError for what is none. */
export const canonicalDuration = (text: string): string => durationText(durationNanos(text));

export function durationNanos(text: string): bigint {
  const bad = (): never => {
    throw new DecodeError(`time: invalid duration ${JSON.stringify(text)}`);
  };
  const match = /^([+-]?)(.*)$/s.exec(text)!;
  const body = match[2]!;
  if (body === "0") return 0n;
  if (body === "") return bad();
  let total = 0n;
  let rest = body;
  while (rest !== "") {
    const part = /^(\d{0,19})(?:\.(\d{0,30}))?([^\d.]*)/.exec(rest)!;
    const [whole, digits = "", fraction = "", unit = ""] = part;
    if (digits === "" && fraction === "") return bad();
    if (unit === "")
      throw new DecodeError(`time: missing unit in duration ${JSON.stringify(text)}`);
    const nanos = unitNanos[unit];
    if (nanos === undefined) {
      const quoted = `${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`;
      throw new DecodeError(`time: unknown unit ${quoted}`);
    }
    total += BigInt(digits || "0") * nanos;
    if (fraction !== "") total += (BigInt(fraction) * nanos) / 10n ** BigInt(fraction.length);
    if (total > 2n ** 63n) return bad();
    rest = rest.slice(whole.length);
  }
  const signed = match[1] === "-" ? -total : total;
  return signed > 2n ** 63n - 1n ? bad() : signed;
}

/** As Go prints: the largest unit that fits, `1h0m0s`, `1.5s`, `300ms`, `0s`. */
export function durationText(nanos: bigint): string {
  if (nanos === 0n) return "0s";
  const sign = nanos < 0n ? "-" : "";
  const n = nanos < 0n ? -nanos : nanos;
  if (n < 1_000n) return `${sign}${n}ns`;
  if (n < 1_000_000n) return `${sign}${decimal(n, 3)}µs`;
  if (n < 1_000_000_000n) return `${sign}${decimal(n, 6)}ms`;
  const seconds = n / 1_000_000_000n;
  const minutes = seconds / 60n;
  const tail = `${decimal(n - minutes * 60_000_000_000n, 9)}s`;
  if (minutes === 0n) return sign + tail;
  return minutes < 60n
    ? `${sign}${minutes}m${tail}`
    : `${sign}${minutes / 60n}h${minutes % 60n}m${tail}`;
}

/** `n` divided by 10^`digits`, without zeros at the end. */
function decimal(n: bigint, digits: number): string {
  const text = String(n).padStart(digits + 1, "0");
  const fraction = text.slice(-digits).replace(/0+$/, "");
  return text.slice(0, -digits) + (fraction === "" ? "" : `.${fraction}`);
}
