// Port-forward. Clients speak SPDY, or the same inside a WebSocket, or channels of a WebSocket (two for each port).
import type { WebSocketConnection } from "../../lib/websocket.ts";
import type { ApiResponse } from "../../schema/api-request.ts";
import { badRequest } from "../../schema/status-error.ts";
import { SpdyConnection } from "../spdy/connection.ts";
import { dialSpdy } from "./dial.ts";
import { proxySpdy, type Upgrade, webSocketAnswer } from "./upgrade.ts";

const tunnelled = "SPDY/3.1+portforward.k8s.io";
const binaryProtocols = ["v4.channel.k8s.io", "portforward.k8s.io", ""];
const textProtocols = ["v4.base64.channel.k8s.io"];
const runtimeProtocol = "portforward.k8s.io";

/** `url` gives an address of the runtime's streaming server for these ports. */
export async function portForward(
  upgrade: Upgrade,
  url: (ports: readonly number[]) => Promise<URL>,
  ports: readonly number[],
): Promise<ApiResponse> {
  if (upgrade.to === "spdy") return proxySpdy(await url([]), upgrade);
  if (upgrade.protocols.includes(tunnelled)) {
    const { socket } = await dialSpdy(await url([]), [runtimeProtocol]);
    return webSocketAnswer(upgrade, [tunnelled], async (client) => {
      socket.on("error", () => socket.destroy());
      const down = (async () => {
        for await (const bytes of socket) await client.send(bytes as Buffer);
        await client.close();
      })()
        // Either end may break off at any time.
        .catch(() => {});
      try {
        for await (const { data } of client.messages()) await written(socket, data);
      } finally {
        socket.destroy();
        await down;
      }
    });
  }
  if (ports.length === 0) throw badRequest('query parameter "port" is required');
  const { socket } = await dialSpdy(await url(ports), [runtimeProtocol]);
  return webSocketAnswer(upgrade, [...binaryProtocols, ...textProtocols], (client, protocol) =>
    overChannels(client, socket, ports, textProtocols.includes(protocol)).finally(() =>
      socket.destroy(),
    ),
  );
}

type Socket = Awaited<ReturnType<typeof dialSpdy>>["socket"];

function written(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed || socket.write(bytes)) resolve();
    else socket.once("drain", resolve).once("close", resolve);
  });
}

/** Channel 2n carries the data of port n, 2n+1 its errors; each begins with the port as 16 bits, little end first. */
async function overChannels(
  client: WebSocketConnection,
  socket: Socket,
  ports: readonly number[],
  isText: boolean,
): Promise<void> {
  const spdy = new SpdyConnection({
    write: (bytes) => written(socket, bytes),
    end: () => socket.end(),
  });
  socket.on("error", () => socket.destroy());
  const reading = (async () => {
    for await (const bytes of socket) await spdy.receive(bytes as Buffer);
  })()
    .catch(() => {})
    .finally(() => spdy.closed());
  const send = (channel: number, data: Uint8Array): Promise<void> => {
    const body = isText ? Buffer.from(Buffer.from(data).toString("base64")) : data;
    const mark = isText ? 0x30 + channel : channel;
    return client.send(Buffer.concat([Buffer.from([mark]), body]), isText);
  };
  const streams = await Promise.all(
    ports.map(async (port, index) => {
      const head = Buffer.from([port & 0xff, port >>> 8]);
      await send(2 * index, head);
      await send(2 * index + 1, head);
      const common = { port: String(port), requestid: String(index) };
      const errors = await spdy.open({ streamtype: "error", ...common }, (data) =>
        send(2 * index + 1, data),
      );
      await errors.end();
      return await spdy.open({ streamtype: "data", ...common }, (data) => send(2 * index, data));
    }),
  );
  const input = (async () => {
    for await (const { data } of client.messages()) {
      const channel = isText ? (data[0] ?? 0) - 0x30 : (data[0] ?? 0);
      const body = data.subarray(1);
      const bytes = isText ? Buffer.from(Buffer.from(body).toString("latin1"), "base64") : body;
      if (channel % 2 === 0 && bytes.length > 0) await streams[channel / 2]?.write(bytes);
    }
  })()
    .catch(() => {})
    .finally(() => socket.destroy());
  await Promise.all(streams.map((stream) => stream.ended));
  socket.destroy();
  await client.close();
  await Promise.allSettled([reading, input]);
}
