import assert from "node:assert/strict";
import { test } from "node:test";
import { examine, type Look, whyNoRealNode } from "./doctor.ts";

const everything: Look = {
  command: () => true,
  file: () => true,
  isLinux: true,
  isRoot: true,
  capabilities: (1n << 12n) | (1n << 21n),
};
const without = (...names: string[]) => ({ command: (name: string) => !names.includes(name) });

test("why no real node can run is one sentence with the way out", () => {
  const rows: [Partial<Look>, RegExp][] = [
    [{}, /^$/],
    [{ isLinux: false, isRoot: false }, /^it needs Linux \(elsewhere, a virtual machine/],
    [{ isRoot: false }, /^it needs root \(run coxswain as root, such as with sudo\)$/],
    [{ capabilities: 1n << 21n }, /^it needs the rights .* networks \(run this container privi/],
    [{ file: (path) => !path.startsWith("/sys") }, /^it needs control groups \(mount -t cgroup2 /],
    [
      without("containerd"),
      /^containerd is missing; install with: coxswain doctor --install-missing$/,
    ],
    [without("runc", "nft"), /^runc, nft are missing; install with: /],
    [{ isRoot: false, ...without("runc") }, /^it needs root/],
  ];
  for (const [look, why] of rows) assert.match(whyNoRealNode({ ...everything, ...look }, {}), why);
});

test("what is missing comes with the command of the machine's package manager", () => {
  const fix = (look: Partial<Look>, name: string) =>
    examine({ ...everything, ...look }).find((finding) => finding.name === name)?.fix;
  assert.match(fix(without("nft"), "nft") ?? "", /^apt-get update && .* nftables$/);
  assert.equal(fix(without("nft", "apt-get"), "nft"), "dnf install -y nftables");
  assert.equal(fix(without("ip", "apt-get", "dnf"), "ip"), "apk add iproute2");
  assert.equal(fix(without("nft", "apt-get", "dnf", "apk"), "nft"), undefined);
  assert.equal(fix({}, "nft"), undefined);
});
