import assert from "node:assert/strict";
import { test } from "node:test";
import { apiServer } from "../../../test/kit/api-server.ts";
import type { ApiRequest, ApiResponse } from "../../schema/api-request.ts";
import { forbidden } from "../../schema/status-error.ts";
import type { Admission, AdmissionWrite } from "../context.ts";

const pods = "/api/v1/namespaces/a/pods";

/** A server whose one node answers with `answer` and remembers what it was asked. */
async function withNode(answer: Partial<ApiResponse> = {}, admissions: readonly Admission[] = []) {
  const asked: ApiRequest[] = [];
  const api = apiServer({
    edge: { admissions },
    connectNode: (name) => {
      assert.equal(name, "n");
      return Promise.resolve((request) => {
        asked.push(request);
        const body = { is: "bytes" as const, chunks: [Buffer.from("from the node")] };
        return Promise.resolve({ status: 200, headers: { "x-theirs": "1" }, body, ...answer });
      });
    },
  });
  const container = (name: string) => ({ name, image: "i" });
  const make = (name: string, ...containers: string[]) =>
    api.done(`POST ${pods}`, {
      metadata: { name },
      spec: { nodeName: "n", containers: containers.map(container) },
    });
  await api.done("POST /api/v1/nodes", { metadata: { name: "n" } });
  await make("one", "c");
  await make("two", "c", "d");
  await api.done(`POST ${pods}`, {
    metadata: { name: "waits" },
    spec: { containers: [container("c")] },
  });
  return { api, asked };
}

test("logs come from the pod's node", async () => {
  const { api, asked } = await withNode();
  const rows: [string, string, string][] = [
    ["one/log", "/containerLogs/a/one/c", ""],
    [
      "two/log?container=d&follow=true&tailLines=5&timestamps=1&previous=false&limitBytes=9",
      "/containerLogs/a/two/d",
      "follow=true&timestamps=true&tailLines=5&limitBytes=9",
    ],
    [
      "one/log?sinceTime=2026-01-01T00:00:00Z",
      "/containerLogs/a/one/c",
      "sinceTime=2026-01-01T00%3A00%3A00Z",
    ],
  ];
  for (const [target, path, query] of rows) {
    const answer = await api.ask(`GET ${pods}/${target}`);
    assert.deepEqual([answer.status, answer.text], [200, "from the node"], target);
    assert.equal(answer.headers["content-type"], "text/plain");
    assert.deepEqual([asked.at(-1)?.path, asked.at(-1)?.query], [path, query]);
  }
});

test("a log that cannot be is refused without asking the node", async () => {
  const { api, asked } = await withNode();
  const rows: [string, number, RegExp][] = [
    ["none/log", 404, /^pods "none" not found$/],
    ["two/log", 400, /^a container name must be specified for pod two, choose one of: \[c d\]$/],
    ["one/log?container=x", 400, /^container x is not valid for pod one$/],
    [
      "one/log?tailLines=-1",
      422,
      /tailLines: Invalid value: -1: must be greater than or equal to 0/,
    ],
    ["one/log?tailLines=x", 400, /./],
    ["one/log?sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z", 422, /at most one of/],
  ];
  for (const [target, status, message] of rows) {
    const answer = await api.ask(`GET ${pods}/${target}`);
    assert.equal(answer.status, status, `${target}: ${answer.text}`);
    assert.match(answer.body.message, message);
  }
  assert.deepEqual(
    [await api.ask(`GET ${pods}/waits/log`)].map((a) => [a.status, a.text]),
    [[200, ""]],
  );
  assert.equal(asked.length, 0);
});

test("what the node refuses is told to the caller", async () => {
  const body = { is: "bytes" as const, chunks: [Buffer.from("container is waiting\n")] };
  for (const [status, expected, message] of [
    [400, 400, "container is waiting"],
    [404, 404, "the server could not find the requested resource: container is waiting"],
    [500, 500, "Internal error occurred: container is waiting"],
  ] as const) {
    const { api } = await withNode({ status, body });
    const answer = await api.ask(`GET ${pods}/one/log`);
    assert.deepEqual([answer.status, answer.body.message], [expected, message]);
  }
});

test("exec, attach and port-forward go to the node as the caller's own streams", async () => {
  const run = () => Promise.resolve();
  const { api, asked } = await withNode({ status: 101, body: { is: "upgrade", run } });
  const rows: [string, string, string][] = [
    [
      "one/exec?command=sh&command=-c&command=a+b&stdin=true&tty=true",
      "/exec/a/one/c",
      "input=1&tty=1&command=sh&command=-c&command=a+b",
    ],
    [
      "two/exec?container=d&stdout=1&stderr=false&command=ls",
      "/exec/a/two/d",
      "output=1&command=ls",
    ],
    ["one/attach?stdout=true", "/attach/a/one/c", "output=1"],
    ["one/portforward?ports=80,81&ports=90", "/portForward/a/one", "port=80&port=81&port=90"],
  ];
  for (const method of ["GET", "POST"])
    for (const [target, path, query] of rows) {
      const answer = await api.ask(`${method} ${pods}/${target}`, undefined, {
        upgrade: "SPDY/3.1",
      });
      assert.equal(answer.status, 101, target);
      assert.deepEqual([asked.at(-1)?.path, asked.at(-1)?.query], [path, query]);
      assert.equal(asked.at(-1)?.headers["upgrade"], "SPDY/3.1");
    }
  const waits = await api.ask(`POST ${pods}/waits/exec?command=ls&stdout=1`);
  assert.match(waits.body.message, /pod waits does not have a host assigned/);
});

