// A configuration file that may be changed while the server runs. What cannot be used is told, and changes nothing.
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Current } from "../server/config/current.ts";
import type { ReadFile } from "../server/config/kubeconfig.ts";
import type { ConfigFile } from "../server/config/shape.ts";

export type Followed<T> = Current<T> & { stop(): void };

export type FollowOptions = {
  readonly readFile: ReadFile;
  readonly clock: Clock;
  readonly log: Log;
};

/** Small enough that who changed a file sees it take effect, large enough to cost nothing. */
export const lookEveryMs = 5000;

/** Throws what `read` throws for the file as it is now. */
export function followFile<T>(
  path: string,
  read: (file: ConfigFile) => T,
  { readFile, clock, log }: FollowOptions,
): Followed<T> {
  const listeners: ((value: T) => void)[] = [];
  let bytes = readFile(path);
  let value = read({ path, bytes });
  let problem = "";
  let cancel = clock.after(lookEveryMs, look);
  function look(): void {
    cancel = clock.after(lookEveryMs, look);
    try {
      const found = readFile(path);
      if (Buffer.compare(found, bytes) === 0) return;
      bytes = found;
      value = read({ path, bytes: found });
      problem = "";
      log.info("a configuration file was read anew", { path });
      for (const listener of listeners) listener(value);
    } catch (error) {
      const told = error instanceof Error ? error.message : String(error);
      // Once for each problem, not at each look.
      if (told !== problem)
        log.error("a configuration file cannot be used; the old one stays", { error });
      problem = told;
    }
  }
  return {
    get value() {
      return value;
    },
    onChange: (listener) => void listeners.push(listener),
    stop: () => cancel(),
  };
}
