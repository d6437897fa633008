// What the server is led to: webhooks, aggregated servers, nodes, pods and services with addresses of an attacker's choice.
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { createServer as createPlain } from "node:net";
import { systemRandom } from "../../../src/lib/system.ts";
import { issue, makeAuthority } from "../../../src/main/pki/keys.ts";
import { says } from "../raw.ts";
import { asks, type Row, type Table, told } from "../row.ts";
import { evilMaps, soon } from "../setting.ts";
import { type Target, tokens } from "../target.ts";

const context = { nowMs: Date.now(), random: systemRandom };
const authority = makeAuthority("attackers", context);
const serving = issue(
  authority,
  {
    subject: { commonName: "x", organizations: [] },
    usages: ["serverAuth"],
    dnsNames: ["localhost", "api.evil.svc"],
    ipAddresses: ["127.0.0.1"],
  },
  context,
);
const caBundle = Buffer.from(authority.certificate).toString("base64");

type Say = Parameters<typeof createServer>[1];

/** An attacker's server while `run` lasts. */
async function withServer<T>(
  say: Say,
  run: (port: number, server: Server) => Promise<T>,
): Promise<T> {
  const server = createServer({ key: serving.key, cert: serving.certificate }, say);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await run((server.address() as AddressInfo).port, server);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const hooks = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";
const hook = (clientConfig: object, more: object = {}): object => ({
  metadata: { name: "trap" },
  webhooks: [
    {
      name: "trap.evil.example",
      clientConfig,
      rules: [
        { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] },
      ],
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "evil" } },
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
      timeoutSeconds: 2,
      ...more,
    },
  ],
});

/** A webhook of the attacker's, asked because of a tenant's object. */
const hooked = (name: string, say: Say, answer: Row["answer"]): Row => ({
  name,
  answer,
  run: (target) =>
    withServer(say, async (port) => {
      await target.done(`POST ${hooks}`, hook({ url: `https://127.0.0.1:${port}/`, caBundle }));
      try {
        let line = "";
        await soon("the webhook", async () => {
          line = told(
            await target.ask(`POST ${evilMaps}?dryRun=All`, {
              as: "mallory",
              body: { metadata: { name: "h" } },
            }),
          );
          return !line.startsWith("201");
        });
        return line;
      } finally {
        await target.done(`DELETE ${hooks}/trap`);
      }
    }),
});

const refusing = (url: string, answer: Row["answer"]): Row =>
  asks(
    `a webhook at ${url}`,
    `POST ${hooks}?dryRun=All`,
    { as: "admin", body: hook({ url }) },
    answer,
  );

