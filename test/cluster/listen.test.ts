// The server's socket with real clients of every kind.
import assert from "node:assert/strict";
import { type EventEmitter, once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import { type RequestOptions, request } from "node:https";
import { connect as plainConnect } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as tlsConnect } from "node:tls";
import { gunzipSync } from "node:zlib";
import { WebSocket } from "ws";
import { seededRandom } from "../../src/lib/random.ts";
import { memoryVault, openPki } from "../../src/main/pki/cluster-pki.ts";
import type { Api, ApiRequest } from "../../src/schema/api-request.ts";
import { serverIdentity } from "../../src/server/call.ts";
import type { Listener } from "../../src/server/listen.ts";
import { type ApiServer, apiServer, turn } from "../kit/api-server.ts";

/** HTTP/2's code of a reset by choice. */
const cancelled = 8;
const maps = "/api/v1/namespaces/a/configmaps";
const pkiOf = (seed: number) =>
  openPki(memoryVault(), {
    dnsNames: ["localhost"],
    ipAddresses: ["127.0.0.1"],
    nowMs: Date.now(),
    random: seededRandom(seed),
  });
const pki = pkiOf(1);
const tlsOf = ({ serving, authority }: typeof pki) => ({
  key: serving.key,
  cert: serving.certificate,
  clientCa: authority.certificate,
});

type Listening = ApiServer & {
  readonly listener: Listener;
  readonly origin: string;
  /** What has been asked of the server so far. */
  readonly asked: ApiRequest[];
  h2(): ClientHttp2Session;
};

/** Its containers have said the same, in two pieces. */
const sayingNode: Api = ({ upgradable }) =>
  Promise.resolve({
    status: upgradable ? 500 : 200,
    headers: {},
    body: { is: "bytes", chunks: [Buffer.from("one\n"), Buffer.from("two\n")] },
  });

async function listening(t: TestContext): Promise<Listening> {
  const asked: ApiRequest[] = [];
  const api = apiServer({
    connectNode: () => Promise.resolve(sayingNode),
    edge: {
      identify(request) {
        asked.push(request);
        return serverIdentity;
      },
    },
  });
  const listener = await api.server.listen({ host: "127.0.0.1", port: 0, tls: tlsOf(pki) });
  const origin = `https://127.0.0.1:${listener.port}`;
  const sessions: ClientHttp2Session[] = [];
  t.after(async () => {
    for (const session of sessions) session.destroy();
    const stopped = api.server.stop(0);
    await api.clock.advance(1);
    await stopped;
  });
  return {
    ...api,
    listener,
    origin,
    asked,
    h2() {
      const session = connect(origin, { ca: pki.authority.certificate });
      session.on("error", () => session.destroy());
      sessions.push(session);
      return session;
    },
  };
}

type Got = { status: number; headers: Record<string, unknown>; body: Buffer };

async function over2(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  body?: Buffer | string,
): Promise<Got> {
  const stream = session.request(headers, { endStream: body === undefined });
  stream.on("error", () => {});
  if (body !== undefined) stream.end(body);
  const [answer] = (await once(stream, "response")) as [Record<string, unknown>];
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return { status: Number(answer[":status"]), headers: answer, body: Buffer.concat(chunks) };
}

async function over1(
  { listener }: Listening,
  options: RequestOptions,
  body?: Buffer | string,
): Promise<Got> {
  const sent = request({
    host: "127.0.0.1",
    port: listener.port,
    ca: pki.authority.certificate,
    agent: false,
    ...options,
  });
  sent.end(body);
  const [answer] = await once(sent, "response");
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks) };
}

/** However it comes about. */
const closed = (stream: EventEmitter): Promise<void> =>
  new Promise((resolve) => void stream.once("close", () => resolve()));

/** Lines as they come, read at the caller's pace. */
async function* linesOf(stream: AsyncIterable<Buffer>) {
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}

