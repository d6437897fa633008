import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiServer } from "../kit/api-server.ts";
import { guardedServer } from "../kit/guarded-server.ts";
import {
  type Asked,
  type Reply,
  until,
  type WebhookServer,
  webhookServer,
} from "../kit/webhook-server.ts";

const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const at = (version: string): string => `/apis/example.com/${version}/namespaces/default/places`;

/** v1 has `hostPort`, v2 has `host` and `port`. */
const fields = {
  v1: { hostPort: { type: "string" } },
  v2: { host: { type: "string", default: "nowhere" }, port: { type: "string" } },
};

const versionOf = (name: "v1" | "v2", storage: boolean): object => ({
  name,
  served: true,
  storage,
  schema: { openAPIV3Schema: { type: "object", properties: fields[name] } },
});

const definition = (hook: WebhookServer, storage = "v1"): object => ({
  metadata: { name: "places.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: "places", kind: "Place", listKind: "PlaceList", singular: "place" },
    versions: [versionOf("v1", storage === "v1"), versionOf("v2", storage === "v2")],
    conversion: {
      strategy: "Webhook",
      webhook: {
        clientConfig: { url: `${hook.url}/convert`, caBundle: hook.caBundle },
        conversionReviewVersions: ["v1"],
      },
    },
  },
});

// biome-ignore lint/suspicious/noExplicitAny: objects of two versions
type Any = any;

function converted(object: Any, apiVersion: string): Any {
  const { hostPort, host, port, ...rest } = object;
  if (apiVersion === object.apiVersion) return object;
  if (apiVersion === "example.com/v1")
    return { ...rest, apiVersion, hostPort: `${host ?? ""}:${port ?? ""}` };
  const [name, number] = String(hostPort ?? ":").split(":");
  return { ...rest, apiVersion, host: name, port: number };
}

const reviewed = ({ body }: Asked, make: (object: Any, apiVersion: string) => Any): Reply => ({
  json: {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "ConversionReview",
    response: {
      uid: body.request.uid,
      result: { status: "Success" },
      convertedObjects: body.request.objects.map((object: Any) =>
        make(object, body.request.desiredAPIVersion),
      ),
    },
  },
});

const wellConverted = (asked: Asked): Reply => reviewed(asked, converted);

async function established(api: ApiServer, hook: WebhookServer): Promise<void> {
  await api.done("POST /api/v1/namespaces", { metadata: { name: "default" } });
  await api.done(`POST ${definitions}`, definition(hook));
  await until("the kind", async () => (await api.ask(`GET ${at("v1")}`)).status === 200);
}

const place = (name: string, version: "v1" | "v2", more: object): object => ({
  apiVersion: `example.com/${version}`,
  kind: "Place",
  metadata: { name },
  ...more,
});

test("An object is read, listed, watched and changed in every version", async () => {
  await using hook = await webhookServer(wellConverted);
  const api = guardedServer();
  await established(api, hook);
  await api.done(`POST ${at("v1")}`, place("a", "v1", { hostPort: "x:1" }));
  const other = await api.done(`GET ${at("v2")}/a`);
  assert.equal(other.apiVersion, "example.com/v2");
  assert.equal(other.host, "x");
  assert.equal(other.port, "1");
  assert.equal(other.hostPort, undefined);
  const made = await api.done(`POST ${at("v2")}`, place("b", "v2", { host: "y", port: "2" }));
  assert.equal(made.host, "y");
  assert.equal((await api.done(`GET ${at("v1")}/b`)).hostPort, "y:2");
  const { items } = await api.done(`GET ${at("v2")}`);
  assert.deepEqual(
    items.map(({ host, port }: Any) => `${host}:${port}`),
    ["x:1", "y:2"],
  );
  const watching = await api.watch(`${at("v2")}?watch=true`);
  await watching.seen();
  await api.done(
    `PATCH ${at("v2")}/a`,
    { port: "3" },
    { "content-type": "application/merge-patch+json" },
  );
  assert.equal((await api.done(`GET ${at("v1")}/a`)).hostPort, "x:3");
  let events: Any[] = [];
  await until("an event", async () => {
    events = (await watching.seen()).filter((e) => e.type === "MODIFIED");
    return events.length > 0;
  });
  assert.equal(events[0].object.port, "3");
  watching.close();
  await api.done(`DELETE ${at("v2")}/a`);
  assert.equal((await api.ask(`GET ${at("v1")}/a`)).status, 404);
});

