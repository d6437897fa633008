// Requests in bulk over HTTPS: so many clients, each on a connection of its own, one request at a time.
import type { ApiRequest } from "../../src/schema/api-request.ts";
import type { Measured } from "./process.ts";
import { connections } from "./process.ts";

export type Ask = {
  method: string;
  path: string;
  query?: string;
  body?: string;
  headers?: Record<string, string>;
};

export type Load = {
  perSecond: number;
  cpuMsEach: number;
  p50Ms: number;
  p99Ms: number;
  bytesEach: number;
};

/**
 * Requests of one sort after which the engine has compiled what they use: until then each costs up to a half more. Both
 * sides get them before what is counted.
 */
export const warmUp = 12_000;

/** Runs `count` requests with `clients` connections. Throws on the first answer that is no success. */
export async function load(
  server: Measured,
  clients: number,
  count: number,
  ask: (index: number) => Ask,
): Promise<Load> {
  const apis = connections(server.target, clients);
  const times: number[] = [];
  let bytes = 0;
  let next = 0;
  const work = async (api: (typeof apis)[number]) => {
    while (next < count) {
      const request = requestOf(ask(next++));
      const since = performance.now();
      bytes += await drain(api.api, request);
      times.push(performance.now() - since);
    }
  };
  await Promise.all(
    apis.map((api) => drain(api.api, requestOf({ method: "GET", path: "/readyz" }))),
  );
  const cpuBefore = server.cpuMs();
  const since = performance.now();
  await Promise.all(apis.map(work));
  const tookMs = performance.now() - since;
  const cpuMs = server.cpuMs() - cpuBefore;
  for (const api of apis) api.close();
  times.sort((a, b) => a - b);
  return {
    perSecond: (count * 1000) / tookMs,
    cpuMsEach: cpuMs / count,
    p50Ms: times[Math.floor(count * 0.5)] ?? 0,
    p99Ms: times[Math.floor(count * 0.99)] ?? 0,
    bytesEach: bytes / count,
  };
}

function requestOf({ method, path, query = "", body = "", headers = {} }: Ask): ApiRequest {
  return {
    method,
    path,
    query,
    headers: body === "" ? headers : { "content-type": "application/json", ...headers },
    body: () => Promise.resolve(new TextEncoder().encode(body)),
    peer: { address: "" },
    signal: new AbortController().signal,
  };
}

async function drain(
  api: ReturnType<typeof connections>[number]["api"],
  request: ApiRequest,
): Promise<number> {
  const { status, body } = await api(request);
  let bytes = 0;
  if (body.is === "stream")
    for await (const chunks of body.batches) for (const c of chunks) bytes += c.length;
  if (status >= 300)
    throw new Error(`${request.method} ${request.path} was answered with ${status}`);
  return bytes;
}