test("the same request over both versions of HTTP is the same to the server", async (t) => {
  const api = await listening(t);
  const body = JSON.stringify({ metadata: { generateName: "x-" } });
  const headers = { "content-type": "application/json", "user-agent": "me/1" };
  const path = `${maps}?fieldManager=m&pretty=0`;
  const two = await over2(api.h2(), { ":method": "POST", ":path": path, ...headers }, body);
  const one = await over1(api, { method: "POST", path, headers }, body);
  assert.deepEqual([two.status, one.status], [201, 201]);
  assert.equal(two.headers["content-length"], String(two.body.length));
  for (const asked of api.asked) {
    const { method, query, headers: received, peer } = asked;
    assert.deepEqual([method, asked.path, query], ["POST", maps, "fieldManager=m&pretty=0"]);
    assert.equal(received["user-agent"], "me/1");
    assert.equal(peer.address, "127.0.0.1");
    assert.equal(peer.certificate, undefined);
  }
  assert.equal(api.asked.length, 2);
});

test("a client's certificate is seen, whoever issued it", async (t) => {
  const api = await listening(t);
  const stranger = pkiOf(2).nodeClient;
  for (const { certificate, key } of [pki.nodeClient, stranger])
    await over1(api, { path: "/version", cert: certificate, key });
  const [known, other] = api.asked.map(({ peer }) => peer.certificate);
  assert.ok(known !== undefined && other !== undefined);
  assert.notDeepEqual(known, other);
});

test("a body has a bound, declared or not", async (t) => {
  const api = await listening(t);
  const large = Buffer.alloc(4 * 1024 * 1024, 0x20);
  const ask = { method: "POST", path: maps };
  const json = { "content-type": "application/json" };
  const answers = [
    await over2(api.h2(), { ":method": "POST", ":path": maps, ...json }, large),
    await over1(api, { ...ask, headers: { ...json, "content-length": large.length } }, large),
    await over1(api, { ...ask, headers: { ...json, "transfer-encoding": "chunked" } }, large),
  ];
  for (const { status, body } of answers) {
    assert.equal(status, 413);
    assert.equal(JSON.parse(body.toString()).message, "Request entity too large: limit is 3145728");
  }
});

test("HEAD is answered without a body", async (t) => {
  const api = await listening(t);
  const two = await over2(api.h2(), { ":method": "HEAD", ":path": "/healthz" });
  const one = await over1(api, { method: "HEAD", path: "/healthz" });
  for (const { status, body } of [two, one]) assert.deepEqual([status, body.length], [200, 0]);
});

test("a watch delivers at once and ends with its reader", async (t) => {
  const api = await listening(t);
  const two = api.h2().request({ ":path": `${maps}?watch=1` });
  const sent = request({
    host: "127.0.0.1",
    port: api.listener.port,
    path: `${maps}?watch=1`,
    ca: pki.authority.certificate,
    agent: false,
  }).end();
  const [one] = await once(sent, "response");
  const readers = [linesOf(two), linesOf(one)];
  for (const name of ["x", "y"]) {
    await api.done(`POST ${maps}`, { metadata: { name } });
    for (const reader of readers) {
      const { value } = await reader.next();
      assert.deepEqual([value.type, value.object.metadata.name], ["ADDED", name]);
    }
  }
  const signals = api.asked.slice(0, 2).map(({ signal }) => signal);
  const aborted = signals.map((signal) => once(signal, "abort"));
  two.close();
  sent.destroy();
  await Promise.all(aborted);
});

