// `npm run bench`: prints each figure that the project promises, with its target. Nothing is asserted: machines differ.
//   npm run bench -- get list                 only these
//   npm run bench -- --peers FOLDER get       beside kube-apiserver and etcd, whose binaries are in FOLDER
//   npm run bench -- store                    the store alone (see store.ts for its flags)
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Figure } from "./figure.ts";
import { figures, ours, peerFrom } from "./figures.ts";

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));
process.setMaxListeners(0);

const { values: flags, positionals } = parseArgs({
  options: { peers: { type: "string" } },
  allowPositionals: true,
});
const names = [...Object.keys(figures), "store"];
const unknown = positionals.find((name) => !names.includes(name));
if (unknown !== undefined) {
  console.error(`no figure "${unknown}"; there are ${names.join(", ")}`);
  process.exit(2);
}

for (const name of positionals.length === 0 ? names : positionals) {
  if (name === "store") {
    const peers = flags.peers === undefined ? [] : ["--peers", flags.peers];
    spawnSync(process.execPath, [join(import.meta.dirname, "store.ts"), ...peers], {
      stdio: "inherit",
    });
    continue;
  }
  const { measure, alone, on = ours } = figures[name]!;
  const own: Figure[] = [];
  for await (const figure of measure(on)) {
    own.push(figure);
    if (alone || flags.peers === undefined) print(figure);
  }
  if (alone || flags.peers === undefined) continue;
  for await (const theirs of measure(peerFrom(flags.peers))) {
    const figure = own.find(({ what }) => what === theirs.what);
    if (figure !== undefined) print(figure, theirs);
  }
}

function print({ what, value, unit, target, more }: Figure, theirs?: Figure): void {
  const line = `${what.padEnd(64)} ${shown(value).padStart(10)} ${unit.padEnd(4)} target ${target.padEnd(12)}`;
  if (theirs === undefined) {
    console.log(line.trimEnd());
    return;
  }
  const times = more ? value / theirs.value : theirs.value / value;
  console.log(`${line} peer ${shown(theirs.value).padStart(10)}, ${times.toFixed(1)} times`);
}

function shown(value: number): string {
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}
