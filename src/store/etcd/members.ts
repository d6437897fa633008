// gRPC to the members of one etcd cluster. Calls go to one member as long as it answers, then to the next. The
// libraries are loaded by the first connection, so that a start without etcd does not pay for them.
import { isIP } from "node:net";
import type { Client, ClientDuplexStream, Metadata, ServiceError } from "@grpc/grpc-js";
import type { Type } from "protobufjs";
import { type Clock, pause } from "../../lib/clock.ts";
import { StoreError } from "../store.ts";
import {
  type Calls,
  definition,
  type MethodName,
  methods,
  type WatchRequest,
  type WatchResponse,
} from "./definition.ts";
import {
  type CallFailure,
  isCertificate,
  isPassing,
  isUnsent,
  refused,
  unreachable,
} from "./failure.ts";

export type EtcdTls = {
  /** PEM; left out: the authorities of the system. */
  ca?: string;
  certificate?: string;
  key?: string;
};

export type MembersOptions = {
  /** `https://host:port`, or `http://` on loopback. */
  endpoints: readonly string[];
  tls: EtcdTls;
  clock: Clock;
};

/** Longest wait for one member's answer, after which the next one is asked. */
const attemptMsMax = 3000;
/** Longest time for a call over all members: a client of the API still waits then. */
export const callMsMax = 10_000;
/** Pause before the second attempt; doubled with each one up to the largest. */
const pauseMsMin = 20;
const pauseMsMax = 500;

/** As etcd's own client asks: the member tells at once when it has no leader, and ends streams then. */
const leaderKey = "hasleader";

/** `again`: an earlier attempt may have been done too, without an answer. */
export type Answer<T> = { answer: T; again: boolean };

export type WatchStream = { write(request: WatchRequest): void; cancel(): void };

type Method = { path: string; request: Type; response: Type };

export class Members {
  readonly #clock: Clock;
  readonly #endpoints: readonly string[];
  readonly #clients: readonly Client[];
  readonly #methods: Readonly<Record<MethodName, Method>>;
  readonly #metadata: Metadata;
  readonly #closed = new AbortController();
  #current = 0;

  constructor(
    options: MembersOptions,
    parts: { clients: Client[]; methods: Record<MethodName, Method>; metadata: Metadata },
  ) {
    this.#clock = options.clock;
    this.#endpoints = options.endpoints;
    this.#clients = parts.clients;
    this.#methods = parts.methods;
    this.#metadata = parts.metadata;
  }

  get endpoints(): readonly string[] {
    return this.#endpoints;
  }

  /** The member that is asked at present. */
  get current(): string {
    return this.#endpoints[this.#current]!;
  }

