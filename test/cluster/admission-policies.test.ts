import assert from "node:assert/strict";
import { test } from "node:test";
import { silent } from "../../src/lib/log.ts";
import { keepPolicyStatus } from "../../src/server/admission/policy/status.ts";
import type { ApiServer } from "../kit/api-server.ts";
import { guardedServer } from "../kit/guarded-server.ts";
import { until } from "../kit/webhook-server.ts";

const base = "/apis/admissionregistration.k8s.io/v1";
const maps = "/api/v1/namespaces/default/configmaps";

async function prepared(): Promise<ApiServer> {
  const api = guardedServer();
  const labels = { team: "a" };
  await api.done("POST /api/v1/namespaces", { metadata: { name: "default", labels } });
  return api;
}

type Settings = Record<string, unknown>;

const matchConstraints = {
  resourceRules: [
    { operations: ["*"], apiGroups: [""], apiVersions: ["v1"], resources: ["configmaps"] },
  ],
};

async function define(
  api: ApiServer,
  spec: Settings,
  binding: Settings = {},
  name = "p",
): Promise<void> {
  await api.done(`POST ${base}/validatingadmissionpolicies`, {
    metadata: { name },
    spec: { matchConstraints, ...spec },
  });
  await api.done(`POST ${base}/validatingadmissionpolicybindings`, {
    metadata: { name: `${name}-b` },
    spec: { policyName: name, validationActions: ["Deny"], ...binding },
  });
}

const rule = (expression: string, more: object = {}): Settings => ({
  validations: [{ expression, ...more }],
});

const map = (name: string, data?: object): object => ({
  metadata: { name },
  ...(data && { data }),
});

const denials: { what: string; spec: Settings; code: number; reason: string; message: string }[] = [
  {
    what: "the rule itself where no message is given",
    spec: rule("has(object.data)"),
    code: 422,
    reason: "Invalid",
    message: "failed expression: has(object.data)",
  },
  {
    what: "the message and the reason",
    spec: rule("has(object.data)", { message: "data wanted", reason: "Forbidden" }),
    code: 403,
    reason: "Forbidden",
    message: "data wanted",
  },
  {
    what: "the message that an expression makes",
    spec: rule("false", { messageExpression: "'no ' + object.metadata.name", message: "other" }),
    code: 422,
    reason: "Invalid",
    message: "no m",
  },
  {
    what: "its own message where the expression for one fails",
    spec: rule("false", { messageExpression: "string(object.data.none)", message: "other" }),
    code: 422,
    reason: "Invalid",
    message: "other",
  },
  {
    what: "why an expression fails",
    spec: rule("object.data.a == 'b'"),
    code: 422,
    reason: "Invalid",
    message: "expression 'object.data.a == 'b'' resulted in error: no such key: data",
  },
  {
    what: "which variable fails",
    spec: {
      variables: [{ name: "v", expression: "object.data.a" }],
      ...rule("variables.v == 'b'"),
    },
    code: 422,
    reason: "Invalid",
    message: `expression 'variables.v == 'b'' resulted in error: composited variable "v" fails to evaluate: no such key: data`,
  },
];

for (const { what, spec, code, reason, message } of denials)
  test(`A policy refuses and tells ${what}`, async () => {
    const api = await prepared();
    await define(api, spec);
    const { status, body } = await api.ask(`POST ${maps}`, map("m"));
    const full = `ValidatingAdmissionPolicy 'p' with binding 'p-b' denied request: ${message}`;
    assert.equal(body.message, `configmaps "m" is forbidden: ${full}`);
    assert.equal(status, code);
    assert.equal(body.reason, reason);
    assert.deepEqual(body.details.causes, [{ message: full }]);
  });

