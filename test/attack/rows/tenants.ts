// A tenant that reaches for more than its namespace.
import { asks, type Row, type Table } from "../row.ts";
import { rbac } from "../setting.ts";
import { evil, quiet } from "./nodes.ts";

const apiGroup = "rbac.authorization.k8s.io";
const mallorys = [{ apiGroup, kind: "User", name: "mallory" }];
const all = [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }];
const inEvil = `${rbac}/namespaces/evil`;

export const mallory = (name: string, what: string, body: unknown, answer: Row["answer"]): Row =>
  asks(name, what, { as: "mallory", ...(body === undefined ? {} : { body }) }, answer);

const binding = (kind: string, role: string) => ({
  metadata: { name: "more" },
  roleRef: { apiGroup, kind, name: role },
  subjects: mallorys,
});

export const roles: Table = {
  title: "a tenant",
  rows: [
    mallory(
      "grants all",
      `POST ${inEvil}/roles`,
      { metadata: { name: "more" }, rules: all },
      "403 Forbidden",
    ),
    mallory(
      "grants escalate",
      `POST ${inEvil}/roles`,
      {
        metadata: { name: "more" },
        rules: [{ verbs: ["escalate", "bind"], apiGroups: [apiGroup], resources: ["roles"] }],
      },
      "403 Forbidden",
    ),
    mallory(
      "grants impersonate",
      `POST ${inEvil}/roles`,
      {
        metadata: { name: "more" },
        rules: [{ verbs: ["impersonate"], apiGroups: [""], resources: ["users"] }],
      },
      "403 Forbidden",
    ),
    mallory(
      "grants by an empty group",
      `POST ${inEvil}/roles`,
      {
        metadata: { name: "more" },
        rules: [{ verbs: ["get"], apiGroups: ["*"], resources: ["configmaps"] }],
      },
      "403 Forbidden",
    ),
    mallory(
      "grants addresses in a namespace",
      `POST ${inEvil}/roles`,
      { metadata: { name: "more" }, rules: [{ verbs: ["get"], nonResourceURLs: ["*"] }] },
      /^(403|422)/,
    ),
    mallory(
      "grants by a patch",
      `PATCH ${inEvil}/rolebindings/owner`,
      { roleRef: { name: "cluster-admin" } },
      /^(403|422)/,
    ),
    mallory(
      "binds cluster-admin",
      `POST ${inEvil}/rolebindings`,
      binding("ClusterRole", "cluster-admin"),
      "403 Forbidden",
    ),
    mallory(
      "binds a role that is not there",
      `POST ${inEvil}/rolebindings`,
      binding("Role", "none"),
      /^(403|404)/,
    ),
    mallory(
      "binds in another namespace",
      `POST ${rbac}/namespaces/quiet/rolebindings`,
      binding("ClusterRole", "view"),
      "403 Forbidden",
    ),
    mallory(
      "binds for the cluster",
      `POST ${rbac}/clusterrolebindings`,
      binding("ClusterRole", "view"),
      "403 Forbidden",
    ),
    mallory(
      "makes a role that is summed up into admin",
      `POST ${rbac}/clusterroles`,
      {
        metadata: { name: "x", labels: { "rbac.authorization.k8s.io/aggregate-to-admin": "true" } },
        rules: all,
      },
      "403 Forbidden",
    ),
    mallory(
      "applies more rights",
      `PATCH ${inEvil}/roles/more?fieldManager=m`,
      { apiVersion: `${apiGroup}/v1`, kind: "Role", metadata: { name: "more" }, rules: all },
      /^(403|404|415)/,
    ),
    mallory("reads another's Secret", `GET ${quiet}/secrets/own`, undefined, "403 Forbidden"),
    mallory("lists the world", "GET /api/v1/pods", undefined, "403 Forbidden"),
    mallory("watches the world", "GET /api/v1/secrets?watch=1", undefined, "403 Forbidden"),
    mallory("deletes the other's", `DELETE ${quiet}/configmaps`, undefined, "403 Forbidden"),
    mallory(
      "deletes the other namespace",
      "DELETE /api/v1/namespaces/quiet",
      undefined,
      "403 Forbidden",
    ),
    mallory(
      "lowers the security of its namespace",
      "PATCH /api/v1/namespaces/evil",
      { metadata: { labels: { "pod-security.kubernetes.io/enforce": "privileged" } } },
      "403 Forbidden",
    ),
    mallory("makes nodes", "POST /api/v1/nodes", { metadata: { name: "n9" } }, "403 Forbidden"),
    mallory(
      "makes webhooks",
      "POST /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
      { metadata: { name: "x" } },
      "403 Forbidden",
    ),
    mallory(
      "makes definitions",
      "POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      { metadata: { name: "x" } },
      "403 Forbidden",
    ),
    mallory(
      "makes API services",
      "POST /apis/apiregistration.k8s.io/v1/apiservices",
      { metadata: { name: "v1.x" } },
      "403 Forbidden",
    ),
    mallory(
      "raises its quota's status",
      `PATCH ${evil}/resourcequotas/x/status`,
      { status: { hard: { pods: "999" } } },
      "403 Forbidden",
    ),
    mallory(
      "binds a pod by itself",
      `POST ${evil}/pods/x/binding`,
      { metadata: { name: "x" }, target: { kind: "Node", name: "n1" } },
      "403 Forbidden",
    ),
    mallory(
      "asks what others may",
      "POST /apis/authorization.k8s.io/v1/subjectaccessreviews",
      { spec: { user: "quinn", resourceAttributes: { verb: "get", resource: "secrets" } } },
      "403 Forbidden",
    ),
    mallory(
      "asks whose a token is",
      "POST /apis/authentication.k8s.io/v1/tokenreviews",
      { spec: { token: "token-of-admin" } },
      "403 Forbidden",
    ),
    mallory(
      "speaks for a service of the node",
      "GET /api/v1/nodes/n1/proxy/configz",
      undefined,
      "403 Forbidden",
    ),
    mallory(
      "claims an external address",
      `POST ${evil}/services`,
      { metadata: { name: "x" }, spec: { ports: [{ port: 80 }], externalIPs: ["127.0.0.1"] } },
      "422 Invalid",
    ),
    mallory(
      "claims a link-local external address",
      `POST ${evil}/services`,
      {
        metadata: { name: "x" },
        spec: { ports: [{ port: 80 }], externalIPs: ["169.254.169.254"] },
      },
      "422 Invalid",
    ),
    mallory(
      "points endpoints to loopback",
      `POST ${evil}/endpoints`,
      {
        metadata: { name: "x" },
        subsets: [{ addresses: [{ ip: "127.0.0.1" }], ports: [{ port: 22 }] }],
      },
      /^(403|422)/,
    ),
    mallory(
      "points endpoints to link-local",
      `POST ${evil}/endpoints`,
      {
        metadata: { name: "x" },
        subsets: [{ addresses: [{ ip: "169.254.169.254" }], ports: [{ port: 80 }] }],
      },
      /^(403|422)/,
    ),
    mallory(
      "makes endpoints of a slice to loopback",
      "POST /apis/discovery.k8s.io/v1/namespaces/evil/endpointslices",
      {
        metadata: { name: "x" },
        addressType: "IPv4",
        endpoints: [{ addresses: ["127.0.0.1"] }],
        ports: [{ port: 22 }],
      },
      /^(403|422)/,
    ),
    mallory(
      "writes a token of a Secret for another's account",
      `POST ${evil}/secrets`,
      {
        metadata: { name: "tok", annotations: { "kubernetes.io/service-account.name": "nobody" } },
        type: "kubernetes.io/service-account-token",
      },
      /^(201|403|422)/,
    ),
  ],
};
