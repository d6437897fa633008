// Every kind, made and changed in every way. The rows are objects with all that their kind has, and with as little as
// upstream takes, and what kube-apiserver 1.37 filled in: `filled` by path, as in JSON Patch.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { shapeOf } from "../../src/schema/facts.ts";
import { builtinKinds } from "../../src/schema/kinds/index.ts";
import { readEnvelope } from "../../src/schema/protobuf.ts";
import { decodeProtobuf } from "../../src/schema/protobuf-decode.ts";
import type { Resource } from "../../src/schema/resource.ts";
import { semanticEqual } from "../../src/schema/semantic-equal.ts";
import { parseYaml } from "../../src/server/yaml.ts";
import { type ApiServer, turn } from "../kit/api-server.ts";
import { guardedServer } from "../kit/guarded-server.ts";

type Json = Record<string, unknown>;
// biome-ignore lint/suspicious/noExplicitAny: answers of all kinds
type Any = any;

type Row = {
  readonly kind: string;
  /** Of the collection. */
  readonly path: string;
  readonly given: Any;
  readonly filled: Readonly<Record<string, unknown>>;
  /** What its controller may report. */
  readonly status?: Json;
};

const folder = new URL("./kinds/", import.meta.url);
const rows = readdirSync(folder)
  .filter((name) => name.endsWith(".json"))
  .sort()
  .flatMap((name) => JSON.parse(readFileSync(new URL(name, folder), "utf8")) as Row[]);

async function cluster(): Promise<ApiServer> {
  const api = guardedServer();
  for (const name of ["default", "kinds"]) {
    await api.done("POST /api/v1/namespaces", { metadata: { name } });
    const account = { metadata: { name: "default" } };
    await api.done(`POST /api/v1/namespaces/${name}/serviceaccounts`, account);
  }
  return api;
}

/** What was given and what was filled in, without what differs from one server to the next. */
function expected({ given, filled }: Row): Json {
  const object = structuredClone(given);
  for (const [path, value] of Object.entries(filled)) {
    const keys = path.split("/").map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    let place = object;
    for (const [i, key] of keys.slice(0, -1).entries()) {
      place[key] ??= /^\d+$/.test(keys[i + 1]!) ? [] : {};
      place = place[key];
    }
    place[keys.at(-1)!] = value;
  }
  return object;
}

const times = /"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"/g;
const uids = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