test("a reader that does not read holds nothing up, and is told when it has missed something", async (t) => {
  const api = await listening(t);
  const stream: ClientHttp2Stream = api.h2().request({ ":path": `${maps}?watch=1` });
  await once(stream, "response");
  await api.done(`POST ${maps}`, { metadata: { name: "x" } });
  const data = (i: number) => ({ k: `${i} `.padEnd(300_000, "x") });
  for (let i = 1; i <= 40; i++) await api.done(`PATCH ${maps}/x`, { data: data(i) });
  await api.compact();
  const seen: unknown[] = [];
  for await (const { type, object } of linesOf(stream))
    seen.push(type === "ERROR" ? object.code : Number.parseInt(object.data?.k ?? "0", 10));
  assert.equal(seen.pop(), 410);
  assert.ok(seen.length < 41, "not all of it was kept for the reader");
  assert.deepEqual(
    seen,
    seen.map((_, i) => i),
    "what it got came in order, without a gap",
  );
});

test("long lists are compressed for who wants that", async (t) => {
  const api = await listening(t);
  for (let i = 0; i < 4; i++)
    await api.done(`POST ${maps}`, {
      metadata: { name: `m${i}` },
      data: { k: "x".repeat(50_000) },
    });
  const headers = { "accept-encoding": "gzip" };
  const two = await over2(api.h2(), { ":path": maps, ...headers });
  const one = await over1(api, { path: maps, headers });
  const plain = await over1(api, { path: maps });
  for (const { headers: given, body } of [two, one]) {
    assert.equal(given["content-encoding"], "gzip");
    assert.ok(body.length < 10_000);
    assert.deepEqual(gunzipSync(body), plain.body);
  }
  assert.equal(plain.headers["content-encoding"], undefined);
  const single = await over1(api, { path: `${maps}/m1`, headers });
  assert.equal(single.headers["content-encoding"], undefined, "too short to be worth it");
});

test("a watch by WebSocket: an event is a message", async (t) => {
  const api = await listening(t);
  const socket = new WebSocket(
    `wss://127.0.0.1:${api.listener.port}${maps}?watch=1&timeoutSeconds=60`,
    {
      ca: pki.authority.certificate,
    },
  );
  await once(socket, "open");
  for (const name of ["x", "y"]) {
    const message = once(socket, "message");
    await api.done(`POST ${maps}`, { metadata: { name } });
    const [data, isBinary] = await message;
    assert.equal(isBinary, false);
    assert.equal(JSON.parse(data.toString()).object.metadata.name, name);
  }
  const closed = once(socket, "close");
  await api.clock.advance(61_000);
  assert.equal((await closed)[0], 1000, "the watch's own end");

  const leaving = new WebSocket(`wss://127.0.0.1:${api.listener.port}${maps}?watch=1`, {
    ca: pki.authority.certificate,
  });
  await once(leaving, "open");
  const aborted = once(api.asked.at(-1)!.signal, "abort");
  leaving.close();
  await aborted;
});

const logProtocols: { offered: string[]; agreed: string; says: string[]; isBinary: boolean }[] = [
  { offered: [], agreed: "", says: ["", "one\n", "two\n"], isBinary: true },
  {
    offered: ["binary.k8s.io"],
    agreed: "binary.k8s.io",
    says: ["", "one\n", "two\n"],
    isBinary: true,
  },
  {
    offered: ["base64url.bearer.authorization.k8s.io.c2VjcmV0", "base64.binary.k8s.io"],
    agreed: "base64.binary.k8s.io",
    says: ["", "b25lCg==", "dHdvCg=="],
    isBinary: false,
  },
];

for (const { offered, agreed, says, isBinary } of logProtocols)
  test(`a log by WebSocket with [${offered}]`, async (t) => {
    const api = await listening(t);
    await api.done("POST /api/v1/nodes", { metadata: { name: "n" } });
    await api.done("POST /api/v1/namespaces/a/pods", {
      metadata: { name: "p" },
      spec: { nodeName: "n", containers: [{ name: "c", image: "i" }] },
    });
    const socket = new WebSocket(
      `wss://127.0.0.1:${api.listener.port}/api/v1/namespaces/a/pods/p/log`,
      offered,
      { ca: pki.authority.certificate },
    );
    const said: [string, boolean][] = [];
    socket.on("message", (data, binary) => said.push([data.toString(), binary]));
    await once(socket, "close");
    assert.equal(socket.protocol, agreed);
    assert.deepEqual(
      said,
      says.map((text) => [text, isBinary]),
    );
  });

