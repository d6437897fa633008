import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { nodeIdentity } from "../../src/main/control-plane.ts";
import { nodeClientBinding } from "../../src/main/join-objects.ts";
import { guarded } from "../../src/main/kubelet-guard.ts";
import { nodeClientUser } from "../../src/main/pki/cluster-pki.ts";
import { issue, makeAuthority } from "../../src/main/pki/keys.ts";
import { startCluster } from "../../src/main/testing.ts";
import type { Api } from "../../src/schema/api-request.ts";
import {
  clusterRoleBindings,
  clusterRoles,
  secrets,
  serviceAccounts,
} from "../../src/schema/resources.ts";
import { StatusError } from "../../src/schema/status-error.ts";
import type { TokenRequest } from "../../src/schema/types/authentication-v1.ts";

test("a node's agent answers those whom the API server knows, in what they may", async () => {
  await using cluster = await startCluster({ clock: "virtual", simulatedNodes: 1 });
  const { client, clock, random } = cluster;
  const nowMs = clock.now();
  const authority = makeAuthority("ca", { nowMs, random });
  const stranger = makeAuthority("ca", { nowMs, random });
  let answered = 0;
  const agent: Api = () => {
    answered++;
    return Promise.resolve({ status: 200, headers: {}, body: { is: "empty" } });
  };
  const nodeName = "node-1";
  const api = guarded(agent, {
    nodeName,
    authority: authority.certificate,
    client: cluster.clientFor(nodeIdentity(nodeName)),
    clock,
  });
  const signal = new AbortController().signal;
  const ask = async (what: string, show: { token?: string; certificate?: Uint8Array } = {}) => {
    const [method = "", path = ""] = what.split(" ");
    const { token, certificate } = show;
    try {
      const { status } = await api({
        method,
        path,
        query: "",
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        body: () => Promise.resolve(new Uint8Array()),
        peer: { address: "", ...(certificate === undefined ? {} : { certificate }) },
        signal,
      });
      return status;
    } catch (error) {
      assert.ok(error instanceof StatusError, String(error));
      return error.code;
    }
  };

  const rbacGroup = "rbac.authorization.k8s.io";
  const namespace = "default";
  const tokenOf = async (name: string, ...resources: string[]): Promise<string> => {
    await client.create(serviceAccounts, { metadata: { name, namespace } });
    await client.create(clusterRoles, {
      metadata: { name },
      rules: [{ verbs: ["get"], apiGroups: [""], resources }],
    });
    await client.create(clusterRoleBindings, {
      metadata: { name },
      roleRef: { apiGroup: rbacGroup, kind: "ClusterRole", name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    });
    const body = {
      apiVersion: "authentication.k8s.io/v1",
      kind: "TokenRequest",
      spec: { audiences: [] },
    };
    const made = await client.post<never, TokenRequest>(
      serviceAccounts as never,
      { name, namespace },
      "token",
      body,
    );
    return made.status!.token;
  };
  const metrics = await tokenOf("metrics", "nodes/metrics", "nodes/pods");
  const proxy = await tokenOf("proxy", "nodes/proxy");
  const certificateOf = (by: typeof authority, user: string, madeMs = nowMs): Uint8Array => {
    const subject = { commonName: user, organizations: [] };
    const { certificate } = issue(
      by,
      { subject, usages: ["clientAuth"] },
      { nowMs: madeMs, random },
    );
    return new Uint8Array(new X509Certificate(certificate).raw);
  };
  await client.create(clusterRoleBindings, nodeClientBinding);
  const server = certificateOf(authority, nodeClientUser);
  const yearMs = 366 * 24 * 3600 * 1000;

  const rows: [what: string, show: Parameters<typeof ask>[1], status: number][] = [
    ["GET /pods", undefined, 401],
    ["GET /healthz", undefined, 401],
    ["GET /pods", { token: "abc" }, 401],
    ["GET /pods", { token: metrics }, 200],
    ["GET /metrics/cadvisor", { token: metrics }, 200],
    ["GET /stats/summary", { token: metrics }, 403],
    ["GET /configz", { token: metrics }, 403],
    ["POST /exec/default/p/c", { token: metrics }, 403],
    ["GET /configz", { token: proxy }, 200],
    ["GET /metrics", { token: proxy }, 403],
    ["POST /exec/default/p/c", { token: proxy }, 403],
    ["POST /exec/default/p/c", { certificate: server }, 200],
    ["GET /logs/a", { certificate: server }, 200],
    ["GET /configz", { certificate: server }, 200],
    ["GET /metrics", { certificate: server }, 200],
    ["GET /stats/summary", { certificate: server }, 200],
    ["GET /pods", { certificate: certificateOf(authority, "alice") }, 403],
    ["GET /pods", { certificate: certificateOf(stranger, nodeClientUser) }, 401],
    ["GET /pods", { certificate: certificateOf(authority, nodeClientUser, nowMs - yearMs) }, 401],
  ];
  // To the API server itself the same certificate is worth nothing.
  const asServer = cluster.clientFor({ user: nodeClientUser, groups: ["system:authenticated"] });
  await assert.rejects(asServer.list(secrets), { code: 403 });
  for (const [what, show, status] of rows) assert.equal(await ask(what, show), status, what);
  assert.equal(answered, rows.filter(([, , status]) => status === 200).length);
  // What was decided is kept for a time: rights that are taken away end then.
  await client.delete(clusterRoleBindings, { name: "metrics" });
  assert.equal(await ask("GET /pods", { token: metrics }), 200);
  await clock.advance(5 * 60_000);
  assert.equal(await ask("GET /pods", { token: metrics }), 403);
});
