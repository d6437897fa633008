// The API server alone, in the test's own process: on a memory store, with nothing at its edge unless a test asks.
import { type Log, silent } from "../../src/lib/log.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { VirtualClock } from "../../src/lib/virtual-clock.ts";
import type { Api, ApiRequest, ApiResponse } from "../../src/schema/api-request.ts";
import { builtinKinds } from "../../src/schema/kinds/index.ts";
import { superusers } from "../../src/server/auth/authorize.ts";
import { serverIdentity } from "../../src/server/call.ts";
import { stampOffset } from "../../src/server/codec.ts";
import type { Core, Edge } from "../../src/server/context.ts";
import { makeServer, type Server } from "../../src/server/server.ts";
import type { Retention } from "../../src/store/compaction.ts";
import { openMemoryStore } from "../../src/store/memory.ts";
import type { Store } from "../../src/store/store.ts";

export type ApiServerOptions = {
  edge?: Partial<Edge> | ((core: Core) => Partial<Edge>);
  connectNode?: (name: string) => Promise<Api>;
  retention?: Partial<Retention>;
  /** Shared with another server; else one of its own. */
  store?: Store;
  /** Where the server tells of its own faults; nowhere when absent. */
  log?: Log;
  /** As a server with listeners has it; without it nothing waits for its turn. */
  turnEnd?: (run: () => void) => void;
};

/** An answer, read whole. `body` is its JSON, if it is any. */
export type Answer = {
  readonly status: number;
  readonly headers: ApiResponse["headers"];
  readonly text: string;
  readonly bytes: Uint8Array;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers of all kinds
  readonly body: any;
};

// biome-ignore lint/suspicious/noExplicitAny: as above
export type SeenEvent = { readonly type: string; readonly object: any };

export type Watching = {
  /** The events that have come since the last call. */
  seen(): Promise<SeenEvent[]>;
  /** True when the server ended it. */
  readonly ended: boolean;
  close(): void;
};

export type ApiServer = {
  readonly server: Server;
  readonly store: Store;
  readonly clock: VirtualClock;
  /** `ask("POST /api/v1/namespaces/a/configmaps?dryRun=All", {…})`: as over the network, with JSON in the body. */
  ask(what: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** The same, but throws for anything else than success; the body. */
  // biome-ignore lint/suspicious/noExplicitAny: as above
  done(what: string, body?: unknown, headers?: Record<string, string>): Promise<any>;
  watch(target: string, headers?: Record<string, string>): Promise<Watching>;
  /** Forgets all that was. */
  compact(): Promise<void>;
};

/** After a turn of the event loop, all work that waits for nothing but the clock has come to rest. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function apiServer(options: ApiServerOptions = {}): ApiServer {
  const clock = new VirtualClock({ settle: turn });
  const { retention } = options;
  const store =
    options.store ??
    openMemoryStore({
      clock,
      stamp: stampOffset,
      ...(retention === undefined ? {} : { retention }),
    });
  const server = makeServer({
    store,
    kinds: builtinKinds,
    clock,
    random: seededRandom(1),
    build: { commit: "", date: "", platform: "" },
    log: options.log ?? silent,
    ...(options.turnEnd && { turnEnd: options.turnEnd }),
    connectNode: options.connectNode ?? (() => Promise.reject(new Error("there are no nodes"))),
    edge: (core) => ({
      identify: () => serverIdentity,
      authorizers: [superusers],
      admissions: [],
      pages: [],
      computed: {},
      ...(typeof options.edge === "function" ? options.edge(core) : options.edge),
    }),
  });
  const ask: ApiServer["ask"] = async (what, body, headers = {}) => {
    const answer = await server.api(requestOf(what, body, headers));
    const bytes = await bytesOf(answer);
    const text = bytes.toString();
    const type = String(answer.headers["content-type"] ?? "");
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      bytes,
      body: type.startsWith("application/json") ? JSON.parse(text) : undefined,
    };
  };
  return {
    server,
    store,
    clock,
    ask,
    async done(what, body, headers) {
      const answer = await ask(what, body, headers);
      if (answer.status < 300) return answer.body;
      throw new Error(`${what}: ${answer.status} ${answer.body?.message ?? answer.text}`);
    },
    async watch(target, headers = {}) {
      const reader = new AbortController();
      const { signal } = reader;
      const answer = await server.api({
        ...requestOf(`GET ${target}`, undefined, headers),
        signal,
      });
      if (answer.body.is !== "stream") throw new Error(`${answer.status}: ${await textOf(answer)}`);
      return watching(answer.body.batches, () => reader.abort());
    },
    async compact() {
      const done = store.compact(store.revision());
      // It goes by steps, with a little time between them.
      await clock.advance(100);
      await done;
    },
  };
}

const never = new AbortController().signal;

function requestOf(what: string, body: unknown, headers: Record<string, string>): ApiRequest {
  const [method = "", target = ""] = what.split(" ");
  const [path = "", query = ""] = target.split("?");
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  const bytes = body === undefined ? "" : isRaw ? body : JSON.stringify(body);
  return {
    method,
    path,
    query,
    headers: {
      ...(body === undefined ? {} : { "content-type": contentType(method) }),
      "user-agent": "test/1",
      ...headers,
    },
    body: () => Promise.resolve(Buffer.from(bytes)),
    peer: { address: "192.0.2.9" },
    signal: never,
  };
}

const contentType = (method: string): string =>
  method === "PATCH" ? "application/merge-patch+json" : "application/json";

const textOf = async (answer: ApiResponse): Promise<string> => (await bytesOf(answer)).toString();

async function bytesOf({ body }: ApiResponse): Promise<Buffer> {
  if (body.is === "bytes") return Buffer.concat(body.chunks);
  if (body.is !== "stream") return Buffer.alloc(0);
  const chunks: Uint8Array[] = [];
  for await (const batch of body.batches) chunks.push(...batch);
  return Buffer.concat(chunks);
}

function watching(batches: AsyncIterable<readonly Uint8Array[]>, close: () => void): Watching {
  const events: SeenEvent[] = [];
  let ended = false;
  const reading = (async () => {
    for await (const batch of batches)
      for (const line of batch) events.push(JSON.parse(Buffer.from(line).toString()));
    ended = true;
  })();
  return {
    async seen() {
      // Failures of the stream are the test's.
      await Promise.race([reading, turn().then(turn)]);
      return events.splice(0);
    },
    get ended() {
      return ended;
    },
    close,
  };
}
