// Reads YAML. A long document is read on a thread of its own: its reader takes twenty times as long as that of JSON,
// and cannot be stopped midway.
import { Worker } from "node:worker_threads";
import type { YamlDocument } from "./yaml.ts";

/** What this thread reads by itself: some tens of milliseconds of work at most. */
const shortBytesMax = 64 * 1024;

/** Time for one document. The largest body of the smallest entries takes two seconds. */
const readMsMax = 20_000;

/** Memory of the thread: about fifty times the largest body. */
const heapMegabytesMax = 256;

/** What the thread answers. */
export type Said =
  | { readonly ok: true; readonly document: YamlDocument }
  | { readonly ok: false; readonly why: string };

/** As `parseYaml`; one long document after another. */
export function readYaml(bytes: Uint8Array): Promise<YamlDocument> {
  if (bytes.length <= shortBytesMax) return readHere(bytes);
  waiting++;
  const read = before.then(() => readElsewhere(bytes));
  before = read.then(ended, ended);
  return read;
}

async function readHere(bytes: Uint8Array): Promise<YamlDocument> {
  const { parseYaml } = await import("./yaml.ts");
  return parseYaml(bytes);
}

let before: Promise<void> = Promise.resolve();
let waiting = 0;
let thread: Worker | undefined;

/** A thread that nobody waits for would only hold memory. */
function ended(): void {
  waiting--;
  if (waiting === 0) stop();
}

function stop(): void {
  void thread?.terminate();
  thread = undefined;
}

async function readElsewhere(bytes: Uint8Array): Promise<YamlDocument> {
  thread ??= startThread();
  const said = await answerOf(thread, bytes);
  if (said.ok) return said.document;
  throw new Error(said.why);
}

function answerOf(worker: Worker, bytes: Uint8Array): Promise<Said> {
  const { promise, resolve } = Promise.withResolvers<Said>();
  const fail = (why: string): void => {
    stop();
    resolve({ ok: false, why });
  };
  const failed = (error: Error): void => fail(`document cannot be read: ${error.message}`);
  const late = AbortSignal.timeout(readMsMax);
  late.onabort = () => fail("document takes too long to read");
  worker.on("message", resolve).on("error", failed);
  worker.postMessage(bytes);
  return promise.finally(() => {
    late.onabort = null;
    worker.off("message", resolve).off("error", failed);
  });
}

function startThread(): Worker {
  // Beside this file in the sources as in the bundle.
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`./yaml-worker.${ending}`, import.meta.url), {
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: heapMegabytesMax },
  });
  // Who waits for an answer hears of it, too.
  worker.on("error", () => {});
  return worker;
}
