// Keeps the objects of flow control that every cluster has: all of them are there again within a minute when
// somebody deletes them; the mandatory ones, and suggested ones that nobody took over, also say again what they should.

import { equal } from "../../lib/equal.ts";
import { type Log, silent } from "../../lib/log.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { fixedLevels, fixedSchemas } from "../../schema/kinds/flowcontrol/fixed.ts";
import type { Resource } from "../../schema/resource.ts";
import { flowSchemas, priorityLevelConfigurations } from "../../schema/resources.ts";
import { StatusError } from "../../schema/status-error.ts";
import { call, pathOf } from "../call.ts";
import type { Core } from "../context.ts";
import { insist } from "../insist.ts";
import { suggestedLevels, suggestedSchemas } from "./suggested.ts";

const annotation = "apf.kubernetes.io/autoupdate-spec";
const manager = "fieldManager=api-priority-and-fairness-config-producer-v1";

/** Longest time for which a change of the objects stands. */
const repairMs = 60_000;

/** Resolves once all are there; looks after them until the result is called. */
export async function keepFlowControl(core: Core, log: Log = silent): Promise<() => void> {
  await insist({ clock: core.clock, log }, "objects of flow control", () => ensureAll(core));
  let cancel: (() => void) | undefined;
  const repairLater = (): void => {
    cancel ??= core.clock.after(repairMs, () => {
      cancel = undefined;
      ensureAll(core).catch((error: unknown) => {
        log.error("objects of flow control cannot be kept", { error });
        repairLater();
      });
    });
  };
  const stops = [flowSchemas, priorityLevelConfigurations].map((resource) =>
    core.view<Configured>(resource).onChange(repairLater),
  );
  return () => {
    cancel?.();
    for (const stop of stops) stop();
  };
}

type Configured = ApiObject & { spec?: object };
type Specs = ReadonlyMap<string, object>;

async function ensureAll(core: Core): Promise<void> {
  // Schemas name levels, so these come first.
  await Promise.all([
    ensure(core, priorityLevelConfigurations, suggestedLevels, false),
    ensure(core, priorityLevelConfigurations, fixedLevels, true),
  ]);
  await Promise.all([
    ensure(core, flowSchemas, suggestedSchemas, false),
    ensure(core, flowSchemas, fixedSchemas, true),
  ]);
  await removeUnwanted(core, flowSchemas, [suggestedSchemas, fixedSchemas]);
  await removeUnwanted(core, priorityLevelConfigurations, [suggestedLevels, fixedLevels]);
}

async function ensure(core: Core, resource: Resource, specs: Specs, fixed: boolean): Promise<void> {
  const view = core.view<Configured>(resource as Resource<Configured>);
  await Promise.all(
    [...specs].map(([name, spec]) => {
      const found = view.get("", name);
      if (found !== undefined) return revise(core, resource, found, spec, fixed);
      const { group, version, kind } = resource;
      return attempt(core, "POST", resource, undefined, {
        apiVersion: `${group}/${version}`,
        kind,
        metadata: { name, annotations: { [annotation]: "true" } },
        spec,
      });
    }),
  );
}

/** An annotation says whether the spec is ours to keep; without one, it is while nobody has changed it. */
async function revise(
  core: Core,
  resource: Resource,
  found: Configured,
  spec: object,
  fixed: boolean,
): Promise<void> {
  const { annotations = {}, generation, name } = found.metadata;
  const said = booleanIn(annotations[annotation]);
  const ours = fixed || (said ?? generation === 1);
  const differs = ours && !equal(found.spec, spec);
  if (said === ours && !differs) return;
  await attempt(core, "PUT", resource, name, {
    ...found,
    metadata: { ...found.metadata, annotations: { ...annotations, [annotation]: String(ours) } },
    ...(differs ? { spec } : {}),
  });
}

/** What an older version of the server kept, and this one does not. */
async function removeUnwanted(core: Core, resource: Resource, wanted: Specs[]): Promise<void> {
  const view = core.view<Configured>(resource as Resource<Configured>);
  for (const { metadata } of view.list()) {
    const name = metadata.name ?? "";
    if (booleanIn(metadata.annotations?.[annotation]) !== true) continue;
    if (!wanted.some((specs) => specs.has(name))) await attempt(core, "DELETE", resource, name);
  }
}

/** As Go reads a boolean. */
function booleanIn(text: string | undefined): boolean | undefined {
  if (["1", "t", "T", "TRUE", "true", "True"].includes(text ?? "")) return true;
  return ["0", "f", "F", "FALSE", "false", "False"].includes(text ?? "") ? false : undefined;
}

/** What another server did meanwhile is looked at again later. */
async function attempt(
  core: Core,
  method: "POST" | "PUT" | "DELETE",
  resource: Resource,
  name: string | undefined,
  body?: object,
): Promise<void> {
  try {
    await call(core, {
      method,
      path: pathOf(resource, "", name),
      ...(body === undefined ? {} : { body, query: manager }),
    });
  } catch (error) {
    if (!(error instanceof StatusError) || ![404, 409].includes(error.code)) throw error;
  }
}
