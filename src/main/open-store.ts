// The store that `--store` names.

import type { Log } from "../lib/log.ts";
import { systemClock, systemRandom } from "../lib/system.ts";
import { stampOffset } from "../server/codec.ts";
import { openEmbeddedStore } from "../store/embedded.ts";
import { openMemoryStore } from "../store/memory.ts";
import { openNodeDisk } from "../store/node-disk.ts";
import { type Store, StoreError } from "../store/store.ts";
import { Refusal } from "./refusal.ts";
import { version } from "./version.ts";

/** `folder`: where an embedded store lives. Throws a `Refusal` that names the way out. */
export async function openStore(url: string, folder: string, log: Log): Promise<Store> {
  if (url === "memory:") return openMemoryStore({ clock: systemClock, stamp: stampOffset });
  if (url !== "file:") {
    throw new Refusal(2, `--store ${url}: this version knows file: and memory:`);
  }
  try {
    return await openEmbeddedStore({
      disk: await openNodeDisk(folder),
      clock: systemClock,
      random: systemRandom,
      program: version,
      stamp: stampOffset,
      turnEnd: (run) => void setImmediate(run),
      fatal(error) {
        // What is on disk decides at the next start; nothing that is in memory may be acknowledged any more.
        log.error("the store has failed, the process ends", { error });
        process.exit(1);
      },
    });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new Refusal(
      5,
      `the store in ${folder} cannot be opened: ${error.message}${holder(folder, error)}`,
      {
        cause: error,
      },
    );
  }
}

const holder = (folder: string, { code }: StoreError): string =>
  code === "locked"
    ? `; stop the cluster that uses it, or choose another --data-dir (${folder})`
    : "";
