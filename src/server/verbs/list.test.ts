import assert from "node:assert/strict";
import { test } from "node:test";
import { type ApiServer, apiServer } from "../../../test/kit/api-server.ts";

const maps = "/api/v1/namespaces/a/configmaps";

type Listed = { items: { metadata: { name: string; namespace: string } }[] };
const names = ({ items }: Listed): string[] => items.map(({ metadata }) => metadata.name);

async function filled(count: number, api = apiServer()): Promise<ApiServer> {
  for (let i = 0; i < count; i++) {
    const labels = { parity: i % 2 === 0 ? "even" : "odd", n: String(i) };
    await api.done(`POST ${maps}`, { metadata: { name: `m${i}`, labels } });
  }
  return api;
}

test("a list has its kind, its version and what is there, in the order of names", async () => {
  const api = apiServer();
  assert.deepEqual(await api.done(`GET ${maps}`), {
    kind: "ConfigMapList",
    apiVersion: "v1",
    metadata: { resourceVersion: String(api.store.revision()) },
    items: [],
  });
  for (const name of ["b", "a-b", "a", "c.d"])
    await api.done(`POST ${maps}`, { metadata: { name } });
  await api.done("POST /api/v1/namespaces/a-b/configmaps", { metadata: { name: "x" } });
  const list = await api.done(`GET ${maps}`);
  assert.deepEqual(names(list), ["a", "a-b", "b", "c.d"]);
  assert.equal(list.metadata.resourceVersion, String(api.store.revision()));
  assert.equal(list.items[0].kind, undefined, "items do not repeat their kind");
  const all = await api.done("GET /api/v1/configmaps");
  assert.deepEqual(
    all.items.map(({ metadata }: Listed["items"][number]) => metadata.namespace),
    ["a-b", "a", "a", "a", "a"].sort((x, y) => (`${x}/` < `${y}/` ? -1 : 1)),
  );
});

test("selectors choose, by labels and by fields", async () => {
  const api = await filled(6);
  const rows: [string, string[]][] = [
    ["labelSelector=parity%3Deven", ["m0", "m2", "m4"]],
    ["labelSelector=parity!%3Deven,n+notin+(1)", ["m3", "m5"]],
    ["labelSelector=n+in+(2,5),parity", ["m2", "m5"]],
    ["labelSelector=!parity", []],
    ["labelSelector=n%3E3", ["m4", "m5"]],
    ["fieldSelector=metadata.name%3Dm3", ["m3"]],
    ["fieldSelector=metadata.name!%3Dm3,metadata.namespace%3Da&limit=2", ["m0", "m1"]],
    ["fieldSelector=metadata.namespace%3Dzzz", []],
  ];
  for (const [query, expected] of rows)
    assert.deepEqual(names(await api.done(`GET ${maps}?${query}`)), expected, query);
});

test("pages go on from one state, whatever is written meanwhile", async () => {
  const api = await filled(7);
  const first = await api.done(`GET ${maps}?limit=3`);
  assert.deepEqual(names(first), ["m0", "m1", "m2"]);
  assert.equal(first.metadata.remainingItemCount, 4);
  await api.done(`DELETE ${maps}/m3`);
  await api.done(`POST ${maps}`, { metadata: { name: "m31" } });
  const second = await api.done(`GET ${maps}?limit=3&continue=${first.metadata.continue}`);
  assert.deepEqual(names(second), ["m3", "m4", "m5"]);
  assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  assert.equal(second.metadata.remainingItemCount, 1);
  const last = await api.done(`GET ${maps}?limit=3&continue=${second.metadata.continue}`);
  assert.deepEqual(names(last), ["m6"]);
  assert.equal(last.metadata.continue, undefined);
  assert.equal(last.metadata.remainingItemCount, undefined);
  const whole = await api.done(`GET ${maps}?limit=3&resourceVersion=0`);
  assert.equal(whole.items.length, 7, "a list from the cache has no pages");
});

test("pages with selectors are filled up and do not count what remains", async () => {
  const api = await filled(10);
  const first = await api.done(`GET ${maps}?limit=2&labelSelector=parity%3Dodd`);
  assert.deepEqual(names(first), ["m1", "m3"]);
  assert.equal(first.metadata.remainingItemCount, undefined);
  const rest = await api.done(
    `GET ${maps}?limit=5&labelSelector=parity%3Dodd&continue=${first.metadata.continue}`,
  );
  assert.deepEqual(names(rest), ["m5", "m7", "m9"]);
  assert.equal(rest.metadata.continue, undefined);
  const exact = await api.done(`GET ${maps}?limit=5&labelSelector=parity%3Dodd`);
  assert.equal(exact.items.length, 5);
  assert.equal(exact.metadata.continue, undefined, "the last object was the last chosen one");
});

test("a name is looked for in all namespaces when none is named", async () => {
  const api = await filled(2);
  await api.done("POST /api/v1/namespaces/b/configmaps", { metadata: { name: "m1" } });
  const rows: [string, string[]][] = [
    ["/api/v1/configmaps?fieldSelector=metadata.name%3Dm1", ["a/m1", "b/m1"]],
    ["/api/v1/configmaps?fieldSelector=metadata.namespace%3Db,metadata.name%3Dm1", ["b/m1"]],
    [`${maps}?fieldSelector=metadata.name%3Dm1`, ["a/m1"]],
    [`${maps}?fieldSelector=metadata.name%3Dm1&labelSelector=parity%3Deven`, []],
    [`${maps}?fieldSelector=metadata.name%3Dm1,metadata.name%3Dm0`, []],
  ];
  for (const [target, expected] of rows) {
    const { items } = (await api.done(`GET ${target}`)) as Listed;
    assert.deepEqual(
      items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
      expected,
      target,
    );
  }
});

