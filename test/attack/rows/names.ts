// Names that mean something to the engine, and values that would write lines of logs and metrics of their own.
import { asks, type Row, type Table, told } from "../row.ts";
import { evilMaps } from "../setting.ts";
import type { Target } from "../target.ts";

const as = "mallory";
const inherited = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
];
const polluting = '{"polluted":1}';
const yaml = { "content-type": "application/yaml" };
const dry = `${evilMaps}?dryRun=All`;

const decoders: readonly Row[] = [
  asks(
    "JSON: __proto__",
    `POST ${dry}`,
    { as, body: `{"metadata":{"name":"a"},"__proto__":${polluting}}` },
    "201",
  ),
  asks(
    "JSON: __proto__, strictly",
    `POST ${dry}&fieldValidation=Strict`,
    { as, body: `{"metadata":{"name":"a"},"__proto__":${polluting}}` },
    '400 BadRequest: ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "__proto__"',
  ),
  asks(
    "JSON: constructor.prototype",
    `POST ${dry}`,
    { as, body: `{"metadata":{"name":"a"},"constructor":{"prototype":${polluting}}}` },
    "201",
  ),
  asks(
    "JSON: metadata's __proto__",
    `POST ${dry}`,
    { as, body: `{"metadata":{"name":"a","__proto__":{"namespace":"quiet","polluted":1}}}` },
    "201",
  ),
  asks(
    "JSON: a name from the prototype",
    `POST ${dry}`,
    { as, body: `{"__proto__":{"metadata":{"name":"a"}}}` },
    "422 Invalid",
  ),
  asks(
    "YAML: __proto__",
    `POST ${dry}`,
    { as, headers: yaml, body: `metadata: {name: a}\n__proto__: ${polluting}\n` },
    "201",
  ),
  asks(
    "YAML: a merge of __proto__",
    `POST ${dry}`,
    { as, headers: yaml, body: `metadata: {name: a}\n<<: {__proto__: ${polluting}}\n` },
    /^(201|400)/,
  ),
  asks(
    "JSON Patch: /__proto__/polluted",
    `PATCH ${evilMaps}/same?dryRun=All`,
    {
      as,
      headers: { "content-type": "application/json-patch+json" },
      body: [{ op: "add", path: "/__proto__/polluted", value: 1 }],
    },
    "422 Invalid",
  ),
  asks(
    "JSON Patch: /constructor/prototype/polluted",
    `PATCH ${evilMaps}/same?dryRun=All`,
    {
      as,
      headers: { "content-type": "application/json-patch+json" },
      body: [{ op: "add", path: "/constructor/prototype/polluted", value: 1 }],
    },
    "422 Invalid",
  ),
  asks(
    "JSON Patch: a copy from __proto__",
    `PATCH ${evilMaps}/same?dryRun=All`,
    {
      as,
      headers: { "content-type": "application/json-patch+json" },
      body: [{ op: "copy", from: "/__proto__", path: "/data/x" }],
    },
    "200",
  ),
  asks(
    "merge patch: __proto__",
    `PATCH ${evilMaps}/same?dryRun=All`,
    { as, body: `{"__proto__":${polluting},"metadata":{"__proto__":${polluting}}}` },
    "200",
  ),
  asks(
    "strategic merge patch: __proto__",
    `PATCH ${evilMaps}/same?dryRun=All`,
    {
      as,
      headers: { "content-type": "application/strategic-merge-patch+json" },
      body: `{"__proto__":${polluting},"metadata":{"__proto__":${polluting}}}`,
    },
    "200",
  ),
  asks(
    "apply: __proto__",
    `PATCH ${evilMaps}/same?dryRun=All&fieldManager=m&force=1`,
    {
      as,
      headers: { "content-type": "application/apply-patch+yaml" },
      body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"same"},"__proto__":${polluting}}`,
    },
    "500 : failed to create typed patch object",
  ),
  asks(
    "apply: owned fields of __proto__",
    `POST ${dry}`,
    {
      as,
      body: '{"metadata":{"name":"a","managedFields":[{"manager":"m","operation":"Apply","apiVersion":"v1","fieldsType":"FieldsV1","time":"2026-01-01T00:00:00Z","fieldsV1":{"f:__proto__":{"f:polluted":{}}}}]}}',
    },
    "201",
  ),
  asks(
    "a query of __proto__",
    `GET ${evilMaps}?__proto__[polluted]=1&__proto__.polluted=1&constructor[prototype][polluted]=1`,
    { as },
    "200",
  ),
  asks(
    "options of a deletion: __proto__",
    `DELETE ${evilMaps}/none`,
    { as, body: `{"__proto__":${polluting}}` },
    "404 NotFound",
  ),
  asks(
    "headers called __proto__",
    `GET ${evilMaps}`,
    { as, headers: { ["__proto__"]: "x", constructor: "y" } },
    "200",
  ),
  asks(
    "a selector of __proto__",
    `GET ${evilMaps}?labelSelector=__proto__,constructor!%3Dx`,
    { as },
    /^(200|400)/,
  ),
  asks(
    "a field selector of __proto__",
    `GET ${evilMaps}?fieldSelector=__proto__%3Dx`,
    { as },
    "400 BadRequest",
  ),
  asks(
    "a review of __proto__",
    "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    {
      as,
      body: {
        spec: {
          resourceAttributes: {
            verb: "__proto__",
            resource: "constructor",
            group: "toString",
            namespace: "__proto__",
          },
        },
      },
    },
    "201",
  ),
  asks(
    "an impersonated extra called __proto__",
    "GET /version",
    { as: "admin", headers: { "impersonate-user": "x", "impersonate-extra-__proto__": "y" } },
    "200",
  ),
];

/** Made, read, listed and deleted like any other. */
const called = (name: string): Row => ({
  name: `an object named ${name}`,
  answer: /^(422 Invalid|201, 200, 200)/,
  async run(target) {
    const roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/evil/roles";
    const body = { metadata: { name }, rules: [] };
    const made = await target.ask(`POST ${roles}`, { as, body });
    if (made.status !== 201) return told(made);
    const read = await target.ask(`GET ${roles}/${name}`, { as });
    const gone = await target.ask(`DELETE ${roles}/${name}`, { as });
    return [
      made.status,
      read.body.metadata.name === name ? read.status : read.text,
      gone.status,
    ].join(", ");
  },
});

/** Kept as they are, in labels and data. */
const kept = (name: string): Row => ({
  name: `data under ${name}`,
  answer: "201: x",
  async run(target) {
    const entry = `{"${name}":"x"}`;
    const body = `{"metadata":{"name":"a"},"data":${entry}}`;
    const said = await target.ask(`POST ${dry}`, { as, body });
    if (said.status !== 201) return told(said);
    const { data = {} } = said.body;
    const of = (map: Record<string, string> | undefined): string =>
      map !== undefined && Object.hasOwn(map, name) ? map[name]! : "nothing";
    return `${said.status}: ${of(data)}`;
  },
});

export const names: Table = {
  title: "names of the engine",
  rows: [
    ...decoders,
    ...inherited.map(called),
    ...["__proto__", "constructor", "toString"].map(kept),
  ],
};

const forgedLine = "2026-01-01T00:00:00.000Z error forged";

/** Sends something with a line of a log in it; no line of the log may begin with that. */
const logs = (name: string, send: (target: Target) => Promise<unknown>): Row => ({
  name,
  answer: "nothing forged",
  async run(target) {
    await target.told("told");
    await send(target);
    const { log } = await target.told("told");
    const forged = log
      .flatMap((line) => line.split(/[\r\n\u2028\u0085]/))
      .filter((line) => line.startsWith(forgedLine.slice(0, 24)));
    return forged.length > 0 ? `forged: ${forged[0]}` : "nothing forged";
  },
});

/** Few: each opens a connection at first, whose keys cost more than the questions. */
const parallel = 5;

const flood = (
  name: string,
  word: string,
  path: (i: number) => string,
  headers?: (i: number) => Record<string, string>,
): Row => ({
  name,
  answer: /^0 of 1000 in the metrics$/,
  async run(target) {
    for (let i = 0; i < 1000; i += parallel)
      await Promise.all(
        Array.from({ length: parallel }, (_, k) =>
          target.ask(path(i + k), { as, headers: headers?.(i + k) ?? {} }),
        ),
      );
    const { text } = await target.ask("GET /metrics", { as: "admin" });
    return `${new Set(text.match(new RegExp(`${word}\\d+`, "g"))).size} of 1000 in the metrics`;
  },
});

export const records: Table = {
  title: "logs and metrics",
  rows: [
    logs("a line in a path", (t) =>
      t.ask(`GET /api/v1/namespaces/evil/configmaps/a%0a${encodeURIComponent(forgedLine)}`, { as }),
    ),
    logs("a line in a query", (t) =>
      t.ask(`GET ${evilMaps}?labelSelector=${encodeURIComponent(`a\n${forgedLine}`)}`, { as }),
    ),
    logs("a line in an agent's name", (t) =>
      t.ask(`GET ${evilMaps}`, { as, headers: { "user-agent": `a\u0085${forgedLine}` } }),
    ),
    logs("a line in an object", (t) =>
      t.ask(`POST ${evilMaps}`, { as, body: { metadata: { name: `a\n${forgedLine}` } } }),
    ),
    logs("a line in an API service's address", (t) =>
      t.ask("POST /apis/apiregistration.k8s.io/v1/apiservices?dryRun=All", {
        as: "admin",
        body: {
          metadata: { name: "v1.a" },
          spec: {
            group: "a",
            version: "v1",
            service: { name: `a\n${forgedLine}`, namespace: "x" },
          },
        },
      }),
    ),
    logs("a line in a name of a manager", (t) =>
      t.ask(`POST ${evilMaps}?dryRun=All&fieldManager=${encodeURIComponent(`a\n${forgedLine}`)}`, {
        as,
        body: { metadata: { name: "a" } },
      }),
    ),
    flood("1,000 names of resources", "flooda", (i) => `GET /api/v1/namespaces/evil/flooda${i}`),
    flood("1,000 groups", "floodb", (i) => `GET /apis/floodb${i}/v1/things`),
    flood("1,000 paths", "floodc", (i) => `GET /floodc${i}`),
    flood("1,000 namespaces", "floodd", (i) => `GET /api/v1/namespaces/floodd${i}/configmaps`),
    flood("1,000 subresources", "floode", (i) => `GET ${evilMaps}/same/floode${i}`),
    flood(
      "1,000 agents",
      "floodf",
      () => `GET ${evilMaps}/same`,
      (i) => ({ "user-agent": `floodf${i}` }),
    ),
    flood(
      "1,000 types of content",
      "floodg",
      () => `GET ${evilMaps}/same`,
      (i) => ({ accept: `application/floodg${i}` }),
    ),
    flood("1,000 values of dryRun", "floodh", (i) => `POST ${evilMaps}?dryRun=floodh${i}`),
  ],
};
