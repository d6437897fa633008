// What the agent does again and again for the node as a whole.
import type { NodeContext } from "./context.ts";
import { rotateLogs } from "./log-rotation.ts";
import { oneAtATime } from "./one-at-a-time.ts";
import type { Room } from "./pressure/room.ts";
import { Relist } from "./relist.ts";
import type { PodWorker } from "./worker.ts";

export type ChoresOptions = {
  readonly context: NodeContext;
  readonly workers: ReadonlyMap<string, PodWorker>;
  readonly room: Room;
  /** Called when there is something of a pod that nobody works on. */
  readonly strayed: () => void;
};

/** Upstream's period. */
const imageGarbageMs = 5 * 60_000;

/** Answers what ends them. */
export function startChores({ context, workers, room, strayed }: ChoresOptions): () => void {
  const { runtime, clock, log, settings } = context;
  const relist = new Relist({ runtime, workers, strayed, log });
  const stops = [runtime.subscribe((event) => relist.told(event))];
  const rotate = oneAtATime(
    () => rotateLogs(context, workers),
    (error) => log.warn("cannot rotate logs", { error }),
  );
  if (settings.relistMs > 0) {
    const looks = [() => relist.look(), rotate, () => room.look()];
    stops.push(
      repeat(clock, settings.relistMs, () => {
        for (const look of looks) look();
      }),
      repeat(clock, imageGarbageMs, room.collect),
    );
  }
  return () => {
    for (const stop of stops) stop();
  };
}

function repeat(clock: NodeContext["clock"], periodMs: number, run: () => void): () => void {
  let cancel = clock.after(periodMs, function again() {
    cancel = clock.after(periodMs, again);
    run();
  });
  return () => cancel();
}
