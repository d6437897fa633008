import assert from "node:assert/strict";
import { test } from "node:test";
import { constants, createInflate } from "node:zlib";
import fc from "fast-check";
import { SpdyConnection } from "./connection.ts";
import { dictionary } from "./dictionary.ts";
import { controlTypes, encodeFrame, type Frame, FrameReader, finFlag } from "./frames.ts";

const frame = fc.oneof(
  fc.record({
    is: fc.constant("data" as const),
    stream: fc.integer({ min: 1, max: 0x7fffffff }),
    flags: fc.integer({ min: 0, max: 255 }),
    data: fc.uint8Array({ maxLength: 300 }),
  }),
  fc.record({
    is: fc.constant("control" as const),
    type: fc.integer({ min: 1, max: 9 }),
    flags: fc.integer({ min: 0, max: 255 }),
    data: fc.uint8Array({ maxLength: 300 }),
  }),
);

const plain = (f: Frame) => ({ ...f, data: [...f.data] });

test("frames come out as they went in, however the bytes were cut", () => {
  fc.assert(
    fc.property(
      fc.array(frame, { maxLength: 8 }),
      fc.integer({ min: 1, max: 97 }),
      (frames, cut) => {
        const bytes = Buffer.concat(frames.map((f) => encodeFrame(f)));
        const reader = new FrameReader();
        const found: Frame[] = [];
        for (let at = 0; at < bytes.length; at += cut) {
          found.push(...reader.push(bytes.subarray(at, at + cut)));
        }
        assert.deepEqual(found.map(plain), frames.map(plain));
      },
    ),
  );
});

test("the dictionary is the specification's", () => {
  assert.equal(dictionary.length, 1423);
  assert.equal(Buffer.from(dictionary.subarray(0, 11)).toString("latin1"), "\0\0\0\x07options");
});

/** A connection whose bytes are kept. */
function connection() {
  const reader = new FrameReader();
  const sent: Frame[] = [];
  const spdy = new SpdyConnection({
    write: async (bytes) => void sent.push(...reader.push(bytes)),
    end() {},
  });
  return { spdy, sent };
}

test("streams are opened with compressed headers, in order, with odd numbers", async () => {
  const { spdy, sent } = connection();
  await Promise.all([
    spdy.open({ streamtype: "error" }, () => {}),
    spdy.open({ streamtype: "stdin" }, () => {}),
  ]);
  const inflate = createInflate({ dictionary, finishFlush: constants.Z_SYNC_FLUSH });
  const texts: string[] = [];
  inflate.on("data", (part: Buffer) => texts.push(part.toString("latin1")));
  const ids: number[] = [];
  for (const f of sent) {
    assert.equal(f.is === "control" && f.type, controlTypes.synStream);
    ids.push(Buffer.from(f.data).readUInt32BE(0));
    await new Promise<void>((resolve) => inflate.write(f.data.subarray(10), () => resolve()));
  }
  assert.deepEqual(ids, [1, 3]);
  assert.match(texts.join(""), /streamtype\0\0\0\x05error.*streamtype\0\0\0\x05stdin/s);
});

test("data, ends and pings of the other side reach their streams", async () => {
  const { spdy, sent } = connection();
  const got: string[] = [];
  const stream = await spdy.open({ streamtype: "stdout" }, (data) => {
    got.push(Buffer.from(data).toString());
  });
  const text = (data: string, flags = 0): Uint8Array =>
    encodeFrame({ is: "data", stream: 1, flags, data: Buffer.from(data) });
  const ping = encodeFrame({
    is: "control",
    type: controlTypes.ping,
    flags: 0,
    data: Buffer.alloc(4),
  });
  await spdy.receive(Buffer.concat([text("a"), ping, text("b", finFlag)]));
  await stream.ended;
  assert.deepEqual(got, ["a", "b"]);
  assert.equal(
    sent.at(-1)?.is === "control" && (sent.at(-1) as { type: number }).type,
    controlTypes.ping,
  );
});

test("the end of the input is told by a flag", async () => {
  const { spdy, sent } = connection();
  const stream = await spdy.open({ streamtype: "stdin" }, () => {});
  await stream.write(Buffer.from("x".repeat(40_000)));
  await stream.end();
  const data = sent.filter((f) => f.is === "data");
  assert.deepEqual(
    data.map((f) => [f.data.length, f.flags]),
    [
      [32_768, 0],
      [7232, 0],
      [0, finFlag],
    ],
  );
});
