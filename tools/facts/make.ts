// Makes the facts, the TypeScript types and the resource tokens from the published API definitions.
//
//   node tools/facts/make.ts [--out DIR]      DIR: where `facts/`, `types/` and `resources.ts` go
// (src/schema)

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { GroupFacts } from "../../src/schema/facts-format.ts";
import { assemble, type Source } from "./assemble.ts";
import { writeResources } from "./resources.ts";
import { writeTypes } from "./types.ts";

export const release = "v0.37.2";
const minor = Number(release.split(".")[1]);

const modules = {
  api: "k8s.io/api",
  machinery: "k8s.io/apimachinery",
  extensions: "k8s.io/apiextensions-apiserver",
  aggregator: "k8s.io/kube-aggregator",
};

/** Folder of a module in Go's cache, downloaded when it is not there. Throws where Go is absent. */
export function moduleDir(module: string): string {
  const out = execFileSync("go", ["mod", "download", "-json", `${module}@${release}`], {
    encoding: "utf8",
  });
  return (JSON.parse(out) as { Dir: string }).Dir;
}

/** Every file the tool makes, by path below the output folder. */
export function make(): Map<string, string> {
  const sources = findSources();
  const groups = assemble(sources);
  const files = new Map<string, string>();
  const named = sources.map((source, at) => ({ short: source.short, facts: groups[at]! }));
  const current = named.filter(isCurrent);
  for (const { short, facts } of current) files.set(`facts/${short}.json`, factsText(facts));
  files.set("facts/index.ts", indexText(named));
  for (const [path, text] of writeTypes(current)) files.set(path, text);
  files.set("resources.ts", writeResources(current));
  return files;
}

type Named = { readonly short: string; readonly facts: GroupFacts };

/** Whether the release serves a kind of the version; of the others only the kinds' names are kept. */
const isCurrent = ({ facts }: Named): boolean =>
  Object.values(facts.types).some(({ kind }) => kind && (kind.removed?.[1] ?? Infinity) > minor);

function findSources(): Source[] {
  const sources: Source[] = [];
  const api = moduleDir(modules.api);
  for (const group of readdirSync(api).sort()) {
    if (!/^[a-z]+$/.test(group) || group === "testdata") continue;
    for (const version of readdirSync(join(api, group)).sort()) {
      const dir = join(api, group, version);
      if (!existsSync(join(dir, "zz_generated.model_name.go"))) continue;
      sources.push({ short: `${group}-${version}`, path: `k8s.io/api/${group}/${version}`, dir });
    }
  }
  const add = (short: string, module: string, below: string) =>
    sources.push({ short, path: `${module}/${below}`, dir: join(moduleDir(module), below) });
  add("meta-v1", modules.machinery, "pkg/apis/meta/v1");
  add("apiextensions-v1", modules.extensions, "pkg/apis/apiextensions/v1");
  add("apiregistration-v1", modules.aggregator, "pkg/apis/apiregistration/v1");
  return sources;
}

/** One type a line, so that a change of the API is a readable change of the file. */
function factsText(facts: GroupFacts): string {
  const head = { group: facts.group, version: facts.version, package: facts.package };
  const types = Object.entries(facts.types).map(
    ([name, type]) => `${JSON.stringify(name)}:${JSON.stringify(type)}`,
  );
  return `${JSON.stringify(head).slice(0, -1)},"types":{\n${types.join(",\n")}\n}}\n`;
}

function indexText(named: readonly Named[]): string {
  const variable = (short: string) => short.replaceAll("-", "_");
  const current = named.filter(isCurrent);
  const imports = current.map(
    ({ short }) => `import ${variable(short)} from "./${short}.json" with { type: "json" };`,
  );
  const retired = named
    .filter((one) => !isCurrent(one))
    .map(({ facts: { group, version, types } }) => {
      const kinds = Object.keys(types).filter((name) => types[name]!.kind);
      return `  ${JSON.stringify(`${group}/${version}`)}:\n    "${kinds.join(" ")}",`;
    });
  const rows = current.map(({ short, facts }) => {
    const { group, version } = facts;
    const held = `facts: ${variable(short)} as never`;
    const entry = `{ group: "${group}", version: "${version}", ${held} }`;
    return `  ${JSON.stringify(facts.package)}: ${entry},`;
  });
  return [
    "// Made by tools/facts/make.ts. Do not edit.",
    'import type { FactsEntry } from "../facts-format.ts";',
    ...imports,
    "",
    "/** By the prefix of the definitions' full names, without versions that are no longer served. */",
    "export const groups: Readonly<Record<string, FactsEntry>> = {",
    ...rows,
    "};",
    "",
    "/** Kinds of versions that are no longer served, by group and version: what upstream still knows by name. */",
    "export const retired: Readonly<Record<string, string>> = {",
    ...retired,
    "};",
    "",
  ].join("\n");
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { out: { type: "string", default: "src/schema" } } });
  for (const folder of ["facts", "types"]) {
    rmSync(join(values.out, folder), { recursive: true, force: true });
    mkdirSync(join(values.out, folder), { recursive: true });
  }
  for (const [path, text] of make()) writeFileSync(join(values.out, path), text);
}
