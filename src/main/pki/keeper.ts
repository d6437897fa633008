// Keeps the certificates of a running cluster fresh, and takes in keys that were changed on disk.
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import type { Current } from "../../server/config/current.ts";
import type { ClusterPki } from "./cluster-pki.ts";

export type PkiKeeper = {
  /** The certificates and keys of now. */
  readonly pki: Current<ClusterPki>;
  /** Looks at once whether anything has changed. */
  look(): void;
  stop(): void;
};

/** A certificate has months left when it is time; a key that somebody changed should not wait for long. */
export const lookEveryMs = 60_000;

/** `open` reads the certificates, and makes anew what comes near its end. */
export function keepPki(
  open: () => ClusterPki,
  { clock, log }: { clock: Clock; log: Log },
): PkiKeeper {
  const listeners: ((pki: ClusterPki) => void)[] = [];
  let current = open();
  let cancel = clock.after(lookEveryMs, again);
  function again(): void {
    cancel = clock.after(lookEveryMs, again);
    look();
  }
  function look(): void {
    try {
      const found = open();
      const changed = changes(current, found);
      if (changed.length === 0) return;
      current = found;
      log.info("certificates were renewed", { names: changed });
      for (const listener of listeners) listener(found);
    } catch (error) {
      log.error("certificates cannot be read; those in use stay", { error });
    }
  }
  return {
    pki: {
      get value() {
        return current;
      },
      onChange: (listener) => void listeners.push(listener),
    },
    look,
    stop: () => cancel(),
  };
}

/** Names of what is another one now; never their content. */
function changes(before: ClusterPki, after: ClusterPki): string[] {
  const names = Object.keys(after) as (keyof ClusterPki)[];
  return names.filter((name) => textOf(before[name]) !== textOf(after[name]));
}

const textOf = (part: ClusterPki[keyof ClusterPki]): string =>
  "certificate" in part ? part.certificate + part.key : part.join();

/** A part of what may change. */
export function part<T, P>(whole: Current<T>, pick: (value: T) => P): Current<P> {
  return {
    get value() {
      return pick(whole.value);
    },
    onChange: (listener) => whole.onChange((value) => listener(pick(value))),
  };
}
