// Room on the node: looked after by the pressure that it is under, and by images that nobody uses.
import type { NodeContext } from "../context.ts";
import { ImageGarbage } from "../image-garbage.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { PodWorker } from "../worker.ts";
import type { PressureType } from "./signals.ts";
import { Pressure } from "./watch.ts";

export type RoomOptions = {
  readonly context: NodeContext;
  readonly workers: ReadonlyMap<string, PodWorker>;
  /** The conditions are others than before. */
  readonly changed: () => void;
};

export type Room = {
  readonly pressures: readonly PressureType[];
  /** Makes room when there is too little. */
  look(): void;
  /** Removes images when there will soon be too little. */
  collect(): void;
};

export function makeRoom({ context, workers, changed }: RoomOptions): Room {
  const failed = (error: unknown): void =>
    context.log.warn("cannot make room on the node", { error });
  const garbage = new ImageGarbage(context, workers);
  const removeImages = (): Promise<boolean> => garbage.collect(Number.POSITIVE_INFINITY);
  const pressure = new Pressure({ context, workers, removeImages, changed });
  return {
    get pressures() {
      return pressure.types;
    },
    look: oneAtATime(() => pressure.look(), failed),
    collect: oneAtATime(async () => void (await garbage.collect()), failed),
  };
}
