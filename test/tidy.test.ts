// House rules that no other tool knows.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";

const sources = globSync("src/**/*.ts")
  .filter((file) => !/\/(types|facts)\//.test(file) && file !== "src/schema/resources.ts")
  .sort();
const isTest = (file: string): boolean => file.endsWith(".test.ts");
const program = sources.filter((file) => !isTest(file));
const text = (file: string): string => readFileSync(file, "utf8");
const lines = (file: string): string[] => text(file).split("\n");

test("files end before 600 lines, tests before 800", () => {
  const tooLong = sources.filter((file) => lines(file).length > (isTest(file) ? 800 : 600));
  assert.deepEqual(tooLong, []);
});

test("no folder or file is a drawer for everything", () => {
  const drawers = /(^|\/)(utils?|helpers?|common|types|misc|shared)(\.ts|\/)/;
  assert.deepEqual(
    program.filter((file) => drawers.test(file)),
    [],
  );
});

test("only sdk/index.ts gathers exports", () => {
  const barrels = program.filter(
    (f) => f.endsWith("/index.ts") && /^export \* from/m.test(text(f)),
  );
  assert.deepEqual(barrels, []);
});

test("names say what a thing holds or does", () => {
  const empty = /\b(class|type|interface) \w*(Manager|Helper|Util|Utils|Impl|Base)\b/;
  const found = program.flatMap((f) =>
    lines(f)
      .filter((l) => empty.test(l))
      .map((l) => `${f}: ${l}`),
  );
  assert.deepEqual(found, []);
});

/** Where the world itself is made, or is the point of the file. */
const worldly = [
  /^src\/(main|cli|sdk)\//,
  /^src\/lib\/system\.ts$/,
  /^src\/store\/node-disk\.ts$/,
  // The real machine and the real runtime; the agent sees them by argument.
  /^src\/node\/(linux|cri)\//,
];

test("time, chance and timers come in by argument", () => {
  const direct =
    /(?<![.\w])(Date\.now|Math\.random|setTimeout|setInterval|setImmediate)\(|new Date\(\)/;
  const found = program
    .filter((f) => !worldly.some((w) => w.test(f)))
    .flatMap((f) =>
      lines(f)
        .filter((l) => direct.test(l) && !/^\s*(\/\/|\*)/.test(l))
        .map((l) => `${f}: ${l.trim()}`),
    );
  assert.deepEqual(found, []);
});

test("no catch is empty", () => {
  const found = program.filter((f) => /catch\s*(\([^)]*\))?\s*\{\s*\}/.test(text(f)));
  assert.deepEqual(found, []);
});

test("where an error goes no further, a comment within three lines says why", () => {
  const found = program.flatMap((f) =>
    lines(f).flatMap((line, at, all) => {
      const near = all.slice(Math.max(at - 3, 0), at + 1);
      const isSilent = /\.catch\(\(\w*\) => \{\}\)/.test(line);
      return isSilent && !near.some((l) => /\/\/|\*\//.test(l)) ? [`${f}:${at + 1}`] : [];
    }),
  );
  assert.deepEqual(found, []);
});

test("what is exported is used elsewhere", () => {
  const readers = globSync("{src,test,tools,examples}/**/*.ts").filter(
    (f) => !f.includes("node_modules"),
  );
  const taken = new Set(readers.flatMap(takenBy));
  const found = program
    // What operators and tests import.
    .filter((f) => !/^src\/sdk\/(index|client|testing)\.ts$/.test(f))
    .flatMap((f) =>
      [...text(f).matchAll(/^export (?:async )?(?:const|let|function\*?|class) (\w+)/gm)].map(
        ([, name]) => `${f}: ${name}`,
      ),
    )
    .filter((name) => !taken.has(name) && !taken.has(name.replace(/\w+$/, "*")));
  assert.deepEqual(found, []);
});

/** `file: name` of all that a file imports from files beside it; `file: *` where it takes everything. */
function takenBy(file: string): string[] {
  const inside = text(file).matchAll(
    /(?:import|export) (?:type )?(\{[^}]*\}|\*(?: as \w+)?) from "(\.[^"]+)"/g,
  );
  const lazy = [...text(file).matchAll(/import\("(\.[^"]+)"\)/g)].map(([, from]) => ["*", from]);
  return [...[...inside].map(([, names, from]) => [names, from]), ...lazy].flatMap(
    ([names = "", from = ""]) => {
      const target = normalize(join(dirname(file), from));
      const parts = names.startsWith("*") ? ["*"] : names.replace(/[{}]/g, "").split(",");
      const nameOf = (part: string) =>
        part
          .trim()
          .replace(/^type /, "")
          .split(" as ")[0];
      return parts.map((part) => `${target}: ${nameOf(part)}`);
    },
  );
}

test("a layer cannot import upwards: the compiler refuses the fixture", () => {
  const run = spawnSync("node_modules/.bin/tsc", ["-b", "test/layers", "--force"], {
    encoding: "utf8",
  });
  assert.notEqual(run.status, 0);
  assert.match(run.stdout, /TS6307|TS6059/);
  assert.match(run.stdout, /store\.ts/);
});

test("every import of another folder is among the folder's references", () => {
  const found: string[] = [];
  for (const file of program) {
    const folder = file.split("/")[1] ?? "";
    const config = JSON.parse(text(`src/${folder}/tsconfig.json`)) as {
      references: { path: string }[];
    };
    const allowed = new Set([folder, ...config.references.map((r) => r.path.replace("../", ""))]);
    for (const [, path = ""] of text(file).matchAll(/from "(\.[^"]+)"/g)) {
      const target = normalize(join(dirname(file), path)).split("/")[1] ?? "";
      if (!allowed.has(target)) found.push(`${file} imports ${path}`);
    }
  }
  assert.deepEqual(found, []);
});

test("every runtime dependency has a decision record and an exact version", () => {
  const manifest = JSON.parse(text("package.json")) as { dependencies: Record<string, string> };
  const records = globSync("docs/decisions/*.md").map(text).join("\n");
  for (const [name, version] of Object.entries(manifest.dependencies)) {
    assert.match(version, /^\d+\.\d+\.\d+$/, `${name} is not pinned`);
    assert.ok(records.includes(`\`${name}\``), `${name} has no decision record`);
  }
});

test("the lock file records no addresses", () => {
  assert.doesNotMatch(text("package-lock.json"), /"resolved": "https?:/);
});

test("links of the documents lead somewhere", () => {
  for (const file of ["README.md", ...globSync("docs/**/*.md")]) {
    for (const [, target = ""] of text(file).matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      if (/^https?:/.test(target)) continue;
      assert.ok(existsSync(join(dirname(file), target)), `${file} links to ${target}`);
    }
  }
});
