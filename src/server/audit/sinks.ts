// Where events go: a log of lines, another program, at once or in batches.
import { type Clock, sleep } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import { jsonAnswer, type Remote, type RemoteTarget } from "../remote.ts";
import type { AuditSink } from "./audit.ts";
import type { AuditEvent } from "./event.ts";

/** Keeps events, all or none. */
export type Backend = {
  keep(events: readonly AuditEvent[]): Promise<void>;
  close(): Promise<void>;
};

export type AuditMode = "batch" | "blocking" | "blocking-strict";

export type BatchOptions = {
  /** Events that may wait; those beyond are dropped, and that is told. */
  readonly bufferSize: number;
  readonly maxSize: number;
  readonly maxWaitMs: number;
};

export type RunningSink = { readonly sink: AuditSink; close(): Promise<void> };

type SinkOptions = {
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
};

/** Every event is kept before its request goes on; `strict`: or the request fails. */
export function blockingSink(
  backend: Backend,
  { name, log }: SinkOptions,
  strict: boolean,
): RunningSink {
  return {
    async sink(event) {
      try {
        await backend.keep([event]);
      } catch (error) {
        // Without the request's arrival in the log, it did not happen.
        if (strict && event.stage === "RequestReceived") throw error;
        log.error("an audit event was lost", { backend: name, auditID: event.auditID, error });
      }
    },
    close: () => backend.close(),
  };
}

/** Requests do not wait: events are kept together, a little later. */
export function batchSink(
  backend: Backend,
  { name, clock, log }: SinkOptions,
  { bufferSize, maxSize, maxWaitMs }: BatchOptions,
): RunningSink {
  let waiting: AuditEvent[] = [];
  let writing: Promise<void> = Promise.resolve();
  let cancel: (() => void) | undefined;
  let dropped = 0;
  const flush = (): void => {
    cancel?.();
    cancel = undefined;
    const events = waiting;
    waiting = [];
    writing = writing.then(() => keepAll(events));
  };
  const keepAll = async (events: AuditEvent[]): Promise<void> => {
    if (dropped > 0) log.warn("audit events were dropped", { backend: name, dropped });
    dropped = 0;
    for (let at = 0; at < events.length; at += maxSize) {
      const part = events.slice(at, at + maxSize);
      try {
        await backend.keep(part);
      } catch (error) {
        log.error("audit events were lost", { backend: name, lost: part.length, error });
      }
    }
  };
  return {
    sink(event) {
      if (waiting.length >= bufferSize) {
        dropped++;
        return;
      }
      waiting.push(event);
      if (waiting.length >= maxSize) flush();
      else cancel ??= clock.after(maxWaitMs, flush);
    },
    async close() {
      flush();
      await writing;
      await backend.close();
    },
  };
}

/** A file of lines, as the log backend needs it. */
export type LineFile = {
  append(text: string): Promise<void>;
  close(): Promise<void>;
};

export type LogFormat = "json" | "legacy";

export const logBackend = (file: LineFile, format: LogFormat): Backend => ({
  keep: (events) => file.append(events.map(format === "json" ? jsonLine : legacyLine).join("")),
  close: () => file.close(),
});

/** One event a line, whatever stands in it: JSON has no raw line ends. Escaped as upstream's writer does. */
const jsonLine = (event: AuditEvent): string =>
  `${JSON.stringify(event).replace(/[<>&\u2028\u2029]/g, escaped)}\n`;