test("a page that comes too late is refused, with a way to go on in the present state", async () => {
  const api = await filled(5);
  const first = await api.done(`GET ${maps}?limit=2`);
  await api.done(`DELETE ${maps}/m3`);
  await api.compact();
  const late = await api.ask(`GET ${maps}?limit=2&continue=${first.metadata.continue}`);
  assert.equal(late.status, 410);
  assert.equal(late.body.reason, "Expired");
  assert.match(
    late.body.message,
    /^The provided continue parameter is too old to display a consistent list result/,
  );
  const rest = await api.done(`GET ${maps}?limit=9&continue=${late.body.metadata.continue}`);
  assert.deepEqual(names(rest), ["m2", "m4"], "what is there now, from where the first page ended");
  assert.equal(rest.metadata.resourceVersion, String(api.store.revision()));
});

test("a list of a version shows that version", async () => {
  const api = await filled(2);
  const then = api.store.revision();
  await api.done(`DELETE ${maps}/m0`);
  const rows: [string, string[] | number][] = [
    [`resourceVersion=${then}&resourceVersionMatch=Exact`, ["m0", "m1"]],
    [`resourceVersion=${then}&resourceVersionMatch=NotOlderThan`, ["m1"]],
    [`resourceVersion=${then}`, ["m1"]],
    [`resourceVersion=${then}&limit=1`, ["m0"]],
    ["resourceVersion=0", ["m1"]],
    ["resourceVersion=99999", 504],
    ["resourceVersionMatch=Exact", 422],
    ["resourceVersion=0&resourceVersionMatch=Exact", 422],
    [`resourceVersion=${then}&resourceVersionMatch=Nearly`, 422],
    ["resourceVersion=abc", 400],
    ["limit=many", 400],
    ["continue=nonsense", 400],
    [`continue=${tokenOf({ rv: 9_999_999 })}`, 504],
    [`continue=${tokenOf({ start: "../x" })}`, 400],
  ];
  for (const [query, expected] of rows) {
    const pending = api.ask(`GET ${maps}?${query}`);
    await api.clock.advance(5000);
    const answer = await pending;
    const shown = `${query} → ${answer.text}`;
    if (typeof expected === "number") assert.equal(answer.status, expected, shown);
    else assert.deepEqual(names(answer.body), expected, shown);
  }
  await api.compact();
  const old = await api.ask(`GET ${maps}?resourceVersion=${then}&resourceVersionMatch=Exact`);
  assert.equal(old.status, 410);
});

test("tables and bare metadata in place of objects", async () => {
  const api = await filled(2);
  const table = await api.done(`GET ${maps}`, undefined, {
    accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
  });
  assert.equal(table.kind, "Table");
  assert.deepEqual(
    table.columnDefinitions.map(({ name }: { name: string }) => name),
    ["Name", "Data", "Age"],
  );
  assert.deepEqual(table.rows[1].cells, ["m1", 0, "0s"]);
  const bare = await api.done(`GET ${maps}`, undefined, {
    accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  });
  assert.equal(bare.kind, "PartialObjectMetadataList");
  assert.deepEqual(names(bare), ["m0", "m1"]);
});

test("a slash before the place of a token means nothing", async () => {
  const api = apiServer();
  for (const name of ["a", "b"]) await api.done(`POST ${maps}`, { metadata: { name } });
  const token = tokenOf({ rv: api.store.revision(), start: "/b" });
  const { items } = await api.done(`GET ${maps}?continue=${token}`);
  assert.deepEqual(
    items.map(({ metadata }: { metadata: { name: string } }) => metadata.name),
    ["b"],
  );
});

const tokenOf = (what: object): string =>
  Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: 2, start: "a", ...what })).toString(
    "base64url",
  );

test("what a list is asked for is read as upstream reads it", async () => {
  const api = await filled(3);
  const start = { start: 5 };
  const rows: [query: string, status: number, message: RegExp][] = [
    ["limit=9223372036854775807", 200, /^$/],
    ["limit=9223372036854775808", 400, /value out of range$/],
    [
      "resourceVersion=18446744073709551615",
      504,
      /Too large resource version: 18446744073709551615,/,
    ],
    ["resourceVersion=18446744073709551616", 400, /value out of range$/],
    ["fieldSelector=a%5C.b%3D1", 400, /^"a\\\\.b" is not a known field selector/],
    ["labelSelector=x;y", 200, /^$/],
    ["labelSelector=%zz", 200, /^$/],
    [
      `continue=${tokenOf({ rv: "x" })}`,
      400,
      /string into Go struct field continueToken.rv of type int64$/,
    ],
    [
      `continue=${tokenOf({ rv: 1.5 })}`,
      400,
      /number 1.5 into Go struct field continueToken.rv of/,
    ],
    [
      `continue=${tokenOf(start)}`,
      400,
      /number into Go struct field continueToken.start of type string$/,
    ],
    ["continue=W10", 400, /array into Go value of type storage.continueToken$/],
    ["continue=bnVsbA", 400, /server does not recognize this encoded version $/],
  ];
  for (const [query, status, message] of rows) {
    const answer = await api.ask(`GET ${maps}?${query}`);
    assert.equal(answer.status, status, `${query} → ${answer.text}`);
    assert.match(answer.body.message ?? "", message, query);
  }
  const none = await api.done(`GET ${maps}?labelSelector=none`, undefined, {
    accept: "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  });
  assert.equal(none.items, null);
});
