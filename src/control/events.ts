// Writes Events about objects, as upstream's recorder: repeats raise the count of one Event, many similar
// ones become one, and a talkative source is cut off. Recording never fails and never waits.
import type { Client } from "../client/client.ts";
import { type Clock, pause } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { type Random, randomInteger, uuid } from "../lib/random.ts";
import { events } from "../schema/resources.ts";
import { StatusError } from "../schema/status-error.ts";
import type { Event } from "../schema/types/core-v1.ts";
import type { Said } from "./action.ts";
import { type Correlated, Correlation } from "./event-correlation.ts";

export type Recorder = (said: Said) => void;

export type RecorderOptions = {
  client: Client;
  clock: Clock;
  random: Random;
  log: Log;
  /** Name of the part that speaks: `replicaset-controller`, `kubelet`. */
  component: string;
  /** Node on which it runs. */
  host?: string;
};

/** Events that wait to be written; more are dropped, as upstream does. */
const pendingMax = 1000;

/** Time between two lines of the log about dropped events. */
const droppedMs = 60_000;

/** Attempts to write one Event while the server cannot be reached, and the wait between two (upstream's). */
const attemptsMax = 12;
const retryMs = 10_000;

/** `stop` gives up what is still to be written, and resolves when no request is under way. */
export function startRecorder(options: RecorderOptions): {
  record: Recorder;
  stop(): Promise<void>;
} {
  const { client, clock, random, log, component } = options;
  const correlation = new Correlation(clock);
  const pending: Event[] = [];
  const stopping = new AbortController();
  let writing: Promise<void> | undefined;
  let lastNs = 0n;
  let dropped = 0;
  let cancelTelling: (() => void) | undefined;

  const record = (said: Said): void => {
    if (stopping.signal.aborted) return;
    if (pending.length >= pendingMax) return tellDropped(said);
    // Several recorders may speak about an object in the same millisecond: the rest of the name tells them apart.
    const fraction = BigInt(randomInteger(random, 1_000_000));
    const ns = BigInt(Math.floor(clock.now())) * 1_000_000n + fraction;
    lastNs = ns > lastNs ? ns : lastNs + 1n;
    pending.push(eventOf(options, said, lastNs));
    writing ??= writeAll();
  };

  /** One line tells of the first, and one of all that follow it within a while. */
  function tellDropped(said: Said): void {
    dropped++;
    if (dropped === 1) log.warn("too many events, some are dropped", { component, first: said });
    if (cancelTelling !== undefined) return;
    cancelTelling = clock.after(droppedMs, () => {
      cancelTelling = undefined;
      if (dropped > 1) log.warn("events were dropped", { component, dropped });
      dropped = 0;
    });
  }

  async function writeAll(): Promise<void> {
    await undefined;
    for (let next = pending.shift(); next; next = pending.shift()) {
      const correlated = correlation.correlate(next);
      if (correlated) await writeOne(correlated);
    }
    // In the same turn in which nothing was pending, so that none is left behind.
    writing = undefined;
  }

  async function writeOne(correlated: Correlated): Promise<void> {
    for (let attempt = 1; attempt <= attemptsMax && !stopping.signal.aborted; attempt++) {
      try {
        correlation.written(correlated.key, await write(client, correlated));
        return;
      } catch (error) {
        if (error instanceof StatusError)
          return log.debug("the server refused an event", { error, event: correlated.event });
        log.debug("cannot write an event", { error, attempt });
        await pause(clock, retryMs, stopping.signal);
      }
    }
  }

  return {
    record,
    async stop() {
      stopping.abort();
      cancelTelling?.();
      await writing;
    },
  };
}

async function write(client: Client, { event, patch }: Correlated): Promise<Event> {
  if (patch) {
    const { namespace, name } = event.metadata;
    try {
      const options = { type: "strategic" } as const;
      return await client.patch(events, { namespace, name: name! }, patch, options);
    } catch (error) {
      if (!(error instanceof StatusError && error.code === 404)) throw error;
    }
  }
  const { resourceVersion: _, ...metadata } = event.metadata;
  return client.create(events, { ...event, metadata });
}

function eventOf(
  { clock, random, component, host }: RecorderOptions,
  said: Said,
  ns: bigint,
): Event {
  const { about, type, reason, message, action, related } = said;
  const time = new Date(clock.now()).toISOString().replace(/\.\d+Z$/, "Z");
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: {
      name: eventName(about.name ?? "", ns, random),
      namespace: about.namespace ?? "default",
    },
    involvedObject: about,
    reason,
    message,
    source: { component, ...(host ? { host } : {}) },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    type,
    ...(action ? { action } : {}),
    ...(related ? { related } : {}),
    reportingComponent: component,
    reportingInstance: host ?? "",
  };
}

/** `<object>.<nanoseconds in hex>`; a UUID when that is no name, as upstream. */
function eventName(object: string, ns: bigint, random: Random): string {
  const name = `${object}.${ns.toString(16)}`;
  return name.length <= 253 && /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name) ? name : uuid(random);
}
