import assert from "node:assert/strict";
import { test } from "node:test";
import { type ApiServer, apiServer } from "../../../test/kit/api-server.ts";

const maps = "/api/v1/namespaces/a/configmaps";
const pods = "/api/v1/namespaces/a/pods";
const spec = { containers: [{ name: "c", image: "i" }] };

const gone = async (api: ApiServer, path: string): Promise<boolean> =>
  (await api.ask(`GET ${path}`)).status === 404;

test("what nothing holds is gone at once, and the answer names it", async () => {
  const api = apiServer();
  const { metadata } = await api.done(`POST ${maps}`, { metadata: { name: "x" } });
  const answer = await api.ask(`DELETE ${maps}/x`);
  assert.deepEqual(answer.body, {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name: "x", kind: "configmaps", uid: metadata.uid },
  });
  assert.ok(await gone(api, `${maps}/x`));
  const again = await api.ask(`DELETE ${maps}/x`);
  assert.equal(again.status, 404);
  assert.equal(again.body.message, 'configmaps "x" not found');
});

test("finalizers hold an object until the last one is taken off", async () => {
  const api = apiServer();
  const finalizers = ["example.com/one", "example.com/two"];
  await api.done(`POST ${maps}`, { metadata: { name: "x", finalizers } });
  const marked = await api.done(`DELETE ${maps}/x`);
  assert.equal(marked.metadata.deletionTimestamp, "2026-01-01T00:00:00Z");
  assert.equal(marked.metadata.deletionGracePeriodSeconds, 0);
  await api.clock.advance(5000);
  const again = await api.done(`DELETE ${maps}/x`);
  assert.equal(again.metadata.deletionTimestamp, "2026-01-01T00:00:00Z", "the first delete counts");
  const more = await api.ask(`PATCH ${maps}/x`, {
    metadata: { finalizers: [...finalizers, "example.com/three"] },
  });
  assert.equal(more.status, 422);
  assert.match(more.body.message, /no new finalizers can be added if the object is being deleted/);
  const taken = await api.ask(`POST ${maps}`, { metadata: { name: "x" } });
  assert.match(taken.body.message, /^object is being deleted: configmaps "x" already exists$/);
  await api.done(`PATCH ${maps}/x`, { metadata: { finalizers: [finalizers[1]] } });
  assert.equal(await gone(api, `${maps}/x`), false);
  const watching = await api.watch(`${maps}?watch=1&resourceVersion=${api.store.revision()}`);
  const last = await api.done(`PATCH ${maps}/x`, { metadata: { finalizers: null } });
  assert.equal(last.metadata.name, "x");
  assert.ok(await gone(api, `${maps}/x`));
  assert.deepEqual(
    (await watching.seen()).map(({ type }) => type),
    ["DELETED"],
  );
  watching.close();
});

test("a pod that runs gets its time; a shorter one may be asked for, a longer one not", async () => {
  const api = apiServer();
  const running = async (name: string): Promise<void> => {
    await api.done(`POST ${pods}`, { metadata: { name }, spec });
    await api.done(`POST ${pods}/${name}/binding`, {
      metadata: { name },
      target: { kind: "Node", name: "n" },
    });
  };
  await running("p");
  const first = (await api.done(`DELETE ${pods}/p`)).metadata;
  assert.deepEqual(
    [first.deletionTimestamp, first.deletionGracePeriodSeconds],
    ["2026-01-01T00:00:30Z", 30],
  );
  const longer = (await api.done(`DELETE ${pods}/p?gracePeriodSeconds=60`)).metadata;
  assert.equal(longer.deletionGracePeriodSeconds, 30);
  assert.equal(longer.resourceVersion, first.resourceVersion);
  const shorter = (await api.done(`DELETE ${pods}/p`, { gracePeriodSeconds: 5 })).metadata;
  assert.deepEqual(
    [shorter.deletionTimestamp, shorter.deletionGracePeriodSeconds],
    ["2026-01-01T00:00:05Z", 5],
  );
  assert.deepEqual([first.generation, shorter.generation], [2, 2], "counted once");
  await api.done(`DELETE ${pods}/p?gracePeriodSeconds=0`);
  assert.ok(await gone(api, `${pods}/p`));

  await api.done(`POST ${pods}`, { metadata: { name: "waiting" }, spec });
  await api.done(`DELETE ${pods}/waiting`);
  assert.ok(await gone(api, `${pods}/waiting`), "nobody has begun it");

  await running("over");
  await api.done(`PATCH ${pods}/over/status`, { status: { phase: "Succeeded" } });
  await api.done(`DELETE ${pods}/over`);
  assert.ok(await gone(api, `${pods}/over`), "nothing runs that needs time");
});

