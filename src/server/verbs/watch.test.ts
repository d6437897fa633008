import assert from "node:assert/strict";
import { test } from "node:test";
import { type ApiServer, apiServer, type SeenEvent } from "../../../test/kit/api-server.ts";

const maps = "/api/v1/namespaces/a/configmaps";

/** "ADDED x", as short as can be told. */
const told = (events: readonly SeenEvent[]): string[] =>
  events.map(({ type, object }) =>
    `${type} ${object.metadata?.name ?? object.message ?? ""}`.trim(),
  );

const put = (api: ApiServer, name: string, labels: Record<string, string> = {}, data = {}) =>
  api.done(`PUT ${maps}/${name}`, { metadata: { name, labels }, data });

const make = (api: ApiServer, name: string, labels: Record<string, string> = {}) =>
  api.done(`POST ${maps}`, { metadata: { name, labels } });

test("a watch without a version begins with what there is", async () => {
  const api = apiServer();
  await make(api, "x");
  const not = "&sendInitialEvents=false&resourceVersionMatch=NotOlderThan";
  const rows: [string, string[]][] = [
    ["", ["ADDED x"]],
    ["&resourceVersion=", ["ADDED x"]],
    ["&resourceVersion=0", ["ADDED x"]],
    [not, []],
    [`${not}&resourceVersion=0`, []],
  ];
  for (const [version, expected] of rows) {
    const watching = await api.watch(`${maps}?watch=1${version}`);
    assert.deepEqual(told(await watching.seen()), expected, version);
    watching.close();
  }
});

test("a watch from a version tells all that came after it, in order and in the order's versions", async () => {
  const api = apiServer();
  const first = await make(api, "x");
  await put(api, "x", {}, { k: "1" });
  await make(api, "y");
  await api.done(`DELETE ${maps}/x`);
  const watching = await api.watch(
    `${maps}?watch=1&resourceVersion=${first.metadata.resourceVersion}`,
  );
  const events = await watching.seen();
  assert.deepEqual(told(events), ["MODIFIED x", "ADDED y", "DELETED x"]);
  const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
  assert.deepEqual(
    versions,
    versions.toSorted((a, b) => a - b),
  );
  assert.equal(versions[2], api.store.revision(), "a deletion has a version of its own");
  assert.equal(events[2]?.object.data.k, "1", "a deletion shows the last state");
  await put(api, "y", {}, { k: "2" });
  assert.deepEqual(told(await watching.seen()), ["MODIFIED y"]);
  watching.close();
});

test("with selectors, an object comes and goes as it begins and ends to match", async () => {
  const api = apiServer();
  const watching = await api.watch(`${maps}?watch=1&labelSelector=show%3Dyes`);
  await make(api, "x");
  assert.deepEqual(told(await watching.seen()), []);
  await put(api, "x", { show: "yes" }, { k: "1" });
  await put(api, "x", { show: "yes" }, { k: "2" });
  const hidden = await put(api, "x", { show: "no" }, { k: "3" });
  await put(api, "x", { show: "no" }, { k: "4" });
  const events = await watching.seen();
  assert.deepEqual(told(events), ["ADDED x", "MODIFIED x", "DELETED x"]);
  assert.equal(events[2]?.object.data.k, "2", "as it was chosen last");
  assert.equal(events[2]?.object.metadata.resourceVersion, hidden.metadata.resourceVersion);
  await api.done(`DELETE ${maps}/x`);
  assert.deepEqual(told(await watching.seen()), []);
  watching.close();
});

test("one object is watched by its name or by its old path", async () => {
  const api = apiServer();
  const targets = [
    `${maps}?watch=1&fieldSelector=metadata.name%3Dx`,
    "/api/v1/watch/namespaces/a/configmaps/x",
  ];
  const watches = await Promise.all(targets.map((target) => api.watch(target)));
  await make(api, "x");
  await make(api, "xy");
  for (const watching of watches) {
    assert.deepEqual(told(await watching.seen()), ["ADDED x"]);
    watching.close();
  }
});

test("a version that the store no longer has ends the watch with 410", async () => {
  const api = apiServer();
  const { metadata } = await make(api, "x");
  for (let i = 0; i < 3; i++) await put(api, "x", {}, { k: String(i) });
  await api.compact();
  const watching = await api.watch(`${maps}?watch=1&resourceVersion=${metadata.resourceVersion}`);
  const [event, ...more] = await watching.seen();
  assert.equal(event?.type, "ERROR");
  assert.equal(event?.object.code, 410);
  assert.equal(event?.object.reason, "Expired");
  assert.match(event?.object.message, /^too old resource version: \d+ \(\d+\)$/);
  assert.deepEqual(more, []);
  assert.equal(watching.ended, true);
});

