import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiServer } from "../kit/api-server.ts";
import { guardedServer } from "../kit/guarded-server.ts";

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
    spec: rule("false", { messageExpression: "object.data.none", message: "other" }),
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
    spec: { ...rule("object.none.a"), failurePolicy: "Ignore" },
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
  await define(api, { ...limited, ...rule("params.spec.open"), paramKind }, { paramRef });
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
  while ((await api.ask(`GET ${limits}`)).status !== 200) await new Promise(setImmediate);
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