const verdicts: { what: string; spec: Settings; binding?: Settings; passes: boolean }[] = [
  { what: "its user", spec: rule("request.userInfo.username == 'system:apiserver'"), passes: true },
  {
    what: "its namespace",
    spec: rule("namespaceObject.metadata.labels.team == 'a'"),
    passes: true,
  },
  {
    what: "its operation",
    spec: rule("request.operation == 'CREATE' && oldObject == null"),
    passes: true,
  },
  {
    what: "variables that name others",
    spec: {
      variables: [
        { name: "a", expression: "object.metadata.name" },
        { name: "b", expression: "variables.a + 'x'" },
      ],
      ...rule("variables.b == 'mx'"),
    },
    passes: true,
  },
  {
    what: "a condition that leaves it out",
    spec: {
      ...rule("false"),
      matchConditions: [{ name: "c", expression: "object.metadata.name == 'n'" }],
    },
    passes: true,
  },
  {
    what: "failures that are ignored",
    spec: { ...rule("object.none.a == 1"), failurePolicy: "Ignore" },
    passes: true,
  },
  {
    what: "rules that are broken all the same",
    spec: { ...rule("false"), failurePolicy: "Ignore" },
    passes: false,
  },
  {
    what: "a binding for other namespaces",
    spec: rule("false"),
    binding: { matchResources: { namespaceSelector: { matchLabels: { team: "b" } } } },
    passes: true,
  },
  {
    what: "names that are excluded",
    spec: {
      ...rule("false"),
      matchConstraints: {
        ...matchConstraints,
        excludeResourceRules: [{ ...matchConstraints.resourceRules[0], resourceNames: ["m"] }],
      },
    },
    passes: true,
  },
  {
    what: "a warning alone",
    spec: rule("false"),
    binding: { validationActions: ["Warn", "Audit"] },
    passes: true,
  },
];

for (const { what, spec, binding, passes } of verdicts)
  test(`A policy with ${what} lets a ConfigMap ${passes ? "pass" : "not pass"}`, async () => {
    const api = await prepared();
    await define(api, spec, binding);
    assert.equal((await api.ask(`POST ${maps}`, map("m"))).status, passes ? 201 : 422);
  });

test("A policy that warns says so in upstream's words", async () => {
  const api = await prepared();
  await define(api, rule("false", { message: "hm" }), { validationActions: ["Warn"] });
  const { headers } = await api.ask(`POST ${maps}`, map("m"));
  assert.deepEqual(headers["warning"], [
    `299 - "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p-b': hm"`,
  ]);
});

const params = { paramKind: { apiVersion: "v1", kind: "ConfigMap" } };
const limited = {
  ...params,
  matchConstraints: {
    resourceRules: [
      { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["secrets"] },
    ],
  },
  ...rule("object.metadata.name.startsWith(params.data.prefix)"),
};
const secret = (name: string): object => ({ metadata: { name } });
const secrets = "/api/v1/namespaces/default/secrets";

test("Parameters are found by name, and a policy without them does what its binding says", async () => {
  const api = await prepared();
  const paramRef = { name: "limits", parameterNotFoundAction: "Deny" };
  await define(api, limited, { paramRef });
  const missing = await api.ask(`POST ${secrets}`, secret("x"));
  assert.match(
    missing.body.message,
    /denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction$/,
  );
  await api.done(`POST ${maps}`, map("limits", { prefix: "x" }));
  await api.done(`POST ${secrets}`, secret("x"));
  assert.equal((await api.ask(`POST ${secrets}`, secret("y"))).status, 422);
});

test("Every object that a selector chooses is a parameter; none where that is allowed", async () => {
  const api = await prepared();
  const selector = { matchLabels: { limits: "yes" } };
  await define(api, limited, { paramRef: { selector, parameterNotFoundAction: "Allow" } });
  await api.done(`POST ${secrets}`, secret("y"));
  for (const prefix of ["x", "xy"])
    await api.done(`POST ${maps}`, {
      metadata: { name: prefix, labels: { limits: "yes" } },
      data: { prefix },
    });
  await api.done(`POST ${secrets}`, secret("xyz"));
  assert.equal((await api.ask(`POST ${secrets}`, secret("xz"))).status, 422);
});

