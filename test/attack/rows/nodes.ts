// A node that reaches for more than is its own.

import type { Issued } from "../../../src/main/pki/keys.ts";
import { type Row, type Table, told } from "../row.ts";
import { rbac } from "../setting.ts";
import type { AskOptions, Target } from "../target.ts";

const nodeOne = new WeakMap<Target, Issued>();
/** The credentials of `n1`. */
function asNode(target: Target): Issued {
  const issued = nodeOne.get(target) ?? target.certificateFor("system:node:n1", "system:nodes");
  nodeOne.set(target, issued);
  return issued;
}

const byNode = (
  name: string,
  what: string,
  body: unknown,
  answer: Row["answer"],
  headers?: AskOptions["headers"],
): Row => ({
  name,
  answer,
  run: async (target) =>
    told(
      await target.ask(what, {
        as: asNode(target),
        ...(body === undefined ? {} : { body }),
        ...(headers ? { headers } : {}),
      }),
    ),
});

export const quiet = "/api/v1/namespaces/quiet";
export const evil = "/api/v1/namespaces/evil";
export const container = { name: "c", image: "i" };
export const mirror = { "kubernetes.io/config.mirror": "x" };
const mirrorOf = (spec: object, more: object = {}): object => ({
  metadata: { name: "m", annotations: mirror, ...more },
  spec: { nodeName: "n1", containers: [container], ...spec },
});
const owner = [{ apiVersion: "v1", kind: "Node", name: "n1", uid: "x", controller: true }];

