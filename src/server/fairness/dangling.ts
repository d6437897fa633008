// Says in the status of each flow schema whether the level that it names exists.
import { type Log, silent } from "../../lib/log.ts";
import { flowSchemas, priorityLevelConfigurations } from "../../schema/resources.ts";
import { StatusError } from "../../schema/status-error.ts";
import type { FlowSchema, FlowSchemaCondition } from "../../schema/types/flowcontrol-v1.ts";
import { call, pathOf } from "../call.ts";
import type { Core } from "../context.ts";
import { repeater } from "../repeat.ts";
import { timeText } from "../scope.ts";

/** Writes to one schema in a minute: another server that thinks otherwise is not argued with for ever. */
const writesMax = 6;
const minuteMs = 60_000;

/** Begins at once, and goes on with each change until the result is called. */
export function keepDangling(core: Core, log: Log = silent): () => void {
  let stopped = false;
  const writes = new Map<string, number[]>();
  let cancel: (() => void) | undefined;
  const wake = repeater(
    async () => {
      const held = await tellAll(core, writes);
      if (held)
        cancel ??= core.clock.after(minuteMs, () => {
          cancel = undefined;
          void wake();
        });
    },
    (error) => {
      if (!stopped) log.error("flow schemas cannot be told of their levels", { error });
    },
  );
  const stops = [
    core.view(flowSchemas).onChange(() => void wake()),
    core.view(priorityLevelConfigurations).onChange(() => void wake()),
  ];
  void wake();
  return () => {
    stopped = true;
    cancel?.();
    for (const stop of stops) stop();
  };
}

/** True when one has to wait because it was written too often. */
async function tellAll(core: Core, writes: Map<string, number[]>): Promise<boolean> {
  const levels = core.view(priorityLevelConfigurations);
  const now = core.clock.now();
  const wanted = core
    .view<FlowSchema>(flowSchemas)
    .list()
    .flatMap((schema) => {
      const { name: level } = schema.spec.priorityLevelConfiguration;
      const condition = conditionOf(level, levels.get("", level) !== undefined);
      return isTold(schema, condition) ? [] : [{ name: schema.metadata.name ?? "", condition }];
    });
  let held = false;
  await Promise.all(
    wanted.map(({ name, condition }) => {
      const recent = (writes.get(name) ?? []).filter((at) => now - at < minuteMs);
      if (recent.length >= writesMax) {
        held = true;
        return undefined;
      }
      writes.set(name, [...recent, now]);
      return tell(core, name, { ...condition, lastTransitionTime: timeText(now) });
    }),
  );
  for (const [name, times] of writes)
    if (times.every((at) => now - at >= minuteMs)) writes.delete(name);
  return held;
}

function conditionOf(level: string, exists: boolean): FlowSchemaCondition {
  const text = `This FlowSchema references the PriorityLevelConfiguration object named "${level}"`;
  return {
    type: "Dangling",
    status: exists ? "False" : "True",
    reason: exists ? "Found" : "NotFound",
    message: `${text} ${exists ? "and it exists" : "but there is no such object"}`,
  };
}

function isTold({ status }: FlowSchema, wanted: FlowSchemaCondition): boolean {
  const found = status?.conditions?.find(({ type }) => type === wanted.type);
  return (
    found?.status === wanted.status &&
    found?.reason === wanted.reason &&
    found?.message === wanted.message
  );
}

/** By apply, so that conditions of others stay. */
async function tell(core: Core, name: string, condition: FlowSchemaCondition): Promise<void> {
  const { group, version, kind } = flowSchemas;
  try {
    await call(core, {
      method: "PATCH",
      path: `${pathOf(flowSchemas, "", name)}/status`,
      query: "fieldManager=api-priority-and-fairness-config-consumer-v1&force=true",
      contentType: "application/apply-patch+yaml",
      body: {
        apiVersion: `${group}/${version}`,
        kind,
        metadata: { name },
        status: { conditions: [condition] },
      },
    });
  } catch (error) {
    // Deleted meanwhile: another change that is looked at.
    if (!(error instanceof StatusError) || error.code !== 404) throw error;
  }
}
