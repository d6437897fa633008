// What kube-apiserver answers to the same attacks: `node test/attack/compare.ts [word in a row's name]` prints each row in
// which it says another status or reason than this server. Programs: see `peer-target.ts`.
import { startPeerTarget } from "./peer-target.ts";
import { type Row, shown } from "./row.ts";
import { furnish } from "./setting.ts";
import { tables } from "./tables.ts";
import { startTarget, type Target } from "./target.ts";

const rowMsMax = 40_000;
const only = process.argv[2] ?? "";

/** Status and reason of an answer, or what became of the connection. */
const gist = (line: string): string =>
  /^\d{3} [A-Z]\w+(?=:)|^\d{3}(?= |$)|^[\w ]+/.exec(line)?.[0] ?? line;

async function said(row: Row, target: Target): Promise<string> {
  const late = new Promise<string>((resolve) => {
    setTimeout(resolve, rowMsMax, `no answer in ${rowMsMax} ms`).unref();
  });
  const answer = row.run(target).catch((error: unknown) => `failed: ${error}`);
  return Promise.race([answer, late]);
}

const targets = await Promise.all([startTarget(), startPeerTarget()]);
let compared = 0;
let different = 0;
try {
  for (const target of targets) await furnish(target);
  for (const { title, rows } of tables)
    for (const row of rows) {
      if (!`${title}: ${row.name}`.includes(only)) continue;
      const [ours = "", theirs = ""] = await Promise.all(targets.map((t) => said(row, t)));
      compared++;
      if (gist(ours) === gist(theirs)) continue;
      different++;
      console.log(`${title}: ${row.name}\n  ours   ${shown(ours)}\n  theirs ${shown(theirs)}`);
    }
  console.log(`${compared} rows, ${different} answered otherwise`);
} finally {
  for (const target of targets) await target[Symbol.asyncDispose]();
}
process.exit();
