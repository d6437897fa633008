// Work on a large object is done in several goes, so that nobody waits for all of it: between them whatever else has
// come is looked at. Those who work so stand in one line, one go after another.
import type { Context } from "./context.ts";

/** Resolves when others have had their turn. */
export type Turns = () => Promise<void>;

/** What is larger is worked on in several goes: a go over this much takes a few milliseconds. */
const largeBytes = 128 * 1024;

/** `turnEnd` calls what it is given when all has been looked at that had come before. */
export function makeTurns(turnEnd: (run: () => void) => void): Turns {
  const line: (() => void)[] = [];
  const next = (): void => {
    line.shift()?.();
    if (line.length > 0) turnEnd(next);
  };
  return () =>
    new Promise((resolve) => {
      line.push(resolve);
      if (line.length === 1) turnEnd(next);
    });
}

/** `bytes`: the size of what the request brought, or of what it changes. */
export function weigh(context: Context, bytes: number): void {
  if (bytes > largeBytes) context.isLarge = true;
}

/** To be asked only where `isLarge` is set: nothing else has to wait. */
export const rest = ({ turns }: Context): Promise<void> => turns?.() ?? Promise.resolve();
