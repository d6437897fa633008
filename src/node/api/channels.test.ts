import assert from "node:assert/strict";
import { Duplex } from "node:stream";
import { test } from "node:test";
import { WebSocketConnection } from "../../lib/websocket.ts";
import { Channels, written } from "./channels.ts";

/** A message as a client sends it, under a mask of zeros. */
const fromClient = (...bytes: number[]): Buffer =>
  Buffer.from([0x82, 0x80 | bytes.length, 0, 0, 0, 0, ...bytes]);

function channelsOf(received: readonly Buffer[], isText: boolean) {
  const sent: Buffer[] = [];
  const readable = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const bytes of received) controller.enqueue(bytes);
      controller.close();
    },
  });
  const writable = new WritableStream<Uint8Array>({
    write(chunk) {
      sent.push(Buffer.from(chunk));
    },
  });
  const client = new WebSocketConnection({ readable, writable });
  return { channels: new Channels(client, isText), sent };
}

const rows = [
  { isText: false, came: [1, 104, 105], channel: 1, data: "hi", goes: [0x82, 3, 1, 104, 105] },
  { isText: false, came: [255, 0], channel: 255, data: "\0", goes: [0x82, 2, 255, 0] },
  { isText: false, came: [], channel: 0, data: "", goes: [0x82, 1, 0] },
  {
    isText: true,
    came: [..."1aGk="].map((c) => c.charCodeAt(0)),
    channel: 1,
    data: "hi",
    goes: [0x81, 5, ...Buffer.from("1aGk=")],
  },
  { isText: true, came: [], channel: 0, data: "", goes: [0x81, 1, 0x30] },
];

for (const { isText, came, channel, data, goes } of rows)
  test(`channel ${channel} with ${JSON.stringify(data)}, as ${isText ? "text" : "bytes"}`, async () => {
    const { channels, sent } = channelsOf([fromClient(...came)], isText);
    const found: unknown[] = [];
    for await (const one of channels.messages())
      found.push({ channel: one.channel, data: Buffer.from(one.data).toString("latin1") });
    assert.deepEqual(found, [{ channel, data }]);
    await channels.send(channel, Buffer.from(data, "latin1"));
    assert.deepEqual(Buffer.concat(sent), Buffer.from(goes));
  });

test("a write to a full socket ends when it is drained or closed, and leaves no listener", async () => {
  let taken = (): void => {};
  const socket = new Duplex({
    highWaterMark: 1,
    read() {},
    write(_chunk, _encoding, done) {
      taken = done;
    },
  });
  const listeners = (): number => socket.listenerCount("drain") + socket.listenerCount("close");
  const before = listeners();
  const drained = written(socket, Buffer.from("one"));
  assert.equal(listeners(), before + 2);
  taken();
  await drained;
  assert.equal(listeners(), before);
  const closed = written(socket, Buffer.from("two"));
  socket.destroy();
  await closed;
  assert.equal(listeners(), before);
  await written(socket, Buffer.from("three"));
});
