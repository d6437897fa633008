// Patches that copy, nest or repeat, and selectors and patterns that take long.
import { asks, type Row, type Table } from "../row.ts";
import { evilMaps } from "../setting.ts";

const as = "mallory";
const json = { "content-type": "application/json-patch+json" };
const merge = { "content-type": "application/merge-patch+json" };
const strategic = { "content-type": "application/strategic-merge-patch+json" };
const apply = { "content-type": "application/apply-patch+yaml" };
const target = `PATCH ${evilMaps}/same?dryRun=All`;

const patch = (name: string, body: unknown, answer: Row["answer"], headers = json): Row =>
  asks(name, target, () => ({ as, body, headers }), answer);

const times = <T>(count: number, of: (i: number) => T): T[] =>
  Array.from({ length: count }, (_, i) => of(i));
const add = (path: string, value: unknown) => ({ op: "add", path, value });
const copy = (from: string, path: string) => ({ op: "copy", from, path });

export const patches: Table = {
  title: "patches",
  rows: [
    patch(
      "10,001 operations",
      times(10_001, () => add("/data/a", "b")),
      /^413 /,
    ),
    patch(
      "10,000 operations",
      times(10_000, () => add("/data/a", "b")),
      "200",
    ),
    patch(
      "a copy bomb: each doubles what was",
      [add("/data", { a: "x".repeat(100) }), ...times(40, (i) => copy("/data", `/data/c${i}`))],
      /^(413|422|400)/,
    ),
    patch(
      "a copy bomb in labels",
      [
        add("/metadata/annotations", { a: "x".repeat(200_000) }),
        ...times(1000, (i) => copy("/metadata/annotations/a", `/metadata/annotations/c${i}`)),
      ],
      /^(413|422|400)/,
    ),
    patch(
      "10,000 insertions at the head of a list",
      [
        add("/metadata/finalizers", []),
        ...times(9999, (i) => add("/metadata/finalizers/0", `a/${i}`)),
      ],
      /^(200|422)/,
    ),
    patch(
      "10,000 removals at the head of a list",
      [
        add(
          "/metadata/finalizers",
          times(9000, (i) => `a.b/${i}`),
        ),
        ...times(9000, () => ({ op: "remove", path: "/metadata/finalizers/0" })),
      ],
      "200",
    ),
    patch(
      "10,000 tests of a large value",
      [
        add("/data/big", "x".repeat(200_000)),
        ...times(9000, () => ({ op: "test", path: "/data", value: {} })),
      ],
      "422 Invalid",
    ),
    patch("a path of 1,000,000 steps", [add("/data".repeat(200_000), 1)], /^(422|400)/),
    patch(
      "a path of 2,000,000 escapes",
      [add(`/data/${"~1".repeat(700_000)}`, "x")],
      /^(422|413|400)/,
    ),
    patch(
      "an index of 400 digits",
      [add(`/metadata/finalizers/${"9".repeat(400)}`, "x")],
      /^(422|400)/,
    ),
    patch("an index below nothing", [add("/metadata/finalizers/-2", "x")], /^(422|400)/),
    patch("the whole removed", [{ op: "remove", path: "" }], /^(422|400)/),
    patch("the whole replaced by a list", [{ op: "replace", path: "", value: [] }], /^(422|400)/),
    patch("a move into itself", [{ op: "move", from: "/data", path: "/data/a" }], /^(422|400)/),
    patch("no list", { op: "add" }, "400 BadRequest"),
    patch("operations that are none", [1, null, "x", [], {}], /^(422|400)/),
    patch(
      "another name",
      [{ op: "replace", path: "/metadata/name", value: "other" }],
      /^(400|422)/,
    ),
    patch(
      "another namespace",
      [{ op: "replace", path: "/metadata/namespace", value: "quiet" }],
      /^(400|422)/,
    ),
    patch("another kind", [{ op: "replace", path: "/kind", value: "Secret" }], "422 Invalid"),
    patch(
      "a merge of 50,000 levels",
      `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`,
      /^400/,
      merge,
    ),
    patch("a merge that is a list", "[]", /^400/, merge),
    patch("a merge that is null", "null", /^(400|200)/, merge),
    patch(
      "a merge of 100,000 removals",
      { data: Object.fromEntries(times(100_000, (i) => [`k${i}`, null])) },
      "200",
      merge,
    ),
    patch(
      "directives that contradict",
      { $patch: "delete", data: { $patch: "replace", $retainKeys: ["a"] } },
      /^(200|400|422|500)/,
      strategic,
    ),
    patch("a directive that nobody knows", { $patch: "explode" }, /^(400|422|500)/, strategic),
    patch(
      "50,000 deletions from a primitive list",
      { metadata: { "$deleteFromPrimitiveList/finalizers": times(50_000, (i) => `a.b/${i}`) } },
      "200",
      strategic,
    ),
    patch(
      "an order of 20,000 that nobody has",
      { metadata: { "$setElementOrder/finalizers": times(20_000, (i) => `a.b/${i}`) } },
      /^(200|400|422|500)/,
      strategic,
    ),
    asks(
      "an applied object of 10,000 owned fields, by 100 owners at once",
      `${target}&fieldManager=m&force=true`,
      () => ({
        as,
        headers: apply,
        body: {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "same" },
          data: Object.fromEntries(times(10_000, (i) => [`k${i}`, "v"])),
        },
      }),
      "200",
    ),
    asks(
      "an owner with a name of 10,000 letters",
      `${target}&fieldManager=${"m".repeat(10_000)}`,
      {
        as,
        headers: apply,
        body: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "same" } },
      },
      "422 Invalid",
    ),
    asks(
      "no type of patch",
      target,
      { as, headers: { "content-type": "text/plain" }, body: "{}" },
      "415 UnsupportedMediaType",
    ),
  ],
};

