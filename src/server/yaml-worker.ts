// The thread on which long YAML is read: bytes in, a document or what is wrong with it out.
import { parentPort } from "node:worker_threads";
import { parseYaml } from "./yaml.ts";
import type { Said } from "./yaml-thread.ts";

parentPort!.on("message", (bytes: Uint8Array) => parentPort!.postMessage(answer(bytes)));

function answer(bytes: Uint8Array): Said {
  try {
    return { ok: true, document: parseYaml(bytes) };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}
