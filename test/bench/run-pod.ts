// How long a user waits for one pod: from the request that creates it to the event that shows it Running.
import { makeCaches } from "../../src/client/cache.ts";
import { httpClient } from "../../src/client/http.ts";
import { silent } from "../../src/lib/log.ts";
import { systemClock, systemRandom } from "../../src/lib/system.ts";
import { pauseImage } from "../../src/node/oci/pause.ts";
import { pods, serviceAccounts } from "../../src/schema/resources.ts";
import { connections, type Measured, pause } from "./process.ts";

const namespace = "default";

/** Between two pods, ms, so that each meets an idle machine. */
const restMs = 300;

/** ms of each of `count` pods, one after the other, with the image that every node has. */
export async function createToRunning(server: Measured, count: number): Promise<number[]> {
  const [connection] = connections(server.target, 1);
  if (!connection) throw new Error("no connection to the server");
  const client = httpClient(connection.api);
  const caches = makeCaches({ client, clock: systemClock, random: systemRandom, log: silent });
  const accounts = caches.of(serviceAccounts, { namespace });
  await accounts.until(() => accounts.get({ namespace, name: "default" }) !== undefined);
  const seen = caches.of(pods, { namespace });
  await seen.synced;
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const ref = { namespace, name: `run-${i}` };
    const since = performance.now();
    await client.create(pods, {
      metadata: ref,
      spec: {
        containers: [{ name: "c", image: pauseImage, imagePullPolicy: "IfNotPresent" }],
      },
    });
    await seen.until(() => seen.get(ref)?.status?.phase === "Running");
    times.push(performance.now() - since);
    await client.delete(pods, ref, { graceSeconds: 0 });
    await seen.until(() => seen.get(ref) === undefined);
    await pause(restMs);
  }
  await caches.stop();
  connection.close();
  return times;
}
