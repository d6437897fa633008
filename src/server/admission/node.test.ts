// What the agent of a node may do: the Node authorizer and the NodeRestriction plug-in together.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import type { ApiServer } from "../../../test/kit/api-server.ts";
import { guardedServer } from "../../../test/kit/guarded-server.ts";
import { makeSigningRequest, toPem } from "../../lib/x509.ts";

const node = (name: string, more: object = {}) => ({ metadata: { name, ...more } });

/** Two nodes with a pod each, whose objects are named after the node, and in the namespace `a`. */
async function cluster(): Promise<ApiServer> {
  const server = guardedServer();
  const { done } = server;
  await done("POST /api/v1/namespaces", { metadata: { name: "a" } });
  await done("POST /api/v1/namespaces", { metadata: { name: "kube-node-lease" } });
  const inside = "/api/v1/namespaces/a";
  await done(`POST ${inside}/serviceaccounts`, { metadata: { name: "default" } });
  for (const name of ["n1", "n2"]) {
    await done("POST /api/v1/nodes", node(name));
    const used = { metadata: { name: `of-${name}` } };
    await done(`POST ${inside}/secrets`, { ...used, stringData: { a: "b" } });
    await done(`POST ${inside}/configmaps`, used);
    await done(`POST ${inside}/serviceaccounts`, used);
    await done(`POST ${inside}/pods`, {
      metadata: { name: `on-${name}` },
      spec: {
        nodeName: name,
        serviceAccountName: `of-${name}`,
        containers: [{ name: "c", image: "i" }],
        volumes: [
          { name: "s", secret: { secretName: `of-${name}` } },
          { name: "m", configMap: { name: `of-${name}` } },
        ],
      },
    });
  }
  await done(`POST ${inside}/pods`, {
    metadata: { name: "nowhere" },
    spec: { containers: [{ name: "c", image: "i" }] },
  });
  return server;
}

const a = "/api/v1/namespaces/a";
const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
const unrelated = "no relationship found between node 'n1' and this object";

/** Reads, by n1. `200`, or a part of the message of the refusal. */
const reads: [what: string, answer: string][] = [
  [`${a}/secrets/of-n1`, "200"],
  [`${a}/secrets/of-n2`, unrelated],
  [`${a}/secrets/none`, unrelated],
  [`${a}/secrets`, "No Object name found"],
  [`/api/v1/secrets`, "can only read namespaced object of this type"],
  [`${a}/secrets?fieldSelector=metadata.name%3Dof-n1`, "200"],
  [`${a}/secrets?fieldSelector=metadata.name%3Dof-n2`, unrelated],
  [`${a}/configmaps/of-n1`, "200"],
  [`${a}/configmaps/of-n2`, unrelated],
  [`${a}/configmaps/kube-root-ca.crt`, "404"],
  [`${a}/serviceaccounts/of-n1`, "200"],
  [`${a}/serviceaccounts/of-n2`, unrelated],
  [`${a}/pods/on-n1`, "200"],
  [`${a}/pods/on-n2`, unrelated],
  [`${a}/pods`, "can only list/watch pods with spec.nodeName field selector"],
  ["/api/v1/pods?fieldSelector=spec.nodeName%3Dn1", "200"],
  ["/api/v1/pods?fieldSelector=spec.nodeName%3Dn2", "can only list/watch pods"],
  ["/api/v1/pods?fieldSelector=spec.nodeName!%3Dn2", "can only list/watch pods"],
  ["/api/v1/nodes/n1", "200"],
  ["/api/v1/nodes/n2", "node 'n1' cannot read 'n2', only its own Node object"],
  ["/api/v1/nodes", "node 'n1' cannot read all nodes, only its own Node object"],
  ["/api/v1/services", "200"],
  ["/api/v1/endpoints", "is forbidden"],
  ["/api/v1/namespaces", "is forbidden"],
  [`${leases}/n2`, "can only access node lease with the same name as the requesting node"],
  [leases, "can only get, create, update, patch, or delete a node lease"],
  ["/apis/rbac.authorization.k8s.io/v1/clusterroles", "is forbidden"],
];

async function answered(server: ApiServer, what: string, body?: object): Promise<string> {
  const { status, body: said } = await server.ask(what, body, {
    user: "system:node:n1",
    groups: "system:nodes",
  });
  return status < 300 ? String(status) : `${status} ${said?.message ?? ""}`;
}

test("a node reads itself, its pods and what they refer to", async () => {
  const server = await cluster();
  for (const [what, answer] of reads) {
    const said = await answered(server, `GET ${what}`);
    assert.ok(said.includes(answer), `${what}: ${said}`);
    if (answer.length > 3) assert.match(said, /^403 .*User "system:node:n1" cannot (get|list)/);
  }
});