const webhooks: readonly Row[] = [
  refusing("http://127.0.0.1/", "422 Invalid"),
  refusing("file:///etc/passwd", "422 Invalid"),
  refusing("https://user:word@127.0.0.1/", "422 Invalid"),
  refusing("https://127.0.0.1/#part", "422 Invalid"),
  refusing("https://127.0.0.1/?query", "422 Invalid"),
  refusing("https://", "422 Invalid"),
  refusing("//127.0.0.1/", "422 Invalid"),
  refusing("https://a b/", "422 Invalid"),
  asks(
    "a webhook whose path steps up",
    `POST ${hooks}?dryRun=All`,
    { as: "admin", body: hook({ service: { namespace: "evil", name: "x", path: "/../a//b" } }) },
    /^(422|201)/,
  ),
  {
    name: "a webhook at a port beyond all",
    answer: "500 InternalError",
    async run(target) {
      await target.done(`POST ${hooks}`, hook({ url: "https://127.0.0.1:99999/", caBundle }));
      try {
        let line = "";
        await soon("the webhook", async () => {
          line = told(
            await target.ask(`POST ${evilMaps}?dryRun=All`, {
              as: "mallory",
              body: { metadata: { name: "h" } },
            }),
          );
          return !line.startsWith("201");
        });
        return line;
      } finally {
        await target.done(`DELETE ${hooks}/trap`);
      }
    },
  },
  hooked(
    "a webhook that redirects",
    (_, r) => r.writeHead(302, { location: "https://169.254.169.254/latest" }).end(),
    "500 InternalError",
  ),
  hooked(
    "a webhook that redirects to the server itself",
    (_, r) => r.writeHead(307, { location: "/" }).end(),
    "500 InternalError",
  ),
  hooked(
    "a webhook that never ends its answer",
    (_, r) => {
      r.writeHead(200, { "content-type": "application/json" });
      const filling = setInterval(() => r.write(Buffer.alloc(1 << 16, 32)), 1);
      r.on("close", () => clearInterval(filling));
    },
    "500 InternalError",
  ),
  hooked(
    "a webhook that answers 100 MiB",
    (_, r) => {
      r.writeHead(200, { "content-type": "application/json" });
      let left = 1600;
      const more = (): void => {
        while (left-- > 0)
          if (!r.write(Buffer.alloc(1 << 16, 32))) return void r.once("drain", more);
        r.end();
      };
      more();
    },
    "500 InternalError",
  ),
  hooked(
    "a webhook that answers deep JSON",
    (_, r) => r.writeHead(200, { "content-type": "application/json" }).end("[".repeat(2_000_000)),
    "500 InternalError",
  ),
  hooked("a webhook that hangs", () => {}, "500 InternalError"),
  hooked("a webhook that breaks off", (q) => q.socket.destroy(), "500 InternalError"),
  hooked(
    "a webhook that changes protocols",
    (q) =>
      q.socket.end("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n"),
    "500 InternalError",
  ),
  hooked(
    "a webhook that answers for __proto__",
    (_, r) =>
      r
        .writeHead(200, { "content-type": "application/json" })
        .end(
          '{"__proto__":{"response":{"allowed":true}},"constructor":{"prototype":{"polluted":1}}}',
        ),
    "500 InternalError",
  ),
  hooked(
    "a webhook that answers another question",
    (_, r) =>
      r
        .writeHead(200, { "content-type": "application/json" })
        .end(
          '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":{"uid":"other","allowed":true}}',
        ),
    "500 InternalError",
  ),
];

const services = "/apis/apiregistration.k8s.io/v1/apiservices";
const group = "trap.evil.example";

/** An aggregated server of the attacker's. */
const aggregated = (
  name: string,
  say: Say,
  act: (target: Target) => Promise<string>,
  answer: Row["answer"],
): Row => ({
  name,
  answer,
  run: (target) =>
    withServer(say, async (port, server) => {
      server.on("upgrade", (request, socket) => {
        socket.on("error", () => {});
        if (request.url?.includes("other"))
          socket.end(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: other\r\nConnection: Upgrade\r\nX-A: b\r\n\r\n",
          );
        else if (request.url?.includes("plain"))
          socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        else if (request.url?.includes("redirect"))
          socket.end(
            "HTTP/1.1 302 Found\r\nLocation: https://169.254.169.254/\r\nContent-Length: 0\r\n\r\n",
          );
        else if (request.url?.includes("nonsense")) socket.end("\0\0\0 nonsense\r\n\r\n");
        else socket.end("HTTP/1.1 101 Switching Protocols\r\n\r\n");
      });
      await target.ask("POST /api/v1/namespaces/evil/services", {
        as: "admin",
        body: {
          metadata: { name: "api" },
          spec: { type: "ExternalName", externalName: "localhost" },
        },
      });
      const service = { namespace: "evil", name: "api", port };
      await target.done(`POST ${services}`, {
        metadata: { name: `v1.${group}` },
        spec: {
          group,
          version: "v1",
          groupPriorityMinimum: 1000,
          versionPriority: 10,
          service,
          caBundle,
        },
      });
      try {
        await soon("the aggregated server", async () => {
          const { status } = await target.done(`GET ${services}/v1.${group}`);
          return status?.conditions?.some(
            (c: { type: string; status: string }) => c.type === "Available" && c.status === "True",
          );
        });
        return await act(target);
      } finally {
        await target.done(`DELETE ${services}/v1.${group}`);
      }
    }),
});

