// Definitions that nobody here wrote: those of widely used projects, taken from their Go modules when the test runs, are
// applied, and an object that their schemas ask for is made of each.
import assert from "node:assert/strict";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { startCluster, type TestCluster } from "../../src/main/testing.ts";
import type { ApiObject } from "../../src/schema/kind.ts";
import { customResourceDefinitions } from "../../src/schema/resources.ts";
import { StatusError } from "../../src/schema/status-error.ts";
import type {
  CustomResourceDefinition,
  JSONSchemaProps,
} from "../../src/schema/types/apiextensions-v1.ts";
import { customResource } from "../../src/sdk/custom-resource.ts";
import { run } from "../e2e/machine.ts";

/** Where each project keeps its definitions. */
const projects: Readonly<Record<string, { module: string; files: string; least: number }>> = {
  "cert-manager": {
    module: "github.com/cert-manager/cert-manager@v1.21.2",
    files: "deploy/crds/*.yaml",
    least: 6,
  },
  Crossplane: {
    module: "github.com/crossplane/crossplane@v1.20.0",
    files: "cluster/crds/*.yaml",
    least: 10,
  },
  "Gateway API": {
    module: "sigs.k8s.io/gateway-api@v1.4.0",
    files: "config/crd/standard/*.yaml",
    least: 4,
  },
  Istio: {
    module: "istio.io/api@v1.31.4",
    files: "kubernetes/customresourcedefinitions.gen.yaml",
    least: 10,
  },
  Knative: {
    module: "knative.dev/serving@v0.51.0",
    files: "config/core/300-resources/*.yaml",
    least: 6,
  },
  Kyverno: {
    module: "github.com/kyverno/kyverno@v1.19.1",
    files: "config/crds/**/*.yaml",
    least: 15,
  },
  "Prometheus operator": {
    module: "github.com/prometheus-operator/prometheus-operator@v0.85.0",
    files: "example/prometheus-operator-crd/*.yaml",
    least: 10,
  },
};

const namespace = "default";

/** The folder of a module; a text in `skip` says why there is none. */
async function folderOf(module: string): Promise<{ folder: string } | { skip: string }> {
  const place = join(tmpdir(), "cox-modules");
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, "go.mod"), "module modules\n\ngo 1.26\n");
  const args = ["-C", place, "mod", "download", "-json", module];
  const { code, stdout, stderr } = await run("go", args, { timeoutMs: 300_000 });
  if (code !== 0) return { skip: `cannot get ${module}: ${`${stderr}${stdout}`.slice(0, 300)}` };
  return { folder: (JSON.parse(stdout) as { Dir: string }).Dir };
}

function definitionsIn(folder: string, files: string): CustomResourceDefinition[] {
  return globSync(files, { cwd: folder })
    .sort()
    .flatMap((file) => parseAllDocuments(readFileSync(join(folder, file), "utf8")))
    .map((document) => document.toJS() as CustomResourceDefinition & { kind?: string })
    .filter((one) => one?.kind === "CustomResourceDefinition");
}

/** The least value that a schema takes: what it requires, and no more. */
function leastValue(schema: JSONSchemaProps = {}): unknown {
  if (schema.default !== undefined) return schema.default;
  if (schema.enum?.length) return schema.enum[0];
  switch (schema.type) {
    case "array": {
      const items = schema.items as JSONSchemaProps | undefined;
      return Array.from({ length: schema.minItems ?? 0 }, () => leastValue(items));
    }
    case "boolean":
      return false;
    case "integer":
    case "number":
      return Math.max(schema.minimum ?? 1, 1);
    case "object": {
      const names = schema.required ?? [];
      const properties = schema.properties ?? {};
      return Object.fromEntries(names.map((name) => [name, leastValue(properties[name])]));
    }
    case "string":
      if (schema.format === "byte") return "YQ==";
      return schema.format === "date-time"
        ? "2026-01-01T00:00:00Z"
        : "a".repeat(schema.minLength ?? 1);
    default:
      return schema["x-kubernetes-int-or-string"] ? 1 : {};
  }
}

type Tally = { made: number; refused: string[] };

/** Makes an object of each served version. What its rules refuse is no failure of ours, but must be told as such. */
async function makeOne(
  { client }: TestCluster,
  { spec }: CustomResourceDefinition,
  tally: Tally,
): Promise<void> {
  for (const version of spec.versions) {
    if (!version.served) continue;
    const scope = spec.scope === "Cluster" ? "Cluster" : "Namespaced";
    const { kind, plural } = spec.names;
    const names = { group: spec.group, version: version.name, kind, plural };
    const resource = customResource<ApiObject>({ ...names, scope });
    const least = leastValue({ required: ["spec"], ...version.schema?.openAPIV3Schema }) as object;
    const metadata = {
      name: `one-${version.name}`,
      ...(scope === "Namespaced" ? { namespace } : {}),
    };
    try {
      const object = await client.create(resource, { ...least, metadata });
      await client.get(resource, { name: metadata.name, namespace: object.metadata.namespace });
      tally.made++;
    } catch (error) {
      if (!(error instanceof StatusError) || error.code !== 422) throw error;
      tally.refused.push(`${plural}.${version.name}: ${error.message}`);
    }
    const { items } = await client.list(resource);
    assert.ok(items.length <= spec.versions.length);
  }
}

for (const [name, { module, files, least }] of Object.entries(projects)) {
  test(`the definitions of ${name} install and work`, async (t) => {
    const found = await folderOf(module);
    if ("skip" in found) return t.skip(found.skip);
    const definitions = definitionsIn(found.folder, files);
    assert.ok(definitions.length >= least, `${definitions.length} definitions in ${module}`);
    await using cluster = await startCluster({ controllers: false });
    const { client } = cluster;
    for (const one of definitions) await client.create(customResourceDefinitions, one);
    const cache = await cluster.cache(customResourceDefinitions);
    const isServed = ({ status }: CustomResourceDefinition): boolean =>
      status?.conditions?.some((c) => c.type === "Established" && c.status === "True") ?? false;
    await cluster.until(() => cache.list().every(isServed));
    const structural = cache
      .list()
      .flatMap(({ status }) => status?.conditions ?? [])
      .filter(({ type }) => type === "NonStructuralSchema");
    assert.deepEqual(structural, []);
    const tally: Tally = { made: 0, refused: [] };
    for (const one of definitions) await makeOne(cluster, one, tally);
    t.diagnostic(`${definitions.length} definitions, ${tally.made} objects`);
    for (const refused of tally.refused)
      t.diagnostic(`refused by its own rules: ${refused.slice(0, 200)}`);
    assert.ok(tally.made > tally.refused.length, tally.refused.join("\n"));
  });
}
