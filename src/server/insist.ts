// What the server itself wants to have written, whatever stands in its way for the time being.
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { StatusError } from "../schema/status-error.ts";

/** Time between two tries. */
const retryMs = 5000;

/**
 * Runs a step that writes through the API. One that the API refuses is tried again later and nobody waits for it: a
 * webhook that answers no more must not keep the server from starting, since only a running server can do without it.
 * What is no refusal is thrown.
 */
export async function insist(
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  what: string,
  step: () => Promise<unknown>,
): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    log.warn("a write of the server's own is refused and tried again", { what, error });
    const again = (): void => {
      insist({ clock, log }, what, step).catch((cause: unknown) =>
        log.error("a write of the server's own failed", { what, error: cause }),
      );
    };
    clock.after(retryMs, again);
  }
}