  /**
   * Resolves with the first answer of a member. Rejects with a `StoreError`: what was refused for good, or
   * "unavailable" with each member's reason after `timeoutMs`. The gRPC failure of the former stands in its `cause`.
   */
  async call<N extends keyof Calls>(
    name: N,
    request: Calls[N][0],
    { timeoutMs = callMsMax, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
  ): Promise<Answer<Calls[N][1]>> {
    const end = this.#clock.monotonic() + timeoutMs;
    const failures = new Map<string, CallFailure>();
    let again = false;
    for (let pauseMs = pauseMsMin; ; pauseMs = Math.min(pauseMs * 2, pauseMsMax)) {
      signal?.throwIfAborted();
      if (this.#closed.signal.aborted) throw new StoreError("closed", "the store is closed");
      const asked = this.#current;
      const leftMs = Math.min(attemptMsMax, end - this.#clock.monotonic());
      const outcome = await this.#attempt(asked, name, request, leftMs);
      if ("answer" in outcome) return { answer: outcome.answer as Calls[N][1], again };
      const { failure } = outcome;
      const endpoint = this.#endpoints[asked]!;
      failures.set(endpoint, failure);
      if (!isPassing(failure)) throw refused(endpoint, failure);
      again ||= !isUnsent(failure);
      this.leave(asked);
      const hopeless = failures.size === this.#endpoints.length && allCertificates(failures);
      if (hopeless || this.#clock.monotonic() + pauseMs >= end) throw unreachable(failures);
      // Another member is asked at once, all of them again after a pause.
      if (failures.size === this.#endpoints.length) await this.#pause(pauseMs);
    }
  }

  /** Each member's answer to the same question, or why it has none. */
  async ask<N extends keyof Calls>(name: N, request: Calls[N][0], timeoutMs: number) {
    return Promise.all(
      this.#endpoints.map(async (endpoint, at) => ({
        endpoint,
        ...((await this.#attempt(at, name, request, timeoutMs)) as
          | { answer: Calls[N][1] }
          | { failure: CallFailure }),
      })),
    );
  }

  /** Asks the next member from now on, when `at` is still the current one. */
  leave(at = this.#current): void {
    if (at === this.#current) this.#current = (at + 1) % this.#clients.length;
  }

  /** A watch at the current member. `end` is called once, with the reason. */
  watch(
    receive: (answer: WatchResponse) => void,
    end: (failure: CallFailure) => void,
  ): WatchStream {
    const { path, request, response } = this.#methods.watch;
    const client = this.#clients[this.#current]!;
    const stream: ClientDuplexStream<object, object> = client.makeBidiStreamRequest(
      path,
      encoded(request),
      decoded(response),
      this.#metadata,
      {},
    );
    let over = false;
    const finish = (failure: CallFailure): void => {
      if (!over) end(failure);
      over = true;
    };
    stream.on("data", (answer: object) => {
      if (!over) receive(answer as WatchResponse);
    });
    stream.on("error", (error: ServiceError) => finish(error));
    stream.on("end", () => finish({ code: 14, details: "the member has ended the watch" }));
    return {
      write: (message) => void stream.write(message),
      cancel() {
        over = true;
        stream.cancel();
      },
    };
  }

  close(): void {
    this.#closed.abort();
    for (const client of this.#clients) client.close();
  }

  #attempt(
    at: number,
    name: MethodName,
    message: object,
    timeoutMs: number,
  ): Promise<{ answer: unknown } | { failure: CallFailure }> {
    const { path, request, response } = this.#methods[name];
    // grpc-js counts deadlines in wall time.
    const options = { deadline: this.#clock.now() + Math.max(timeoutMs, 1) };
    return new Promise((resolve) => {
      this.#clients[at]!.makeUnaryRequest(
        path,
        encoded(request),
        decoded(response),
        message,
        this.#metadata,
        options,
        (error: ServiceError | null, answer?: object) =>
          resolve(error ? { failure: error } : { answer }),
      );
    });
  }

  async #pause(ms: number): Promise<void> {
    // Only `close` aborts it, and the next attempt says so.
    await pause(this.#clock, ms, this.#closed.signal);
  }
}

const allCertificates = (failures: ReadonlyMap<string, CallFailure>): boolean =>
  [...failures.values()].every(({ details }) => isCertificate(details));

const encoded =
  (type: Type) =>
  (value: object): Buffer =>
    type.encode(value).finish() as Buffer;

const decoded =
  (type: Type) =>
  (bytes: Buffer): object =>
    type.toObject(type.decode(bytes), { longs: Number, defaults: true });

/** Connects with the first call to each member. */
export async function connectMembers(options: MembersOptions): Promise<Members> {
  const [grpc, protobuf, tls] = await Promise.all([
    import("@grpc/grpc-js"),
    import("protobufjs"),
    import("node:tls"),
  ]);
  const root = protobuf.default.Root.fromJSON(definition).resolveAll();
  const entries = Object.entries(methods).map(([name, { path, request, response }]) => [
    name,
    { path, request: root.lookupType(request), response: root.lookupType(response) },
  ]);
  const clients = options.endpoints.map((endpoint) => {
    const { protocol, host, hostname } = new URL(endpoint);
    const isSafe = protocol === "https:";
    const credentials = isSafe
      ? tlsCredentials(grpc, tls, hostname, options.tls)
      : grpc.credentials.createInsecure();
    return new grpc.Client(host, credentials, {
      // The name that is shown in the handshake; an address may not be.
      ...(isSafe && isIP(hostname) ? { "grpc.ssl_target_name_override": "localhost" } : {}),
      // A silent member is noticed by pings, no more often than etcd allows.
      "grpc.keepalive_time_ms": 6000,
      "grpc.keepalive_timeout_ms": 3000,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 2000,
      "grpc.max_receive_message_length": -1,
      "grpc.max_send_message_length": -1,
      "grpc.use_local_subchannel_pool": 1,
    });
  });
  const metadata = new grpc.Metadata();
  metadata.set(leaderKey, "true");
  return new Members(options, { clients, methods: Object.fromEntries(entries), metadata });
}

function tlsCredentials(
  grpc: typeof import("@grpc/grpc-js"),
  { checkServerIdentity }: typeof import("node:tls"),
  host: string,
  { ca, certificate, key }: EtcdTls,
) {
  const buffer = (pem: string | undefined): Buffer | null => (pem ? Buffer.from(pem) : null);
  return grpc.credentials.createSsl(buffer(ca), buffer(key), buffer(certificate), {
    checkServerIdentity: (_shown, shown) => checkServerIdentity(host, shown),
  });
}
