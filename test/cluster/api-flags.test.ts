// The flags of the API server: files that are refused, taken, changed while it runs; the audit log on a disk.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "node:tls";
import type { Log } from "../../src/lib/log.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { VirtualClock } from "../../src/lib/virtual-clock.ts";
import type { ApiValues } from "../../src/main/api-flags.ts";
import { apiSettings } from "../../src/main/api-settings.ts";
import { openAuditLog } from "../../src/main/audit-log.ts";
import { lookEveryMs } from "../../src/main/followed-file.ts";
import { memoryVault, openPki, rotateTokenKey } from "../../src/main/pki/cluster-pki.ts";
import { keepPki, part, lookEveryMs as pkiLookMs } from "../../src/main/pki/keeper.ts";
import { Refusal } from "../../src/main/refusal.ts";
import { call } from "../../src/server/call.ts";
import { makeEdge } from "../../src/server/edge.ts";
import { type ApiServer, apiServer, turn } from "../kit/api-server.ts";

function world(t: { after(run: () => void): void }) {
  const folder = mkdtempSync(join(tmpdir(), "coxswain-flags-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const clock = new VirtualClock({ settle: turn, now: Date.UTC(2026, 0, 1) });
  const lines: string[] = [];
  const note = (message: string, fields?: object): void =>
    void lines.push(`${message} ${JSON.stringify(fields, shown)}`);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  const random = seededRandom(1);
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  return { folder, clock, lines, log, random, file };
}

const shown = (_key: string, value: unknown): unknown =>
  value instanceof Error ? value.message : value;

type World = ReturnType<typeof world>;

const settingsOf = (values: ApiValues, { clock, random, log }: World) =>
  apiSettings(values, "https://own", { clock, random, log });

test("what cannot be used stops the start, with the file or flag, the field and the reason", async (t) => {
  const w = world(t);
  const policy = w.file(
    "policy",
    "{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: All}]}",
  );
  const good = w.file(
    "good",
    "{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: None}]}",
  );
  const tokens = w.file("tokens", "secret-token,ann\n");
  const none = join(w.folder, "none");
  const log = join(w.folder, "log");
  const rows: [values: ApiValues, told: string[]][] = [
    [
      { "audit-policy-file": [policy], "audit-log-path": [log] },
      [policy, "rules[0].level", '"All"'],
    ],
    [{ "audit-policy-file": [none], "audit-log-path": ["-"] }, [none, "no such file"]],
    [{ "audit-policy-file": [good] }, ["--audit-policy-file", "--audit-log-path"]],
    [{ "audit-log-path": [log] }, ["--audit-log-path", "--audit-policy-file is needed"]],
    [
      { "audit-policy-file": [good], "audit-log-path": [join(none, "a")] },
      ["--audit-log-path", "no such file"],
    ],
    [
      { "audit-policy-file": [good], "audit-log-path": [log], "audit-log-maxsize": ["big"] },
      ["--audit-log-maxsize big", "a whole number"],
    ],
    [
      { "audit-policy-file": [good], "audit-log-path": [log], "audit-log-mode": ["now"] },
      ["--audit-log-mode now", "batch or blocking"],
    ],
    [{ "authorization-config": [none] }, [none, "no such file"]],
    [{ "authorization-config": [good] }, [good, "apiVersion"]],
    [
      { "authorization-mode": ["RBAC,Webhook"] },
      ["--authorization-mode", "--authorization-webhook-config-file"],
    ],
    [{ "authorization-mode": ["RBAC,ABAC"] }, ["--authorization-mode", '"ABAC"']],
    [
      { "authorization-mode": ["RBAC"], "authorization-config": [good] },
      ["--authorization-config", "cannot be used with"],
    ],
    [{ "authentication-config": [good] }, [good, "apiVersion"]],
    [
      { "oidc-issuer-url": ["http://i"], "oidc-client-id": ["a"] },
      ["--oidc-issuer-url", "https://"],
    ],
    [{ "oidc-issuer-url": ["https://i"] }, ["--oidc-client-id is needed"]],
    [{ "token-auth-file": [tokens] }, [tokens, "line 1", "token, user and uid are needed"]],
    [{ "service-account-key-file": [good] }, [good, "holds no key in PEM form"]],
    [{ "anonymous-auth": ["perhaps"] }, ["--anonymous-auth perhaps", "true or false"]],
    [{ "enable-admission-plugins": ["Nobody"] }, ["--enable-admission-plugins", '"Nobody"']],
    [{ "admission-control-config-file": [none] }, [none, "no such file"]],
    [{ "tls-min-version": ["VersionTLS10"] }, ["--tls-min-version VersionTLS10"]],
    [
      { "tls-cipher-suites": ["TLS_RSA_WITH_RC4_128_SHA"] },
      ["--tls-cipher-suites", "unknown or insecure"],
    ],
  ];
  for (const [values, told] of rows) {
    await assert.rejects(settingsOf(values, w), (error) => {
      assert.ok(error instanceof Refusal, `${JSON.stringify(values)}: ${error}`);
      for (const text of told)
        assert.ok(error.message.includes(text), `${error.message} lacks ${text}`);
      assert.ok(!error.message.includes("secret-token"));
      return true;
    });
  }
});

function serverWith(edge: object): ApiServer {
  const pki = openPki(memoryVault(), {
    dnsNames: [],
    ipAddresses: [],
    nowMs: Date.UTC(2026, 0, 1),
    random: seededRandom(1),
  });
  return apiServer({
    edge: (core) =>
      makeEdge(core, {
        ...edge,
        clientAuthorities: "",
        serviceAccounts: { keys: pki.tokenKeys, issuer: "https://own" },
        address: () => "",
      }),
  });
}

const authorizers = (...modes: string[]): string =>
  JSON.stringify({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "AuthorizationConfiguration",
    authorizers: modes.map((type) => ({ type, name: type.toLowerCase() })),
  });

test("a changed file is followed, a bad one keeps the old and says so once", async (t) => {
  const w = world(t);
  const path = w.file("authorization", authorizers("AlwaysDeny"));
  const settings = await settingsOf({ "authorization-config": [path] }, w);
  t.after(() => settings.close());
  const { ask } = serverWith(settings.edge);
  const status = async (): Promise<number> => (await ask("GET /api/v1/pods")).status;
  assert.equal(await status(), 403);
  w.file("authorization", authorizers("AlwaysAllow"));
  assert.equal(await status(), 403);
  await w.clock.advance(lookEveryMs);
  assert.equal(await status(), 200);
  w.file("authorization", authorizers("Nobody"));
  await w.clock.advance(3 * lookEveryMs);
  assert.equal(await status(), 200);
  const told = w.lines.filter((line) => line.includes("the old one stays"));
  assert.equal(told.length, 1);
  assert.ok(told[0]!.includes(path) && told[0]!.includes("authorizers[0].type"), told[0]);
  w.file("authorization", authorizers("AlwaysDeny"));
  await w.clock.advance(lookEveryMs);
  assert.equal(await status(), 403);
});

test("anonymous requests reach the paths that the file names", async (t) => {
  const w = world(t);
  const conditions = [{ path: "/livez" }];
  const text = { kind: "AuthenticationConfiguration", anonymous: { enabled: true, conditions } };
  const path = w.file(
    "authentication",
    JSON.stringify({ apiVersion: "apiserver.config.k8s.io/v1", ...text }),
  );
  const values = { "authentication-config": [path], "authorization-mode": ["AlwaysAllow"] };
  const settings = await settingsOf(values, w);
  t.after(() => settings.close());
  const { ask } = serverWith(settings.edge);
  assert.equal((await ask("GET /livez")).status, 200);
  assert.equal((await ask("GET /api")).status, 401);
});

test("static tokens, an authorization webhook and an audit webhook by kubeconfig", async (t) => {
  const w = world(t);
  const got: { path: string; token: string; body: string }[] = [];
  const hook = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => {
      body += part;
    });
    request.on("end", () => {
      got.push({ path: request.url ?? "", token: request.headers.authorization ?? "", body });
      response.end(JSON.stringify({ status: { allowed: body.includes('"ann"') } }));
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, "127.0.0.1", resolve));
  t.after(() => void hook.close());
  const kubeconfig = (path: string): string => {
    const server = `http://127.0.0.1:${(hook.address() as AddressInfo).port}${path}`;
    return w.file(
      path.slice(1),
      JSON.stringify({
        clusters: [{ name: "c", cluster: { server } }],
        users: [{ name: "u", user: { token: "hook-token" } }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      }),
    );
  };
  const policy =
    "{apiVersion: audit.k8s.io/v1, kind: Policy, omitStages: [RequestReceived], rules: [{level: Metadata}]}";
  const settings = await settingsOf(
    {
      "token-auth-file": [w.file("tokens", 't1,ann,1,"dev"\nt2,bob,2\n')],
      "authorization-mode": ["Webhook"],
      "authorization-webhook-config-file": [kubeconfig("/authorize")],
      "authorization-webhook-version": ["v1"],
      "audit-policy-file": [w.file("policy", policy)],
      "audit-webhook-config-file": [kubeconfig("/audit")],
      "audit-webhook-mode": ["blocking"],
    },
    w,
  );
  const { ask } = serverWith(settings.edge);
  const as = async (token: string): Promise<number> =>
    (await ask("GET /api/v1/pods", undefined, { authorization: `Bearer ${token}` })).status;
  assert.deepEqual(
    [await as("t1"), await as("t1"), await as("t2"), await as("t3")],
    [200, 200, 403, 401],
  );
  await settings.close();
  const count = (path: string): number => got.filter((one) => one.path === path).length;
  assert.deepEqual([count("/authorize"), count("/audit")], [2, 4]);
  assert.ok(got.every((one) => one.token === "Bearer hook-token"));
  assert.ok(got.every((one) => !/t[123]"/.test(one.body)));
});

test("the audit log is put aside when it is large, and old files go", async (t) => {
  const w = world(t);
  const path = join(w.folder, "audit.log");
  const rotation = { maxBytes: 100, maxBackups: 2, maxAgeDays: 1 };
  const log = await openAuditLog(path, rotation, w.clock);
  const line = `${"x".repeat(59)}\n`;
  await Promise.all(Array.from({ length: 5 }, () => log.append(line)));
  const files = (): string[] =>
    readdirSync(w.folder)
      .filter((f) => f.startsWith("audit"))
      .sort();
  assert.equal(files().length, 3);
  assert.match(files()[0]!, /^audit-2026-01-01T00-00-00\.00\d\.log$/);
  for (const file of files()) {
    assert.equal(readFileSync(join(w.folder, file), "utf8"), line);
    assert.equal(statSync(join(w.folder, file)).mode & 0o777, 0o600);
  }
  await w.clock.advance(2 * 24 * 3600 * 1000);
  await log.append(line);
  assert.equal(files().length, 2);
  await log.close();
});

test("certificates are renewed long before they end, and the port shows the new ones", async (t) => {
  const w = world(t);
  const vault = memoryVault();
  const wish = () => ({
    dnsNames: ["localhost"],
    ipAddresses: ["127.0.0.1"],
    nowMs: w.clock.now(),
    random: w.random,
  });
  // Made so long ago that a third of its life is left between the first and the second look.
  const dayMs = 24 * 3600 * 1000;
  const lifeMs = 365 * dayMs + 5 * 60_000;
  const ageMs = lifeMs * (2 / 3) - 5 * 60_000 - 1.5 * pkiLookMs;
  openPki(vault, { ...wish(), nowMs: w.clock.now() - ageMs });
  const keeper = keepPki(() => openPki(vault, wish()), w);
  t.after(() => keeper.stop());
  const first = keeper.pki.value;
  const { server } = apiServer();
  const tls = (pki: typeof first) => ({
    cert: pki.serving.certificate,
    key: pki.serving.key,
    minVersion: "TLSv1.3" as const,
  });
  const { port } = await server.listen({ host: "127.0.0.1", port: 0, tls: tls(first) });
  t.after(() => server.stop(0));
  keeper.pki.onChange((pki) => server.renew(tls(pki)));
  const serial = (maxVersion: "TLSv1.2" | "TLSv1.3"): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, maxVersion });
      socket.once("secureConnect", () => {
        resolve(socket.getPeerX509Certificate()?.serialNumber ?? "");
        socket.destroy();
      });
      socket.once("error", (error) => resolve((error as NodeJS.ErrnoException).code ?? ""));
    });
  const before = await serial("TLSv1.3");
  assert.match(await serial("TLSv1.2"), /^ERR_SSL|ECONNRESET/);
  await w.clock.advance(pkiLookMs);
  assert.equal(keeper.pki.value, first);
  await w.clock.advance(pkiLookMs);
  assert.notEqual(keeper.pki.value.serving.certificate, first.serving.certificate);
  assert.equal(keeper.pki.value.authority.certificate, first.authority.certificate);
  assert.notEqual(await serial("TLSv1.3"), before);
});

