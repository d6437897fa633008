// A question in JSON to a webhook, and its answer: one POST over a connection that is kept, with a bound on everything.
import type { IncomingMessage } from "node:http";
import { type Agent, type AgentOptions, request as secureRequest } from "node:https";
import { createSecureContext } from "node:tls";
import type { Clock } from "../lib/clock.ts";
import { idleMax, KeptAgents } from "./kept-agents.ts";
import { goNetworkError } from "./outbound-errors.ts";

/** Where a question goes. `address`: what the connection is opened to, when the name in `url` does not say it. */
export type Destination = {
  readonly url: URL;
  /** The Host header, when it is not that of `url`. */
  readonly host?: string;
  /** How messages call it; as `url` when absent. */
  readonly shown?: string;
  readonly address?: { readonly host: string; readonly port: number };
  /** PEM of the authorities that may have signed the other side's certificate; the system's when absent. */
  readonly authorities?: string;
};

export type Question = {
  readonly body: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

/** The answer as it came. `value` is undefined when it is no JSON. */
export type JsonAnswer = {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly value: unknown;
};

/** Nobody answered, or not what was asked; worded as Go's client would. */
export class CallError extends Error {
  override name = "CallError";
  /** HTTP's, of an answer that is a refusal. */
  readonly status: number | undefined;
  constructor(message: string, options?: ErrorOptions, status?: number) {
    super(message, options);
    this.status = status;
  }
}

export type JsonCalls = {
  /** Throws a CallError. Redirects are answers like any other: they are not followed. */
  ask(where: Destination, question: Question): Promise<JsonAnswer>;
  close(): void;
};

/** Bytes of an answer that are read. */
const answerBytesMax = 16 * 1024 * 1024;
/** Connections to one destination under way at once; further questions wait for one of them. */
const connectionsMax = 64;

export function jsonCalls(clock: Clock): JsonCalls {
  const agents = new KeptAgents(agentOptions, nameOf);
  return {
    async ask(where, question) {
      const deadline = clock.monotonic() + question.timeoutMs;
      for (let attempt = 1; ; attempt++) {
        const timeoutMs = deadline - clock.monotonic();
        const sent = post(agents.of(where.authorities ?? ""), clock, where, {
          ...question,
          timeoutMs,
        });
        const outcome = await sent;
        if (outcome !== "stale") return outcome;
        if (attempt === staleMax) throw new CallError(asked(where, "EOF"));
      }
    },
    close: () => agents.close(),
  };
}

/** Kept connections that may turn out to be closed by the other side before a new one is opened. */
const staleMax = idleMax + 1;

const agentOptions = (authorities: string): AgentOptions => ({
  maxSockets: connectionsMax,
  minVersion: "TLSv1.2",
  // Throws for what is no certificate: the same as nobody being trusted.
  ...(authorities === "" ? {} : { secureContext: contextOf(authorities) }),
});

/** All else that tells connections apart is the same for all of an agent; Node's own name costs more than the rest. */
const nameOf: Agent["getName"] = ({ host, port, servername } = {}) =>
  `${host}:${port}:${servername}`;

function contextOf(authorities: string): ReturnType<typeof createSecureContext> {
  try {
    return createSecureContext({ ca: authorities });
  } catch (cause) {
    throw new CallError("unable to load root certificates: unable to parse bytes as PEM block", {
      cause,
    });
  }
}

function post(
  agent: Agent,
  clock: Clock,
  where: Destination,
  { body, timeoutMs, signal }: Question,
): Promise<JsonAnswer | "stale"> {
  const { promise, resolve, reject } = Promise.withResolvers<JsonAnswer | "stale">();
  const { url, address } = where;
  const sent = secureRequest({
    agent,
    method: "POST",
    host: address?.host ?? hostOf(url),
    port: address?.port ?? (url.port === "" ? 443 : Number(url.port)),
    path: url.pathname + url.search,
    headers: {
      // The name of which the other side has to have a certificate, too.
      host: where.host ?? url.host,
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
      accept: "application/json, */*",
      "user-agent": "kube-apiserver-admission",
    },
  });
  const fail = (why: string): void => {
    end();
    reject(new CallError(asked(where, why)));
    sent.destroy();
  };
  const abort = (): void => fail("context canceled");
  const cancel = clock.after(Math.max(timeoutMs, 0), () => fail("context deadline exceeded"));
  const end = (): void => {
    cancel();
    signal.removeEventListener("abort", abort);
  };
  signal.addEventListener("abort", abort, { once: true });
  sent.on("response", (message) => {
    read(message).then(
      (answer) => {
        end();
        resolve(answer);
      },
      (error: Error) => fail(goNetworkError(error, where)),
    );
  });
  sent.on("error", (error: Error & { code?: string }) => {
    end();
    if (sent.reusedSocket && error.code === "ECONNRESET") resolve("stale");
    else reject(new CallError(asked(where, goNetworkError(error, where))));
  });
  if (signal.aborted) abort();
  // As text it goes out in one piece with the headers, at half the cost.
  else sent.end(body);
  return promise;
}

/** As Go tells which request failed. */
const asked = ({ url, shown }: Destination, why: string): string =>
  `Post ${JSON.stringify(shown ?? url.href)}: ${why}`;

const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, "");

/** By events: to walk the message costs several times as much. */
function read(message: IncomingMessage): Promise<JsonAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<JsonAnswer>();
  const chunks: Uint8Array[] = [];
  let size = 0;
  message.on("data", (chunk: Uint8Array) => {
    size += chunk.length;
    chunks.push(chunk);
    if (size > answerBytesMax)
      message.destroy(new Error(`the answer is longer than ${answerBytesMax} bytes`));
  });
  message.on("error", reject);
  message.on("end", () => {
    const text = Buffer.concat(chunks).toString();
    const type = message.headers["content-type"] ?? "";
    resolve({ status: message.statusCode ?? 0, type, text, value: parsed(text) });
  });
  return promise;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
