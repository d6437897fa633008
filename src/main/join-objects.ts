// What further nodes need of the cluster: whom to trust, the right to ask for a certificate, sight of the network.
import type { Client } from "../client/client.ts";
import { refOf } from "../client/key.ts";
import type { ApiObject } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";
import {
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  roleBindings,
  roles,
  services,
} from "../schema/resources.ts";
import { StatusError } from "../schema/status-error.ts";
import type { ConfigMap, Service } from "../schema/types/core-v1.ts";
import type {
  ClusterRole,
  ClusterRoleBinding,
  Role,
  RoleBinding,
} from "../schema/types/rbac-v1.ts";
import { nodeClientUser } from "./pki/cluster-pki.ts";

const bootstrapGroup = "system:bootstrappers:coxswain:nodes";
const rbac = "rbac.authorization.k8s.io";

export type JoinOptions = {
  server: string;
  authority: string;
  podCidr: string;
  serviceCidr: string;
  dnsIp: string;
  clusterDomain: string;
};

/** Makes what is missing; what is there stays as it is, but for whom to trust and where. */
export async function ensureJoinObjects(client: Client, options: JoinOptions): Promise<void> {
  await Promise.all([
    ensureClusterInfo(client, options),
    ensure(client, roles, clusterInfoRole),
    ensure(client, roleBindings, clusterInfoBinding),
    ensure(
      client,
      clusterRoleBindings,
      groupBinding("coxswain:node-bootstrapper", "system:node-bootstrapper", bootstrapGroup),
    ),
    ensure(
      client,
      clusterRoleBindings,
      groupBinding(
        "coxswain:node-autoapprove",
        "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
        bootstrapGroup,
      ),
    ),
    ensure(
      client,
      clusterRoleBindings,
      groupBinding(
        "coxswain:node-renewal",
        "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
        "system:nodes",
      ),
    ),
    ensure(
      client,
      clusterRoleBindings,
      groupBinding("coxswain:node-proxier", "system:node-proxier", "system:nodes"),
    ),
    ensure(client, clusterRoleBindings, nodeClientBinding),
    ensure(client, clusterRoles, policyReader),
    ensure(
      client,
      clusterRoleBindings,
      groupBinding(policyReaderName, policyReaderName, "system:nodes"),
    ),
    ensure(client, clusterRoleBindings, servingApproval),
    ensure(client, services, dnsService(options.dnsIp)),
  ]);
}

async function ensure<T extends ApiObject>(
  client: Client,
  resource: Resource<T>,
  object: T,
): Promise<void> {
  try {
    await client.get(resource, refOf(object));
  } catch (error) {
    if (!(error instanceof StatusError && error.reason === "NotFound")) throw error;
    await client.create(resource, object).catch(async (refused) => {
      // Another server of the same store may do so at the same time, and have the name or the address first.
      await client.get(resource, refOf(object)).catch(() => Promise.reject(refused));
    });
  }
}

/** Upstream's place for it: anybody may read who the cluster is. */
async function ensureClusterInfo(client: Client, options: JoinOptions): Promise<void> {
  const { server, authority, ...network } = options;
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "", cluster: { server, "certificate-authority-data": btoa(authority) } }],
  };
  const data = { kubeconfig: JSON.stringify(config), network: JSON.stringify(network) };
  const object: ConfigMap = { metadata: { name: "cluster-info", namespace: "kube-public" }, data };
  await ensure(client, configMaps, object);
  await client.patch(
    configMaps,
    { namespace: "kube-public", name: "cluster-info" },
    { data },
    { type: "merge" },
  );
}

const publicInfo = { name: "kubeadm:bootstrap-signer-clusterinfo", namespace: "kube-public" };

const clusterInfoRole: Role = {
  metadata: publicInfo,
  rules: [
    { apiGroups: [""], resources: ["configmaps"], resourceNames: ["cluster-info"], verbs: ["get"] },
  ],
};

const clusterInfoBinding: RoleBinding = {
  metadata: publicInfo,
  roleRef: { apiGroup: rbac, kind: "Role", name: publicInfo.name },
  subjects: [
    { apiGroup: rbac, kind: "User", name: "system:anonymous" },
    { apiGroup: rbac, kind: "Group", name: "system:nodes" },
  ],
};

const groupBinding = (name: string, role: string, group: string): ClusterRoleBinding => ({
  metadata: { name },
  roleRef: { apiGroup: rbac, kind: "ClusterRole", name: role },
  subjects: [{ apiGroup: rbac, kind: "Group", name: group }],
});

/** Logs, exec and what else the API server asks of the agents of nodes. */
export const nodeClientBinding: ClusterRoleBinding = {
  metadata: { name: "coxswain:kube-apiserver-kubelet-client" },
  roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "system:kubelet-api-admin" },
  subjects: [{ apiGroup: rbac, kind: "User", name: nodeClientUser }],
};

const policyReaderName = "coxswain:network-policies";

/** Beside `system:node-proxier`: a node that keeps network policies must know whom their selectors mean. */
const policyReader: ClusterRole = {
  metadata: { name: policyReaderName },
  rules: [
    {
      apiGroups: ["networking.k8s.io"],
      resources: ["networkpolicies"],
      verbs: ["list", "watch"],
    },
    { apiGroups: [""], resources: ["namespaces", "pods"], verbs: ["list", "watch"] },
  ],
};

/** Upstream leaves the serving certificates of nodes to people; here a node gets one for its own addresses. */
const servingApproval: ClusterRoleBinding = {
  metadata: { name: "coxswain:kubelet-serving-approver" },
  roleRef: {
    apiGroup: rbac,
    kind: "ClusterRole",
    name: "system:certificates.k8s.io:kubelet-serving-approver",
  },
  subjects: [{ kind: "ServiceAccount", name: "certificate-controller", namespace: "kube-system" }],
};

/** Keeps the DNS address taken and findable; on each node it leads to the node's own server. */
const dnsService = (dnsIp: string): Service => ({
  metadata: {
    name: "kube-dns",
    namespace: "kube-system",
    labels: {
      "k8s-app": "kube-dns",
      "kubernetes.io/cluster-service": "true",
      "kubernetes.io/name": "CoreDNS",
    },
  },
  spec: {
    clusterIP: dnsIp,
    ports: [
      { name: "dns", port: 53, protocol: "UDP", targetPort: 53 },
      { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: 53 },
    ],
  },
});
