// The process in which long YAML is read: bytes in, a document or what is wrong with it out. It ends with the one that
// asks.
import { parseYaml } from "./yaml.ts";
import type { Said } from "./yaml-process.ts";

process.on("message", (bytes: Uint8Array) => process.send!(answer(bytes)));

function answer(bytes: Uint8Array): Said {
  try {
    return { ok: true, document: parseYaml(bytes) };
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : String(error) };
  }
}
