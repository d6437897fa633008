// Reads the declarations of one Go package out of gofmt'd sources: structs with tags and markers,
// named types and typed string constants. gofmt's regular layout makes lines enough; what does not
// fit is refused, not guessed.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type GoField = {
  /** Go name; of an embedded struct, the name of its type without the package. */
  readonly name: string;
  readonly embedded: boolean;
  readonly type: string;
  /** Value of the struct tag's `json` key, with its options. */
  readonly json: string;
  readonly protobuf: string;
  readonly patchStrategy: string;
  readonly patchMergeKey: string;
  /** Marker lines without the leading plus, e.g. `listType=map`. */
  readonly markers: readonly string[];
};

export type GoType = {
  readonly name: string;
  readonly markers: readonly string[];
  /** Of a struct. */
  readonly fields?: readonly GoField[];
  /** Of `type X Y` and `type X = Y`. */
  readonly underlying?: string;
  readonly alias: boolean;
};

export type GoPackage = {
  readonly types: ReadonlyMap<string, GoType>;
  /** Import paths by the name used in the sources. */
  readonly imports: ReadonlyMap<string, string>;
  /** Values of the typed string constants, by type: quoted, or the name of another constant. */
  readonly constants: ReadonlyMap<string, readonly string[]>;
  /** Value of each of them by its own name. */
  readonly values: ReadonlyMap<string, string>;
  readonly groupName: string;
  /** Full definition names by type name. */
  readonly models: ReadonlyMap<string, string>;
  /** Releases by type name, as [major, minor]. */
  readonly lifecycle: ReadonlyMap<string, Readonly<Record<string, readonly [number, number]>>>;
};

/** Reads every source file of the package in `dir`, tests left out. */
export function readGoPackage(dir: string): GoPackage {
  const types = new Map<string, GoType>();
  const imports = new Map<string, string>();
  const constants = new Map<string, Set<string>>();
  const values = new Map<string, string>();
  let groupName = "";
  let models = new Map<string, string>();
  let lifecycle: GoPackage["lifecycle"] = new Map();
  for (const file of readdirSync(dir).sort()) {
    if (!file.endsWith(".go") || file.endsWith("_test.go")) continue;
    const text = readFileSync(join(dir, file), "utf8");
    if (file === "zz_generated.model_name.go") models = readModelNames(text);
    else if (file === "zz_generated.prerelease-lifecycle.go") lifecycle = readLifecycle(text);
    groupName ||= /^\s*(?:const )?GroupName\s*=\s*"([^"]*)"/m.exec(text)?.[1] ?? "";
    if (/generated|_swagger_doc/.test(file)) continue;
    readImports(text, imports);
    readDeclarations(text.split("\n"), types, constants, values);
  }
  const sorted = new Map([...constants].map(([type, all]) => [type, [...all]]));
  return { types, imports, constants: sorted, values, groupName, models, lifecycle };
}

function readImports(text: string, imports: Map<string, string>): void {
  const block = /^import \(\n([\s\S]*?)^\)/m.exec(text)?.[1] ?? "";
  const single = /^import (.*)$/m.exec(text)?.[1] ?? "";
  for (const line of [...block.split("\n"), single]) {
    const match = /^\s*(\w+)?\s*"([^"]+)"/.exec(line);
    if (match) imports.set(match[1] ?? match[2]!.split("/").at(-1)!, match[2]!);
  }
}

function readDeclarations(
  lines: readonly string[],
  types: Map<string, GoType>,
  constants: Map<string, Set<string>>,
  values: Map<string, string>,
): void {
  let comments: string[] = [];
  let gap = 0;
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at]!;
    if (line.startsWith("//")) {
      comments.push(line);
      gap = 0;
      continue;
    }
    if (line === "" && gap === 0) {
      gap = 1;
      continue;
    }
    const constant =
      /^(?:\t|const )(\w+)\s+(\w+)\s*=\s*("[^"]*")/.exec(line) ??
      /^(?:\t|const )(\w+)\s*=\s*(\w+)\(("[^"]*"|[\w.]+)\)$/.exec(line);
    if (constant) {
      const [, name, type, value] = constant;
      constants.set(type!, (constants.get(type!) ?? new Set()).add(value!));
      values.set(name!, value!.replaceAll('"', ""));
    }
    const struct = /^type (\w+) struct ?\{(\})?$/.exec(line);
    const named = /^type (\w+) (= )?((?:\[\]|map\[|[\w.]).*?)(?:\s*\/\/.*)?$/.exec(line);
    const markers = markersOf(comments);
    if (struct) {
      const end = struct[2] ? at : lines.indexOf("}", at);
      const fields = readFields(lines.slice(at + 1, end));
      types.set(struct[1]!, { name: struct[1]!, markers, fields, alias: false });
      at = end;
    } else if (named && !/^(struct|interface|func)\b/.test(named[3]!)) {
      const [, name, alias, underlying] = named;
      types.set(name!, {
        name: name!,
        markers,
        underlying: underlying!,
        alias: alias !== undefined,
      });
    }
    comments = [];
    gap = 0;
  }
}

function readFields(lines: readonly string[]): GoField[] {
  const fields: GoField[] = [];
  let comments: string[] = [];
  for (const raw of lines) {
    const line = raw.trim();
    if (line.startsWith("//")) {
      comments.push(line);
      continue;
    }
    const match = /^(?:(\w+)\s+)?([\w.*[\]{}]+)\s+`([^`]*)`/.exec(line);
    if (match) {
      const [, name, type, tags] = match;
      fields.push({
        name: name ?? type!.replace(/^\*/, "").split(".").at(-1)!,
        embedded: name === undefined,
        type: type!,
        json: tag(tags!, "json"),
        protobuf: tag(tags!, "protobuf"),
        patchStrategy: tag(tags!, "patchStrategy"),
        patchMergeKey: tag(tags!, "patchMergeKey"),
        markers: markersOf(comments),
      });
    }
    comments = [];
  }
  return fields;
}

const tag = (tags: string, key: string): string =>
  new RegExp(`(?:^|\\s)${key}:"([^"]*)"`).exec(tags)?.[1] ?? "";

const markersOf = (comments: readonly string[]): string[] =>
  comments.flatMap((line) => /^\/\/\s*\+([A-Za-z].*?)\s*$/.exec(line)?.[1] ?? []);

function readModelNames(text: string): Map<string, string> {
  const pattern = /func \(in (\w+)\) OpenAPIModelName\(\) string \{\n\treturn "([^"]+)"/g;
  return new Map([...text.matchAll(pattern)].map((match) => [match[1]!, match[2]!]));
}

function readLifecycle(text: string): GoPackage["lifecycle"] {
  const releases = new Map<string, Record<string, readonly [number, number]>>();
  const pattern =
    /func \(in \*(\w+)\) APILifecycle(Introduced|Deprecated|Removed)\(\).*\{\n\treturn (\d+), (\d+)/g;
  for (const [, type, event, major, minor] of text.matchAll(pattern)) {
    const record = releases.get(type!) ?? {};
    record[event!.toLowerCase()] = [Number(major), Number(minor)];
    releases.set(type!, record);
  }
  return releases;
}
