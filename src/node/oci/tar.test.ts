import assert from "node:assert/strict";
import { test } from "node:test";
import { pauseArchive } from "./pause.ts";
import { type TarEntry, tar } from "./tar.ts";

const common = { mode: 0o755, modifiedSeconds: 1 };

/** Names, types and sizes, as any reader of tar sees them. */
function read(bytes: Uint8Array): string[] {
  const found: string[] = [];
  const text = (at: number, length: number): string =>
    Buffer.from(bytes.subarray(at, at + length))
      .toString("latin1")
      .replace(/\0.*$/s, "");
  let long = "";
  for (let at = 0; bytes[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    const type = text(at + 156, 1);
    const header = Uint8Array.from(bytes.subarray(at, at + 512)).fill(32, 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    assert.equal(Number.parseInt(text(at + 148, 8), 8), sum, "checksum");
    if (type === "L") long = text(at + 512, size);
    else {
      found.push(
        `${type} ${long || text(at, 100)} ${size}${type === "2" ? ` ${text(at + 157, 100)}` : ""}`,
      );
      long = "";
    }
    at += 512 + Math.ceil(size / 512) * 512;
  }
  return found;
}

test("entries are there with their kind and size", () => {
  const deep = `${"d/".repeat(60)}f`;
  const entries: TarEntry[] = [
    { is: "folder", path: "bin", ...common },
    { is: "file", path: "bin/a", data: Buffer.alloc(513), ...common },
    { is: "link", path: "bin/b", target: "a", ...common },
    { is: "file", path: deep, data: Buffer.alloc(0), ...common },
  ];
  assert.deepEqual(read(tar(entries)), ["5 bin/ 0", "0 bin/a 513", "2 bin/b 0 a", `0 ${deep} 0`]);
});

test("the pause image is the same bytes each time, and there for both machines", () => {
  for (const arch of ["x64", "arm64"]) {
    const [a, b] = [pauseArchive(arch), pauseArchive(arch)];
    assert.ok(a && b && Buffer.compare(a, b) === 0);
    const names = read(a).map((line) => line.split(" ")[1]);
    assert.ok(names.includes("oci-layout") && names.includes("index.json"));
  }
  assert.equal(pauseArchive("riscv64"), undefined);
});