const list = (query: string): string => `GET ${evilMaps}?${query}`;
const selector = (text: string): string => list(`labelSelector=${encodeURIComponent(text)}`);

const definition = (schema: object, rules?: object[]): object => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "traps.attack.example.com" },
  spec: {
    group: "attack.example.com",
    scope: "Namespaced",
    names: { plural: "traps", singular: "trap", kind: "Trap", listKind: "TrapList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { s: schema },
            ...(rules ? { "x-kubernetes-validations": rules } : {}),
          },
        },
      },
    ],
  },
});

const definitions = "POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions?dryRun=All";
const defines = (name: string, schema: object, answer: Row["answer"], rules?: object[]): Row =>
  asks(name, definitions, () => ({ as: "admin", body: definition(schema, rules) }), answer);

const text = { type: "string", maxLength: 100_000 };
const rule = (expression: string): object[] => [{ rule: expression, message: "no" }];
const texts = (depth: number): object =>
  depth === 0 ? { type: "string" } : { type: "array", items: texts(depth - 1) };

const policies =
  "POST /apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies?dryRun=All";
const policy = (name: string, expression: string, answer: Row["answer"]): Row =>
  asks(
    name,
    policies,
    () => ({
      as: "admin",
      body: {
        metadata: { name: "p" },
        spec: {
          matchConstraints: {
            resourceRules: [
              { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] },
            ],
          },
          validations: [{ expression }],
        },
      },
    }),
    answer,
  );

