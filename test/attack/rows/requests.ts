// Requests of HTTP/1.1 that two readers may read differently, and paths that lead elsewhere.
import { says } from "../raw.ts";
import { asks, type Row, type Table, told } from "../row.ts";
import { evilMaps, quietMaps, quietWord } from "../setting.ts";
import { type Target, tokens } from "../target.ts";

const bearer = `Authorization: Bearer ${tokens.get("mallory")!.token}`;
const text = (...lines: string[]): string => `${lines.join("\r\n")}\r\n`;
const get = (...headers: string[]): string =>
  text("GET /version HTTP/1.1", "Host: x", bearer, ...headers, "");
const post = (headers: string[], body: string): string =>
  `${text(`POST ${evilMaps}?dryRun=All HTTP/1.1`, "Host: x", bearer, "Content-Type: application/json", ...headers, "")}${body}`;
const hidden = text("GET /metrics HTTP/1.1", "Host: x", "");

const sends = (name: string, bytes: string | Buffer, answer: Row["answer"]): Row => ({
  name,
  answer,
  run: (target) => says(target, bytes),
});

/** Requests sent without waiting for answers: all are answered, but where nobody in his senses would send so many. */
const inOneBreath = (count: number, answer: Row["answer"] = `${count} answers`): Row => ({
  name: `${count} requests in one breath`,
  answer,
  async run(target) {
    const line = await says(target, get().repeat(count), count);
    return `${line.split(", ").filter((one) => one === "200 OK").length} answers`;
  },
});

const refused = /^(400 Bad Request|closed)$/;