test("who is left behind decides what holds the object", async () => {
  const api = apiServer();
  const rows: [object | undefined, string, string[] | undefined][] = [
    [{ propagationPolicy: "Orphan" }, "", ["orphan"]],
    [{ propagationPolicy: "Foreground" }, "", ["foregroundDeletion"]],
    [{ orphanDependents: true }, "", ["orphan"]],
    [{ propagationPolicy: "Background" }, "", undefined],
    [undefined, "?propagationPolicy=Foreground", ["foregroundDeletion"]],
    [undefined, "", undefined],
  ];
  for (const [body, query, finalizers] of rows) {
    await api.done(`POST ${maps}`, { metadata: { name: "x" } });
    const answer = await api.done(`DELETE ${maps}/x${query}`, body);
    assert.deepEqual(answer.metadata.finalizers, finalizers, JSON.stringify(body) + query);
    if (finalizers === undefined) continue;
    const now = await api.done(`DELETE ${maps}/x`, { propagationPolicy: "Background" });
    assert.equal(now.status, "Success", "a later delete may change its mind");
  }
});

test("a pod without time left waits for its finalizers only", async () => {
  const api = apiServer();
  const finalizers = ["example.com/x"];
  await api.done(`POST ${pods}`, { metadata: { name: "p", finalizers }, spec });
  const marked = (await api.done(`DELETE ${pods}/p?gracePeriodSeconds=0`)).metadata;
  assert.deepEqual(
    [marked.deletionTimestamp, marked.deletionGracePeriodSeconds],
    ["2026-01-01T00:00:00Z", 0],
  );
  const other = await api.done(`DELETE ${pods}/p`, { propagationPolicy: "Orphan" });
  assert.deepEqual(
    other.metadata.finalizers,
    ["example.com/x", "orphan"],
    "still a matter of choice",
  );
  await api.done(`PATCH ${pods}/p`, { metadata: { finalizers: null } });
  assert.ok(await gone(api, `${pods}/p`));
});

test("finalizers that say who is left behind stay when nobody says otherwise", async () => {
  const api = apiServer();
  for (const finalizer of ["orphan", "foregroundDeletion"]) {
    const name = finalizer.toLowerCase();
    await api.done(`POST ${maps}`, { metadata: { name, finalizers: [finalizer] } });
    const marked = await api.done(`DELETE ${maps}/${name}`);
    assert.deepEqual(marked.metadata.finalizers, [finalizer]);
  }
});

