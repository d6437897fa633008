// Our OpenAPI documents against those that upstream publishes with its sources: every path,
// operation, parameter and definition. Left aside: prose, values of enums (the published documents
// leave them out), CBOR, and ways of writing.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Subresource, Verb } from "../../src/schema/kind.ts";
import { type Published, rootOf } from "../../src/schema/openapi-operation.ts";
import type { GroupVersion, Json } from "../../src/schema/openapi-schemas.ts";
import { openApiV2 } from "../../src/schema/openapi-v2.ts";
import { openApiV3 } from "../../src/schema/openapi-v3.ts";
import * as resources from "../../src/schema/resources.ts";
import { cachedModule } from "./published-api.ts";

type Item = Record<string, Json>;
type Document = { paths: Record<string, Item>; components: { schemas: Json } };

const kubernetes = cachedModule("k8s.io/kubernetes", "v1.37.2");
const skip = kubernetes === undefined && "Go, or its module k8s.io/kubernetes, is not there";
const folder = join(kubernetes ?? "", "api", "openapi-spec");
const options = { release: "1.37" };

const read = (file: string): Document => JSON.parse(readFileSync(join(folder, file), "utf8"));

/** Group versions whose documents are there, with them. */
function* documents(): Generator<{ version: GroupVersion; document: Document }> {
  for (const file of readdirSync(join(folder, "v3"))) {
    const match = /^(?:api|apis__(.+))__(v\d\w*)_openapi\.json$/.exec(file);
    if (!match) continue;
    const version = { group: match[1] ?? "", version: match[2]! };
    yield { version, document: read(join("v3", file)) };
  }
}

const verbOf: Readonly<Record<string, Subresource["verbs"][number]>> = {
  get: "get",
  put: "update",
  patch: "patch",
  post: "create",
  delete: "delete",
};

const methodsOf = (item: Item | undefined): string[] =>
  Object.keys(item ?? {}).filter((key) => key !== "parameters");

/** What the document serves of every kind of its group version. */
function publishedIn({ group, version }: GroupVersion, { paths }: Document): Published[] {
  const root = rootOf({ group, version });
  const own = Object.values(resources).filter((r) => r.group === group && r.version === version);
  return own.map((resource): Published => {
    const { plural, scope, kind } = resource;
    const collection = `${root}/${scope === "Namespaced" ? "namespaces/{namespace}/" : ""}${plural}`;
    const object = `${collection}/{name}`;
    const verbs: Verb[] = [];
    const collective: Record<string, Verb> = {
      get: "list",
      post: "create",
      delete: "deletecollection",
    };
    for (const method of methodsOf(paths[collection])) verbs.push(collective[method]!);
    for (const method of methodsOf(paths[object])) verbs.push(verbOf[method] as Verb);
    if (paths[object.replace(root, `${root}/watch`)]) verbs.push("watch");
    const below = Object.keys(paths).filter(
      (path) => path.startsWith(`${object}/`) && !path.endsWith("{path}"),
    );
    const subresources = below.map((path): Subresource => {
      const methods = methodsOf(paths[path]);
      const body = paths[path]![methods[0]!]!["x-kubernetes-group-version-kind"] as never;
      return {
        name: path.slice(object.length + 1),
        verbs: methods.flatMap((method) => verbOf[method] ?? []),
        ...((body as Json)["kind"] !== kind && { body }),
      };
    });
    const answer = JSON.stringify(paths[object]?.["delete"]?.["responses"] ?? 'meta.v1.Status"');
    return {
      resource: resource as never,
      verbs,
      subresources,
      returnsDeleted: !/meta\.v1\.Status"/.test(answer),
    };
  });
}

/** In one form of writing: keys sorted, nothing of what the head of this file leaves aside. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => !/cbor/.test(String(item))).map(plain);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as Json).filter(([key, inner]) => {
    if (key === "description") return typeof inner !== "string";
    if (key === "enum" || key === "x-kubernetes-unions" || /cbor/.test(key)) return false;
    if (key === "x-kubernetes-list-type") return (value as Json)["type"] === "array";
    return !(key === "x-kubernetes-map-type" && inner === "granular");
  });
  const kept = Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  const [only] =
    Array.isArray(kept["allOf"]) && entries.length === 1 ? (kept["allOf"] as Json[]) : [];
  if (only) return only;
  return Object.fromEntries(Object.entries(kept).map(([key, inner]) => [key, plain(inner)]));
}

function assertSame(ours: Json, theirs: Json, where: string): void {
  for (const key of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
    assert.deepEqual(plain(ours[key]), plain(theirs[key]), `${where}: ${key}`);
  }
}

test("version 3: every group version", { skip }, () => {
  let count = 0;
  for (const { version, document } of documents()) {
    const ours = JSON.parse(
      openApiV3(version, publishedIn(version, document), options),
    ) as Document;
    const where = `${version.group}/${version.version}`;
    assertSame(ours.paths, document.paths, where);
    assertSame(ours.components.schemas, document.components.schemas, where);
    count++;
  }
  assert.ok(count > 30, `${count} documents`);
});

test("version 2: the definitions of everything", { skip }, () => {
  const published = [...documents()].flatMap(({ version, document }) =>
    publishedIn(version, document),
  );
  const ours = openApiV2(published, options)["definitions"] as Json;
  const theirs = (read("swagger.json") as unknown as Json)["definitions"] as Json;
  for (const name of Object.keys(ours)) {
    // Upstream lists groups there that are not served.
    if (/\.(DeleteOptions|WatchEvent)$/.test(name)) continue;
    assert.deepEqual(plain(ours[name]), plain(theirs[name]), name);
  }
});