test("a log by WebSocket in a protocol that nobody knows is refused", async (t) => {
  const api = await listening(t);
  await api.done("POST /api/v1/nodes", { metadata: { name: "n" } });
  await api.done("POST /api/v1/namespaces/a/pods", {
    metadata: { name: "p" },
    spec: { nodeName: "n", containers: [{ name: "c", image: "i" }] },
  });
  const url = `wss://127.0.0.1:${api.listener.port}/api/v1/namespaces/a/pods/p/log`;
  const socket = new WebSocket(url, ["v9.k8s.io"], { ca: pki.authority.certificate });
  const [error] = await once(socket, "error");
  assert.match(error.message, /403/);
});

test("an upgrade that is not granted is an ordinary answer", async (t) => {
  const api = await listening(t);
  const headers = { connection: "Upgrade", upgrade: "SPDY/3.1" };
  const path = "/api/v1/namespaces/a/pods/none/exec?command=ls";
  const { status, body } = await over1(api, { method: "POST", path, headers });
  assert.equal(status, 404);
  assert.equal(JSON.parse(body.toString()).message, 'pods "none" not found');
});

test("clients that misbehave end their own connection only", async (t) => {
  const api = await listening(t);
  const { port } = api.listener;
  const plain = plainConnect(port, "127.0.0.1");
  plain.on("error", () => {});
  plain.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await closed(plain);

  const broken = tlsConnect({ port, host: "127.0.0.1", ca: pki.authority.certificate });
  broken.on("error", () => {});
  broken.write("NONSENSE\r\n\r\n");
  const [answer] = await once(broken, "data");
  assert.match(answer.toString(), /^HTTP\/1.1 400 /);

  const headers = { big: "x".repeat(2 << 20) };
  const tooLong = await over1(api, { path: "/version", headers }).catch(() => ({ status: 431 }));
  assert.equal(tooLong.status, 431);

  const resetting = api.h2();
  const ended = closed(resetting);
  while (!resetting.destroyed) {
    const streams = Array.from({ length: 100 }, () => resetting.request({ ":path": maps }));
    for (const stream of streams) stream.on("error", () => {});
    await turn();
    for (const stream of streams) stream.close(cancelled);
    await turn();
  }
  await ended;

  assert.equal((await over2(api.h2(), { ":path": "/version" })).status, 200);
});

test("new connections get a new certificate", async (t) => {
  const api = await listening(t);
  const renewed = pkiOf(3);
  const old = api.h2();
  assert.equal((await over2(old, { ":path": "/version" })).status, 200);
  api.listener.renew(tlsOf(renewed));
  assert.equal((await over2(old, { ":path": "/version" })).status, 200, "old ones go on");
  const ca = renewed.authority.certificate;
  assert.equal((await over1(api, { path: "/version", ca })).status, 200);
  await assert.rejects(over1(api, { path: "/version" }), /certificate|signature/);
});

test("the server stops when what is under way has ended, and tells its readers", async () => {
  const after: (() => unknown)[] = [];
  const api = await listening({ after: (run: () => unknown) => after.push(run) } as never);
  await api.done(`POST ${maps}`, { metadata: { name: "x" } });
  const session = api.h2();
  const watching = session.request({ ":path": `${maps}?watch=1` });
  await linesOf(watching).next();
  const keptAlive = request({
    host: "127.0.0.1",
    port: api.listener.port,
    path: "/version",
    ca: pki.authority.certificate,
  }).end();
  const [answer] = await once(keptAlive, "response");
  answer.resume();
  const ended = once(watching, "close");
  await api.server.stop(1000);
  await ended;
  assert.equal(session.closed, true);
  await assert.rejects(over1(api, { path: "/version" }), /ECONNREFUSED/);
});
