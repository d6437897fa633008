// Port-forward. Clients speak SPDY, or the same inside a WebSocket, or channels of a WebSocket (two for each port).
import type { WebSocketConnection } from "../../lib/websocket.ts";
import type { ApiResponse } from "../../schema/api-request.ts";
import { badRequest } from "../../schema/status-error.ts";
import { Channels, streamsOver, written } from "./channels.ts";
import { type Dialled, dialSpdy } from "./dial.ts";
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

/** Channel 2n carries the data of port n, 2n+1 its errors; each begins with the port as 16 bits, little end first. */
async function overChannels(
  client: WebSocketConnection,
  socket: Dialled["socket"],
  ports: readonly number[],
  isText: boolean,
): Promise<void> {
  const channels = new Channels(client, isText);
  const { spdy, reading } = streamsOver(socket);
  const streams = await Promise.all(
    ports.map(async (port, index) => {
      const head = Buffer.from([port & 0xff, port >>> 8]);
      await channels.send(2 * index, head);
      await channels.send(2 * index + 1, head);
      const common = { port: String(port), requestid: String(index) };
      const errors = await spdy.open({ streamtype: "error", ...common }, (data) =>
        channels.send(2 * index + 1, data),
      );
      await errors.end();
      return await spdy.open({ streamtype: "data", ...common }, (data) =>
        channels.send(2 * index, data),
      );
    }),
  );
  const input = (async () => {
    for await (const { channel, data } of channels.messages()) {
      if (channel % 2 === 0 && data.length > 0) await streams[channel / 2]?.write(data);
    }
  })()
    // Either end may break off at any time.
    .catch(() => {})
    .finally(() => socket.destroy());
  await Promise.all(streams.map((stream) => stream.ended));
  socket.destroy();
  await client.close();
  await Promise.allSettled([reading, input]);
}