test("what a pod refers to may be read only as long as the pod is there", async () => {
  const server = await cluster();
  const secret = `GET ${a}/secrets/of-n1`;
  assert.equal(await answered(server, secret), "200");
  await server.done(`DELETE ${a}/pods/on-n1?gracePeriodSeconds=0`);
  assert.match(await answered(server, secret), /no relationship found/);
});

const mirror = {
  metadata: {
    name: "static-n1",
    annotations: { "kubernetes.io/config.mirror": "1" },
    ownerReferences: [{ apiVersion: "v1", kind: "Node", name: "n1", uid: "", controller: true }],
  },
  spec: { nodeName: "n1", containers: [{ name: "c", image: "i" }] },
};
type Mirror = typeof mirror & { spec: { [field: string]: unknown } };

/** What is wrong with a mirror pod, and what is answered. */
const mirrors: [change: (pod: Mirror) => unknown, answer: string][] = [
  [() => {}, "201"],
  [
    (p) => Object.assign(p.metadata, { annotations: {} }),
    'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
  ],
  [
    (p) => Object.assign(p.spec, { nodeName: "n2" }),
    'node "n1" can only create pods with spec.nodeName set to itself',
  ],
  [
    (p) => Object.assign(p.metadata, { ownerReferences: [] }),
    'node "n1" can only create pods with an owner reference set to itself',
  ],
  [
    (p) => Object.assign(p.metadata.ownerReferences[0]!, { name: "n2" }),
    'node "n1" can only create pods with an owner reference set to itself',
  ],
  [(p) => Object.assign(p.metadata.ownerReferences[0]!, { uid: "x" }), "node n1 UID mismatch"],
  [
    (p) => Object.assign(p.metadata.ownerReferences[0]!, { controller: false }),
    'node "n1" can only create pods with a controller owner reference set to itself',
  ],
  [
    (p) => Object.assign(p.spec, { serviceAccountName: "of-n2" }),
    "a mirror pod may not reference service accounts",
  ],
  [
    (p) => Object.assign(p.spec, { volumes: [{ name: "v", secret: { secretName: "of-n2" } }] }),
    "a mirror pod may not reference secrets",
  ],
  [
    (p) => Object.assign(p.spec, { volumes: [{ name: "v", configMap: { name: "of-n2" } }] }),
    'node "n1" can not create pods that reference configmaps',
  ],
  [
    (p) =>
      Object.assign(p.spec, {
        volumes: [{ name: "v", persistentVolumeClaim: { claimName: "c" } }],
      }),
    'node "n1" can not create pods that reference persistentvolumeclaims',
  ],
];

test("a node makes no pods but the mirrors of its own", async () => {
  const server = await cluster();
  const { metadata } = await server.done("GET /api/v1/nodes/n1");
  for (const [change, answer] of mirrors) {
    const pod = structuredClone(mirror) as Mirror;
    pod.metadata.ownerReferences[0]!.uid = metadata.uid;
    change(pod);
    const said = await answered(server, `POST ${a}/pods?dryRun=All`, pod);
    assert.ok(said.includes(answer), `${change}: ${said}`);
  }
});

const requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests?dryRun=All";
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });

/** A certificate request for a user of that name. */
function pem(commonName: string): string {
  const subject = { commonName, organizations: ["system:nodes"] };
  const publicDer = publicKey.export({ type: "spki", format: "der" });
  const signed = makeSigningRequest({ subject, publicKey: publicDer }, (bytes) =>
    sign("sha256", bytes, privateKey),
  );
  return toPem("CERTIFICATE REQUEST", signed);
}

const signing = (text: string): object => ({
  metadata: { name: "x" },
  spec: {
    request: Buffer.from(text).toString("base64"),
    signerName: "kubernetes.io/kubelet-serving",
    usages: ["digital signature", "server auth"],
  },
});