const root = `/apis/${group}/v1`;
const list = JSON.stringify({
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion: `${group}/v1`,
  resources: [],
});
const sample =
  (more: Say): Say =>
  (request, response) => {
    if (request.url === root || request.url === `${root}/`)
      response.writeHead(200, { "content-type": "application/json" }).end(list);
    else if (request.url?.startsWith(`${root}/`)) more!(request, response);
    else response.writeHead(404).end();
  };
const read = (path: string) => async (target: Target) =>
  told(await target.ask(`GET ${root}/${path}`, { as: "admin" }));
const bearer = `Authorization: Bearer ${tokens.get("admin")!.token}`;
const upgrade = (path: string) => (target: Target) =>
  says(
    target,
    `GET ${root}/${path} HTTP/1.1\r\nHost: x\r\n${bearer}\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n`,
  );
const nothing: Say = sample((_, r) => void r.end("{}"));

const aggregation: readonly Row[] = [
  aggregated(
    "an aggregated server that redirects",
    sample((_, r) => r.writeHead(302, { location: "https://169.254.169.254/" }).end()),
    read("a"),
    "502 the backend attempted to redirect this request, which is not permitted",
  ),
  aggregated(
    "one that redirects to this server",
    sample((_, r) => r.writeHead(301, { location: "/api/v1/secrets" }).end()),
    read("a"),
    "502",
  ),
  aggregated(
    "one that is told who asks, and not his token",
    sample(
      (q, r) =>
        void r.end(
          JSON.stringify([
            q.headers["x-remote-user"],
            q.headers.authorization ?? "no token",
            q.headers["impersonate-user"] ?? "nobody else",
          ]),
        ),
    ),
    async (t) => (await t.ask(`GET ${root}/a`, { as: "admin" })).text,
    '["admin","no token","nobody else"]',
  ),
  aggregated(
    "one to which a caller says that he is another",
    sample((q, r) => void r.end(String(q.headers["x-remote-user"]))),
    async (t) =>
      (
        await t.ask(`GET ${root}/a`, {
          as: "admin",
          headers: { "x-remote-user": "root", "X-Remote-User": "root" },
        })
      ).text,
    "admin",
  ),
  aggregated(
    "one that answers headers of the connection",
    sample((_, r) =>
      r.writeHead(200, { "proxy-connection": "keep-alive", "keep-alive": "timeout=1" }).end("ok"),
    ),
    read("a"),
    "200",
  ),
  aggregated(
    "one that breaks off its answer",
    sample((q, r) => {
      r.writeHead(200, { "content-length": "100" });
      r.write("half");
      setImmediate(() => q.socket.destroy());
    }),
    async (t) => t.ask(`GET ${root}/a`, { as: "admin" }).then(told, () => "broken off"),
    /^(broken off|200|503|502)/,
  ),
  aggregated(
    "one that ends without an answer",
    sample((q) => void q.socket.destroy()),
    read("a"),
    "503",
  ),
  aggregated(
    "one that answers 304 and a body",
    sample((_, r) => r.writeHead(304).end()),
    read("a"),
    "304",
  ),
  aggregated(
    "an upgrade that is answered with another protocol",
    nothing,
    upgrade("other"),
    /^(101|502|500|503)/,
  ),
  aggregated("an upgrade that is answered as a plain request", nothing, upgrade("plain"), /^503/),
  aggregated("an upgrade that is redirected", nothing, upgrade("redirect"), /^503/),
  aggregated("an upgrade that is answered with nonsense", nothing, upgrade("nonsense"), /^503/),
  aggregated("an upgrade that names no protocol", nothing, upgrade("bare"), /^(101|503|502)/),
];

/** A node, pod or service whose address leads to where the server itself stands. */
const nodeAt = (address: string, port: number): Row => ({
  name: `a node at ${address}:${port}, by the proxy`,
  answer: /^(400 BadRequest: address not allowed|503)/,
  async run(target) {
    await target.ask("POST /api/v1/nodes", { as: "admin", body: { metadata: { name: "trap" } } });
    await target.done("PATCH /api/v1/nodes/trap/status", {
      status: {
        addresses: [{ type: "InternalIP", address }],
        daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      },
    });
    return told(
      await target.ask(`GET /api/v1/nodes/https:trap:${port}/proxy/version`, { as: "admin" }),
    );
  },
});