test("A custom resource can be the parameter; one that nobody defined is a fault of the policy", async () => {
  const api = await prepared();
  const paramKind = { apiVersion: "example.com/v1", kind: "Limit" };
  const paramRef = { name: "limits", parameterNotFoundAction: "Deny" };
  await define(api, { ...limited, ...rule("params.spec.open == true"), paramKind }, { paramRef });
  const unknown = await api.ask(`POST ${secrets}`, secret("x"));
  assert.match(
    unknown.body.message,
    /'p' denied request: failed to configure policy: failed to find resource referenced by paramKind: 'example.com\/v1, Kind=Limit'$/,
  );
  await api.done("POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
    metadata: { name: "limits.example.com" },
    spec: {
      group: "example.com",
      scope: "Cluster",
      names: { plural: "limits", kind: "Limit" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: { spec: { type: "object", properties: { open: { type: "boolean" } } } },
            },
          },
        },
      ],
    },
  });
  const limits = "/apis/example.com/v1/limits";
  await until("the kind", async () => (await api.ask(`GET ${limits}`)).status === 200);
  await api.done(`POST ${limits}`, {
    apiVersion: "example.com/v1",
    kind: "Limit",
    metadata: { name: "limits" },
    spec: { open: true },
  });
  await api.done(`POST ${secrets}`, secret("x"));
  await api.done(
    `PATCH ${limits}/limits`,
    { spec: { open: false } },
    { "content-type": "application/merge-patch+json" },
  );
  assert.equal((await api.ask(`POST ${secrets}`, secret("y"))).status, 422);
});

