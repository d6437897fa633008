// Tells when containers changed, by the best source that the runtime has: containerd's events, CRI's, else nothing
// (the agent's relist is then all there is). A stream that ends is opened again.
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import type { RuntimeEvent } from "../runtime.ts";
import type { Connection } from "./connect.ts";
import { subscribeTasks } from "./containerd-events.ts";

type Listener = (event: RuntimeEvent) => void;
type World = { clock: Clock; log: Log };
type CriEvent = { containerId: string; containerEventType: string };

const retryMs = 500;
const criKinds: Readonly<Record<string, "start" | "exit">> = {
  CONTAINER_STARTED_EVENT: "start",
  CONTAINER_STOPPED_EVENT: "exit",
};

export function watchRuntime(
  connection: Connection,
  runtimeName: string,
  { clock, log }: World,
  listener: Listener,
): () => void {
  let stopped = false;
  let stopStream = (): void => {};
  let cancelTimer = (): void => {};
  const open = (): void => {
    // What happened while no stream was open is not told again.
    listener({ is: "resync" });
    stopStream = openStream(connection, runtimeName, {
      receive: listener,
      end() {
        if (stopped) return;
        log.debug("the runtime's event stream ended");
        cancelTimer = clock.after(retryMs, open);
      },
    });
  };
  open();
  return () => {
    stopped = true;
    cancelTimer();
    stopStream();
  };
}

function openStream(
  connection: Connection,
  runtimeName: string,
  use: { receive: Listener; end: () => void },
): () => void {
  if (runtimeName === "containerd") return subscribeTasks(connection, "k8s.io", use);
  return connection.stream<CriEvent>(
    "RuntimeService/GetContainerEvents",
    {},
    {
      end: use.end,
      receive({ containerId, containerEventType }) {
        const what = criKinds[containerEventType];
        if (what) use.receive({ is: "container", containerId, what });
      },
    },
  );
}
