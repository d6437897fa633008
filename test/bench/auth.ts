// `npm run lab:auth`: the authorizer beside one that reads every binding, on a million pairs; then what a decision costs
// with 10,000 role bindings in 1,000 namespaces.
import { spawnSync } from "node:child_process";
import { silent } from "../../src/lib/log.ts";
import { systemClock } from "../../src/lib/system.ts";
import type {
  ClusterRole,
  ClusterRoleBinding,
  Role,
  RoleBinding,
} from "../../src/schema/types/rbac-v1.ts";
import { defaultPlan } from "../../src/server/auth/authorizer-plan.ts";
import { authorizerOf } from "../../src/server/auth/authorizers.ts";
import { rbac } from "../../src/server/auth/rbac.ts";
import type { Attributes } from "../../src/server/context.ts";
import { openView } from "../kit/views.ts";

const namespaces = 1000;
const bindingsEach = 10;
const decisions = 2_000_000;

const random = spawnSync(
  process.execPath,
  ["--test", "--test-isolation=none", "src/server/auth/rbac-random.test.ts"],
  { stdio: "inherit", env: { ...process.env, PAIRS: process.env["PAIRS"] ?? "1000000" } },
);
if (random.status !== 0) process.exit(random.status ?? 1);

function authorizer() {
  const views = {
    clusterRoles: openView<ClusterRole>({
      metadata: { name: "view" },
      rules: [{ verbs: ["get", "list"], apiGroups: [""], resources: ["pods", "configmaps"] }],
    }),
    clusterRoleBindings: openView<ClusterRoleBinding>(),
    roles: openView<Role>(),
    roleBindings: openView<RoleBinding>(),
  };
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" };
  for (let n = 0; n < namespaces; n++)
    for (let b = 0; b < bindingsEach; b++)
      views.roleBindings.put({
        metadata: { name: `b${b}`, namespace: `n${n}` },
        roleRef,
        subjects: [{ kind: "User", name: `u${(n + b) % 200}` }],
      });
  const parts = {
    node: () => ({ says: "no opinion", reason: "" }) as const,
    rbac: rbac(views).authorize,
    remote: () => Promise.reject(new Error("nobody is asked")),
    clock: systemClock,
    log: silent,
  };
  return authorizerOf(defaultPlan, parts);
}

function measure(label: string, bindings: number, ask: (at: number) => void): void {
  ask(0);
  const from = systemClock.monotonic();
  for (let i = 0; i < decisions; i++) ask(i);
  const us = ((systemClock.monotonic() - from) * 1000) / decisions;
  console.log(JSON.stringify({ label, bindings, microseconds: Number(us.toFixed(3)) }));
}

const authorize = authorizer();
const question = (namespace: string): Attributes => ({
  verb: "get",
  isResource: true,
  path: "",
  group: "",
  version: "v1",
  plural: "pods",
  subresource: "",
  namespace,
  name: "a",
});
const identities = Array.from({ length: 200 }, (_, i) => ({
  user: `u${i}`,
  groups: ["system:authenticated"],
}));
const questions = Array.from({ length: 100 }, (_, i) => question(`n${i}`));
measure(
  "one asker, one question",
  namespaces * bindingsEach,
  () => void authorize(identities[0]!, questions[0]!),
);
measure(
  "200 askers, 100 namespaces",
  namespaces * bindingsEach,
  (at) => void authorize(identities[at % 200]!, questions[(at * 7) % 100]!),
);
