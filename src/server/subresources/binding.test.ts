import assert from "node:assert/strict";
import { test } from "node:test";
import { apiServer } from "../../../test/kit/api-server.ts";

const pods = "/api/v1/namespaces/a/pods";
const spec = { containers: [{ name: "c", image: "i" }] };
const target = { apiVersion: "v1", kind: "Node", name: "n" };

test("a binding gives a pod its node, once", async () => {
  const api = apiServer();
  await api.done(`POST ${pods}`, { metadata: { name: "p" }, spec });
  const metadata = { name: "p", annotations: { a: "1" }, labels: { topology: "z" } };
  const bound = await api.ask(`POST ${pods}/p/binding`, { metadata, target });
  assert.deepEqual([bound.status, bound.body.kind, bound.body.status], [201, "Status", "Success"]);
  const pod = await api.done(`GET ${pods}/p`);
  assert.equal(pod.spec.nodeName, "n");
  assert.deepEqual(pod.metadata.annotations, { a: "1" });
  const { type, status, lastTransitionTime } = pod.status.conditions[0];
  assert.deepEqual(
    [type, status, lastTransitionTime],
    ["PodScheduled", "True", "2026-01-01T00:00:00Z"],
  );
  const again = await api.ask(`POST ${pods}/p/binding`, {
    metadata: { name: "p" },
    target: { ...target, name: "m" },
  });
  assert.equal(again.status, 409);
  assert.match(again.body.message, /pod p is already assigned to node "n"/);
});

test("the old path for bindings does the same", async () => {
  const api = apiServer();
  await api.done(`POST ${pods}`, { metadata: { name: "p" }, spec });
  await api.done("POST /api/v1/namespaces/a/bindings", { metadata: { name: "p" }, target });
  assert.equal((await api.done(`GET ${pods}/p`)).spec.nodeName, "n");
});

test("the old path wants a name, and no other namespace", async () => {
  const api = apiServer();
  const rows: [object, RegExp][] = [
    [{ metadata: {}, target }, /^Name parameter required.$/],
    [{ metadata: { name: "p", namespace: "b" }, target }, /namespace of the provided object/],
  ];
  for (const [body, message] of rows) {
    const answer = await api.ask("POST /api/v1/namespaces/a/bindings", body);
    assert.equal(answer.status, 400);
    assert.match(answer.body.message, message);
  }
});

test("a binding that cannot be", async () => {
  const api = apiServer();
  await api.done(`POST ${pods}`, { metadata: { name: "p" }, spec });
  await api.done(`POST ${pods}`, {
    metadata: { name: "gated" },
    spec: { ...spec, schedulingGates: [{ name: "g" }] },
  });
  const { uid } = (await api.done(`GET ${pods}/p`)).metadata;
  const rows: [string, object, number, RegExp][] = [
    ["none", { metadata: { name: "none" }, target }, 404, /pods "none" not found/],
    [
      "p",
      { metadata: { name: "p" }, target: { kind: "Pod", name: "n" } },
      500,
      /target.kind: Unsupported value: "Pod"/,
    ],
    [
      "p",
      { metadata: { name: "p" }, target: { kind: "Pod", name: "N_" } },
      500,
      /^target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"$/,
    ],
    [
      "p",
      { metadata: { name: "p", namespace: "b" }, target },
      400,
      /the namespace of the provided object does not match the namespace sent on the request/,
    ],
    [
      "p",
      { metadata: { name: "p" }, target: { kind: "Node" } },
      500,
      /target.name: Required value/,
    ],
    [
      "p",
      { metadata: { name: "p", uid: "other" }, target },
      409,
      /on pods "p": StorageError: .*\/registry\/pods\/a\/p, .*Precondition failed: UID/,
    ],
    [
      "gated",
      { metadata: { name: "gated" }, target },
      409,
      /pod gated has non-empty .spec.schedulingGates/,
    ],
  ];
  for (const [name, body, status, message] of rows) {
    const answer = await api.ask(`POST ${pods}/${name}/binding`, body);
    assert.equal(answer.status, status, `${JSON.stringify(body)}: ${answer.text}`);
    assert.match(answer.body.message, message);
  }
  await api.done(`POST ${pods}/p/binding?dryRun=All`, { metadata: { name: "p", uid }, target });
  assert.equal((await api.done(`GET ${pods}/p`)).spec.nodeName, undefined);
});

test("a binding is what admission makes of it, and its rules hold for that", async () => {
  const change = { name: "", labels: {}, target: {} };
  const api = apiServer({
    edge: {
      admissions: [
        {
          name: "Changes",
          handles: ({ subresource }) => subresource === "binding",
          mutate(_context, write) {
            const { name, labels, ...rest } = change;
            const { metadata } = write.object!;
            write.object = {
              ...write.object!,
              ...rest,
              metadata: { ...metadata, labels, ...(name === "" ? {} : { name }) },
            };
          },
        },
      ],
    },
  });
  await api.done(`POST ${pods}`, { metadata: { name: "p" }, spec });
  const body = { metadata: { name: "p" }, target };
  const rows: [Partial<typeof change>, number, RegExp][] = [
    [{ name: "q", target }, 400, /name in URL does not match name in Binding object/],
    [{ name: "", target: { kind: "Node" } }, 500, /^target.name: Required value$/],
  ];
  for (const [changed, status, message] of rows) {
    Object.assign(change, changed);
    const answer = await api.ask(`POST ${pods}/p/binding`, body);
    assert.equal(answer.status, status, answer.text);
    assert.match(answer.body.message, message);
  }
  Object.assign(change, { labels: { zone: "z" }, target: { ...target, name: "other" } });
  await api.done(`POST ${pods}/p/binding`, body);
  const { metadata, spec: bound } = await api.done(`GET ${pods}/p`);
  assert.deepEqual([bound.nodeName, metadata.labels], ["other", { zone: "z" }]);
});
