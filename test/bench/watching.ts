// One change, delivered to many watchers, each on a connection of its own: what a delivery costs the server, and what
// the change itself does, measured without watchers before.

import type { HttpsApi } from "../../src/main/https-api.ts";
import { createPod, patchOf, pods } from "./bodies.ts";
import type { Measure } from "./figure.ts";
import { load, warmUp } from "./load.ts";
import { connections, type Measured, pause } from "./process.ts";
import { cpu } from "./requests.ts";

export const watch: Measure = async function* (subject) {
  const server = await subject.start();
  await load(server, 16, 16, (i) => createPod(`p${i}`));
  let round = 0;
  await change(server, warmUp, round++);
  const changeMs = await change(server, 3000, round++);
  yield cpu("a change without watchers, 16 clients", changeMs, "-");
  for (const [watchers, changes, target] of [
    [100, 1000, "≤ 8"],
    [1000, 200, "≤ 5"],
  ] as const) {
    const watching = await openWatches(server, watchers);
    await deliver(server, watching, 50, round++);
    const before = server.cpuMs();
    const delivered = await deliver(server, watching, changes, round++);
    const each = (server.cpuMs() - before) / delivered;
    watching.close();
    const what = `one event to each of ${watchers} watchers`;
    yield cpu(`${what}, with the change`, each, "-");
    yield cpu(what, each - (changeMs * changes) / delivered, target);
  }
  await server.stop();
};

const openedTogether = 20;

/** kube-apiserver ends watches whose reader is slow: what they miss never comes. */
const stalledMsMax = 10_000;

type Watching = {
  readonly seen: () => number;
  /** Watches that the server has ended. */
  readonly ended: () => number;
  readonly count: number;
  close(): void;
};

/** Resolves when each of them has had its answer's headers. */
async function openWatches(server: Measured, count: number): Promise<Watching> {
  const ends = new AbortController();
  const apis = connections(server.target, count);
  let seen = 0;
  let ended = 0;
  const openOne = async ({ api }: HttpsApi): Promise<void> => {
    const { body, status } = await api({
      method: "GET",
      path: pods,
      query: "watch=true",
      headers: {},
      body: async () => new Uint8Array(),
      peer: { address: "" },
      signal: ends.signal,
    });
    if (body.is !== "stream") throw new Error(`a watch was answered with ${status}`);
    const { batches } = body;
    void (async () => {
      for await (const chunks of batches) for (const chunk of chunks) seen += linesIn(chunk);
    })()
      .catch(() => {})
      .finally(() => ended++);
  };
  // All at once would have to wait too long for each other's handshakes.
  for (let at = 0; at < count; at += openedTogether)
    await Promise.all(apis.slice(at, at + openedTogether).map(openOne));
  // What is there comes first.
  await quiet(() => seen);
  return {
    seen: () => seen,
    ended: () => ended,
    count,
    close() {
      ends.abort();
      for (const api of apis) api.close();
    },
  };
}

/**
 * Makes so many changes and waits until everybody has heard of all of them, or nobody hears of any more. Tells how many
 * events came.
 */
async function deliver(
  server: Measured,
  watching: Watching,
  changes: number,
  round: number,
): Promise<number> {
  const before = watching.seen();
  const wanted = before + changes * watching.count;
  await change(server, changes, round);
  let last = { seen: 0, at: 0 };
  while (watching.seen() < wanted) {
    if (watching.seen() > last.seen) last = { seen: watching.seen(), at: performance.now() };
    if (performance.now() - last.at > stalledMsMax) {
      const missing = wanted - watching.seen();
      console.error(
        `${missing} of ${wanted - before} events never came, ${watching.ended()} watches were ended`,
      );
      break;
    }
    await pause(20);
  }
  return watching.seen() - before;
}

/** Resolves with the CPU of each, ms. */
async function change(server: Measured, changes: number, round: number): Promise<number> {
  const { cpuMsEach } = await load(server, 16, changes, (i) =>
    patchOf("merge-patch+json", `${pods}/p${i % 16}`, {
      metadata: { labels: { n: `${round}-${i}` } },
    }),
  );
  return cpuMsEach;
}

async function quiet(count: () => number): Promise<void> {
  for (let before = -1; before !== count(); await pause(500)) before = count();
}

/** Each event is a line. */
function linesIn(chunk: Uint8Array): number {
  let lines = 0;
  for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, at + 1)) lines++;
  return lines;
}

const newline = 10;
