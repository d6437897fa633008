// The end of a custom resource definition: its objects go first.
import { sleep } from "../../lib/clock.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { cleanupFinalizer } from "../../schema/kinds/apiextensions/custom-resource-definition.ts";
import type { Resource } from "../../schema/resource.ts";
import { customResourceDefinitions } from "../../schema/resources.ts";
import type {
  CustomResourceDefinitionCondition as Condition,
  CustomResourceDefinition,
} from "../../schema/types/apiextensions-v1.ts";
import { call, pathOf } from "../call.ts";
import type { Core } from "../context.ts";
import { timeText } from "../scope.ts";
import { isTrue, withCondition } from "./names.ts";

/** Waits between two looks at objects that finalizers hold back. */
const lookMsMin = 20;
const lookMsMax = 5000;

/**
 * Resolves when the definition has lost its finalizer. Throws a StatusError, or the signal's
 * reason.
 */
export async function removeInstances(
  core: Core,
  definition: CustomResourceDefinition,
  signal: AbortSignal,
): Promise<void> {
  const started = await writeEnd(core, definition, {
    status: "True",
    reason: "InstanceDeletionInProgress",
    message: "CustomResource deletion is in progress",
  });
  if (!isTrue(definition, "Established")) {
    await writeEnd(core, withoutFinalizer(started), {
      status: "False",
      reason: "NeverEstablished",
      message: "resource was never established",
    });
    return;
  }
  await deleteAll(core, definition, signal);
  const current = await call<CustomResourceDefinition>(core, {
    method: "GET",
    path: pathOf(customResourceDefinitions, "", definition.metadata.name),
  });
  await writeEnd(core, withoutFinalizer(current), {
    status: "False",
    reason: "InstanceDeletionCompleted",
    message: "removed all instances",
  });
}

const withoutFinalizer = (definition: CustomResourceDefinition): CustomResourceDefinition => ({
  ...definition,
  metadata: {
    ...definition.metadata,
    finalizers: (definition.metadata.finalizers ?? []).filter((one) => one !== cleanupFinalizer),
  },
});

function writeEnd(
  core: Core,
  definition: CustomResourceDefinition,
  told: Omit<Condition, "type">,
): Promise<CustomResourceDefinition> {
  const time = timeText(core.clock.now());
  const status = withCondition(definition.status!, { type: "Terminating", ...told }, time);
  const path = `${pathOf(customResourceDefinitions, "", definition.metadata.name)}/status`;
  return call<CustomResourceDefinition>(core, {
    method: "PUT",
    path,
    body: { ...definition, status },
  });
}

/** Deletes as a client would, so that finalizers and admission have their say. */
async function deleteAll(
  core: Core,
  { spec }: CustomResourceDefinition,
  signal: AbortSignal,
): Promise<void> {
  // In the stored version nothing has to be converted.
  const version =
    spec.versions.find(({ served, storage }) => served && storage) ??
    spec.versions.find(({ served }) => served);
  if (version === undefined) return;
  const { kind, plural } = spec.names;
  const scope = spec.scope === "Cluster" ? "Cluster" : "Namespaced";
  const resource: Resource = {
    group: spec.group,
    version: version.name,
    kind,
    plural,
    scope,
    type: "",
  };
  const asked = new Set<string>();
  for (let waitMs = lookMsMin; ; waitMs = Math.min(waitMs * 2, lookMsMax)) {
    const { items } = await call<{ items: readonly ApiObject[] }>(core, {
      method: "GET",
      path: pathOf(resource),
    });
    if (items.length === 0) return;
    const places = new Set(items.map(({ metadata }) => metadata.namespace ?? ""));
    for (const namespace of places) {
      if (asked.has(namespace)) continue;
      asked.add(namespace);
      await call(core, { method: "DELETE", path: pathOf(resource, namespace) });
    }
    if (waitMs > lookMsMin || asked.size === 0) await sleep(core.clock, waitMs, signal);
  }
}
