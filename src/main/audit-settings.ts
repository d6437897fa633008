// The audit log as the flags ask for it.
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import type { Audit } from "../server/audit/audit.ts";
import type { AuditMode, Backend, RunningSink, TruncateOptions } from "../server/audit/sinks.ts";
import type { ReadFile } from "../server/config/kubeconfig.ts";
import { httpRemote } from "../server/remote.ts";
import type { FlagReader } from "./api-flags.ts";
import { followFile } from "./followed-file.ts";
import { Refusal } from "./refusal.ts";

type World = { readonly clock: Clock; readonly random: Random; readonly log: Log };
export type RunningAudit = { readonly audit: Audit; readonly close: () => Promise<void> };

const modes: readonly AuditMode[] = ["batch", "blocking", "blocking-strict"];
const bytesPerMegabyte = 1024 * 1024;

/** Undefined when nobody wants one. Throws a ConfigError or a `Refusal`. */
export async function auditFrom(
  flags: FlagReader,
  world: World,
  readFile: ReadFile,
): Promise<RunningAudit | undefined> {
  const policyFile = flags.text("audit-policy-file");
  const logPath = flags.text("audit-log-path");
  const webhookFile = flags.text("audit-webhook-config-file");
  if (policyFile === undefined) {
    if (logPath !== undefined) flags.refuse("audit-log-path", "--audit-policy-file is needed, too");
    if (webhookFile !== undefined)
      flags.refuse("audit-webhook-config-file", "--audit-policy-file is needed, too");
    return undefined;
  }
  const { readAuditPolicy } = await import("../server/audit/policy.ts");
  // Before anything is opened.
  readAuditPolicy({ path: policyFile, bytes: readOrRefuse(policyFile, readFile) });
  const sinks: RunningSink[] = [];
  if (logPath !== undefined) sinks.push(await logSink(logPath, flags, world));
  if (webhookFile !== undefined) sinks.push(await webhookSink(webhookFile, flags, world, readFile));
  if (sinks.length === 0)
    flags.refuse("audit-policy-file", "--audit-log-path or --audit-webhook-config-file is needed");
  const { makeAudit } = await import("../server/audit/audit.ts");
  const policy = followFile(policyFile, readAuditPolicy, { ...world, readFile });
  return {
    audit: makeAudit({
      ...world,
      policy: (identity, attributes) => policy.value(identity, attributes),
      sinks: sinks.map((one) => one.sink),
    }),
    async close() {
      policy.stop();
      for (const one of sinks) await one.close();
    },
  };
}

function readOrRefuse(path: string, readFile: ReadFile): Uint8Array {
  try {
    return readFile(path);
  } catch (error) {
    throw new Refusal(2, `${path}: cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

async function logSink(path: string, flags: FlagReader, world: World): Promise<RunningSink> {
  const { logBackend } = await import("../server/audit/sinks.ts");
  const { openAuditLog } = await import("./audit-log.ts");
  const format = flags.among("audit-log-format", ["json", "legacy"], "json");
  const rotation = {
    maxBytes: flags.whole("audit-log-maxsize", 100) * bytesPerMegabyte,
    maxBackups: flags.whole("audit-log-maxbackup", 0),
    maxAgeDays: flags.whole("audit-log-maxage", 0),
  };
  const file = await openAuditLog(path, rotation, world.clock).catch((error: Error) => {
    throw new Refusal(2, `--audit-log-path ${path}: ${error.message}`, { cause: error });
  });
  const backend = logBackend(file, format);
  return sinkFor(backend, "log", { ...world, flags, mode: "blocking", maxSize: 1, waitMs: 0 });
}

async function webhookSink(
  path: string,
  flags: FlagReader,
  world: World,
  readFile: ReadFile,
): Promise<RunningSink> {
  const { webhookBackend } = await import("../server/audit/sinks.ts");
  const { readKubeconfig } = await import("../server/config/kubeconfig.ts");
  const backend = webhookBackend({
    target: readKubeconfig(path, readFile),
    remote: httpRemote,
    clock: world.clock,
    initialBackoffMs: flags.ms("audit-webhook-initial-backoff", 10_000),
  });
  return sinkFor(backend, "webhook", {
    ...world,
    flags,
    mode: "batch",
    maxSize: 400,
    waitMs: 30_000,
  });
}

type SinkDefaults = World & {
  readonly flags: FlagReader;
  readonly mode: AuditMode;
  readonly maxSize: number;
  readonly waitMs: number;
};

async function sinkFor(
  backend: Backend,
  name: string,
  { flags, clock, log, ...defaults }: SinkDefaults,
): Promise<RunningSink> {
  const { batchSink, blockingSink, truncated } = await import("../server/audit/sinks.ts");
  const mode = flags.among(`audit-${name}-mode`, modes, defaults.mode);
  const parts = { name, clock, log };
  const limits = truncation(name, flags);
  const kept = limits === undefined ? backend : truncated(backend, parts, limits);
  if (mode !== "batch") return blockingSink(kept, parts, mode === "blocking-strict");
  return batchSink(kept, parts, {
    bufferSize: flags.whole(`audit-${name}-batch-buffer-size`, 10_000),
    maxSize: Math.max(1, flags.whole(`audit-${name}-batch-max-size`, defaults.maxSize)),
    maxWaitMs: flags.ms(`audit-${name}-batch-max-wait`, defaults.waitMs),
  });
}

const truncateDefaults = { event: 100 * 1024, batch: 10 * bytesPerMegabyte };

/** Undefined: events are kept whole, however large. */
function truncation(name: string, flags: FlagReader): TruncateOptions | undefined {
  const flag = (what: string): string => `audit-${name}-truncate-${what}`;
  const eventBytesMax = flags.whole(flag("max-event-size"), truncateDefaults.event);
  const batchBytesMax = flags.whole(flag("max-batch-size"), truncateDefaults.batch);
  if (eventBytesMax <= 0) flags.refuse(flag("max-event-size"), "it must be a positive number");
  if (batchBytesMax < eventBytesMax) {
    const given =
      flags.text(flag("max-batch-size")) === undefined ? "max-event-size" : "max-batch-size";
    flags.refuse(flag(given), `a batch (${batchBytesMax}) must hold an event (${eventBytesMax})`);
  }
  return flags.among(flag("enabled"), ["true", "false"], "false") === "true"
    ? { eventBytesMax, batchBytesMax }
    : undefined;
}
