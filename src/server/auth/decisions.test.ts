// The table of decisions: a thousand questions to the default roles and a policy of two teams, with the answers that the
// real API server gave.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  askedBy,
  deciders,
  decisionPolicy,
  decisionQuestions,
} from "../../../test/kit/decisions.ts";
import { openView } from "../../../test/kit/views.ts";
import type {
  ClusterRole,
  ClusterRoleBinding,
  Role,
  RoleBinding,
} from "../../schema/types/rbac-v1.ts";
import { firstOpinion, superusers } from "./authorize.ts";
import { defaultBindings, defaultRoles } from "./default-roles.ts";
import { rbac } from "./rbac.ts";

function authorizer() {
  const views = {
    clusterRoles: openView<ClusterRole>(),
    clusterRoleBindings: openView<ClusterRoleBinding>(),
    roles: openView<Role>(),
    roleBindings: openView<RoleBinding>(),
  };
  for (const role of defaultRoles())
    (role.kind === "Role" ? views.roles : views.clusterRoles).put(role as never);
  for (const binding of defaultBindings()) {
    const ofCluster = binding.kind === "ClusterRoleBinding";
    (ofCluster ? views.clusterRoleBindings : views.roleBindings).put(binding as never);
  }
  for (const [path, object] of decisionPolicy) {
    if (path.endsWith("/clusterroles")) views.clusterRoles.put(object as ClusterRole);
    else if (path.endsWith("/roles")) views.roles.put(object as Role);
    else if (path.endsWith("/clusterrolebindings"))
      views.clusterRoleBindings.put(object as ClusterRoleBinding);
    else if (path.endsWith("/rolebindings")) views.roleBindings.put(object as RoleBinding);
  }
  return firstOpinion([superusers, rbac(views).authorize]);
}

test("each decision of the table is as recorded", () => {
  const file = new URL("../../../test/kit/decisions.json", import.meta.url);
  const recorded = JSON.parse(readFileSync(file, "utf8")) as Record<
    string,
    Record<string, boolean>
  >;
  const authorize = authorizer();
  let [allowed, all] = [0, 0];
  for (const [user, groups] of Object.entries(deciders)) {
    for (const text of decisionQuestions) {
      const { says } = authorize({ user, groups }, askedBy(text));
      assert.equal(says === "allow", recorded[user]?.[text], `${user} ${text}`);
      if (says === "allow") allowed++;
      all++;
    }
  }
  assert.ok(all >= 1000 && allowed > 200 && allowed < all / 2, `${allowed} of ${all}`);
});
