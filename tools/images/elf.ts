// The shared libraries that a program or library for Linux asks for, and its interpreter.

export type Needs = { libraries: string[]; interpreter?: string };

const loadable = 1;
const dynamic = 2;
const interpreter = 3;

/** Undefined for what is no 64-bit little-endian ELF file. */
export function needsOf(bytes: Buffer): Needs | undefined {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2) return undefined;
  const at = (offset: number): number => Number(bytes.readBigUInt64LE(offset));
  const segments = Array.from({ length: bytes.readUInt16LE(56) }, (_, i) => {
    const s = at(32) + i * bytes.readUInt16LE(54);
    return {
      type: bytes.readUInt32LE(s),
      offset: at(s + 8),
      address: at(s + 16),
      size: at(s + 32),
    };
  });
  const text = (offset: number): string => bytes.toString("utf8", offset, bytes.indexOf(0, offset));
  const fileOffset = (address: number): number => {
    const s = segments.find(
      (one) => one.type === loadable && address >= one.address && address < one.address + one.size,
    );
    if (!s) throw new Error(`no segment holds address ${address}`);
    return address - s.address + s.offset;
  };
  const names: number[] = [];
  let strings = 0;
  for (const table of segments.filter((s) => s.type === dynamic)) {
    for (let entry = table.offset; entry < table.offset + table.size; entry += 16) {
      const tag = at(entry);
      if (tag === 1) names.push(at(entry + 8));
      if (tag === 5) strings = fileOffset(at(entry + 8));
    }
  }
  const program = segments.find((s) => s.type === interpreter);
  return {
    libraries: names.map((n) => text(strings + n)),
    ...(program ? { interpreter: text(program.offset) } : {}),
  };
}