test("Policies are not asked about themselves, and none without a binding", async () => {
  const api = await prepared();
  const everything = {
    resourceRules: [
      { operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*/*"] },
    ],
  };
  await api.done(`POST ${base}/validatingadmissionpolicies`, {
    metadata: { name: "free" },
    spec: { matchConstraints: everything, ...rule("false") },
  });
  await api.done(`POST ${maps}`, map("m"));
  await define(api, { matchConstraints: everything, ...rule("false") });
  assert.equal((await api.ask(`POST ${maps}`, map("n"))).status, 422);
  await api.done(`DELETE ${base}/validatingadmissionpolicies/p`);
  await api.done(`DELETE ${base}/validatingadmissionpolicybindings/p-b`);
  await api.done(`POST ${maps}`, map("n"));
});

test("An expression that would cost too much is stopped, and counts as failed", async () => {
  const api = await prepared();
  await define(
    api,
    rule(
      "object.data.all(a, object.data.all(b, object.data.all(c, object.data.all(d, a + b + c + d != ''))))",
    ),
  );
  const data = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`k${i}`, "v"]));
  const { status, body } = await api.ask(`POST ${maps}`, map("m", data));
  assert.equal(status, 422);
  assert.match(body.message, /cost limit exceeded|out of cost budget/);
});

const deployments = "/apis/apps/v1/namespaces/default/deployments";
const deployment = (replicas: number): object => ({
  metadata: { name: "d" },
  spec: {
    replicas,
    selector: { matchLabels: { a: "b" } },
    template: {
      metadata: { labels: { a: "b" } },
      spec: { containers: [{ name: "c", image: "i", args: ["x"] }] },
    },
  },
});
const ofDeployments = {
  resourceRules: [
    {
      operations: ["CREATE"],
      apiGroups: ["apps"],
      apiVersions: ["v1"],
      resources: ["deployments"],
    },
  ],
};

async function mutate(
  api: ApiServer,
  expression: string,
  patchType: "ApplyConfiguration" | "JSONPatch",
  spec: Settings = {},
): Promise<void> {
  const field = patchType === "JSONPatch" ? "jsonPatch" : "applyConfiguration";
  await api.done(`POST ${base}/mutatingadmissionpolicies`, {
    metadata: { name: "m" },
    spec: {
      matchConstraints: ofDeployments,
      failurePolicy: "Fail",
      reinvocationPolicy: "Never",
      mutations: [{ patchType, [field]: { expression } }],
      ...spec,
    },
  });
  await api.done(`POST ${base}/mutatingadmissionpolicybindings`, {
    metadata: { name: "m-b" },
    spec: { policyName: "m" },
  });
}

const mutations: {
  what: string;
  type: "ApplyConfiguration" | "JSONPatch";
  expression: string;
  sees: (d: Any) => unknown;
  as: unknown;
  spec?: Settings;
}[] = [
  {
    what: "a part that is applied",
    type: "ApplyConfiguration",
    expression: "Object{spec: Object.spec{replicas: object.spec.replicas + 1}}",
    sees: ({ spec }) => spec.replicas,
    as: 3,
  },
  {
    what: "its own part again, where it wants to know of changes",
    type: "ApplyConfiguration",
    expression: "Object{spec: Object.spec{replicas: object.spec.replicas + 1}}",
    sees: ({ spec }) => spec.replicas,
    as: 4,
    spec: { reinvocationPolicy: "IfNeeded" },
  },
  {
    what: "an item of a list by its key",
    type: "ApplyConfiguration",
    expression:
      'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "c", image: "other"}]}}}}',
    sees: ({ spec }) => spec.template.spec.containers.map((c: Any) => `${c.image} ${c.args}`),
    as: ["other x"],
  },
  {
    what: "labels as a map",
    type: "ApplyConfiguration",
    expression: 'Object{metadata: Object.metadata{labels: {"x": "y"}}}',
    sees: ({ metadata }) => metadata.labels,
    as: { x: "y" },
  },
  {
    what: "operations of a patch",
    type: "JSONPatch",
    expression:
      '[JSONPatch{op: "test", path: "/spec/replicas", value: 2}, JSONPatch{op: "add", path: "/metadata/annotations", value: {}}, JSONPatch{op: "add", path: "/metadata/annotations/" + jsonpatch.escapeKey("a/b"), value: "c"}]',
    sees: ({ metadata }) => metadata.annotations,
    as: { "a/b": "c" },
  },
  {
    what: "a patch whose test fails",
    type: "JSONPatch",
    expression:
      '[JSONPatch{op: "test", path: "/spec/replicas", value: 7}, JSONPatch{op: "replace", path: "/spec/replicas", value: 9}]',
    sees: ({ spec }) => spec.replicas,
    as: 2,
  },
  {
    what: "variables",
    type: "JSONPatch",
    expression: '[JSONPatch{op: "replace", path: "/spec/replicas", value: variables.more}]',
    spec: { variables: [{ name: "more", expression: "object.spec.replicas * 2" }] },
    sees: ({ spec }) => spec.replicas,
    as: 4,
  },
];

// biome-ignore lint/suspicious/noExplicitAny: an answer of the API
type Any = any;

for (const { what, type, expression, sees, as, spec } of mutations)
  test(`A policy changes an object by ${what}`, async () => {
    const api = await prepared();
    await mutate(api, expression, type, spec);
    assert.deepEqual(sees(await api.done(`POST ${deployments}`, deployment(2))), as);
  });

const refusedMutations: {
  what: string;
  type: "ApplyConfiguration" | "JSONPatch";
  expression: string;
  message: RegExp;
}[] = [
  {
    what: "a list that has no keys",
    type: "ApplyConfiguration",
    expression:
      'Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{containers: [Object.spec.template.spec.containers{name: "c", args: ["z"]}]}}}}',
    message:
      /may not mutate atomic arrays, maps or structs: \.spec\.template\.spec\.containers\[0\]\.args$/,
  },
  {
    what: "a field that nobody knows",
    type: "ApplyConfiguration",
    expression: "Object{spec: Object.spec{none: 1}}",
    message: /\.spec\.none: field not declared in schema$/,
  },
  {
    what: "a part of another name",
    type: "ApplyConfiguration",
    expression: "Object{spec: Object.metadata{replicas: 1}}",
    message: /type mismatch: unexpected type name "Object.metadata", expected "Object.spec"/,
  },
  {
    what: "a patch that does not apply",
    type: "JSONPatch",
    expression: '[JSONPatch{op: "remove", path: "/spec/none"}]',
    message: /JSON Patch: /,
  },
  {
    what: "an expression that fails",
    type: "JSONPatch",
    expression: '[JSONPatch{op: "add", path: "/spec/replicas", value: object.none}]',
    message: /resulted in error: no such key: none$/,
  },
];

for (const { what, type, expression, message } of refusedMutations)
  test(`A policy that wants ${what} refuses, or does nothing where failures are ignored`, async () => {
    const api = await prepared();
    await mutate(api, expression, type);
    const refused = await api.ask(`POST ${deployments}`, deployment(2));
    assert.equal(refused.status, 403);
    assert.match(refused.body.message, /^policy 'm' with binding 'm-b' denied request: /);
    assert.match(refused.body.message, message);
    const path = `${base}/mutatingadmissionpolicies/m`;
    const policy = await api.done(`GET ${path}`);
    await api.done(`PUT ${path}`, { ...policy, spec: { ...policy.spec, failurePolicy: "Ignore" } });
    assert.equal((await api.done(`POST ${deployments}`, deployment(2))).spec.replicas, 2);
  });

test("A policy can ask who may do what", async () => {
  const api = await prepared();
  await define(
    api,
    rule(
      "authorizer.group('').resource('configmaps').namespace('default').check('create').allowed() && " +
        "!authorizer.serviceAccount('default', 'nobody').path('/x').check('get').allowed()",
    ),
  );
  await define(api, rule("authorizer.requestResource.check('delete').allowed()"), {}, "q");
  await api.done(`POST ${maps}`, map("m"));
});

const checked: { what: string; spec: Settings; warnings: [string, RegExp][] }[] = [
  { what: "fit", spec: rule("object.spec.replicas > 1"), warnings: [] },
  {
    what: "compare a number with a text",
    spec: rule("object.spec.replicas > '1'"),
    warnings: [
      [
        "spec.validations[0].expression",
        /^apps\/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' applied to '\(int, string\)'/,
      ],
    ],
  },
  {
    what: "name a field that is not there, also in a message",
    spec: rule("object.spec.none == 1", { messageExpression: "string(object.other)" }),
    warnings: [
      ["spec.validations[0].expression", /undefined field 'none'/],
      ["spec.validations[0].messageExpression", /undefined field 'other'/],
    ],
  },
  {
    what: "use a variable of another type",
    spec: {
      variables: [{ name: "v", expression: "object.metadata.name" }],
      ...rule("variables.v == 1"),
    },
    warnings: [["spec.validations[0].expression", /no matching overload for '_==_'/]],
  },
];

for (const { what, spec, warnings } of checked)
  test(`The status of a policy tells of expressions that ${what}`, async () => {
    const api = await prepared();
    const stop = keepPolicyStatus(api.server.core, silent);
    await define(api, { ...spec, matchConstraints: ofDeployments });
    let policy: Any;
    await until("the status", async () => {
      policy = await api.done(`GET ${base}/validatingadmissionpolicies/p`);
      return policy.status?.observedGeneration !== undefined;
    });
    stop();
    const found = policy.status.typeChecking.expressionWarnings ?? [];
    assert.deepEqual(
      found.map(({ fieldRef }: Any) => fieldRef),
      warnings.map(([fieldRef]) => fieldRef),
    );
    for (const [i, [, text]] of warnings.entries()) assert.match(found[i].warning, text);
    const managers = policy.metadata.managedFields.map((entry: Any) => entry.manager);
    assert.ok(managers.includes("validatingadmissionpolicy-status"), managers.join());
  });
