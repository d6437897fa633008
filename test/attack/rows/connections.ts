// HTTP/2 floods, slow and half-open connections.
import { connect as connectPlain, type Socket } from "node:net";
import {
  answersIn,
  fields,
  flags,
  frame,
  hello,
  indexed,
  integer,
  literal,
  open,
  outcome,
  preface,
  request,
  says2,
} from "../raw.ts";
import type { Row, Table } from "../row.ts";
import { evilMaps, soon } from "../setting.ts";
import { type Target, tokens } from "../target.ts";

const none = Buffer.alloc(0);
const times = (count: number, of: (i: number) => Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, (_, i) => of(i)));
const version = (stream: number): Buffer => request(stream, "/version");
const authorization = literal("authorization", `Bearer ${tokens.get("mallory")!.token}`);

const frames = (name: string, bytes: () => Buffer, answer: Row["answer"]): Row => ({
  name,
  answer,
  run: (target) => says2(target, Buffer.concat([bytes(), version(999_999)])),
});

/** Sends until the connection ends or all is sent; nothing of what comes back is answered. */
const floods = (
  name: string,
  part: (i: number) => Buffer,
  count: number,
  answer: Row["answer"],
): Row => ({
  name,
  answer,
  async run(target) {
    const raw = await open(target, "h2");
    raw.socket.write(preface);
    for (let i = 0; i < count && !raw.ended(); i++) {
      if (!raw.socket.write(part(i)))
        await new Promise<void>((resolve) => {
          raw.socket.once("drain", resolve);
          raw.socket.once("close", resolve);
          if (raw.socket.destroyed) resolve();
        });
    }
    const mark = Buffer.from("attacked");
    raw.socket.write(frame("ping", 0, 0, mark));
    const got = await raw.until((now) => now.includes(mark));
    const isOver = raw.ended();
    raw.close();
    return outcome(got, isOver);
  },
});

const ended = /^(goaway|closed)/;
const goes = /^(goaway|closed|reset)/;