test("bookmarks come each minute and before the end, only where they tell something new", async () => {
  const api = apiServer();
  const { metadata } = await make(api, "x");
  const watching = await api.watch(
    `${maps}?watch=1&allowWatchBookmarks=true&timeoutSeconds=200&resourceVersion=${metadata.resourceVersion}`,
  );
  await api.clock.advance(59_000);
  assert.deepEqual(told(await watching.seen()), []);
  await api.done("POST /api/v1/namespaces/b/configmaps", { metadata: { name: "elsewhere" } });
  await api.clock.advance(2_000);
  const [bookmark, ...more] = await watching.seen();
  assert.deepEqual(more, []);
  assert.deepEqual(bookmark, {
    type: "BOOKMARK",
    object: {
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: { resourceVersion: String(api.store.revision()) },
    },
  });
  await api.clock.advance(100_000);
  assert.deepEqual(told(await watching.seen()), [], "nothing new");
  await api.done("POST /api/v1/namespaces/b/configmaps", { metadata: { name: "elsewhere2" } });
  assert.equal(watching.ended, false);
  await api.clock.advance(40_000);
  const last = await watching.seen();
  assert.equal(last.at(-1)?.type, "BOOKMARK");
  assert.equal(last.at(-1)?.object.metadata.resourceVersion, String(api.store.revision()));
  assert.equal(watching.ended, true);
});

test("a reader who knows the newest version is told no bookmark", async () => {
  const api = apiServer();
  const { metadata } = await make(api, "x");
  const watching = await api.watch(
    `${maps}?watch=1&allowWatchBookmarks=true&timeoutSeconds=9&resourceVersion=${metadata.resourceVersion}`,
  );
  await api.clock.advance(9000);
  assert.deepEqual(told(await watching.seen()), []);
  assert.equal(watching.ended, true);
});

test("a watch whose time is over before it begins is empty", async () => {
  const api = apiServer();
  await make(api, "x");
  const watching = await api.watch(`${maps}?watch=1&timeoutSeconds=-1`);
  assert.deepEqual(await watching.seen(), []);
  assert.equal(watching.ended, true);
});

test("a watch list sends what there is and marks its end", async () => {
  const api = apiServer();
  await make(api, "x");
  await make(api, "y");
  const watching = await api.watch(
    `${maps}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`,
  );
  const events = await watching.seen();
  assert.deepEqual(told(events), ["ADDED x", "ADDED y", "BOOKMARK"]);
  assert.deepEqual(events[2]?.object.metadata, {
    resourceVersion: String(api.store.revision()),
    annotations: { "k8s.io/initial-events-end": "true" },
  });
  await make(api, "z");
  assert.deepEqual(told(await watching.seen()), ["ADDED z"]);
  watching.close();
});

test("a watch list of a version that is not there yet is told so in its stream", async () => {
  const api = apiServer();
  const list = "sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan";
  const watching = await api.watch(`${maps}?watch=1&${list}&resourceVersion=999`);
  const [error] = await watching.seen();
  assert.equal(error?.type, "ERROR");
  assert.match(JSON.stringify(error?.object), /Too large resource version: 999, current: /);
  assert.equal(watching.ended, true);
});

test("below /watch/ nothing is changed", async () => {
  const api = apiServer();
  await make(api, "x");
  const path = maps.replace("/v1/", "/v1/watch/");
  for (const method of ["DELETE", "POST", "PUT", "PATCH"])
    assert.equal((await api.ask(`${method} ${path}`)).status, 405, method);
  for (const other of [
    "/api/v1/watch/namespaces/a/pods/x/status",
    "/api/v1/watch/componentstatuses",
  ])
    assert.equal((await api.ask(`GET ${other}`)).status, 404, other);
  assert.equal((await api.ask(`GET ${maps}/x`)).status, 200);
});

test("a watch is refused where upstream refuses it", async () => {
  const api = apiServer();
  const rows: [string, number, RegExp][] = [
    ["resourceVersion=x", 500, /strconv.ParseUint/],
    [
      "resourceVersionMatch=Exact&resourceVersion=1",
      422,
      /resourceVersionMatch is forbidden for watch/,
    ],
    ["sendInitialEvents=true", 422, /sendInitialEvents requires setting resourceVersionMatch/],
    ["fieldSelector=spec.x%3D1", 400, /is not a known field selector/],
    ["labelSelector=%3D%3D", 400, /^found '=='/],
  ];
  for (const [query, status, message] of rows) {
    const answer = await api.ask(`GET ${maps}?watch=1&${query}`);
    assert.equal(answer.status, status, query);
    assert.match(answer.body.message, message);
  }
});

test("a watch ends when its reader goes and when the server stops", async () => {
  const api = apiServer();
  const [gone, left] = [await api.watch(`${maps}?watch=1`), await api.watch(`${maps}?watch=1`)];
  await gone.seen();
  gone.close();
  await gone.seen();
  assert.deepEqual([gone.ended, left.ended], [true, false]);
  await api.server.stop(0);
  await left.seen();
  assert.equal(left.ended, true);
});

test("a reader of tables gets the columns once", async () => {
  const api = apiServer();
  const watching = await api.watch(`${maps}?watch=1`, {
    accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
  });
  await make(api, "x");
  await make(api, "y");
  const [first, second] = await watching.seen();
  assert.equal(first?.object.kind, "Table");
  assert.ok(first?.object.columnDefinitions.length > 0);
  assert.equal(first?.object.rows[0].object.metadata.name, "x");
  assert.equal(second?.object.columnDefinitions, null);
  watching.close();
});