test("another key signs tokens, and those of the one before stay good", async (t) => {
  const w = world(t);
  const vault = memoryVault();
  const wish = () => ({ dnsNames: [], ipAddresses: [], nowMs: w.clock.now(), random: w.random });
  const keeper = keepPki(() => openPki(vault, wish()), w);
  t.after(() => keeper.stop());
  const server = apiServer({
    edge: (core) =>
      makeEdge(core, {
        clientAuthorities: "",
        serviceAccounts: { keys: part(keeper.pki, (pki) => pki.tokenKeys), issuer: "https://own" },
        address: () => "",
      }),
  });
  const { core } = server.server;
  await call(core, {
    method: "POST",
    path: "/api/v1/namespaces",
    body: { metadata: { name: "a" } },
  });
  const accounts = "/api/v1/namespaces/a/serviceaccounts";
  await call(core, { method: "POST", path: accounts, body: { metadata: { name: "bot" } } });
  const token = async (): Promise<string> => {
    const made = await call<{ status: { token: string } }>(core, {
      method: "POST",
      path: `${accounts}/bot/token`,
      body: { spec: {} },
    });
    return made.status.token;
  };
  const kid = (jwt: string): string => JSON.parse(atob(jwt.split(".")[0]!)).kid;
  const isGood = async (jwt: string): Promise<boolean> => {
    const answer = await server.ask("GET /api", undefined, { authorization: `Bearer ${jwt}` });
    return answer.status !== 401;
  };
  const tokens = [await token()];
  for (let i = 0; i < 2; i++) {
    rotateTokenKey(vault);
    await w.clock.advance(pkiLookMs);
    tokens.push(await token());
  }
  assert.equal(new Set(tokens.map(kid)).size, 3);
  for (const jwt of tokens) assert.ok(await isGood(jwt));
  const { body } = await server.ask("GET /openid/v1/jwks", undefined, {
    authorization: `Bearer ${tokens[0]}`,
  });
  if (body !== undefined && body.keys !== undefined) assert.equal(body.keys.length, 3);
  const [head, claims] = tokens[2]!.split(".");
  assert.equal(await isGood(`${head}.${claims}.${tokens[0]!.split(".")[2]}`), false);
});
