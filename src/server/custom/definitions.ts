// Serves what custom resource definitions define: gives them their names, makes their kinds, and
// takes both away again, all in step with the store. A definition can be used as soon as it says
// that it is established.
import { pause } from "../../lib/clock.ts";
import { equal } from "../../lib/equal.ts";
import type { Log } from "../../lib/log.ts";
import { customKinds } from "../../schema/custom-kind.ts";
import { loadPatterns } from "../../schema/custom-pattern.ts";
import { cleanupFinalizer } from "../../schema/kinds/apiextensions/custom-resource-definition.ts";
import { customResourceDefinitions } from "../../schema/resources.ts";
import { StatusError } from "../../schema/status-error.ts";
import type { CustomResourceDefinition } from "../../schema/types/apiextensions-v1.ts";
import { call, pathOf } from "../call.ts";
import type { Core } from "../context.ts";
import { timeText } from "../scope.ts";
import { Claims } from "./claims.ts";
import { convertingKinds } from "./conversion.ts";
import { removeInstances } from "./instances.ts";
import { establishedStatus, isTrue } from "./names.ts";

/** Time between two tries at what failed. */
const retryMs = 1000;

export type Definitions = {
  /** All definitions that were stored are served. */
  readonly ready: Promise<void>;
  stop(): void;
};

export function serveDefinitions(core: Core, log: Log): Definitions {
  const view = core.view<CustomResourceDefinition>(customResourceDefinitions);
  const stopping = new AbortController();
  /** What the kinds of a definition were made of. */
  const served = new Map<string, string>();
  const waiting = new Set<string>();
  const ending = new Set<string>();
  const claims = new Claims();
  let running: Promise<void> | undefined;

  const wake = (name: string): void => {
    waiting.add(name);
    running ??= run();
  };
  async function run(): Promise<void> {
    try {
      await loadPatterns();
      for (const name of waiting) {
        if (stopping.signal.aborted) return;
        waiting.delete(name);
        await stepOrRetry(name);
      }
    } finally {
      // In the same turn in which nothing waited, so that nobody who comes now is left behind.
      running = undefined;
    }
  }
  async function stepOrRetry(name: string): Promise<void> {
    try {
      await step(name);
    } catch (error) {
      log.warn("a custom resource definition is tried again", { name, error });
      core.clock.after(retryMs, () => wake(name));
    }
  }
  async function step(name: string): Promise<void> {
    const definition = view.get("", name);
    if (definition === undefined) return forget(name);
    if (definition.metadata.deletionTimestamp !== undefined) return end(definition);
    const status = establishedStatus(definition, claims.besides(name), timeText(core.clock.now()));
    const next = { ...definition, status };
    if (isTrue(next, "Established")) serve(next);
    if (!equal(status, definition.status)) await writeStatus(core, next);
  }
  /** Frees the names: others of the group may take them. */
  function forget(name: string): void {
    served.delete(name);
    core.kinds.setCustom(name, []);
    for (const other of claims.besides(name))
      if (!isTrue(other, "NamesAccepted")) wake(other.metadata.name!);
  }
  function serve(definition: CustomResourceDefinition): void {
    const { name = "", generation = 0, uid = "" } = definition.metadata;
    const made = JSON.stringify([uid, generation, definition.status?.acceptedNames]);
    if (served.get(name) === made) return;
    core.kinds.setCustom(name, convertingKinds(core, definition, customKinds(definition)));
    served.set(name, made);
  }
  /** Runs beside the others: it ends when the last object has. */
  function end(definition: CustomResourceDefinition): void {
    const { name = "", finalizers = [] } = definition.metadata;
    if (isTrue(definition, "Established")) serve(definition);
    if (ending.has(name) || !finalizers.includes(cleanupFinalizer)) return;
    ending.add(name);
    removeInstances(core, definition, stopping.signal)
      .catch(async (error: unknown) => {
        if (stopping.signal.aborted) return;
        if (!isOvertaken(error))
          log.warn("objects of a custom resource are not deleted yet", { name, error });
        await pause(core.clock, isOvertaken(error) ? 0 : retryMs, stopping.signal);
      })
      .finally(() => {
        ending.delete(name);
        if (!stopping.signal.aborted) wake(name);
      });
  }

  view.onChange((_namespace, name, definition) => {
    claims.learn(name, definition);
    wake(name);
  });
  for (const definition of view.list()) {
    claims.learn(definition.metadata.name!, definition);
    wake(definition.metadata.name!);
  }
  return {
    ready: running ?? Promise.resolve(),
    stop: () => stopping.abort(),
  };
}

async function writeStatus(core: Core, definition: CustomResourceDefinition): Promise<void> {
  const path = `${pathOf(customResourceDefinitions, "", definition.metadata.name)}/status`;
  try {
    await call(core, { method: "PUT", path, body: definition });
  } catch (error) {
    // Who was quicker wakes us again.
    if (!isOvertaken(error)) throw error;
  }
}

const isOvertaken = (error: unknown): boolean =>
  error instanceof StatusError && (error.code === 409 || error.code === 404);
