// How long a quiet tenant waits while another process attacks, beside how long he waits in peace and beside a process that
// only keeps the machine busy: `node test/attack/quiet.ts [word in a table's title]`. Peace and attack take turns, so that
// what else the machine does meets both. `ATTACK_SECONDS=10` makes each turn longer, `ATTACK_ROUNDS=5` makes more of them.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import type { ClusterPki } from "../../src/main/pki/cluster-pki.ts";
import { furnish, quietMaps } from "./setting.ts";
import { tables } from "./tables.ts";
import { askerOf, startTarget, type Target } from "./target.ts";

const seconds = Number(process.env["ATTACK_SECONDS"] ?? 3);
const rounds = Number(process.env["ATTACK_ROUNDS"] ?? 3);
/** One request each so often, whether the last one is answered or not. */
const everyMs = 10;
/** Rows that run at the same time. */
const attackers = 2;

const busy = "nothing, on a busy machine";

type Waits = { readonly p50: number; readonly p99: number; readonly most: number };

function waitsOf(all: number[]): Waits {
  all.sort((a, b) => a - b);
  const at = (share: number): number =>
    all[Math.min(all.length - 1, Math.ceil(all.length * share))]!;
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}

/** Adds the waits of one turn, ms, to `all`. */
async function wait(target: Target, all: number[]): Promise<void> {
  const asked: Promise<void>[] = [];
  const begun = performance.now();
  for (let due = 0; due < seconds * 1000; due += everyMs) {
    const ahead = begun + due - performance.now();
    if (ahead > 0) await new Promise((resolve) => setTimeout(resolve, ahead));
    asked.push(
      target.ask(`GET ${quietMaps}/same`, { as: "quinn" }).then(({ status }) => {
        if (status !== 200) throw new Error(`the quiet tenant got ${status}`);
        all.push(performance.now() - begun - due);
      }),
    );
  }
  await Promise.all(asked);
}

/** The part of this program that attacks: rows of one table, again and again, until it is ended. */
async function attack(title: string, port: number, pki: ClusterPki): Promise<void> {
  process.on("disconnect", () => process.exit());
  if (title === busy)
    for (;;) {
      const end = performance.now() + everyMs;
      while (performance.now() < end) JSON.parse(JSON.stringify({ a: [1, 2, 3] }));
      await new Promise((resolve) => setImmediate(resolve));
    }
  const nothing = { heapBytes: 0, stallMs: 0, paceMs: 0, faults: [], polluted: [], log: [] };
  const target: Target = {
    ...askerOf(port, pki),
    told: () => Promise.resolve(nothing),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const { rows } = tables.find((table) => table.title === title)!;
  let next = 0;
  const one = async (): Promise<never> => {
    for (;;) await rows[next++ % rows.length]!.run(target).catch(() => {});
  };
  await Promise.all(Array.from({ length: attackers }, one));
}

async function measured(target: Target, title: string): Promise<void> {
  const [peace, attacked]: [number[], number[]] = [[], []];
  let ownMs = 0;
  for (let round = 0; round < rounds; round++) {
    await wait(target, peace);
    const child: ChildProcess = fork(import.meta.filename, [], { stdio: ["ignore", 2, 2, "ipc"] });
    child.send({ title, port: target.port, pki: target.pki });
    // Its own start is no attack.
    await new Promise((resolve) => setTimeout(resolve, startMs));
    const before = process.cpuUsage();
    await wait(target, attacked);
    const own = process.cpuUsage(before);
    ownMs += (own.user + own.system) / 1000;
    child.kill("SIGKILL");
    await once(child, "exit");
  }
  const ms = (value: number): string => value.toFixed(1).padStart(7);
  const shown = ({ p50, p99, most }: Waits): string => `${ms(p50)}${ms(p99)}${ms(most)}`;
  const share = Math.round(ownMs / (rounds * seconds * 10));
  const [quiet, loud] = [waitsOf(peace), waitsOf(attacked)];
  console.log(
    `${title.padEnd(28)}${shown(quiet)}  ${shown(loud)}  x${(loud.p99 / quiet.p99).toFixed(1)} (own ${share} %)`,
  );
}

const startMs = 1000;

if (process.send !== undefined)
  process.once(
    "message",
    ({ title, port, pki }: { title: string; port: number; pki: ClusterPki }) => {
      void attack(title, port, pki);
    },
  );
else {
  const target = await startTarget();
  try {
    await furnish(target);
    const only = process.argv[2] ?? "";
    console.log("ms                            in peace: p50, p99, most; attacked: the same");
    for (const title of [busy, ...tables.map((table) => table.title)])
      if (title.includes(only)) await measured(target, title);
  } finally {
    await target[Symbol.asyncDispose]();
  }
}