export const smuggling: Table = {
  title: "HTTP/1.1",
  rows: [
    sends(
      "Content-Length and Transfer-Encoding",
      post(["Content-Length: 4", "Transfer-Encoding: chunked"], `0\r\n\r\n${hidden}`),
      refused,
    ),
    sends(
      "two lengths that differ",
      post(["Content-Length: 2", "Content-Length: 30"], `{}${hidden}`),
      refused,
    ),
    sends("two equal lengths", post(["Content-Length: 2", "Content-Length: 2"], "{}"), refused),
    sends("a list of lengths", post(["Content-Length: 2, 2"], "{}"), refused),
    sends("a length with a sign", post(["Content-Length: +2"], "{}"), refused),
    sends("a length below nothing", post(["Content-Length: -1"], "{}"), refused),
    sends("a length in hexadecimal", post(["Content-Length: 0x2"], "{}"), refused),
    sends("a length of 30 digits", post([`Content-Length: ${"9".repeat(30)}`], "{}"), refused),
    sends(
      "an encoding that nobody knows",
      post(["Transfer-Encoding: xchunked"], "0\r\n\r\n"),
      "501",
    ),
    sends(
      "chunked, and more",
      post(["Transfer-Encoding: chunked, identity"], "0\r\n\r\n"),
      /^(400|501)/,
    ),
    sends(
      "chunked twice",
      post(["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"], "0\r\n\r\n"),
      /^(400|501|422)/,
    ),
    sends(
      "an encoding with a space before its colon",
      post(["Transfer-Encoding : chunked"], "0\r\n\r\n"),
      refused,
    ),
    sends(
      "an encoding behind a tab",
      post(["Transfer-Encoding:\tchunked"], "0\r\n\r\n"),
      /^(400|422)/,
    ),
    sends("a folded header", get("X-A: b", " c"), refused),
    sends("a folded encoding", post(["Transfer-Encoding:", " chunked"], "0\r\n\r\n"), refused),
    sends(
      "a chunk larger than all numbers",
      post(["Transfer-Encoding: chunked"], "ffffffffffffffffff\r\n"),
      refused,
    ),
    sends(
      "a chunk below nothing",
      post(["Transfer-Encoding: chunked"], "-1\r\n{}\r\n0\r\n\r\n"),
      refused,
    ),
    sends(
      "a chunk without its end",
      post(["Transfer-Encoding: chunked"], "2\r\n{}X0\r\n\r\n"),
      refused,
    ),
    sends(
      "a chunk extension of 200,000 letters",
      post(["Transfer-Encoding: chunked"], `2;${"a".repeat(200_000)}\r\n{}\r\n0\r\n\r\n`),
      /^(400|413|422|closed)/,
    ),
    sends(
      "trailers that say who asks",
      post(
        ["Transfer-Encoding: chunked", "Trailer: Impersonate-User"],
        "2\r\n{}\r\n0\r\nImpersonate-User: admin\r\n\r\n",
      ),
      /^422/,
    ),
    sends("lines that end with line feeds", get().replaceAll("\r\n", "\n"), /^(400|200)/),
    sends("a carriage return alone", get("X-A: b\rImpersonate-User: admin"), refused),
    sends("NUL in a value", get("X-A: b\0c"), refused),
    sends("NUL in a name", get("X\0A: b"), refused),
    sends("a name without letters", get(": b"), refused),
    sends(
      "two hosts of an upgrade",
      get("Host: y", "Connection: Upgrade", "Upgrade: websocket"),
      refused,
    ),
    sends("no host", text("GET /version HTTP/1.1", bearer, ""), "400 Bad Request"),
    sends("two hosts", get("Host: y"), refused),
    sends("HTTP/0.9", "GET /version\r\n\r\n", refused),
    sends(
      "HTTP/9.9",
      text("GET /version HTTP/9.9", "Host: x", ""),
      "505 HTTP Version Not Supported",
    ),
    sends(
      "a method of 10,000 letters",
      text(`${"X".repeat(10_000)} /version HTTP/1.1`, "Host: x", ""),
      refused,
    ),
    sends(
      "another server's address",
      text("GET http://169.254.169.254/latest HTTP/1.1", "Host: x", bearer, ""),
      /^(403|404|400)/,
    ),
    sends(
      "CONNECT",
      text("CONNECT 127.0.0.1:22 HTTP/1.1", "Host: x", bearer, ""),
      /^(400|403|404|405|closed)/,
    ),
    sends("TRACE", text("TRACE /version HTTP/1.1", "Host: x", bearer, ""), /^(403|405)/),
    sends("a header of 2 MiB", get(`X-A: ${"a".repeat(2 << 20)}`), /^(431|closed)/),
    sends(
      "50,000 headers",
      get(...Array.from({ length: 50_000 }, (_, i) => `X-${i}: a`)),
      /^(431|200|400|closed)/,
    ),
    sends(
      "an address of 2 MiB",
      text(`GET /${"a".repeat(2 << 20)} HTTP/1.1`, "Host: x", ""),
      /^(431|414|closed)/,
    ),
    sends("Expect: a miracle", get("Expect: a-miracle"), /^(417|200)/),
    sends(
      "an upgrade to HTTP/2 in the clear",
      get(
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQAAP__",
      ),
      "200",
    ),
    sends(
      "an upgrade to nonsense",
      get("Connection: Upgrade", "Upgrade: \u00ff\u00fe"),
      /^(200|400)/,
    ),
    sends(
      "a WebSocket without its key",
      text(
        `GET ${evilMaps}?watch=1 HTTP/1.1`,
        "Host: x",
        bearer,
        "Connection: Upgrade",
        "Upgrade: websocket",
        "",
      ),
      "400",
    ),
    sends(
      "a WebSocket from another site, without a token",
      text(
        `GET ${quietMaps}?watch=1 HTTP/1.1`,
        "Host: x",
        "Origin: https://evil.example",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "",
      ),
      "403",
    ),
    {
      name: "a request hidden in the body of another",
      answer: /^(400 Bad Request|422 Unprocessable Entity, 403 Forbidden|422 Unprocessable Entity)/,
      run: (target) => says(target, post(["Content-Length: 2"], `{}${hidden}`), 2),
    },
    inOneBreath(500),
    inOneBreath(20_000, /^([1-9]|[1-9]\d{1,3}) answers/),
  ],
};

/** Whatever it is answered: nothing of the other tenant stands in it. */
const leads = (path: string, answer: Row["answer"] = /^(400|403|404|301|405)/): Row => ({
  name: path.length > 80 ? `${path.slice(0, 60)}… of ${path.length} letters` : path,
  answer,
  async run(target: Target) {
    const said = await target.ask(`GET ${path}`, { as: "mallory" });
    if (said.text.includes(quietWord)) return `told: ${said.text}`;
    return told(said);
  },
});

const named = `${quietMaps}/same`;
const rbacRoles = "/apis/rbac.authorization.k8s.io/v1/namespaces/evil/roles";

