import assert from "node:assert/strict";
import { test } from "node:test";
import { acceptKey, WebSocketConnection } from "./websocket.ts";

/** A frame as a client sends it. */
function masked(opcode: number, data: Buffer, isLast = true): Buffer {
  const mask = Buffer.from([1, 2, 3, 4]);
  const length =
    data.length < 126 ? [0x80 | data.length] : [0x80 | 126, data.length >>> 8, data.length & 255];
  const body = data.map((byte, i) => byte ^ (mask[i & 3] as number));
  return Buffer.concat([Buffer.from([(isLast ? 0x80 : 0) | opcode, ...length]), mask, body]);
}

function connection(parts: readonly Buffer[]) {
  const sent: Uint8Array[] = [];
  const readable = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of parts) controller.enqueue(part);
      controller.close();
    },
  });
  const writable = new WritableStream<Uint8Array>({
    write(chunk) {
      sent.push(chunk);
    },
  });
  return { socket: new WebSocketConnection({ readable, writable }), sent };
}

async function all(socket: WebSocketConnection): Promise<string[]> {
  const found: string[] = [];
  for await (const { data, isText } of socket.messages())
    found.push(`${isText ? "t" : "b"}:${Buffer.from(data)}`);
  return found;
}

test("the key is answered as the standard's example says", async () => {
  assert.equal(await acceptKey("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

test("messages come whole, whatever frames and bytes they came in", async () => {
  const long = Buffer.from("x".repeat(300));
  const bytes = Buffer.concat([
    masked(2, Buffer.from("one")),
    masked(1, Buffer.from("tw"), false),
    masked(9, Buffer.from("ping")),
    masked(0, Buffer.from("o")),
    masked(2, long),
    masked(8, Buffer.alloc(2)),
    masked(2, Buffer.from("after the end")),
  ]);
  for (const cut of [1, 7, bytes.length]) {
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += cut) parts.push(bytes.subarray(at, at + cut));
    const { socket, sent } = connection(parts);
    assert.deepEqual(await all(socket), ["b:one", "t:two", `b:${long}`]);
    assert.equal(Buffer.concat(sent).toString("latin1"), "\x8a\x04ping");
  }
});

test("frames of clients must be masked, and messages have a bound", async () => {
  const bare = connection([Buffer.from([0x82, 1, 65])]);
  await assert.rejects(all(bare.socket), /must be masked/);
  const huge = connection([Buffer.from([0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0])]);
  await assert.rejects(all(huge.socket), /too large/);
  const half = masked(0, Buffer.alloc(0xffff), false);
  const endless = connection(Array.from({ length: 520 }, () => half));
  await assert.rejects(all(endless.socket), /too large/);
  const nothing = Buffer.concat(new Array(4096).fill(masked(0, Buffer.alloc(0), false)));
  const empty = connection(Array.from({ length: 5 }, () => nothing));
  await assert.rejects(all(empty.socket), /more than 16384 frames/);
});

test("lengths of all three kinds are written", async () => {
  const { socket, sent } = connection([]);
  for (const length of [5, 300, 70_000]) await socket.send(Buffer.alloc(length));
  await socket.close(1000, "bye");
  const heads = sent.map((bytes) => [...bytes.subarray(0, 4)]);
  assert.deepEqual(heads[0]?.slice(0, 2), [0x82, 5]);
  assert.deepEqual(heads[1], [0x82, 126, 1, 44]);
  assert.deepEqual(heads[2]?.slice(0, 2), [0x82, 127]);
  assert.equal(Buffer.from(sent[3] ?? []).toString("latin1"), "\x88\x05\x03\xe8bye");
});