test("A list asks once for all objects of another version, and for none of its own", async () => {
  await using hook = await webhookServer(wellConverted);
  const api = guardedServer();
  await established(api, hook);
  for (const name of ["a", "b", "c"])
    await api.done(`POST ${at("v1")}`, place(name, "v1", { hostPort: "x:1" }));
  assert.equal(hook.asked.length, 0);
  await api.done(`GET ${at("v2")}`);
  assert.equal(hook.asked.length, 1);
  assert.equal(hook.asked[0]!.body.request.objects.length, 3);
  await api.done(`GET ${at("v1")}`);
  assert.equal(hook.asked.length, 1);
});

test("Objects stored under an older storage version are converted to the new one and stored so when written", async () => {
  await using hook = await webhookServer(wellConverted);
  const api = guardedServer();
  await established(api, hook);
  await api.done(`POST ${at("v1")}`, place("a", "v1", { hostPort: "x:1" }));
  const current = await api.done(`GET ${definitions}/places.example.com`);
  const { spec } = definition(hook, "v2") as Any;
  await api.done(`PUT ${definitions}/places.example.com`, { ...current, spec });
  const changed = await api.done(`GET ${definitions}/places.example.com`);
  assert.deepEqual(changed.status.storedVersions, ["v1", "v2"]);
  assert.equal((await api.done(`GET ${at("v2")}/a`)).host, "x");
  const stored = (): string =>
    Buffer.from(api.store.get("/registry/example.com/places/default/a")!.value).toString();
  assert.match(stored(), /"apiVersion":"example.com\/v1"/);
  const object = await api.done(`GET ${at("v2")}/a`);
  await api.done(`PUT ${at("v2")}/a`, object);
  assert.match(stored(), /"apiVersion":"example.com\/v2"/);
  assert.equal((await api.done(`GET ${at("v1")}/a`)).hostPort, "x:1");
});

test("Owners of fields are told apart across versions", async () => {
  await using hook = await webhookServer(wellConverted);
  const api = guardedServer();
  await established(api, hook);
  const apply = { "content-type": "application/apply-patch+yaml" };
  await api.done(
    `PATCH ${at("v1")}/a?fieldManager=one`,
    place("a", "v1", { hostPort: "x:1" }),
    apply,
  );
  const taken = await api.done(
    `PATCH ${at("v2")}/a?fieldManager=two&force=true`,
    place("a", "v2", { host: "y" }),
    apply,
  );
  assert.equal(taken.host, "y");
  const managers = taken.metadata.managedFields.map(
    (entry: Any) => `${entry.manager} ${entry.apiVersion}`,
  );
  assert.ok(managers.includes("two example.com/v2"), managers.join());
});

const inside = "conversion webhook for example.com/v1, Kind=Place ";
const wrongs: { what: string; reply: (asked: Asked) => Reply; message: string | RegExp }[] = [
  {
    what: "drops the metadata",
    reply: (asked) => reviewed(asked, ({ metadata: _, ...rest }, v) => converted(rest, v)),
    message: `${inside}returned invalid object: must have the same name: a != `,
  },
  {
    what: "changes the name",
    reply: (asked) =>
      reviewed(asked, (object, v) => {
        const next = converted(object, v);
        return { ...next, metadata: { ...next.metadata, name: "other" } };
      }),
    message: `${inside}returned invalid object: must have the same name: a != other`,
  },
  {
    what: "leaves the version as it was",
    reply: (asked) => reviewed(asked, (object) => object),
    message: `${inside}returned invalid object at index 0: invalid groupVersion (expected example.com/v2, received example.com/v1)`,
  },
  {
    what: "returns nothing",
    reply: (asked) =>
      reviewed({ ...asked, body: { request: { ...asked.body.request, objects: [] } } }, converted),
    message: `${inside}returned 0 objects, expected 1`,
  },
  {
    what: "refuses",
    reply: ({ body }) => ({
      json: {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "ConversionReview",
        response: { uid: body.request.uid, result: { status: "Failure", message: "no way" } },
      },
    }),
    message: `${inside}failed: no way`,
  },
  {
    what: "makes labels that are none",
    reply: (asked) =>
      reviewed(asked, (object, v) => {
        const next = converted(object, v);
        return { ...next, metadata: { ...next.metadata, labels: { "a b": "c" } } };
      }),
    message:
      /^conversion webhook for example.com\/v1, Kind=Place returned invalid metadata: metadata.labels: Invalid value: "a b": name part must/,
  },
  {
    what: "answers nonsense",
    reply: () => ({ status: 200, text: "<html>" }),
    message:
      /^conversion webhook for example.com\/v1, Kind=Place failed: couldn't get version\/kind/,
  },
  { what: "is gone", reply: () => "drop", message: /failed: Post ".*": EOF$/ },
];

