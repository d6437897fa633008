// Policies and webhooks beside the real kube-apiserver: the same configuration on both, the same answers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  type Asked,
  patching,
  type Reply,
  review,
  type WebhookServer,
  webhookServer,
} from "../kit/webhook-server.ts";
import { mutations, policies, refusedMutations, refusedRules, rules } from "./admission/cases.ts";
import { type Answer, type Side, startOurs, startPeer, whyNoPeer } from "./peer.ts";

const base = "/apis/admissionregistration.k8s.io/v1";
const maps = "/api/v1/namespaces/admission/configmaps";
const deployments = "/apis/apps/v1/namespaces/admission/deployments";

const replies: Readonly<Record<string, (asked: Asked) => Reply>> = {
  allow: (asked) => review(asked, { allowed: true }),
  deny: (asked) => review(asked, { allowed: false }),
  message: (asked) => review(asked, { allowed: false, status: { message: "no" } }),
  reason: (asked) => review(asked, { allowed: false, status: { reason: "Because" } }),
  code: (asked) =>
    review(asked, { allowed: false, status: { message: "no", code: 418, reason: "Teapot" } }),
  success: (asked) =>
    review(asked, { allowed: false, status: { message: "no", code: 200, status: "Success" } }),
  warnings: (asked) => review(asked, { allowed: true, warnings: ["a", 'q"uote', "a"] }),
  stranger: () => ({ json: { apiVersion: "v1", kind: "Pod", response: { allowed: true } } }),
  absent: () => ({ json: { apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview" } }),
  list: () => ({ status: 200, text: "[]" }),
  html: () => ({ status: 200, text: "<html></html>" }),
  bad: () => ({ status: 400, text: "bad" }),
  forbidden: () => ({ status: 403, text: "some text" }),
  conflict: () => ({ status: 409, text: "some text" }),
  broken: () => ({ status: 500, text: "some text" }),
  busy: () => ({ status: 503, text: "some text" }),
  "no patch": (asked) => review(asked, { allowed: true, patchType: "JSONPatch" }),
  garbage: (asked) =>
    review(asked, { allowed: true, patchType: "JSONPatch", patch: btoa("hello") }),
  patch: (asked) => patching(asked, [{ op: "add", path: "/data/x", value: "y" }]),
  missing: (asked) => patching(asked, [{ op: "remove", path: "/nope" }]),
  unknown: (asked) => patching(asked, [{ op: "add", path: "/unknown", value: 1 }]),
  kind: (asked) => patching(asked, [{ op: "replace", path: "/kind", value: "Pod" }]),
  namespace: (asked) =>
    patching(asked, [{ op: "replace", path: "/metadata/namespace", value: "default" }]),
  owners: (asked) =>
    patching(asked, [{ op: "add", path: "/metadata/managedFields", value: [{ manager: "x" }] }]),
};

let sides: readonly Side[] = [];
let hook: WebhookServer | undefined;

before(async () => {
  if (whyNoPeer) return;
  hook = await webhookServer((asked) => {
    const name = decodeURIComponent(asked.path.slice(1).split("?")[0]!);
    return (replies[name] ?? replies["allow"]!)(asked);
  });
  sides = [await startPeer(), await startOurs()];
  for (const side of sides) await configure(side, hook);
});
after(async () => {
  for (const side of sides) await side[Symbol.asyncDispose]();
  await hook?.[Symbol.asyncDispose]();
});

const rule = (group: string, resource: string, name?: string): object => ({
  operations: ["CREATE"],
  apiGroups: [group],
  apiVersions: ["v1"],
  resources: [resource],
  ...(name === undefined ? {} : { resourceNames: [name] }),
});

async function made(side: Side, what: string, body: object): Promise<void> {
  const { status, body: answer } = await side.ask(`POST ${what}`, body);
  assert.ok(status === 201 || status === 409, `${side.name}: ${what}: ${answer?.message}`);
}

async function bound(
  side: Side,
  type: "validating" | "mutating",
  name: string,
  { spec, binding = {} }: { spec: object; binding?: object },
): Promise<void> {
  await made(side, `${base}/${type}admissionpolicies`, { metadata: { name }, spec });
  const actions = type === "validating" ? { validationActions: ["Deny"] } : {};
  await made(side, `${base}/${type}admissionpolicybindings`, {
    metadata: { name },
    spec: { policyName: name, ...actions, ...binding },
  });
}

const isPatch = (expression: string): boolean => expression.startsWith("[");
const mutation = (expression: string): object =>
  isPatch(expression)
    ? { patchType: "JSONPatch", jsonPatch: { expression } }
    : { patchType: "ApplyConfiguration", applyConfiguration: { expression } };

async function configure(side: Side, { url, caBundle }: WebhookServer): Promise<void> {
  await made(side, "/api/v1/namespaces", { metadata: { name: "admission" } });
  await made(side, maps, { metadata: { name: "params", labels: { p: "q" } }, data: { x: "y" } });
  for (const [i, expression] of rules.entries())
    await bound(side, "validating", `rule-${i}`, {
      spec: {
        matchConstraints: { resourceRules: [rule("", "configmaps", `rule-${i}`)] },
        validations: [{ expression }],
      },
    });
  for (const [i, { spec, binding = {} }] of Object.values(policies).entries())
    await bound(side, "validating", `policy-${i}`, {
      spec: {
        matchConstraints: { resourceRules: [rule("", "configmaps", `policy-${i}`)] },
        ...spec,
      },
      binding,
    });
  for (const [i, expression] of mutations.entries())
    await bound(side, "mutating", `mutation-${i}`, {
      spec: {
        matchConstraints: { resourceRules: [rule("apps", "deployments", `mutation-${i}`)] },
        reinvocationPolicy: "Never",
        mutations: [mutation(expression)],
      },
    });
  for (const [i, name] of Object.keys(replies).entries())
    for (const type of ["mutating", "validating"] as const)
      await made(side, `${base}/${type}webhookconfigurations`, {
        metadata: { name: `hook-${i}` },
        webhooks: [
          {
            name: "hook.example.com",
            clientConfig: { url: `${url}/${encodeURIComponent(name)}`, caBundle },
            rules: [rule("", "configmaps")],
            objectSelector: { matchLabels: { [type]: `hook-${i}` } },
            sideEffects: "None",
            admissionReviewVersions: ["v1"],
          },
        ],
      });
  const last = { ...map("x"), metadata: { name: "x", labels: { validating: "hook-1" } } };
  const end = Date.now() + 30_000;
  // The real server sees its configuration through caches, the newest last.
  while ((await side.ask(`POST ${maps}?dryRun=All`, last)).status !== 400)
    if (Date.now() > end) throw new Error(`${side.name} does not see its webhooks`);
  await new Promise((resolve) => setTimeout(resolve, 2000));
}

const map = (name: string, data: object = { a: "1", b: "x" }): object => ({
  metadata: { name },
  data,
});

const deployment = (name: string): object => ({
  metadata: { name },
  spec: {
    replicas: 0,
    selector: { matchLabels: { a: "b" } },
    template: {
      metadata: { labels: { a: "b" } },
      spec: { containers: [{ name: "c", image: "i", args: ["x"] }] },
    },
  },
});

/** All but what differs from one write to the next. */
function told({ status, body, warnings }: Answer): object {
  const {
    uid: _uid,
    creationTimestamp: _time,
    managedFields: _fields,
    ...metadata
  } = body.metadata;
  const text = JSON.stringify({ ...body, metadata });
  return { status, warnings, body: text.replace(/scheme\.go:\d+/g, "scheme.go") };
}

async function both(what: string, body: object): Promise<void> {
  const [theirs, ours] = await Promise.all(sides.map((side) => side.ask(what, body)));
  assert.deepEqual(told(ours!), told(theirs!));
}

describe("rules of policies", { skip: whyNoPeer }, () => {
  for (const [i, expression] of rules.entries())
    test(expression, () => both(`POST ${maps}?dryRun=All`, map(`rule-${i}`)));
});

describe("policies with", { skip: whyNoPeer }, () => {
  for (const [i, [name, { data }]] of Object.entries(policies).entries())
    test(name, () => both(`POST ${maps}?dryRun=All`, map(`policy-${i}`, data)));
});

describe("changes by policies", { skip: whyNoPeer }, () => {
  for (const [i, expression] of mutations.entries())
    test(expression, () => both(`POST ${deployments}?dryRun=All`, deployment(`mutation-${i}`)));
});

describe("refused expressions", { skip: whyNoPeer }, () => {
  const matchConstraints = { resourceRules: [rule("", "pods")] };
  for (const expression of refusedRules)
    test(expression, () =>
      both(`POST ${base}/validatingadmissionpolicies?dryRun=All`, {
        metadata: { name: "refused" },
        spec: { matchConstraints, validations: [{ expression }] },
      }),
    );
  for (const expression of refusedMutations)
    test(expression, () =>
      both(`POST ${base}/mutatingadmissionpolicies?dryRun=All`, {
        metadata: { name: "refused" },
        spec: {
          matchConstraints,
          reinvocationPolicy: "Never",
          mutations: [mutation(expression)],
        },
      }),
    );
});

describe("answers of webhooks", { skip: whyNoPeer }, () => {
  for (const [i, name] of Object.keys(replies).entries())
    for (const type of ["mutating", "validating"])
      test(`${type}: ${name}`, () =>
        both(`POST ${maps}?dryRun=All`, {
          ...map("m"),
          metadata: { name: "m", labels: { [type]: `hook-${i}` } },
        }));
});