test("to look by GET into a container needs the right to create", async () => {
  const { api } = await withNode();
  const asked: string[] = [];
  const readOnly = apiServer({
    edge: {
      authorizers: [
        (_identity, { verb, subresource }) => {
          if (subresource !== "") asked.push(`${verb} ${subresource}`);
          const allowed = verb === "get" || subresource === "";
          return { says: allowed ? "allow" : "no opinion", reason: "" };
        },
      ],
    },
  });
  await readOnly.done(`POST ${pods}`, {
    metadata: { name: "p" },
    spec: { containers: [{ name: "c", image: "i" }] },
  });
  const answer = await readOnly.ask(`GET ${pods}/p/exec?command=ls&stdout=1`);
  assert.equal(answer.status, 403);
  assert.deepEqual(asked, ["get exec", "create exec"]);
  assert.equal((await api.ask(`DELETE ${pods}/one/exec`)).status, 405);
});

test("a proxied request keeps its method", async () => {
  const { api, asked } = await withNode();
  const target = "/api/v1/nodes/n/proxy/x";
  for (const method of ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]) {
    assert.equal((await api.ask(`${method} ${target}`)).status, 200, method);
    assert.deepEqual([asked.at(-1)?.method, asked.at(-1)?.path], [method, "/x"]);
  }
  assert.equal((await api.ask(`TRACE ${target}`)).status, 405);
});

test("a proxied page is asked for with a slash, and its links lead back through the proxy", async () => {
  async function* page() {
    yield [Buffer.from('<a href="/next">')];
  }
  const { api } = await withNode({
    headers: { "content-type": "text/html" },
    body: { is: "stream", batches: page() },
  });
  for (const method of ["GET", "HEAD"]) {
    const { status, headers } = await api.ask(`${method} /api/v1/nodes/n/proxy`);
    assert.deepEqual([status, headers["location"]], [301, "/api/v1/nodes/n/proxy/"], method);
  }
  const { text } = await api.ask("GET /api/v1/nodes/n/proxy/");
  assert.equal(text, '<a href="/api/v1/nodes/n/proxy/next">');
});

test("admission sees the options of a connection, may change them, and may refuse it", async () => {
  const seen: unknown[] = [];
  let change: object = {};
  const watching: Admission = {
    name: "Watching",
    handles: (_attributes, { operation }) => operation === "CONNECT",
    mutate: (_context, write: AdmissionWrite) => {
      seen.push(write.object);
      write.object = { ...write.object!, ...change };
    },
    validate({ attributes: { group, plural, name, subresource } }, { object }) {
      assert.equal(object?.apiVersion, "v1");
      if (subresource === "attach" || name === "kept")
        throw forbidden({ group, plural, name }, "not this way");
    },
  };
  const { api, asked } = await withNode({}, [watching]);
  const last = () => [asked.at(-1)?.path, asked.at(-1)?.query];
  const rows: [string, string, object, object, string, string][] = [
    [
      "POST",
      `${pods}/one/exec?command=ls&stdout=1`,
      { kind: "PodExecOptions", stdout: true, command: ["ls"] },
      { command: ["id", "-u"], stderr: true },
      "/exec/a/one/c",
      "output=1&error=1&command=id&command=-u",
    ],
    [
      "POST",
      `${pods}/one/portforward?ports=80`,
      { kind: "PodPortForwardOptions", ports: [80] },
      { ports: [81] },
      "/portForward/a/one",
      "port=81",
    ],
    [
      "PUT",
      "/api/v1/nodes/n/proxy/logs/x/?a=1",
      { kind: "NodeProxyOptions", path: "/logs/x/" },
      { path: "/metrics" },
      "/metrics",
      "a=1",
    ],
    ["GET", "/api/v1/nodes/n/proxy/", { kind: "NodeProxyOptions", path: "/" }, {}, "/", ""],
  ];
  for (const [method, target, object, changed, path, query] of rows) {
    change = changed;
    await api.done(`${method} ${target}`);
    assert.deepEqual(seen.pop(), { apiVersion: "v1", ...object }, target);
    assert.deepEqual(last(), [path, query], target);
  }
  const count = asked.length;
  change = {};
  const refused = [
    `POST ${pods}/one/attach`,
    `GET ${pods}/kept/proxy/x`,
    "GET /api/v1/namespaces/a/services/kept/proxy",
    "DELETE /api/v1/nodes/kept/proxy/x",
  ];
  for (const target of refused) {
    const answer = await api.ask(target);
    assert.equal(answer.status, 403, target);
    assert.match(answer.body.message, /is forbidden: not this way$/);
  }
  const kinds = (seen as { kind: string }[]).map(({ kind }) => kind);
  assert.deepEqual(kinds, [
    "PodAttachOptions",
    "PodProxyOptions",
    "ServiceProxyOptions",
    "NodeProxyOptions",
  ]);
  assert.equal(asked.length, count);
});

test("a port that is no number is refused", async () => {
  const { api } = await withNode();
  for (const [port, why] of [
    ["abc", "invalid syntax"],
    ["-1", "invalid syntax"],
    ["", "invalid syntax"],
    ["99999999999", "value out of range"],
  ]) {
    const answer = await api.ask(`POST ${pods}/one/portforward?ports=${port}`);
    const message = `cannot convert to []int32: strconv.ParseUint: parsing "${port}": ${why}`;
    assert.deepEqual([answer.status, answer.body.message], [400, message]);
  }
});

test("a connection cannot be tried out", async () => {
  const { api, asked } = await withNode();
  for (const target of [`${pods}/one/exec`, `${pods}/one/portforward`, "/api/v1/nodes/n/proxy/x"]) {
    const answer = await api.ask(`POST ${target}?dryRun=All`);
    assert.deepEqual([answer.status, answer.body.message], [400, "dryRun is not supported"]);
  }
  assert.equal(asked.length, 0);
});
