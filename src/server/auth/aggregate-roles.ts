// Keeps aggregated cluster roles in step with the roles that they gather rules from.
import type { Log } from "../../lib/log.ts";
import type { Identity } from "../../schema/api-request.ts";
import { clusterRoles } from "../../schema/resources.ts";
import { StatusError } from "../../schema/status-error.ts";
import type { ClusterRole } from "../../schema/types/rbac-v1.ts";
import { call, pathOf } from "../call.ts";
import type { Core } from "../context.ts";
import { repeater } from "../repeat.ts";
import { gatheredRules } from "./default-roles.ts";

const identity: Identity = {
  user: "system:serviceaccount:kube-system:clusterrole-aggregation-controller",
  groups: ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
};

/** Starts at once and resolves when nothing is left to do; goes on with each change until the result is called. */
export async function aggregateRoles(core: Core, log: Log): Promise<() => void> {
  const view = core.view<ClusterRole>(clusterRoles);
  const wake = repeater(
    async () => {
      for (const role of view.list()) {
        if (role.aggregationRule === undefined) continue;
        const rules = gatheredRules(role, view.list());
        if (rules !== undefined) await apply(core, role, rules);
      }
    },
    (error) => log.error("cluster roles cannot be aggregated", { error }),
  );
  const stop = view.onChange(() => void wake());
  await wake();
  return stop;
}

/** A role that was changed or deleted meanwhile is looked at again, since its change wakes the loop. */
async function apply(core: Core, role: ClusterRole, rules: ClusterRole["rules"]): Promise<void> {
  const name = role.metadata.name ?? "";
  try {
    await call(core, {
      method: "PATCH",
      path: pathOf(clusterRoles, "", name),
      query: "fieldManager=clusterrole-aggregation-controller&force=true",
      contentType: "application/apply-patch+yaml",
      body: {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name },
        rules,
      },
      identity,
    });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
  }
}