function comparable(object: Any): Json {
  const { uid, creationTimestamp, resourceVersion, managedFields, namespace, ...metadata } =
    object.metadata ?? {};
  const text = JSON.stringify({ ...object, metadata });
  const named = text.replaceAll(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access");
  return JSON.parse(named.replaceAll(times, '"<time>"').replaceAll(uids, "<uid>"));
}

const at = ({ path, given }: Row): string => `${path}/${given.metadata.name}`;
const titled = (row: Row): string => `${row.kind} ${row.given.metadata.name}`;

async function made(row: Row): Promise<{ api: ApiServer; object: Any }> {
  const api = await cluster();
  return { api, object: await api.done(`POST ${row.path}`, row.given) };
}

test("there are rows for every kind that can be made", () => {
  const known = new Set(rows.map(({ kind, path }) => `${kind} ${path.split("/").at(-1)}`));
  const missing = builtinKinds
    .filter(({ verbs, virtual, resource }) => verbs.includes("create") && !virtual && resource)
    .map(({ resource }) => `${resource.kind} ${resource.plural}`)
    .filter((name) => !known.has(name));
  assert.deepEqual([...new Set(missing)].sort(), elsewhere);
});

/** Kinds that have tests of their own: definitions and aggregated servers, certificates, bindings. */
const elsewhere = [
  "APIService apiservices",
  "CertificateSigningRequest certificatesigningrequests",
  "ClusterTrustBundle clustertrustbundles",
  "CustomResourceDefinition customresourcedefinitions",
  "PodCertificateRequest podcertificaterequests",
];

test("what is left out is filled in as upstream does", async () => {
  for (const row of rows) {
    // A dry run is given upstream's address, and not one by chance.
    const api = await cluster();
    const object = await api.done(`POST ${row.path}?dryRun=All`, row.given);
    assert.deepEqual(comparable(object), comparable(expected(row)), titled(row));
  }
});

test("an object reads the same in every representation", async () => {
  for (const row of rows) {
    const { api, object } = await made(row);
    const title = titled(row);
    const read = (accept: string) => api.ask(`GET ${at(row)}`, undefined, { accept });
    const stored = (await read("application/json")).body;
    assert.ok(semanticEqual(stored.metadata.uid, object.metadata.uid), title);
    assert.deepEqual(parseYaml((await read("application/yaml")).bytes).value, stored, title);

    const { apiVersion, kind, raw } = readEnvelope(
      (await read("application/vnd.kubernetes.protobuf")).bytes,
    );
    assert.deepEqual([apiVersion, kind], [stored.apiVersion, stored.kind], title);
    const { type } = builtinKinds.map(({ resource }) => resource).find(isOf(row))!;
    const message = decodeProtobuf(shapeOf(type), raw) as Any;
    assert.equal(message.metadata.uid, stored.metadata.uid, title);
    const posted = await api.ask(
      `PUT ${at(row)}?dryRun=All`,
      Buffer.from((await read("application/vnd.kubernetes.protobuf")).bytes),
      {
        "content-type": "application/vnd.kubernetes.protobuf",
      },
    );
    assert.deepEqual(posted.body, stored, `${title} sent back as protobuf`);

    const table = (await read("application/json;as=Table;v=v1;g=meta.k8s.io")).body;
    assert.equal(table.kind, "Table", title);
    const { columns = [] } = kindOf(row);
    const headless = columns.filter((column) => column.headless).length;
    assert.equal(table.rows[0].cells.length, table.columnDefinitions.length + headless, title);
    assert.ok(
      table.rows[0].cells.includes(stored.metadata.name) || kindsWithoutName.has(row.kind),
      title,
    );
    const partial = (await read("application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"))
      .body;
    assert.equal(partial.kind, "PartialObjectMetadata", title);
    assert.deepEqual(partial.metadata, shownMetadata(row, stored.metadata), title);
  }
});

const kindOf = (row: Row) => builtinKinds.find(({ resource }) => isOf(row)(resource))!;

/** Without annotations that stand for fields. */
function shownMetadata(row: Row, { annotations, ...metadata }: Any): Json {
  const hidden = kindOf(row).fieldAnnotations ?? [];
  const left = Object.entries(annotations ?? {}).filter(([name]) => !hidden.includes(name));
  return left.length === 0 ? metadata : { ...metadata, annotations: Object.fromEntries(left) };
}

const isOf =
  ({ given }: Row) =>
  ({ group, version, kind }: Resource): boolean =>
    kind === given.kind && given.apiVersion === (group === "" ? version : `${group}/${version}`);

/** A table of events tells of what happened, not how it is called. */
const kindsWithoutName: ReadonlySet<string> = new Set(["Event"]);

const patches = [
  ["application/merge-patch+json", { metadata: { annotations: { merge: "1" } } }],
  ["application/strategic-merge-patch+json", { metadata: { annotations: { strategic: "1" } } }],
  ["application/json-patch+json", [{ op: "add", path: "/metadata/annotations/json", value: "1" }]],
] as const;

test("patches of every type change an object, and only what they name", async () => {
  for (const row of rows) {
    const { api } = await made(row);
    const before = await api.done(`GET ${at(row)}`);
    const same = await api.done(`PUT ${at(row)}`, before);
    const title = titled(row);
    assert.deepEqual(same, before, `${title}: an update with what was read changes nothing`);
    for (const [type, patch] of patches)
      await api.done(`PATCH ${at(row)}`, patch, { "content-type": type });
    const { apiVersion, kind } = row.given;
    const applied = { apiVersion, kind, metadata: { annotations: { apply: "1" } } };
    await api.done(`PATCH ${at(row)}?fieldManager=applier`, applied, {
      "content-type": "application/apply-patch+yaml",
    });
    const after = await api.done(`GET ${at(row)}`);
    const { json, merge, strategic, apply, ...others } = after.metadata.annotations;
    assert.deepEqual(
      { json, merge, strategic, apply },
      { json: "1", merge: "1", strategic: "1", apply: "1" },
    );
    const rest = { ...after, metadata: { ...after.metadata, annotations: others } };
    if (Object.keys(others).length === 0) delete rest.metadata.annotations;
    // Kinds that count changes of their metadata, too.
    rest.metadata.generation = before.metadata.generation;
    assert.deepEqual(comparable(rest), comparable(before), title);
    const managers = after.metadata.managedFields.map((m: Any) => `${m.manager} ${m.operation}`);
    assert.ok(managers.includes("applier Apply"), title);
  }
});

test("the status is written by its own path, and nothing else is", async () => {
  let count = 0;
  for (const row of rows) {
    if (row.status === undefined) continue;
    count++;
    const { api } = await made(row);
    const title = titled(row);
    const object = await settled(api, row);
    const main = await api.done(`PUT ${at(row)}`, {
      ...object,
      metadata: bare(object),
      status: row.status,
    });
    assert.deepEqual(
      main.status,
      object.status,
      `${title}: the object's own path leaves the status`,
    );
    const changed = {
      ...object,
      metadata: bare(await settled(api, row)),
      spec: { ...object.spec, ...(object.spec === undefined ? {} : { unknownField: 1 }) },
      status: row.status,
    };
    const written = await api.done(`PUT ${at(row)}/status`, changed);
    assert.deepEqual(written.spec, object.spec, `${title}: the status' path leaves the spec`);
    assert.equal(written.metadata.generation, object.metadata.generation, title);
    for (const field of Object.keys(row.status)) {
      const value = row.status[field];
      const empty = value === 0 || value === "" || (Array.isArray(value) && value.length === 0);
      assert.ok(
        empty || field in written.status || dropped.has(field),
        `${title}: status.${field}`,
      );
    }
  }
  assert.ok(count > 20);
});

/** The object once the server itself has had its say: the usage of a quota comes by itself. */
async function settled(api: ApiServer, row: Row): Promise<Any> {
  for (;;) {
    const before = await api.done(`GET ${at(row)}`);
    await turn();
    const after = await api.done(`GET ${at(row)}`);
    if (before.metadata.resourceVersion === after.metadata.resourceVersion) return after;
  }
}

const bare = ({ metadata: { name, namespace, resourceVersion } }: Any): Json => ({
  name,
  namespace,
  resourceVersion,
});

/** Behind gates that are off by default. */
const dropped: ReadonlySet<string> = new Set([]);