const podAt = (address: string): Row => ({
  name: `a pod at ${address}, by the proxy`,
  answer: /^(400 BadRequest: address not allowed|422)/,
  async run(target) {
    const pods = "/api/v1/namespaces/evil/pods";
    await target.ask(`POST ${pods}`, {
      as: "admin",
      body: {
        metadata: { name: "at" },
        spec: { nodeName: "n1", containers: [{ name: "c", image: "i" }] },
      },
    });
    const said = await target.ask(`PATCH ${pods}/at/status`, {
      as: "admin",
      body: { status: { phase: "Running", podIP: address, podIPs: [{ ip: address }] } },
    });
    if (said.status !== 200) return told(said);
    return told(
      await target.ask(`GET ${pods}/https:at:${target.port}/proxy/version`, { as: "mallory" }),
    );
  },
});

/** An agent's port at loopback, where a program listens that is no agent. */
const agentAtLoopback: Row = {
  name: "a node whose agent is another program of this machine",
  answer: /^(500|502|503)/,
  async run(target) {
    const heard: Buffer[] = [];
    const server = createPlain((socket) => {
      socket.on("error", () => {});
      socket.on("data", (part) => {
        heard.push(part);
        socket.end("nonsense");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await target.ask("POST /api/v1/nodes", { as: "admin", body: { metadata: { name: "agent" } } });
    await target.done("PATCH /api/v1/nodes/agent/status", {
      status: {
        addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
        daemonEndpoints: { kubeletEndpoint: { Port: port } },
      },
    });
    let line = "";
    await soon("an answer", async () => {
      line = told(await target.ask("GET /api/v1/nodes/agent/proxy/pods", { as: "admin" }));
      // The cache of nodes may be behind.
      return !line.startsWith("404");
    });
    server.close();
    return Buffer.concat(heard).includes("GET ") ? "spoke in the clear" : line;
  },
};

/** A node that says that its agent is this server, which believes in the credentials that it shows to agents. */
const agentIsServer = (name: string, ask: (target: Target) => Promise<string>): Row => ({
  name: `a node whose agent is this server itself, ${name}`,
  answer: /^(400 BadRequest: address not allowed|503|502|500)/,
  async run(target) {
    await target.ask("POST /api/v1/nodes", { as: "admin", body: { metadata: { name: "self" } } });
    const inside = "/api/v1/namespaces/evil/pods";
    await target.ask(`POST ${inside}`, {
      as: "admin",
      body: {
        metadata: { name: "on-self" },
        spec: { nodeName: "self", containers: [{ name: "c", image: "i" }] },
      },
    });
    await target.done("PATCH /api/v1/nodes/self/status", {
      status: {
        addresses: [{ type: "InternalIP", address: "127.0.0.1" }],
        daemonEndpoints: { kubeletEndpoint: { Port: target.port } },
      },
    });
    let line = "";
    await soon("an answer", async () => {
      line = await ask(target);
      // The cache of nodes may be behind.
      return !line.startsWith("404");
    });
    return line;
  },
});

const ownAgents: readonly Row[] = [
  agentIsServer("by the proxy", async (target) =>
    told(await target.ask("GET /api/v1/nodes/self/proxy/api/v1/secrets", { as: "admin" })),
  ),
  agentIsServer("by an upgrade", (target) =>
    says(
      target,
      `GET /api/v1/nodes/self/proxy/api/v1/secrets?watch=1 HTTP/1.1\r\nHost: x\r\n${bearer}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    ),
  ),
  agentIsServer("by its pod's log", async (target) =>
    told(
      await target.ask("GET /api/v1/namespaces/evil/pods/on-self/log?container=c", {
        as: "mallory",
      }),
    ),
  ),
];

export const outbound: Table = {
  title: "what the server is led to",
  rows: [
    ...webhooks,
    ...aggregation,
    ...["127.0.0.1", "169.254.169.254", "0.0.0.0", "::1", "::ffff:127.0.0.1", "localhost"].map(
      (a) => nodeAt(a, 22),
    ),
    ...["127.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "fe80::1", "0.0.0.0"].map(podAt),
    agentAtLoopback,
    ...ownAgents,
  ],
};
