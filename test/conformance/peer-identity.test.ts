// Tokens and their reviews, and the audit log, beside the real kube-apiserver.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { silent } from "../../src/lib/log.ts";
import { systemClock, systemRandom } from "../../src/lib/system.ts";
import { apiSettings } from "../../src/main/api-settings.ts";
import type { AuditEvent } from "../../src/server/audit/event.ts";
import { type Answer, type Side, startOurs, startPeer, type Who, whyNoPeer } from "./peer.ts";

const policy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", users: ["system:apiserver"] },
    { level: "None", namespaces: ["kube-system"] },
    {
      level: "Metadata",
      resources: [{ group: "", resources: ["secrets", "serviceaccounts/token"] }],
    },
    { level: "Request", verbs: ["delete", "patch"] },
    { level: "RequestResponse", namespaces: ["walls"], omitManagedFields: true },
    { level: "Metadata", nonResourceURLs: ["/version", "/nothing*"] },
  ],
};

const path = "/api/v1/namespaces/walls";

describe("identity and audit beside kube-apiserver", { skip: whyNoPeer }, () => {
  const folder = mkdtempSync(join(tmpdir(), "coxswain-peer-"));
  const logs: Record<string, string> = {
    peer: join(folder, "peer.log"),
    ours: join(folder, "ours.log"),
  };
  let sides: readonly Side[] = [];
  let close: () => Promise<void> = () => Promise.resolve();
  before(async () => {
    const file = join(folder, "policy.yaml");
    writeFileSync(file, JSON.stringify(policy));
    const flags = (log: string) => ({ "audit-policy-file": [file], "audit-log-path": [log] });
    const world = { clock: systemClock, random: systemRandom, log: silent };
    const settings = await apiSettings(
      flags(logs["ours"]!),
      "https://kubernetes.default.svc.cluster.local",
      world,
    );
    close = settings.close;
    const words = Object.entries(flags(logs["peer"]!)).map(
      ([name, [value]]) => `--${name}=${value}`,
    );
    const peer = await startPeer(words);
    sides = [peer, await startOurs(settings.edge)];
    await both("POST /api/v1/namespaces", { metadata: { name: "walls" } });
    await both(`POST ${path}/serviceaccounts`, { metadata: { name: "bot" } });
    await both(`POST ${path}/serviceaccounts`, { metadata: { name: "default" } });
  });
  after(async () => {
    for (const side of sides) await side[Symbol.asyncDispose]();
    await close();
    rmSync(folder, { recursive: true, force: true });
  });

  const both = (what: string, body?: object, who?: Who): Promise<Answer[]> =>
    Promise.all(sides.map((side) => side.ask(what, body, who)));
  const same = async (what: string, body?: object, who?: Who): Promise<void> => {
    const [theirs, own] = (await both(what, body, who)).map(({ status, body: answer }) => ({
      status,
      body: stripped(answer),
    }));
    assert.deepEqual(own, theirs, `${what} ${JSON.stringify([body, who])}`);
  };

  test("tokens are given and refused alike", async () => {
    const token = `POST ${path}/serviceaccounts/bot/token`;
    const bound = (ref: object) => ({ spec: { boundObjectRef: ref } });
    await both(`POST ${path}/secrets`, { metadata: { name: "s" } });
    for (const body of [
      { spec: {} },
      { spec: { audiences: ["a", "b"], expirationSeconds: 3600 } },
      { spec: { expirationSeconds: 10 } },
      { spec: { expirationSeconds: 2 ** 33 } },
      bound({ kind: "Secret", apiVersion: "v1", name: "s" }),
      bound({ kind: "Secret", apiVersion: "v1", name: "none" }),
      bound({ kind: "Secret", apiVersion: "v1", name: "s", uid: "other" }),
      bound({ kind: "Pod", apiVersion: "v1", name: "none" }),
      bound({ kind: "Pod", apiVersion: "v1" }),
      bound({ kind: "Node", apiVersion: "v1", name: "none" }),
      bound({ kind: "Deployment", apiVersion: "apps/v1", name: "d" }),
      { metadata: { name: "other" }, spec: {} },
      { metadata: { namespace: "other" }, spec: {} },
      { metadata: { uid: "other" }, spec: {} },
    ])
      await same(token, body);
    await same(`POST ${path}/serviceaccounts/none/token`, { spec: {} });
    await same(`GET ${path}/serviceaccounts/bot/token`);
  });

  test("tokens are reviewed alike", async () => {
    const reviews = "POST /apis/authentication.k8s.io/v1/tokenreviews";
    for (const spec of [{ token: "abc" }, { token: "a.b.c" }, { token: "" }, {}])
      await same(reviews, { spec });
    const [theirs, own] = await Promise.all(
      sides.map(async (side) => {
        const made = await side.ask(`POST ${path}/serviceaccounts/bot/token`, {
          spec: { audiences: ["x"] },
        });
        const { token } = made.body.status;
        const answers = [];
        for (const audiences of [undefined, ["x"], ["y"], ["y", "x"]])
          answers.push(await side.ask(reviews, { spec: { token, audiences } }));
        await side.ask(`DELETE ${path}/serviceaccounts/bot`);
        return answers.map(({ status, body }) => ({ status, answer: stripped(body.status) }));
      }),
    );
    assert.deepEqual(own, theirs);
  });

  test("who asks in another's name is judged alike", async () => {
    const rbac = "rbac.authorization.k8s.io";
    const may = (
      verbs: string[],
      apiGroups: string[],
      resources: string[],
      resourceNames: string[] = [],
    ) => ({
      verbs,
      apiGroups,
      resources,
      ...(resourceNames.length === 0 ? {} : { resourceNames }),
    });
    const authentication = "authentication.k8s.io";
    const rules = [
      may(["impersonate"], [""], ["users"], ["ann"]),
      may(["impersonate"], [""], ["groups"], ["dev"]),
      may(["impersonate"], [""], ["serviceaccounts"], ["bot"]),
      may(["impersonate"], [authentication], ["uids"], ["u1"]),
      may(["impersonate"], [authentication], ["userextras/scopes"], ["view"]),
      may(["impersonate:user-info"], [authentication], ["users"], ["bob"]),
      may(["impersonate-on:user-info:list"], [""], ["pods"]),
      may(["impersonate:arbitrary-node"], [authentication], ["nodes"], ["n1"]),
      may(["impersonate-on:arbitrary-node:get"], [""], ["nodes"]),
    ];
    await both(`POST /apis/${rbac}/v1/clusterroles`, { metadata: { name: "hal" }, rules });
    await both(`POST /apis/${rbac}/v1/clusterrolebindings`, {
      metadata: { name: "hal" },
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "hal" },
      subjects: [{ apiGroup: rbac, kind: "User", name: "hal" }],
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const wanted: Omit<Who, "byHal">[] = [
      { user: "" },
      { user: "ann" },
      { user: "ann", groups: ["dev"] },
      { user: "ann", groups: ["dev", "ops"] },
      { user: "ann", uid: "u1" },
      { user: "ann", uid: "u2" },
      { user: "ann", extra: { scopes: "view" } },
      { user: "ann", extra: { scopes: "edit" } },
      { user: "ann", groups: ["system:masters"] },
      { user: "bob" },
      { user: "eve" },
      { user: "system:serviceaccount:walls:bot" },
      { user: "system:serviceaccount:walls:other" },
      { user: "system:node:n1" },
      { user: "system:node:n2" },
      { user: "system:anonymous" },
      { user: "", groups: ["dev"] },
      { user: "", uid: "u1" },
    ];
    for (const who of wanted) {
      const asked = { ...who, byHal: true };
      await same("POST /apis/authentication.k8s.io/v1/selfsubjectreviews", {}, asked);
      await same(`GET ${path}/pods`, undefined, asked);
      await same("GET /api/v1/nodes/n1", undefined, asked);
    }
  });

  test("the same requests make the same events", async () => {
    const map = { metadata: { name: "m" }, data: { a: "b" } };
    await both(`POST ${path}/configmaps`, map);
    await both(`PATCH ${path}/configmaps/m`, { data: { c: "d" } });
    await both(`GET ${path}/configmaps/m`);
    await both(`GET ${path}/configmaps/none`);
    await both(`POST ${path}/configmaps`, { metadata: { name: "B!" } });
    await both(`POST ${path}/configmaps`, { metadata: { generateName: "g-" } });
    await both(`POST ${path}/secrets`, { metadata: { name: "k" }, stringData: { p: "hunter2" } });
    await both(`DELETE ${path}/configmaps/m`);
    await both("GET /version");
    await both(`GET ${path}/configmaps`, undefined, { user: "bob", groups: ["dev"], byHal: true });
    await both(`GET ${path}/pods`, undefined, { user: "ann", byHal: true });
    await both("GET /nothing?x=<&>");
    const labels = {
      "pod-security.kubernetes.io/audit": "restricted",
      "pod-security.kubernetes.io/enforce": "baseline",
    };
    await both("PATCH /api/v1/namespaces/walls", { metadata: { labels } });
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (const hostNetwork of [false, true])
      await both(`POST ${path}/pods?dryRun=All`, {
        metadata: { name: "p" },
        spec: {
          hostNetwork,
          automountServiceAccountToken: false,
          containers: [{ name: "a", image: "example.com/a" }],
        },
      });
    const [theirs, own] = ["peer", "ours"].map((name) => eventsIn(logs[name]!));
    assert.ok(theirs!.length >= 13, `${theirs!.length}`);
    assert.deepEqual(own, theirs);
    assert.ok(!readFileSync(logs["ours"]!, "utf8").includes("hunter2"));
  });
});

/** What is said of the requests of the last test, but for times, names that were made, and what TLS and HTTP tell. */
function eventsIn(file: string): unknown[] {
  const events = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as AuditEvent);
  const first = events.findIndex(
    (e) => e.requestURI.endsWith("/configmaps") && e.verb === "create",
  );
  return events.slice(first).map((event) => {
    const {
      auditID,
      user,
      userAgent,
      sourceIPs,
      requestReceivedTimestamp,
      stageTimestamp,
      ...rest
    } = event;
    const text = JSON.stringify(stripped(rest)).replace(/"g-[a-z0-9]{5}"/g, '"g-"');
    return JSON.parse(text);
  });
}

const uuid = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Answers that come at different times are equal but for these. */
function stripped(value: unknown): unknown {
  if (typeof value === "string") return value.replace(uuid, "UID");
  if (Array.isArray(value)) return value.map(stripped);
  if (typeof value !== "object" || value === null) return value;
  const own = [
    "resourceVersion",
    "creationTimestamp",
    "managedFields",
    "token",
    "expirationTimestamp",
  ];
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !own.includes(key))
      .map(([key, inner]) => [
        key,
        key === "authentication.kubernetes.io/credential-id" ? "" : stripped(inner),
      ]),
  );
}