export const paths: Table = {
  title: "paths",
  rows: [
    ...[
      named,
      `${evilMaps}/../../quiet/configmaps/same`,
      `${evilMaps}/%2e%2e/%2e%2e/quiet/configmaps/same`,
      `${evilMaps}/..%2f..%2fquiet%2fconfigmaps%2fsame`,
      `${evilMaps}/..%252f..%252fquiet%252fconfigmaps%252fsame`,
      `${evilMaps}/..%5c..%5cquiet%5cconfigmaps%5csame`,
      `${evilMaps}/..;/..;/quiet/configmaps/same`,
      `${evilMaps}/%c0%ae%c0%ae/%c0%ae%c0%ae/quiet/configmaps/same`,
      `${evilMaps}/%e0%80%ae%e0%80%ae/quiet`,
      `${evilMaps}/%u002e%u002e/quiet`,
      "/api/v1/namespaces/evil%2f..%2fquiet/configmaps/same",
      "/api/v1/namespaces/evil%00/../quiet/configmaps/same",
      "/api/v1/namespaces/quiet%00/configmaps/same",
      "/api/v1/namespaces/%71uiet/configmaps/same",
      "/api/v1/namespaces//configmaps/same",
      "//api/v1/namespaces/quiet/configmaps/same",
      "/api/v1//namespaces/quiet/configmaps/same",
      "/api//v1/namespaces/quiet//configmaps//same",
      "/./api/v1/namespaces/quiet/configmaps/same",
      "/api/v1/namespaces/quiet/configmaps/same/",
      "/api/v1/namespaces/quiet/configmaps/same?namespace=evil",
      "/api/v1/configmaps",
      "/api/v1/configmaps?fieldSelector=metadata.namespace%3Dquiet",
      "/api/v1/configmaps?labelSelector=a%3Db&namespace=evil",
      "/api/v1/watch/namespaces/quiet/configmaps/same",
      "/api/v1/proxy/namespaces/quiet/configmaps/same",
      "/API/V1/namespaces/quiet/configmaps/same",
      "/api/v1/namespaces/QUIET/configmaps/same",
      "/api/v1/namespaces/quiet/configmaps/same%20",
      "/api/v1/namespaces/quiet/configmaps/same%0d%0aX-A:%20b",
      "/api/v1/namespaces/quiet/configmaps/%",
      "/api/v1/namespaces/quiet/configmaps/%zz",
      "/api/v1/namespaces/quiet/configmaps/%ff%fe",
      "/api/v1/namespaces/__proto__/configmaps/constructor",
      "/api/v1/namespaces/quiet/secrets/own/status",
      "/api/v1/namespaces/quiet/pods/on-n1/exec?command=sh",
      "/api/v1/namespaces/quiet/pods/on-n1/proxy/../../../secrets",
      "/api/v1/nodes/n1/proxy/pods",
      "/api/v1/nodes/n1/proxy/..%2f..%2fpods",
      "/apis/__proto__/constructor/toString",
      "/openapi/v3/../../etc/passwd",
      "/logs/..%2f..%2fetc%2fpasswd",
      "/metrics",
      "/debug/pprof/heap",
      `/api/v1/namespaces/${"a/".repeat(50_000)}`,
      `/${"a".repeat(500_000)}`,
      `/api/v1/namespaces/evil/configmaps/${"%2e".repeat(100_000)}`,
    ].map((path) => leads(path)),
    asks(
      "a namespace of the body, not of the path",
      `POST ${evilMaps}`,
      { as: "mallory", body: { metadata: { name: "x", namespace: "quiet" } } },
      "400 BadRequest",
    ),
    asks(
      "a name with a slash",
      `POST ${evilMaps}`,
      { as: "mallory", body: { metadata: { name: "../quiet/x" } } },
      "422 Invalid",
    ),
    asks(
      "a name that is a step up",
      `POST ${rbacRoles}`,
      { as: "mallory", body: { metadata: { name: ".." }, rules: [] } },
      "422 Invalid",
    ),
    asks(
      "a generated name with a slash",
      `POST ${evilMaps}`,
      { as: "mallory", body: { metadata: { generateName: "a/../" } } },
      "422 Invalid",
    ),
  ],
};