const escaped = (letter: string): string =>
  `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;

type Who = { username?: string; groups?: readonly string[] };

function legacyLine(event: AuditEvent): string {
  const { username = "<none>", groups } = event.user as Who;
  const as = (event.impersonatedUser ?? {}) as Who;
  const list = (texts: readonly string[] | undefined): string =>
    texts === undefined ? "<none>" : texts.map((t) => JSON.stringify(t)).join(",");
  const fields: readonly (readonly [string, string])[] = [
    ["id", JSON.stringify(event.auditID)],
    ["stage", JSON.stringify(event.stage)],
    ["ip", JSON.stringify(event.sourceIPs?.[0] ?? "<unknown>")],
    ["method", JSON.stringify(event.verb)],
    ["user", JSON.stringify(username)],
    ["groups", quotedOnce(list(groups))],
    ["as", JSON.stringify(as.username ?? "<self>")],
    ["asgroups", quotedOnce(as.groups === undefined ? "<lookup>" : list(as.groups))],
    ["user-agent", JSON.stringify(event.userAgent ?? "")],
    ["namespace", JSON.stringify(event.objectRef?.namespace ?? "<none>")],
    ["uri", JSON.stringify(event.requestURI)],
    ["response", JSON.stringify(`${event.responseStatus?.code ?? "<deferred>"}`)],
  ];
  const text = fields.map(([name, value]) => `${name}=${value}`).join(" ");
  return `${event.stageTimestamp} AUDIT: ${text.replace(/[\u2028\u2029]/g, escaped)}\n`;
}

/** A list of quoted texts is not quoted again. */
const quotedOnce = (text: string): string => (text.startsWith('"') ? text : `"${text}"`);

export type TruncateOptions = {
  /** Bytes of one event; a larger one loses its bodies. */
  readonly eventBytesMax: number;
  /** Bytes of what is kept at once. */
  readonly batchBytesMax: number;
};

/** Large events lose the objects of request and answer, and say so; what is still too large is lost, and that is told. */
export function truncated(
  backend: Backend,
  { name, log }: Pick<SinkOptions, "name" | "log">,
  { eventBytesMax, batchBytesMax }: TruncateOptions,
): Backend {
  const sizeOf = (event: AuditEvent): number => Buffer.byteLength(jsonLine(event));
  return {
    async keep(events) {
      let batch: AuditEvent[] = [];
      let batchBytes = 0;
      for (const whole of events) {
        let event = whole;
        let bytes = sizeOf(event);
        if (bytes > eventBytesMax && event.level.startsWith("Request")) {
          event = withoutBodies(event);
          bytes = sizeOf(event);
        }
        if (bytes > eventBytesMax) {
          const { auditID } = event;
          const error = new Error("event is too large even after truncating");
          log.error("an audit event was lost", { backend: name, auditID, error });
          continue;
        }
        if (batch.length > 0 && batchBytes + bytes > batchBytesMax) {
          await backend.keep(batch);
          batch = [];
          batchBytes = 0;
        }
        batch.push(event);
        batchBytes += bytes;
      }
      if (batch.length > 0) await backend.keep(batch);
    },
    close: () => backend.close(),
  };
}

function withoutBodies(event: AuditEvent): AuditEvent {
  const { requestObject: _, responseObject: __, ...rest } = event;
  return { ...rest, annotations: { ...event.annotations, "audit.k8s.io/truncated": "true" } };
}

export type AuditWebhookOptions = {
  readonly target: RemoteTarget;
  readonly remote: Remote;
  readonly clock: Clock;
  readonly initialBackoffMs: number;
};

/** Longest wait for the program, and the times that it is asked. */
const askMsMax = 30_000;
const attempts = 5;

export const webhookBackend = (options: AuditWebhookOptions): Backend => ({
  async keep(events) {
    const body = JSON.stringify({
      kind: "EventList",
      apiVersion: "audit.k8s.io/v1",
      metadata: {},
      items: events,
    });
    let waitMs = options.initialBackoffMs;
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await options.remote(options.target, { body, timeoutMs: askMsMax });
        if (answer.status < 200 || answer.status > 299) jsonAnswer(answer);
        return;
      } catch (error) {
        if (attempt === attempts) throw error;
        await sleep(options.clock, waitMs);
        waitMs *= 1.5;
      }
    }
  },
  close: () => Promise.resolve(),
});
