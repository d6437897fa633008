import type { Api, ApiRequest, ApiResponse } from "../schema/api-request.ts";
import { clientOver } from "./call.ts";
import type { Client } from "./client.ts";

/**
 * A client over a connection. `api` sends the request's bytes and answers with bytes or a stream of them;
 * `headers` (names in lower case) go with each request.
 */
export function httpClient(api: Api, headers: Readonly<Record<string, string>> = {}): Client {
  return clientOver({ api, objects: false, headers: { "user-agent": "coxswain", ...headers } });
}

/** Sends requests through the platform's own `fetch` to `server` (`https://host:port`). */
export function fetchApi(server: string, fetch: Fetch): Api {
  const root = server.replace(/\/$/, "");
  return async (request) => {
    const url = `${root}${request.path}${request.query === "" ? "" : `?${request.query}`}`;
    return responseOf(await fetch(url, await initOf(request)));
  };
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

async function initOf(request: ApiRequest): Promise<RequestInit> {
  const headers = Object.entries(request.headers).filter((h): h is [string, string] => !!h[1]);
  const body = await request.body();
  return {
    method: request.method,
    headers,
    signal: request.signal,
    ...(body.length === 0 ? {} : { body: body as BodyInit }),
  };
}

function responseOf(response: Response): ApiResponse {
  const headers = Object.fromEntries(response.headers);
  if (!response.body) return { status: response.status, headers, body: { is: "empty" } };
  return {
    status: response.status,
    headers,
    body: { is: "stream", batches: batches(response.body) },
  };
}

async function* batches(body: ReadableStream<Uint8Array>): AsyncIterable<readonly Uint8Array[]> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield [value];
    }
  } finally {
    await reader.cancel();
  }
}