const http2: readonly Row[] = [
  floods(
    "rapid reset: 10,000 streams",
    (i) =>
      times(20, (k) => {
        const stream = (i * 20 + k) * 2 + 1;
        return Buffer.concat([
          request(stream, evilMaps, authorization),
          frame("reset", 0, stream, [0, 0, 0, 8]),
        ]);
      }),
    500,
    ended,
  ),
  floods(
    "CONTINUATION without end",
    (i) =>
      i === 0
        ? frame("headers", 0, 1, fields("/version"))
        : frame("continuation", 0, 1, literal("a", "x".repeat(16_000))),
    4000,
    ended,
  ),
  floods(
    "empty CONTINUATION without end",
    (i) =>
      i === 0
        ? frame("headers", 0, 1, fields("/version"))
        : times(100, () => frame("continuation", 0, 1)),
    1000,
    ended,
  ),
  floods(
    "SETTINGS: 200,000",
    () => times(100, () => frame("settings", 0, 0)),
    2000,
    /^(goaway|closed|nothing)/,
  ),
  floods(
    "PING: 200,000",
    () => times(100, () => frame("ping", 0, 0, Buffer.alloc(8))),
    2000,
    /^(goaway|closed|nothing)/,
  ),
  floods(
    "PRIORITY: 200,000",
    (i) => times(100, (k) => frame("priority", 0, (i * 100 + k) * 2 + 1, [0, 0, 0, 0, 1])),
    2000,
    /^(goaway|closed|nothing)/,
  ),
  floods(
    "WINDOW_UPDATE: 200,000",
    () => times(100, () => frame("window", 0, 0, [0, 0, 0, 1])),
    2000,
    /^(goaway|closed|nothing)/,
  ),
  floods(
    "frames of a type that nobody knows: 200,000",
    () => times(100, () => frame(0xfa, 0, 0, [1])),
    2000,
    /^(goaway|closed|nothing)/,
  ),
  floods(
    "empty DATA: 200,000",
    (i) =>
      i === 0
        ? frame(
            "headers",
            flags.endHeaders,
            1,
            Buffer.concat([
              literal(":method", "POST"),
              literal(":scheme", "https"),
              literal(":path", evilMaps),
              literal(":authority", "x"),
              authorization,
            ]),
          )
        : times(100, () => frame("data", 0, 1)),
    2000,
    /^(goaway|closed|nothing|answered|reset)/,
  ),
  frames(
    "an HPACK bomb: one large field 15,000 times",
    () => {
      const first = request(1, "/version", indexed("a", "x".repeat(3900)));
      const many = Buffer.concat([fields("/version"), Buffer.alloc(15_000, 0x80 | 62)]);
      return Buffer.concat([first, frame("headers", 5, 3, many)]);
    },
    goes,
  ),
  frames(
    "an HPACK table of 4 GiB",
    () => frame("headers", 5, 1, Buffer.from(integer(2 ** 32, 5, 0x20))),
    /^goaway COMPRESSION_ERROR/,
  ),
  frames(
    "an HPACK index from beyond",
    () => frame("headers", 5, 1, [0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]),
    /^goaway COMPRESSION_ERROR/,
  ),
  frames(
    "an HPACK number without end",
    () => frame("headers", 5, 1, Buffer.alloc(1000, 0xff)),
    /^goaway COMPRESSION_ERROR/,
  ),
  frames(
    "an HPACK text longer than its frame",
    () => frame("headers", 5, 1, [0, 0x7f, 0xff, 0xff, 0x0f]),
    /^goaway COMPRESSION_ERROR/,
  ),
  frames(
    "Huffman code that pads with zeros",
    () => frame("headers", 5, 1, [0, 0x81, 0x00, 0x81, 0x00]),
    /^goaway COMPRESSION_ERROR/,
  ),
  frames(
    "headers of 2 MiB",
    () =>
      Buffer.concat([
        frame("headers", 1, 1, fields("/version")),
        times(128, () => frame("continuation", 0, 1, literal("a", "x".repeat(16_000)))),
        frame("continuation", 4, 1),
      ]),
    goes,
  ),
  frames(
    "names with capitals",
    () => request(1, "/version", literal("Accept", "x")),
    "reset PROTOCOL_ERROR",
  ),
  frames(
    "a name without letters",
    () => request(1, "/version", literal("", "x")),
    /^(answered|reset)/,
  ),
  frames(
    "a value with a line feed",
    () => request(1, "/version", literal("a", "x\r\nb: c")),
    /^(answered|reset)/,
  ),
  frames(
    "a value with NUL",
    () => request(1, "/version", literal("a", "x\0y")),
    /^(answered|reset)/,
  ),
  frames(
    "transfer-encoding",
    () => request(1, "/version", literal("transfer-encoding", "chunked")),
    "reset PROTOCOL_ERROR",
  ),
  frames(
    "connection",
    () => request(1, "/version", literal("connection", "close")),
    "reset PROTOCOL_ERROR",
  ),
  frames(
    "two paths",
    () => request(1, "/version", literal(":path", "/metrics")),
    "reset PROTOCOL_ERROR",
  ),
  frames(
    "a path behind the fields",
    () => frame("headers", 5, 1, Buffer.concat([literal("a", "b"), fields("/version")])),
    "reset PROTOCOL_ERROR",
  ),
  frames(
    "no path",
    () =>
      frame(
        "headers",
        5,
        1,
        Buffer.concat([literal(":method", "GET"), literal(":scheme", "https")]),
      ),
    "reset PROTOCOL_ERROR",
  ),
  frames("an empty path", () => request(1, ""), goes),
  frames(
    "a pseudo-field that nobody knows",
    () => request(1, "/version", literal(":status", "200")),
    "reset PROTOCOL_ERROR",
  ),
  frames(
    "two lengths of the body",
    () => request(1, "/version", literal("content-length", "1"), literal("content-length", "2")),
    "reset PROTOCOL_ERROR",
  ),
  frames(
    "a length that the body has not",
    () =>
      Buffer.concat([
        frame("headers", 4, 1, fields("/version", literal("content-length", "5"))),
        frame("data", 1, 1, Buffer.from("too long")),
      ]),
    goes,
  ),
  frames(
    "CONNECT",
    () =>
      frame(
        "headers",
        5,
        1,
        Buffer.concat([literal(":method", "CONNECT"), literal(":authority", "127.0.0.1:22")]),
      ),
    /^(reset|answered)/,
  ),
  frames("DATA on no stream", () => frame("data", 0, 0, [1]), "goaway PROTOCOL_ERROR"),
  frames("DATA on a stream that is not open", () => frame("data", 0, 5, [1]), "goaway"),
  frames("an even stream", () => request(2, "/version"), "goaway PROTOCOL_ERROR"),
  frames("a push", () => frame("promise", 4, 1, [0, 0, 0, 2]), "goaway PROTOCOL_ERROR"),
  frames(
    "a frame of 16 MiB",
    () => frame("data", 0, 1, Buffer.alloc(2 ** 24 - 1)),
    // What was not read yet makes the socket's end a reset, which may overtake the reason.
    /^(goaway FRAME_SIZE_ERROR|closed)/,
  ),
  frames(
    "SETTINGS of five bytes",
    () => frame("settings", 0, 0, [0, 1, 0, 0, 0]),
    "goaway FRAME_SIZE_ERROR",
  ),
  frames(
    "a window beyond its bound",
    () => frame("settings", 0, 0, [0, 4, 0xff, 0xff, 0xff, 0xff]),
    "goaway FLOW_CONTROL_ERROR",
  ),
  frames(
    "a window that grows beyond its bound",
    () => frame("window", 0, 0, [0x7f, 0xff, 0xff, 0xff]),
    "goaway FLOW_CONTROL_ERROR",
  ),
  frames(
    "padding longer than its frame",
    () => frame("headers", 5 | flags.padded, 1, [255, 0x82]),
    "goaway PROTOCOL_ERROR",
  ),
  frames(
    "another request amid headers",
    () => Buffer.concat([frame("headers", 0, 1, fields("/version")), request(3, "/version")]),
    "goaway PROTOCOL_ERROR",
  ),
  frames("HTTP/1.1 amid HTTP/2", () => Buffer.from("GET / HTTP/1.1\r\nhost: x\r\n\r\n"), "goaway"),
  frames("no fault at all", () => none, "answered"),
];

