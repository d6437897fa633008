// The termination message of a container: what it left in its file, or the end of its log.
import type { Host } from "../host.ts";
import { labels } from "../pod/labels.ts";
import type { ObservedContainer } from "../pod/observed.ts";

/** Upstream's bounds. */
const fileBytesMax = 4096;
const logBytesMax = 2048;
const logLinesMax = 80;

export async function lastWords(host: Host, container: ObservedContainer): Promise<string> {
  const { annotations } = container;
  const file = annotations[labels.terminationFile];
  let words = file === undefined ? "" : await host.readStart(file, fileBytesMax);
  const useLog = annotations[labels.terminationMessagePolicy] === "FallbackToLogsOnError";
  if (words === "" && useLog && container.exitCode !== 0) {
    words = await host.logTail(container.logPath, logLinesMax, logBytesMax);
  }
  if (words === "") return container.message;
  return container.message === "" ? words : `${container.message}: ${words}`;
}