for (const { what, reply, message } of wrongs)
  test(`A conversion that ${what} fails the requests that need it, and no others`, async () => {
    await using hook = await webhookServer(reply);
    const api = guardedServer();
    await established(api, hook);
    await api.done(`POST ${at("v1")}`, place("a", "v1", { hostPort: "x:1" }));
    for (const path of [`${at("v2")}/a`, at("v2")]) {
      const { status, body } = await api.ask(`GET ${path}`);
      assert.equal(status, 500);
      if (typeof message === "string" && path.endsWith("/a")) assert.equal(body.message, message);
      else if (message instanceof RegExp && path.endsWith("/a"))
        assert.match(body.message, message);
    }
    assert.equal((await api.ask(`GET ${at("v1")}/a`)).status, 200);
    assert.equal((await api.ask("GET /api/v1/namespaces")).status, 200);
    const watching = await api.watch(`${at("v2")}?watch=true&resourceVersion=1`);
    let events: Any[] = [];
    await until("an event", async () => {
      events = await watching.seen();
      return events.length > 0;
    });
    assert.equal(events[0].type, "ERROR");
    watching.close();
    await api.done(`DELETE ${at("v1")}/a`);
  });

test("A conversion that hangs is given up after its time, and holds nobody else up", async () => {
  await using hook = await webhookServer(() => "hang");
  const api = guardedServer();
  await established(api, hook);
  await api.done(`POST ${at("v1")}`, place("a", "v1", { hostPort: "x:1" }));
  const asking = api.ask(`GET ${at("v2")}/a`);
  await until("a question", () => hook.asked.length > 0);
  assert.equal((await api.ask(`GET ${at("v1")}/a`)).status, 200);
  assert.equal((await api.ask("GET /api/v1/namespaces")).status, 200);
  await api.clock.advance(30_000);
  const { status, body } = await asking;
  assert.equal(status, 500);
  assert.match(body.message, /context deadline exceeded$/);
});

test("Labels and annotations may be converted, other metadata may not", async () => {
  await using hook = await webhookServer((asked) =>
    reviewed(asked, (object, v) => {
      const next = converted(object, v);
      const metadata = { ...next.metadata, labels: { v }, generation: 99, finalizers: ["x/y"] };
      return { ...next, metadata: { ...metadata, labels: { version: "other" } } };
    }),
  );
  const api = guardedServer();
  await established(api, hook);
  await api.done(`POST ${at("v1")}`, place("a", "v1", { hostPort: "x:1" }));
  const { metadata } = await api.done(`GET ${at("v2")}/a`);
  assert.deepEqual(metadata.labels, { version: "other" });
  assert.equal(metadata.generation, 1);
  assert.equal(metadata.finalizers, undefined);
});

test("A definition whose conversion is broken goes with its objects", async () => {
  await using hook = await webhookServer(() => "drop");
  const api = guardedServer();
  await api.done("POST /api/v1/namespaces", { metadata: { name: "default" } });
  await api.done(`POST ${definitions}`, definition(hook, "v2"));
  await until("the kind", async () => (await api.ask(`GET ${at("v2")}`)).status === 200);
  await api.done(`POST ${at("v2")}`, place("a", "v2", { host: "x" }));
  await api.done(`DELETE ${definitions}/places.example.com`);
  await until("the end", async () => {
    await api.clock.advance(100);
    return (await api.ask(`GET ${definitions}/places.example.com`)).status === 404;
  });
});