/** Writes by n1. */
const writes: [what: string, body: object | undefined, answer: string][] = [
  [
    `DELETE ${a}/pods/on-n2`,
    undefined,
    'node "n1" can only delete pods with spec.nodeName set to itself',
  ],
  [`DELETE ${a}/pods/on-n1?dryRun=All`, undefined, "200"],
  [`PATCH ${a}/pods/on-n1`, { metadata: { labels: { a: "b" } } }, "cannot patch resource"],
  [`PATCH ${a}/pods/on-n1/status`, { status: { message: "m" } }, "200"],
  [
    `PATCH ${a}/pods/on-n2/status`,
    { status: { message: "m" } },
    'node "n1" can only update pod status for pods with spec.nodeName set to itself',
  ],
  [
    `PATCH ${a}/pods/on-n1/status`,
    { metadata: { labels: { app: "web" } }, status: { message: "n" } },
    'node "n1" cannot update labels through pod status',
  ],
  [
    `POST ${a}/pods/on-n2/eviction`,
    { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "on-n2" } },
    "node n1 can only evict pods with spec.nodeName set to itself",
  ],
  [
    `POST ${a}/pods/on-n1/eviction?dryRun=All`,
    { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "on-n1" } },
    "201",
  ],
  [`POST ${requests}`, signing(pem("system:node:n1")), "201"],
  [
    `POST ${requests}`,
    signing(pem("system:node:n2")),
    "can only create a node CSR with CN=system:node:n1",
  ],
  [`POST ${requests}`, signing("x"), "unable to parse csr: PEM block type must be"],
  ["PATCH /api/v1/nodes/n1/status", { status: { conditions: [] } }, "200"],
  [
    "PATCH /api/v1/nodes/n2/status",
    { status: { conditions: [] } },
    'node "n1" is not allowed to modify node "n2"',
  ],
  ["DELETE /api/v1/nodes/n1", undefined, "cannot delete resource"],
  ["PATCH /api/v1/nodes/n1", { metadata: { labels: { "kubernetes.io/arch": "x" } } }, "200"],
  ["PATCH /api/v1/nodes/n1", { metadata: { labels: { mine: "x" } } }, "200"],
  [
    "PATCH /api/v1/nodes/n1",
    { metadata: { labels: { "node-restriction.kubernetes.io/team": "x", "k8s.io/x": "y" } } },
    "is not allowed to modify labels: k8s.io/x, node-restriction.kubernetes.io/team",
  ],
  ["PATCH /api/v1/nodes/n1", { spec: { taints: [] } }, 'node "n1" is not allowed to modify taints'],
  [`POST ${leases}`, { metadata: { name: "n1" }, spec: {} }, "201"],
  [
    `POST ${leases}`,
    { metadata: { name: "n2" }, spec: {} },
    "can only access node lease with the same name as the requesting node",
  ],
  [`POST ${a}/secrets`, { metadata: { name: "x" } }, "can only read resources of this type"],
  [
    "POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
    { metadata: { name: "x" } },
    "cannot create resource",
  ],
];

test("a node writes about itself and its own pods only", async () => {
  const server = await cluster();
  for (const [what, body, answer] of writes) {
    const said = await answered(server, what, body);
    assert.ok(said.includes(answer), `${what} ${JSON.stringify(body)}: ${said}`);
    if (answer.length > 3) assert.match(said, /^403 /);
  }
});

test("a node gets tokens for its own pods only", async () => {
  const server = await cluster();
  const uid = async (pod: string) => (await server.done(`GET ${a}/pods/${pod}`)).metadata.uid;
  const own = await uid("on-n1");
  const other = await uid("on-n2");
  const bind = (name: string, podUid?: string) => ({
    boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid: podUid },
  });
  const asked: [account: string, spec: object, answer: string][] = [
    ["of-n1", bind("on-n1", own), "201"],
    ["of-n2", bind("on-n2", other), unrelated],
    ["of-n1", {}, "node requested token not bound to a pod"],
    ["of-n1", bind("on-n1"), "node requested token with a pod binding without a uid"],
    ["of-n1", bind("on-n1", other), "does not match the UID in record"],
    ["of-n1", bind("on-n2", other), "node requested token bound to a pod scheduled on a different"],
    [
      "of-n1",
      { ...bind("on-n1", own), audiences: ["vault"] },
      'system:node:n1 is not authorized to request tokens for audience "vault"',
    ],
    [
      "of-n1",
      { ...bind("on-n1", own), audiences: ["a", "b"] },
      "node may only request 0 or 1 audiences",
    ],
  ];
  for (const [account, spec, answer] of asked) {
    const said = await answered(server, `POST ${a}/serviceaccounts/${account}/token`, { spec });
    assert.ok(said.includes(answer), `${account} ${JSON.stringify(spec)}: ${said}`);
  }
});

test("who is in the group of nodes but bears no node's name may nothing", async () => {
  const server = await cluster();
  const who = { user: "mallory", groups: "system:nodes" };
  const answer = await server.ask("GET /api/v1/nodes/n1", undefined, who);
  assert.equal(answer.status, 403);
  assert.match(answer.body.message, /unknown node for user "mallory"/);
});
