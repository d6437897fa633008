// Writes tar archives (ustar with GNU long names) whose bytes depend on the entries alone.

export type TarEntry = {
  /** Relative, `/` between parts, without a slash at the end. */
  readonly path: string;
  readonly mode: number;
  /** Whole seconds since 1970. */
  readonly modifiedSeconds: number;
} & (
  | { readonly is: "file"; readonly data: Uint8Array }
  | { readonly is: "folder" }
  | { readonly is: "link"; readonly target: string }
);

const block = 512;
const encoder = new TextEncoder();

export function tar(entries: Iterable<TarEntry>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    const path = entry.is === "folder" ? `${entry.path}/` : entry.path;
    addLong(parts, "L", path);
    if (entry.is === "link") addLong(parts, "K", entry.target);
    parts.push(header(path, entry));
    if (entry.is === "file") parts.push(...padded(entry.data));
  }
  parts.push(new Uint8Array(2 * block));
  return Buffer.concat(parts);
}

/** A name that does not fit the header goes before it, as the content of an entry of its own. */
function addLong(parts: Uint8Array[], type: "L" | "K", name: string): void {
  const bytes = encoder.encode(name);
  if (bytes.length <= 100) return;
  const data = new Uint8Array(bytes.length + 1);
  data.set(bytes);
  parts.push(rawHeader("././@LongLink", { mode: 0, size: data.length, time: 0, type, link: "" }));
  parts.push(...padded(data));
}

const types = { file: "0", link: "2", folder: "5" } as const;

function header(path: string, entry: TarEntry): Uint8Array {
  return rawHeader(path, {
    mode: entry.mode,
    size: entry.is === "file" ? entry.data.length : 0,
    time: entry.modifiedSeconds,
    type: types[entry.is],
    link: entry.is === "link" ? entry.target : "",
  });
}

type Raw = { mode: number; size: number; time: number; type: string; link: string };

function rawHeader(path: string, raw: Raw): Uint8Array {
  const bytes = new Uint8Array(block);
  const put = (at: number, lengthMax: number, value: string): void => {
    bytes.set(encoder.encode(value).subarray(0, lengthMax), at);
  };
  const octal = (at: number, length: number, value: number): void =>
    put(at, length, `${value.toString(8).padStart(length - 1, "0")}\0`);
  put(0, 100, path);
  octal(100, 8, raw.mode);
  octal(108, 8, 0);
  octal(116, 8, 0);
  octal(124, 12, raw.size);
  octal(136, 12, raw.time);
  put(148, 8, "        ");
  put(156, 1, raw.type);
  put(157, 100, raw.link);
  put(257, 8, "ustar  \0");
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  put(148, 8, `${sum.toString(8).padStart(6, "0")}\0 `);
  return bytes;
}

function padded(data: Uint8Array): Uint8Array[] {
  const rest = data.length % block;
  return rest === 0 ? [data] : [data, new Uint8Array(block - rest)];
}