export const nodesTable: Table = {
  title: "a node",
  rows: [
    byNode("reads its own node", "GET /api/v1/nodes/n1", undefined, "200"),
    byNode("reads its pod's Secret", `GET ${quiet}/secrets/of-n1`, undefined, "200"),
    byNode("reads another node's Secret", `GET ${quiet}/secrets/of-n2`, undefined, "403 Forbidden"),
    byNode(
      "reads a Secret of nobody's pod",
      `GET ${quiet}/secrets/own`,
      undefined,
      "403 Forbidden",
    ),
    byNode("lists Secrets", `GET ${quiet}/secrets`, undefined, "403 Forbidden"),
    byNode("lists all Secrets", "GET /api/v1/secrets", undefined, "403 Forbidden"),
    byNode(
      "lists Secrets by a name that it may read",
      `GET ${quiet}/secrets?fieldSelector=metadata.name%3Dof-n1`,
      undefined,
      "200",
    ),
    byNode(
      "watches Secrets by another's name",
      `GET ${quiet}/secrets?watch=1&timeoutSeconds=1&fieldSelector=metadata.name%3Dof-n2`,
      undefined,
      "403 Forbidden",
    ),
    byNode(
      "writes a Secret that it may read",
      `PATCH ${quiet}/secrets/of-n1`,
      { data: {} },
      "403 Forbidden",
    ),
    byNode(
      "edits another node",
      "PATCH /api/v1/nodes/n2",
      { metadata: { labels: { a: "b" } } },
      "403 Forbidden",
    ),
    byNode(
      "edits another node's status",
      "PATCH /api/v1/nodes/n2/status",
      { status: {} },
      "403 Forbidden",
    ),
    byNode("deletes another node", "DELETE /api/v1/nodes/n2", undefined, "403 Forbidden"),
    byNode("deletes itself", "DELETE /api/v1/nodes/n1", undefined, "403 Forbidden"),
    byNode(
      "makes another node",
      "POST /api/v1/nodes",
      { metadata: { name: "n3" } },
      "403 Forbidden",
    ),
    byNode(
      "takes off its taints",
      "PATCH /api/v1/nodes/n1",
      { spec: { taints: [{ key: "a", effect: "NoSchedule" }] } },
      "403 Forbidden",
    ),
    byNode(
      "gives itself a label of isolation",
      "PATCH /api/v1/nodes/n1",
      { metadata: { labels: { "node-restriction.kubernetes.io/a": "b" } } },
      "403 Forbidden",
    ),
    byNode(
      "gives itself a label of the cluster's",
      "PATCH /api/v1/nodes/n1",
      { metadata: { labels: { "x.kubernetes.io/a": "b" } } },
      "403 Forbidden",
    ),
    byNode(
      "becomes part of the control plane",
      "PATCH /api/v1/nodes/n1",
      { metadata: { labels: { "node-role.kubernetes.io/control-plane": "" } } },
      "403 Forbidden",
    ),
    byNode(
      "gives itself an owner",
      "PATCH /api/v1/nodes/n1",
      { metadata: { ownerReferences: [{ apiVersion: "v1", kind: "Node", name: "n2", uid: "x" }] } },
      "403 Forbidden",
    ),
    byNode(
      "makes a pod that is no mirror",
      `POST ${evil}/pods`,
      { metadata: { name: "m" }, spec: { nodeName: "n1", containers: [container] } },
      "403 Forbidden",
    ),
    byNode(
      "makes a mirror on another node",
      `POST ${evil}/pods`,
      mirrorOf({ nodeName: "n2" }, { ownerReferences: owner }),
      "403 Forbidden",
    ),
    byNode(
      "makes a mirror with a Secret",
      `POST ${evil}/pods`,
      mirrorOf(
        { volumes: [{ name: "v", secret: { secretName: "own" } }] },
        { ownerReferences: owner },
      ),
      /^(403|422)/,
    ),
    byNode(
      "makes a mirror with a Secret in its environment",
      `POST ${evil}/pods`,
      mirrorOf(
        { containers: [{ ...container, envFrom: [{ secretRef: { name: "own" } }] }] },
        { ownerReferences: owner },
      ),
      /^(403|422)/,
    ),
    byNode(
      "makes a mirror with a ConfigMap",
      `POST ${evil}/pods`,
      mirrorOf(
        { volumes: [{ name: "v", configMap: { name: "same" } }] },
        { ownerReferences: owner },
      ),
      /^(403|422)/,
    ),
    byNode(
      "makes a mirror with a projected token",
      `POST ${evil}/pods`,
      mirrorOf(
        {
          volumes: [
            { name: "v", projected: { sources: [{ serviceAccountToken: { path: "t" } }] } },
          ],
        },
        { ownerReferences: owner },
      ),
      /^(403|422)/,
    ),
    byNode(
      "makes a mirror with a claim",
      `POST ${evil}/pods`,
      mirrorOf(
        { volumes: [{ name: "v", persistentVolumeClaim: { claimName: "x" } }] },
        { ownerReferences: owner },
      ),
      /^(403|422)/,
    ),
    byNode(
      "makes a mirror with a service account",
      `POST ${evil}/pods`,
      mirrorOf({ serviceAccountName: "bot" }, { ownerReferences: owner }),
      /^(403|422)/,
    ),
    byNode("makes a mirror without an owner", `POST ${evil}/pods`, mirrorOf({}), /^403/),
    byNode(
      "makes a mirror of another owner",
      `POST ${evil}/pods`,
      mirrorOf({}, { ownerReferences: [{ ...owner[0], name: "n2" }] }),
      "403 Forbidden",
    ),
    byNode("deletes another node's pod", `DELETE ${quiet}/pods/on-n2`, undefined, "403 Forbidden"),
    byNode(
      "evicts another node's pod",
      `POST ${quiet}/pods/on-n2/eviction`,
      { metadata: { name: "on-n2" } },
      "403 Forbidden",
    ),
    byNode(
      "writes another node's pod's status",
      `PATCH ${quiet}/pods/on-n2/status`,
      { status: { phase: "Failed" } },
      "403 Forbidden",
    ),
    byNode(
      "changes labels of its pod",
      `PATCH ${quiet}/pods/on-n1/status`,
      { metadata: { labels: { a: "b" } } },
      "403 Forbidden",
    ),
    byNode(
      "binds a pod to another node",
      `POST ${quiet}/pods/on-n1/binding`,
      { metadata: { name: "on-n1" }, target: { kind: "Node", name: "n2" } },
      "403 Forbidden",
    ),
    byNode(
      "asks a token for an account not on it",
      `POST ${evil}/serviceaccounts/bot/token`,
      { spec: {} },
      "403 Forbidden",
    ),
    byNode(
      "asks a token that no pod binds",
      `POST ${quiet}/serviceaccounts/default/token`,
      { spec: {} },
      "403 Forbidden",
    ),
    byNode(
      "asks a token for another node's pod",
      `POST ${quiet}/serviceaccounts/default/token`,
      { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "on-n2", uid: "x" } } },
      "403 Forbidden",
    ),
    byNode(
      "takes another node's lease",
      "PATCH /apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n2",
      { spec: { holderIdentity: "n1" } },
      "403 Forbidden",
    ),
    byNode(
      "takes a lease of a controller",
      "GET /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-scheduler",
      undefined,
      "403 Forbidden",
    ),
    byNode(
      "writes another node's CSINode",
      "PUT /apis/storage.k8s.io/v1/csinodes/n2",
      { metadata: { name: "n2" }, spec: { drivers: [] } },
      "403 Forbidden",
    ),
    byNode(
      "reads another node through the proxy",
      "GET /api/v1/nodes/n2/proxy/pods",
      undefined,
      "403 Forbidden",
    ),
    byNode(
      "writes roles",
      `POST ${rbac}/clusterroles`,
      { metadata: { name: "x" }, rules: [] },
      "403 Forbidden",
    ),
    byNode("impersonates", "GET /api/v1/nodes/n2", undefined, "403 Forbidden", {
      "impersonate-user": "system:node:n2",
    }),
    {
      name: "without the group of nodes",
      answer: "403 Forbidden",
      run: async (target) =>
        told(
          await target.ask("GET /api/v1/nodes/n1", { as: target.certificateFor("system:node:n1") }),
        ),
    },
    {
      name: "without a name",
      answer: "403 Forbidden",
      run: async (target) =>
        told(
          await target.ask(`GET ${quiet}/secrets/of-n1`, {
            as: target.certificateFor("system:node:", "system:nodes"),
          }),
        ),
    },
  ],
};
