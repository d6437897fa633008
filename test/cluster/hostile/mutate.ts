// Inputs made of others: cut, doubled, spliced, with bytes changed.
import fc from "fast-check";

type Change =
  | { do: "cut"; from: number; length: number }
  | { do: "double"; from: number; length: number }
  | { do: "set"; at: number; byte: number }
  | { do: "insert"; at: number; bytes: Uint8Array }
  | { do: "splice"; at: number; other: number };

const place = fc.double({ min: 0, max: 1, noNaN: true });

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({
    do: fc.constant("cut" as const),
    from: place,
    length: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({
    do: fc.constant("double" as const),
    from: place,
    length: fc.integer({ min: 1, max: 40 }),
  }),
  fc.record({ do: fc.constant("set" as const), at: place, byte: fc.integer({ min: 0, max: 255 }) }),
  fc.record({
    do: fc.constant("insert" as const),
    at: place,
    bytes: fc.constantFrom(
      ...[
        "__proto__",
        "null",
        "{}",
        "[]",
        '"',
        "\\",
        "\u0000",
        "1e999",
        "-",
        ":",
        ",",
        "\ud800",
      ].map((text) => Buffer.from(text)),
    ),
  }),
  fc.record({ do: fc.constant("splice" as const), at: place, other: fc.nat(1000) }),
);

/** One of `seeds`, as it is or changed up to six times. */
export const mutated = (seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> =>
  fc
    .record({ seed: fc.nat(seeds.length - 1), changes: fc.array(change, { maxLength: 6 }) })
    .map(({ seed, changes }) =>
      changes.reduce((bytes, one) => changed(bytes, one, seeds), seeds[seed]!),
    );

export const mutatedText = (seeds: readonly string[]): fc.Arbitrary<string> =>
  mutated(seeds.map((text) => Buffer.from(text))).map((bytes) => Buffer.from(bytes).toString());

function changed(bytes: Uint8Array, one: Change, seeds: readonly Uint8Array[]): Uint8Array {
  const at = (part: number): number => Math.floor(part * bytes.length);
  switch (one.do) {
    case "cut": {
      const from = at(one.from);
      return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + one.length)]);
    }
    case "double": {
      const from = at(one.from);
      const end = Math.min(from + one.length, bytes.length);
      return Buffer.concat([bytes.subarray(0, end), bytes.subarray(from)]);
    }
    case "set": {
      const copy = Uint8Array.from(bytes);
      if (copy.length > 0) copy[Math.min(at(one.at), copy.length - 1)] = one.byte;
      return copy;
    }
    case "insert": {
      const where = at(one.at);
      return Buffer.concat([bytes.subarray(0, where), one.bytes, bytes.subarray(where)]);
    }
    case "splice": {
      const other = seeds[one.other % seeds.length]!;
      return Buffer.concat([
        bytes.subarray(0, at(one.at)),
        other.subarray(Math.floor(one.at * other.length)),
      ]);
    }
  }
}
