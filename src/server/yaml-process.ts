// Reads YAML. A long document is read by a process of its own: its reader takes twenty times as long as that of JSON,
// cannot be stopped midway, and takes a hundred times the memory of the text, which goes with the process.
import { type ChildProcess, fork } from "node:child_process";
import type { YamlDocument } from "./yaml.ts";

/** What this process reads by itself: some tens of milliseconds of work at most. */
const shortBytesMax = 32 * 1024;

/** Time for one document. The largest body of the smallest entries takes two seconds. */
const readMsMax = 20_000;

/** Memory of the process: about fifty times the largest body. */
const heapMegabytesMax = 256;

/** What the process answers. */
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
let reader: ChildProcess | undefined;

/** A process that nobody waits for would only hold memory. */
function ended(): void {
  waiting--;
  if (waiting === 0) stop();
}

function stop(): void {
  reader?.kill("SIGKILL");
  reader = undefined;
}

async function readElsewhere(bytes: Uint8Array): Promise<YamlDocument> {
  reader ??= startReader();
  const said = await answerOf(reader, bytes);
  if (said.ok) return said.document;
  throw new Error(said.why);
}

function answerOf(child: ChildProcess, bytes: Uint8Array): Promise<Said> {
  const { promise, resolve } = Promise.withResolvers<Said>();
  const fail = (why: string): void => {
    stop();
    resolve({ ok: false, why });
  };
  const failed = (error: Error | null): void => {
    if (error !== null) fail(`document cannot be read: ${error.message}`);
  };
  const exited = (): void =>
    fail(`document cannot be read: it takes more than ${heapMegabytesMax} MiB of memory`);
  const late = AbortSignal.timeout(readMsMax);
  late.onabort = () => fail("document takes too long to read");
  child.on("message", resolve).on("error", failed).on("exit", exited);
  child.send(bytes, failed);
  return promise.finally(() => {
    late.onabort = null;
    child.off("message", resolve).off("error", failed).off("exit", exited);
  });
}

function startReader(): ChildProcess {
  // Beside this file in the sources as in the bundle.
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const child = fork(new URL(`./yaml-worker.${ending}`, import.meta.url), {
    execArgv: [`--max-old-space-size=${heapMegabytesMax}`],
    env: {},
    // Its dying words are no news: who waits for the document is told.
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    serialization: "advanced",
  });
  // Who waits for an answer hears of it, too.
  child.on("error", () => {});
  return child;
}
