// Writes the resource tokens: one constant for every kind that v1.37 can serve.

import type { GroupFacts, KindFacts } from "../../src/schema/facts-format.ts";
import { pascal } from "./types.ts";

type Named = { readonly short: string; readonly facts: GroupFacts };
type Row = {
  readonly short: string;
  readonly facts: GroupFacts;
  readonly name: string;
  readonly kind: KindFacts;
};

/**
 * Published versions without a path in the API server: bodies of webhook calls, and versions that
 * were withdrawn.
 */
const unserved = [
  "io.k8s.api.imagepolicy.v1alpha1",
  "io.k8s.api.node.v1alpha1",
  "io.k8s.api.rbac.v1alpha1",
  "io.k8s.apimachinery.pkg.apis.meta.v1",
];
const minor = 37;

export function writeResources(named: readonly Named[]): string {
  const rows = named.flatMap(({ short, facts }) =>
    Object.entries(facts.types).flatMap(([name, type]): Row[] =>
      type.kind && isServed(facts, type.kind) ? [{ short, facts, name, kind: type.kind }] : [],
    ),
  );
  const tokens = new Map<string, Row>();
  for (const row of [...rows].sort(byPreference)) tokens.set(tokenName(row, tokens), row);
  const modules = new Set<string>();
  const lines = [...tokens]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([token, { short, facts, name, kind }]) => {
      const module = camel(short);
      modules.add(short);
      const fields = [
        `group: ${JSON.stringify(facts.group)}`,
        `version: ${JSON.stringify(facts.version)}`,
        `kind: ${JSON.stringify(name)}`,
        `plural: ${JSON.stringify(kind.plural)}`,
        `scope: ${kind.cluster ? '"Cluster"' : '"Namespaced"'}`,
        `type: ${JSON.stringify(`${facts.package}.${name}`)}`,
      ];
      return declaration(`export const ${token}: Resource<${module}.${name}> =`, fields);
    });
  const heads = [...modules]
    .sort()
    .map((short) => `import type * as ${camel(short)} from "./types/${short}.ts";`);
  return [
    "// A token for every kind that v1.37 can serve. Made by tools/facts/make.ts. Do not edit.",
    'import type { Resource } from "./resource.ts";',
    ...heads,
    "",
    ...lines,
    "",
  ].join("\n");
}

/** As the formatter would write it. */
function declaration(head: string, fields: readonly string[]): string {
  const tooLong = head.length + 2 > 100;
  const indent = tooLong ? "    " : "  ";
  const lines = fields.map((field) => `${indent}${field},\n`).join("");
  return tooLong ? `${head}\n  {\n${lines}  };` : `${head} {\n${lines}};`;
}

function isServed(facts: GroupFacts, kind: KindFacts): boolean {
  if (kind.plural === undefined) return false;
  if (unserved.includes(facts.package)) return false;
  return kind.removed === undefined || kind.removed[1] > minor;
}

/**
 * The bare plural belongs to the newest stable version, of the core group first; others get their
 * version behind.
 */
function byPreference(a: Row, b: Row): number {
  return rank(a) - rank(b) || (a.short + a.name < b.short + b.name ? -1 : 1);
}

function rank({ facts }: Row): number {
  const [, major, stage, step] = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(facts.version)!;
  const stages = { undefined: 0, beta: 1000, alpha: 2000 } as Record<string, number>;
  return (
    stages[String(stage)]! -
    Number(major) * 20 -
    Number(step ?? 0) +
    (facts.group === "" ? -500 : 0)
  );
}

function tokenName({ short, facts, name, kind }: Row, taken: ReadonlyMap<string, Row>): string {
  const tail = kind.plural!.slice(commonPrefix(name.toLowerCase(), kind.plural!));
  const bare = lowerAcronym(name.slice(0, kind.plural!.length - tail.length) + tail);
  const first = taken.get(bare);
  if (!first) return bare;
  if (first.facts.group !== facts.group) return bare + pascal(`in-${short.split("-")[0]!}`);
  return bare + pascal(facts.version);
}

const camel = (short: string): string => short.charAt(0) + pascal(short).slice(1);

const commonPrefix = (a: string, b: string): number => {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
};

/** `CSIDriver` is `csiDriver`, `ConfigMap` is `configMap`, `IPAddress` is `ipAddress`. */
const lowerAcronym = (name: string): string =>
  name.replace(/^([A-Z]+)(?=[A-Z][a-z]|$)|^[A-Z]/, (head) => head.toLowerCase());
