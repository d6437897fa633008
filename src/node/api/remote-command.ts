// exec and attach. A client that speaks SPDY is joined to the runtime byte for byte. A client that speaks WebSocket has
// its channels turned into streams of SPDY, because only there the end of the input can be told to the runtime.
import type { WebSocketConnection } from "../../lib/websocket.ts";
import type { ApiResponse } from "../../schema/api-request.ts";
import { StatusError } from "../../schema/status-error.ts";
import type { StreamAsk } from "../runtime.ts";
import type { SpdyStream } from "../spdy/connection.ts";
import { Channels, streamsOver } from "./channels.ts";
import { type Dialled, dialSpdy } from "./dial.ts";
import { proxySpdy, type Upgrade, webSocketAnswer } from "./upgrade.ts";

/** Of the channels, as clients number them. */
const numbers = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
const binaryProtocols = ["v5.channel.k8s.io", "v4.channel.k8s.io", "channel.k8s.io", ""];
const textProtocols = ["v4.base64.channel.k8s.io", "base64.channel.k8s.io"];
/** What the runtimes' streaming servers speak. */
const runtimeProtocol = "v4.channel.k8s.io";

/** `url` belongs to the runtime's streaming server. */
export function remoteCommand(upgrade: Upgrade, url: URL, ask: StreamAsk): Promise<ApiResponse> {
  if (upgrade.to === "spdy") return proxySpdy(url, upgrade);
  return overWebSocket(upgrade, url, ask);
}

async function overWebSocket(
  upgrade: Extract<Upgrade, { to: "websocket" }>,
  url: URL,
  ask: StreamAsk,
): Promise<ApiResponse> {
  const known = [...binaryProtocols, ...textProtocols];
  const isKnown =
    upgrade.protocols.length === 0 || upgrade.protocols.some((p) => known.includes(p));
  // A client that is to be refused must not use up the runtime's address.
  if (!isKnown) return webSocketAnswer(upgrade, known, async () => {});
  const dialled = await dialSpdy(url, [runtimeProtocol]);
  return webSocketAnswer(upgrade, known, (socket, protocol) =>
    translate(socket, dialled, ask, {
      isText: textProtocols.includes(protocol),
      hasStatus: /^v[45]\./.test(protocol),
    }).finally(() => dialled.socket.destroy()),
  );
}

type Dialect = {
  /** Messages are base64. */
  isText: boolean;
  /** The end is told as a Status; older protocols tell only of a failure, in words. */
  hasStatus: boolean;
};

async function translate(
  client: WebSocketConnection,
  { socket }: Dialled,
  ask: StreamAsk,
  { isText, hasStatus }: Dialect,
): Promise<void> {
  const channels = new Channels(client, isText);
  const { spdy, reading } = streamsOver(socket);
  const open = (streamType: keyof typeof numbers): Promise<SpdyStream> =>
    spdy.open({ streamtype: streamType }, (data) => channels.send(numbers[streamType], data));

  // An empty message tells the client that its channels are open.
  const first = ask.stdout ? numbers.stdout : ask.stderr ? numbers.stderr : numbers.error;
  await channels.send(first, new Uint8Array());
  const error = await spdy.open({ streamtype: "error" }, async (data) => {
    const told = hasStatus ? data : failureText(data);
    if (told.length > 0) await channels.send(numbers.error, told);
  });
  const streams = new Map<number, SpdyStream>();
  if (ask.stdin) streams.set(numbers.stdin, await open("stdin"));
  const outputs = [error];
  if (ask.stdout) outputs.push(await open("stdout"));
  if (ask.stderr && !ask.tty) outputs.push(await open("stderr"));
  if (ask.tty) streams.set(numbers.resize, await open("resize"));

  // A client that breaks off may do so long before anybody waits for this.
  const input = forwardInput(channels, streams)
    .catch(() => {})
    .finally(() => socket.destroy());
  await Promise.all(outputs.map((output) => output.ended));
  socket.destroy();
  await client.close();
  await Promise.allSettled([reading, input]);
}

/** The message of a Status that is no success. */
function failureText(status: Uint8Array): Uint8Array {
  const { status: end, message = "" } = JSON.parse(Buffer.from(status).toString("utf8")) as {
    status?: string;
    message?: string;
  };
  return Buffer.from(end === "Success" ? "" : message);
}

/** Until the client closes. */
async function forwardInput(
  channels: Channels,
  streams: ReadonlyMap<number, SpdyStream>,
): Promise<void> {
  for await (const { channel, data } of channels.messages()) {
    if (channel === numbers.close) await streams.get(data[0] ?? -1)?.end();
    else if (data.length > 0) await streams.get(channel)?.write(data);
  }
}

/** Which streams a request asks for (`input`, `output`, `error`, `tty`, or the API's names of them). */
export function streamAsk(query: URLSearchParams): StreamAsk {
  const has = (...names: string[]): boolean =>
    names.some((name) => ["1", "true"].includes(query.get(name) ?? ""));
  const tty = has("tty");
  const ask = {
    stdin: has("input", "stdin"),
    stdout: has("output", "stdout"),
    // A terminal has one output.
    stderr: has("error", "stderr") && !tty,
    tty,
  };
  if (!ask.stdin && !ask.stdout && !ask.stderr) {
    throw new StatusError(
      400,
      "BadRequest",
      "you must specify at least 1 of stdin, stdout, stderr",
    );
  }
  return ask;
}
