// ComponentStatuses, which nobody stores: the store's own health, under the name that clients know. Controllers and
// scheduler need not be reachable from here, and tell of themselves by their leases.
import type { ApiResponse } from "../../schema/api-request.ts";
import { notFound } from "../../schema/status-error.ts";
import type { ComponentStatus } from "../../schema/types/core-v1.ts";
import { listAnswer, objectAnswer, type Shown } from "../respond.ts";
import type { Scope } from "../scope.ts";
import { isChosen } from "../selection.ts";
import { listOptions } from "./list-options.ts";

const storeName = "etcd-0";

export async function listComponents(scope: Scope): Promise<ApiResponse> {
  const { context, kind } = scope;
  const { chosen } = listOptions(kind, context.query, { watch: false, pathName: "" });
  const all = [await storeStatus(scope)].filter((one) => isChosen(kind, chosen, one));
  return listAnswer(scope, { items: all.map(shown), metadata: {} });
}

export async function getComponent(scope: Scope): Promise<ApiResponse> {
  const { name } = scope.context.attributes;
  // Upstream names the kind by its singular here, and nowhere else.
  if (name !== storeName) throw notFound({ group: "", plural: "componentstatus", name });
  return objectAnswer(scope, 200, shown(await storeStatus(scope)));
}

const shown = (object: ComponentStatus): Shown => ({ entry: undefined, object: () => object });

async function storeStatus({ parts }: Scope): Promise<ComponentStatus> {
  const problem = await parts.store.latest().then(
    () => undefined,
    (error: unknown) => String(error),
  );
  return {
    apiVersion: "v1",
    kind: "ComponentStatus",
    metadata: { name: storeName },
    conditions: [
      problem === undefined
        ? { type: "Healthy", status: "True", message: "ok" }
        : { type: "Healthy", status: "False", error: problem },
    ],
  };
}
