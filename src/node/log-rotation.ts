// Puts logs of running containers aside that have grown too large, and has the runtime begin new ones.
import type { NodeContext } from "./context.ts";
import { isRunning } from "./pod/observed.ts";
import type { PodWorker } from "./worker.ts";

/** Rejects with the first failure; the other logs are looked at next time. */
export async function rotateLogs(
  { host, runtime }: NodeContext,
  workers: ReadonlyMap<string, PodWorker>,
): Promise<void> {
  for (const worker of workers.values()) {
    for (const container of worker.observed.containers) {
      if (!isRunning(container)) continue;
      if (await host.rotateLog(container.logPath)) await runtime.reopenContainerLog(container.id);
    }
  }
}
