import assert from "node:assert/strict";
import { test } from "node:test";
import { apiServer, turn } from "../../test/kit/api-server.ts";

const inside = "/api/v1/namespaces/a/configmaps";
const partial = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
const table = "application/json;as=Table;v=v1;g=meta.k8s.io";

/** What each watch of a server with listeners is told of 50 objects, one of which is changed and deleted. */
async function told(watches: readonly { query?: string; accept?: string }[]) {
  const { done, watch } = apiServer({ turnEnd: (run) => void setImmediate(run) });
  const open = await Promise.all(
    watches.map(({ query = "", accept = "application/json" }) =>
      watch(`${inside}?watch=1${query}`, { accept }),
    ),
  );
  const create = (i: number) => {
    const labels = { half: String(i % 2) };
    return done(`POST ${inside}`, { metadata: { name: `c${i}`, labels }, data: { key: "value" } });
  };
  for (let i = 0; i < 50; i += 10)
    await Promise.all(Array.from({ length: 10 }, (_, j) => create(i + j)));
  await done(`PATCH ${inside}/c1`, { metadata: { labels: { half: "0" } } });
  await done(`DELETE ${inside}/c1`);
  // Those who were woken last have their turn after the others.
  for (let i = 0; i < watches.length; i++) await turn();
  const events = await Promise.all(open.map((one) => one.seen()));
  for (const one of open) one.close();
  return events;
}

const created = Array.from({ length: 50 }, (_, i) => `ADDED c${i}`);

test("watches that stand together are told the same, each in its own form", async () => {
  const forms = [{}, { accept: partial }, { accept: table }, { query: "&labelSelector=half%3D0" }];
  const events = await told(Array.from({ length: 80 }, (_, i) => forms[i % forms.length]!));
  const all = [...created, "MODIFIED c1", "DELETED c1"];
  const even = [...created.filter((_, i) => i % 2 === 0), "ADDED c1", "DELETED c1"];
  for (const [i, seen] of events.entries()) {
    const names = seen.map(
      ({ type, object }) => `${type} ${(object.rows?.[0]?.object ?? object).metadata.name}`,
    );
    assert.deepEqual(names, i % forms.length === 3 ? even : all);
    const kinds = new Set(seen.map(({ object }) => object.kind));
    const kind = ["ConfigMap", "PartialObjectMetadata", "Table", "ConfigMap"][i % forms.length];
    assert.deepEqual([...kinds], [kind]);
    assert.equal(seen[0]?.object.data?.key, kind === "ConfigMap" ? "value" : undefined);
  }
});

test("each Table watch begins with its columns", async () => {
  const { done, watch } = apiServer({ turnEnd: (run) => void setImmediate(run) });
  const early = await watch(`${inside}?watch=1`, { accept: table });
  const { metadata } = await done(`POST ${inside}`, { metadata: { name: "first" } });
  await early.seen();
  const from = `&resourceVersion=${metadata.resourceVersion}`;
  const late = await watch(`${inside}?watch=1${from}`, { accept: table });
  await done(`POST ${inside}`, { metadata: { name: "second" } });
  const columns = async (one: typeof late): Promise<number[]> =>
    (await one.seen()).map(({ object }) => object.columnDefinitions?.length ?? 0);
  await turn();
  assert.deepEqual(await columns(early), [0]);
  const [count] = await columns(late);
  assert.ok(count! > 0);
  early.close();
  late.close();
});