test("preconditions and options that cannot be", async () => {
  const api = apiServer();
  const { metadata } = await api.done(`POST ${maps}`, { metadata: { name: "x" } });
  const rows: [object | string, string, number, RegExp][] = [
    [
      { preconditions: { uid: "other" } },
      "",
      409,
      /the UID in the precondition \(other\) does not match the UID in record \(/,
    ],
    [
      { preconditions: { resourceVersion: "1" } },
      "",
      409,
      /[Tt]he ResourceVersion in the precondition \(1\) does not match/,
    ],
    [
      { propagationPolicy: "Sideways" },
      "",
      422,
      /propagationPolicy: Unsupported value: "Sideways"/,
    ],
    [
      { orphanDependents: true, propagationPolicy: "Orphan" },
      "",
      422,
      /orphanDependents and deletionPropagation cannot be both set/,
    ],
    [{ dryRun: ["Half"] }, "", 422, /dryRun: Unsupported value/],
    [{ kind: "ConfigMap", apiVersion: "v1" }, "", 400, /./],
    ["{", "", 400, /./],
    ["", "?gracePeriodSeconds=soon", 400, /./],
  ];
  for (const [body, query, status, message] of rows) {
    const answer = await api.ask(`DELETE ${maps}/x${query}`, body === "" ? undefined : body);
    assert.equal(answer.status, status, `${JSON.stringify(body)} → ${answer.text}`);
    assert.match(answer.body.message, message);
  }
  const { uid, resourceVersion } = metadata;
  await api.done(`DELETE ${maps}/x?dryRun=All`);
  assert.equal(await gone(api, `${maps}/x`), false);
  await api.done(`DELETE ${maps}/x`, { preconditions: { uid, resourceVersion } });
  assert.ok(await gone(api, `${maps}/x`));
});

test("a collection is deleted as its selectors say", async () => {
  const api = apiServer();
  for (const [name, app] of [
    ["x", "one"],
    ["y", "one"],
    ["z", "two"],
  ])
    await api.done(`POST ${maps}`, { metadata: { name, labels: { app } } });
  await api.done("POST /api/v1/namespaces/b/configmaps", {
    metadata: { name: "x", labels: { app: "one" } },
  });
  const answer = await api.done(`DELETE ${maps}?labelSelector=app%3Done`);
  assert.deepEqual(
    answer.items.map((item: { metadata: { name: string } }) => item.metadata.name),
    ["x", "y"],
  );
  assert.deepEqual(
    (await api.done("GET /api/v1/configmaps")).items.map(
      ({ metadata }: { metadata: { namespace: string; name: string } }) =>
        `${metadata.namespace}/${metadata.name}`,
    ),
    ["a/z", "b/x"],
  );
  assert.equal((await api.ask("DELETE /api/v1/configmaps")).status, 405);
});

test("a namespace goes when its content has, by its own finalizer", async () => {
  const api = apiServer();
  const made = await api.done("POST /api/v1/namespaces", { metadata: { name: "n" } });
  assert.deepEqual(made.spec.finalizers, ["kubernetes"]);
  const going = await api.done("DELETE /api/v1/namespaces/n");
  assert.equal(going.status.phase, "Terminating");
  assert.ok(going.metadata.deletionTimestamp);
  const finalized = { ...going, spec: { finalizers: [] } };
  await api.done("PUT /api/v1/namespaces/n/finalize", finalized);
  assert.ok(await gone(api, "/api/v1/namespaces/n"));
});

test("options of a delete are read as upstream reads them", async () => {
  const api = apiServer();
  await api.done(`POST ${maps}`, { metadata: { name: "x" } });
  const yaml = { "content-type": "application/yaml" };
  const rows: [query: string, body: unknown, status: number, message: RegExp, headers?: object][] =
    [
      ["?uid=x", undefined, 409, /the UID in the precondition \(x\) does not match/],
      [
        "?resourceVersion=99",
        undefined,
        409,
        /the ResourceVersion in the precondition \(99\) does not/,
      ],
      ["", "[]", 400, /cannot unmarshal array into Go value of type struct \{ APIVersion string/],
      ["", "5", 400, /cannot unmarshal number into Go value of type struct/],
      ["", "{", 400, /^yaml: /, yaml],
      [
        "?ignoreStoreReadErrorWithClusterBreakingPotential=true",
        undefined,
        409,
        /Key: \/registry\/configmaps\/a\/x, .* is not allowed because the object is decodable/,
      ],
    ];
  for (const [query, body, status, message, headers] of rows) {
    const answer = await api.ask(`DELETE ${maps}/x${query}`, body, headers as typeof yaml);
    assert.equal(answer.status, status, `${query} ${body} → ${answer.text}`);
    assert.match(answer.body.message, message);
  }
  await api.done(`POST ${maps}`, { metadata: { name: "y" } });
  const some = await api.done(`DELETE ${maps}?limit=1`);
  assert.ok(some.metadata.continue, "the rest of the collection is told of");
});