type Many = { name: string; count: number; say: Buffer | string; slow?: boolean };

/** Opens so many connections, says a little on each, and looks whether others are answered meanwhile. */
const opens = ({ name, count, say, slow }: Many): Row => ({
  name,
  answer: "200 meanwhile",
  ...(slow ? { slow } : {}),
  async run(target) {
    const sockets: Socket[] = [];
    for (let i = 0; i < count; i++) {
      const socket = connectPlain(target.port, "127.0.0.1");
      socket.on("error", () => socket.destroy());
      socket.write(say);
      sockets.push(socket);
      if (i % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
    }
    await soon("all connections", async () => sockets.every((one) => !one.connecting));
    const { status } = await target.ask("GET /version", { as: "quinn" });
    for (const socket of sockets) socket.destroy();
    return `${status} meanwhile`;
  },
});

/** Requests that never come to their end, over TLS. */
const halts = (name: string, head: (target: Target) => string, count = 50): Row => ({
  name,
  answer: "200 meanwhile",
  async run(target) {
    const raws = await Promise.all(Array.from({ length: count }, () => open(target, "http/1.1")));
    for (const { socket } of raws) socket.write(head(target));
    const { status } = await target.ask("GET /version", { as: "quinn" });
    for (const raw of raws) raw.close();
    return `${status} meanwhile`;
  },
});

const bearer = `Authorization: Bearer ${tokens.get("mallory")!.token}\r\n`;
const brokenOff = Buffer.from("16030100c8010000c40303", "hex");

const slow: readonly Row[] = [
  opens({ name: "1,000 connections that say nothing", count: 1000, say: "" }),
  opens({ name: "10,000 half-open TLS connections", count: 10_000, say: brokenOff, slow: true }),
  opens({ name: "1,000 half-open TLS connections", count: 1000, say: brokenOff }),
  opens({ name: "5,000 that say hello and no more", count: 5000, say: await hello(), slow: true }),
  opens({ name: "500 that speak no TLS", count: 500, say: "GET / HTTP/1.1\r\n\r\n" }),
  opens({
    name: "500 with a TLS record of 64 KiB",
    count: 500,
    say: Buffer.concat([Buffer.from("160301ffff", "hex"), Buffer.alloc(60_000)]),
  }),
  halts("slow headers", () => "GET /version HTTP/1.1\r\nhost: x\r\nx-a: "),
  halts("slow request lines", () => "GE"),
  halts(
    "slow bodies",
    () =>
      `POST ${evilMaps} HTTP/1.1\r\nhost: x\r\n${bearer}content-type: application/json\r\ncontent-length: 3000000\r\n\r\n{`,
  ),
  halts(
    "slow chunks",
    () =>
      `POST ${evilMaps} HTTP/1.1\r\nhost: x\r\n${bearer}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{`,
  ),
  halts(
    "answers that nobody reads",
    () => `GET /openapi/v2 HTTP/1.1\r\nhost: x\r\n${bearer}\r\n`.repeat(4),
    20,
  ),
];

const watchFlood: Row = {
  name: "1,000 watches of one connection, and one more",
  answer: /^(reset|answered)/,
  async run(target) {
    const raw = await open(target, "h2");
    raw.socket.write(preface);
    for (let i = 0; i <= 1000; i++)
      raw.socket.write(request(i * 2 + 1, `${evilMaps}?watch=1`, authorization));
    const got = await raw.until((now) => answersIn(now) >= 1000);
    const isOver = raw.ended();
    const { status } = await target.ask(`GET ${evilMaps}`, { as: "mallory" });
    raw.close();
    return `${outcome(got, isOver)}, others ${status}`;
  },
};

export const connections: Table = {
  title: "connections",
  rows: [...http2, ...slow, watchFlood],
};