export const expressions: Table = {
  title: "selectors and expressions",
  rows: [
    asks("10,000 requirements", selector(times(10_000, (i) => `k${i}=v`).join(",")), { as }, "200"),
    asks(
      "one requirement of 50,000 values",
      selector(`k in (${times(50_000, (i) => `v${i}`)})`),
      { as },
      /^(200|400|431)/,
    ),
    asks(
      "100,000 opened parentheses",
      selector(`k in ${"(".repeat(100_000)}`),
      { as },
      "400 BadRequest",
    ),
    asks("100,000 commas", selector(",".repeat(100_000)), { as }, "400 BadRequest"),
    asks("100,000 exclamation marks", selector("!".repeat(100_000)), { as }, "400 BadRequest"),
    asks(
      "200,000 spaces between words",
      selector(`k${" ".repeat(100_000)}in${" ".repeat(100_000)}x`),
      { as },
      "400 BadRequest",
    ),
    asks(
      "a key of 100,000 letters",
      selector(`${"a-".repeat(50_000)}=b`),
      { as },
      "400 BadRequest",
    ),
    asks(
      "a key that backtracks",
      selector(`${"a.".repeat(20_000)}!/x=b`),
      { as },
      "400 BadRequest",
    ),
    asks(
      "a field selector of 50,000 terms",
      list(`fieldSelector=${times(50_000, () => "metadata.name%3Da")}`),
      { as },
      "200",
    ),
    asks(
      "a field selector that escapes",
      list(`fieldSelector=metadata.name%3D${"%5C".repeat(20_000)}`),
      { as },
      /^(200|400)/,
    ),
    asks(
      "100,000 parameters of a query",
      list(times(60_000, (i) => `a${i}=b`).join("&")),
      { as },
      "200",
    ),
    asks("a continue token that is none", list("continue=AAAA&limit=1"), { as }, "400 BadRequest"),
    asks(
      "a continue token with a key of others",
      list(
        `limit=1&continue=${Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: 1, start: "../quiet/same\u0000" })).toString("base64url")}`,
      ),
      { as },
      /^(400|410)/,
    ),
    asks(
      "a continue token of 500,000 letters",
      list(`limit=1&continue=${"A".repeat(500_000)}`),
      { as },
      "400 BadRequest",
    ),
    asks("a limit without bounds", list("limit=99999999999999999999"), { as }, /^(200|400)/),
    asks(
      "a resource version from beyond",
      list("resourceVersion=18446744073709551615"),
      { as },
      /^(400|504|200)/,
    ),
    asks("a resource version that is none", list("resourceVersion=__proto__"), { as }, /^400/),
    defines("a pattern that backtracks", { type: "string", pattern: "^(a+)+$" }, "201"),
    defines(
      "a pattern that repeats repetitions",
      { type: "string", pattern: "((a{1,100}){1,100}){1,100}" },
      "422 Invalid",
    ),
    defines(
      "a pattern of 100,000 groups",
      { type: "string", pattern: "(".repeat(100_000) },
      "422 Invalid",
    ),
    defines(
      "a pattern that looks back",
      { type: "string", pattern: "(a)\\1(?<=x)" },
      "422 Invalid",
    ),
    defines(
      "a pattern of 20,000 choices",
      { type: "string", pattern: times(20_000, (i) => `a${i}`).join("|") },
      "201",
    ),
    defines(
      "a rule over lists of lists",
      texts(4),
      "422 Invalid",
      rule("self.s.all(a, a.all(b, b.all(c, c.all(d, d == 'x'))))"),
    ),
    defines(
      "a rule of 100,001 letters",
      text,
      "422 Invalid",
      rule(`'${"a".repeat(100_001)}' == self.s`),
    ),
    defines(
      "a rule of 2,000 nested calls",
      text,
      "422 Invalid",
      rule(`${"size(".repeat(2000)}self.s${")".repeat(2000)} == 1`),
    ),
    defines(
      "a rule of 5,000 conjunctions",
      text,
      /^(201|422)/,
      rule(times(5000, () => "self.s == ''").join(" && ")),
    ),
    defines(
      "a rule that makes texts grow",
      text,
      "422 Invalid",
      rule(`${"(self.s + self.s)".padStart(17)}.replace('', self.s).replace('', self.s) == ''`),
    ),
    defines(
      "a rule with a hungry pattern",
      { ...text, maxLength: 3_000_000 },
      /^(201|422)/,
      rule("self.s.matches('(a*)*b')"),
    ),
    defines(
      "400 levels of a schema",
      Array.from({ length: 400 }).reduce<object>((items) => ({ type: "array", items }), {
        type: "string",
      }),
      /^(201|422)/,
    ),
    defines(
      "enumerations without end",
      { type: "string", enum: times(50_000, (i) => `e${i}`) },
      "201",
    ),
    defines("a reference to itself", { $ref: "#/properties/s" }, "422 Invalid"),
    defines(
      "a definition's default of its own prototype",
      { type: "object", default: JSON.parse('{"__proto__":{"polluted":1}}') },
      /^(201|422)/,
    ),
    policy(
      "a policy of nested ranges",
      "[1,2,3].all(a, lists.range(1000000).all(b, lists.range(1000000).all(c, true)))",
      /^(201|422)/,
    ),
    policy(
      "a policy of 300 parentheses",
      `${"(".repeat(300)}true${")".repeat(300)}`,
      "422 Invalid",
    ),
    policy("a policy that is no text", "\u0000\u0000", "422 Invalid"),
  ],
};
