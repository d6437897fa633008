// gRPC to a container runtime over its unix socket. The libraries and definitions are loaded by the first connection,
// so that a start without containers does not pay for them.
import type { Client, ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import type { Namespace, Type } from "protobufjs";
import { RuntimeError } from "../runtime.ts";

export type Connection = {
  /** `method` is `Service/Method` as in the definition's package. Rejects with a RuntimeError. */
  call<Answer>(method: string, request: object, timeoutMs?: number): Promise<Answer>;
  /** Calls `receive` for each message; `end` once when the stream is over, for whatever reason. */
  stream<Message>(method: string, request: object, use: Receiver<Message>): () => void;
  close(): void;
};

export type Receiver<Message> = { receive: (message: Message) => void; end: () => void };

/** A package of message and service definitions, as protobufjs writes them to JSON. */
export type Definition = { readonly package: string; readonly json: object };

/** Largest answer: a list of some ten thousand containers. */
const answerBytesMax = 64 << 20;
/** Calls that do not say otherwise; upstream's runtime request timeout. */
const timeoutMsDefault = 120_000;

/** `endpoint` is `unix:///absolute/path`. Connects with the first call. */
export async function connect(endpoint: string, definitions: Definition[]): Promise<Connection> {
  const [grpc, protobuf] = await Promise.all([import("@grpc/grpc-js"), import("protobufjs")]);
  const roots = definitions.map((d) => ({
    prefix: d.package,
    root: protobuf.default.Root.fromJSON(d.json).resolveAll(),
  }));
  const client = new grpc.Client(endpoint, grpc.credentials.createInsecure(), {
    "grpc.default_authority": "localhost",
    "grpc.max_receive_message_length": answerBytesMax,
    "grpc.max_reconnect_backoff_ms": 2000,
  });
  const methods = new Map<string, Method>();
  const find = (name: string): Method => {
    const method = methods.get(name) ?? methodOf(roots, name);
    methods.set(name, method);
    return method;
  };
  let closed = false;
  return {
    call: (name, request, timeoutMs) => unary(client, find(name), request, timeoutMs),
    stream(name, request, use) {
      return closed ? () => {} : serverStream(client, find(name), request, use);
    },
    close() {
      closed = true;
      client.close();
    },
  };
}

type Method = { path: string; request: Type; response: Type };

function methodOf(roots: readonly { prefix: string; root: Namespace }[], name: string): Method {
  const [service = "", method = ""] = name.split("/");
  for (const { prefix, root } of roots) {
    const found = root.lookup(`${prefix}.${service}`) as { methods?: object } | null;
    const facts = (found?.methods as Record<string, MethodFacts> | undefined)?.[method];
    if (!facts) continue;
    return {
      path: `/${prefix}.${service}/${method}`,
      request: root.lookupType(`${prefix}.${facts.requestType}`),
      response: root.lookupType(`${prefix}.${facts.responseType}`),
    };
  }
  throw new Error(`no definition of ${name}`);
}
type MethodFacts = { requestType: string; responseType: string };

const encoded =
  (type: Type) =>
  (value: object): Buffer =>
    type.encode(type.fromObject(value)).finish() as Buffer;

const decoded =
  (type: Type) =>
  (bytes: Buffer): object =>
    type.toObject(type.decode(bytes), { longs: Number, enums: String, defaults: true });

function unary<Answer>(
  client: Client,
  method: Method,
  request: object,
  timeoutMs = timeoutMsDefault,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      method.path,
      encoded(method.request),
      decoded(method.response),
      request,
      // grpc-js counts deadlines in wall time; 0 is none.
      timeoutMs > 0 ? { deadline: Date.now() + timeoutMs } : {},
      (error: ServiceError | null, answer?: object) => {
        if (error) reject(new RuntimeError(error.code, error.details, { cause: error }));
        else resolve(answer as Answer);
      },
    );
  });
}

function serverStream<Message>(
  client: Client,
  method: Method,
  request: object,
  use: Receiver<Message>,
): () => void {
  const stream: ClientReadableStream<object> = client.makeServerStreamRequest(
    method.path,
    encoded(method.request),
    decoded(method.response),
    request,
  );
  let over = false;
  const end = (): void => {
    if (!over) use.end();
    over = true;
  };
  stream.on("data", (message: object) => use.receive(message as Message));
  stream.on("error", end);
  stream.on("end", end);
  return () => {
    over = true;
    stream.cancel();
  };
}
