// The DNS server of a node: answers for the cluster's own names, everything else goes to the machine's resolvers.
import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { Answer, Packet, Question } from "dns-packet";
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import { type DnsRecord, type Found, lookUp, type Zone } from "./answer.ts";

export type DnsOptions = {
  address: string;
  port: number;
  zone: Zone;
  /** Addresses of resolvers for other names; none: such names are refused. */
  upstream: readonly string[];
  clock: Clock;
  log: Log;
};

export type DnsServer = { port: number; stop(): Promise<void> };

const limits = {
  /** Answers over UDP that are larger are cut, and asked for again over TCP. */
  udpBytesMax: 1232,
  udpBytesPlain: 512,
  upstreamMsMax: 2000,
  /** Questions that wait for upstream at a time; further ones get SERVFAIL. */
  forwardsMax: 500,
  connectionsMax: 200,
  connectionMsMax: 10_000,
} as const;

/** Seconds for which an answer may be kept; upstream's DNS add-on takes 30 as well. */
const keepSeconds = 30;
const flags = {
  response: 1 << 15,
  authoritative: 1 << 10,
  truncated: 1 << 9,
  recursion: 1 << 7,
} as const;
const codes = {
  none: 0,
  malformed: 1,
  failed: 2,
  unknownName: 3,
  notImplemented: 4,
  refused: 5,
} as const;

/** Resolves once both ports are open. */
export async function startDns(options: DnsOptions): Promise<DnsServer> {
  const dns = await import("dns-packet");
  const responder = new Responder(options, dns);
  const udp = createSocket({ type: "udp4" });
  udp.on("message", (bytes, from) => void answerUdp(udp, responder, bytes, from));
  udp.bind(options.port, options.address);
  await once(udp, "listening");
  udp.on("error", (error) => options.log.warn("DNS over UDP", { error }));
  const { port } = udp.address();
  const tcp = createServer((socket) => answerTcp(socket, responder));
  tcp.maxConnections = limits.connectionsMax;
  tcp.listen(port, options.address);
  await once(tcp, "listening");
  return {
    port,
    async stop() {
      udp.close();
      const closed = once(tcp, "close");
      tcp.close();
      responder.stop();
      await closed;
    },
  };
}

async function answerUdp(
  udp: ReturnType<typeof createSocket>,
  responder: Responder,
  bytes: Buffer,
  from: RemoteInfo,
): Promise<void> {
  const answer = await responder.answer(bytes, true);
  // The socket may have been closed while upstream was asked.
  if (answer && !responder.stopped) udp.send(answer, from.port, from.address);
}

function answerTcp(socket: Socket, responder: Responder): void {
  let held: Buffer = Buffer.alloc(0);
  socket.setTimeout(limits.connectionMsMax, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  responder.onStop(() => socket.destroy());
  socket.on("data", (chunk) => {
    held = Buffer.concat([held, chunk]);
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const end = 2 + held.readUInt16BE(0);
      const question = held.subarray(2, end);
      held = held.subarray(end);
      void responder.answer(question, false).then((answer) => {
        if (!answer || socket.destroyed) return;
        const size = Buffer.alloc(2);
        size.writeUInt16BE(answer.length);
        socket.write(Buffer.concat([size, answer]));
      });
    }
  });
}

class Responder {
  stopped = false;
  readonly #options: DnsOptions;
  readonly #dns: typeof import("dns-packet");
  readonly #stops = new Set<() => void>();
  #forwards = 0;

  constructor(options: DnsOptions, dns: typeof import("dns-packet")) {
    this.#options = options;
    this.#dns = dns;
  }

  onStop(run: () => void): void {
    this.#stops.add(run);
  }

  stop(): void {
    this.stopped = true;
    for (const run of this.#stops) run();
  }

  /** Undefined for bytes that are no question: nobody may be answered who might not have asked. */
  async answer(bytes: Buffer, overUdp: boolean): Promise<Buffer | undefined> {
    const asked = this.#read(bytes);
    if (asked?.type !== "query") return undefined;
    const question = asked.questions?.[0];
    if (!question || asked.questions?.length !== 1)
      return this.#write(asked, codes.malformed, [], overUdp);
    if ((((asked.flags ?? 0) >> 11) & 15) !== 0)
      return this.#write(asked, codes.notImplemented, [], overUdp);
    const found = lookUp(question, this.#options.zone);
    if (found === "elsewhere") return this.#forward(asked, bytes, overUdp);
    return this.#answerFound(asked, question, found, overUdp);
  }

  async #answerFound(
    asked: Packet,
    question: Question,
    found: Exclude<Found, "elsewhere">,
    overUdp: boolean,
  ): Promise<Buffer> {
    if (found === "unknown") return this.#write(asked, codes.unknownName, [], overUdp);
    const answers = shuffled(found.records).map(toAnswer);
    const alias = found.records.find((r) => r.type === "CNAME");
    if (alias?.type === "CNAME" && (question.type === "A" || question.type === "AAAA")) {
      answers.push(...(await this.#resolveAlias(alias.data, question.type)));
    }
    return this.#write(asked, codes.none, answers, overUdp, (found.extra ?? []).map(toAnswer));
  }

  async #resolveAlias(name: string, type: "A" | "AAAA"): Promise<Answer[]> {
    const own = lookUp({ name, type }, this.#options.zone);
    if (own !== "elsewhere") return own === "unknown" ? [] : own.records.map(toAnswer);
    const query = this.#dns.encode({
      type: "query",
      id: 1,
      flags: 1 << 8,
      questions: [{ type, name }],
    });
    const answer = await this.#ask(query);
    return (answer ? this.#read(answer)?.answers : undefined) ?? [];
  }

  async #forward(asked: Packet, bytes: Buffer, overUdp: boolean): Promise<Buffer> {
    if (this.#options.upstream.length === 0) return this.#write(asked, codes.refused, [], overUdp);
    const answer = await this.#ask(bytes);
    return answer ?? this.#write(asked, codes.failed, [], overUdp);
  }

  /** The first resolver that answers in time. */
  async #ask(query: Buffer): Promise<Buffer | undefined> {
    if (this.#forwards >= limits.forwardsMax) return undefined;
    this.#forwards++;
    try {
      for (const resolver of this.#options.upstream) {
        const answer = await this.#askOne(resolver, query);
        if (answer) return answer;
      }
      return undefined;
    } finally {
      this.#forwards--;
    }
  }

  #askOne(resolver: string, query: Buffer): Promise<Buffer | undefined> {
    const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
    const socket = createSocket(resolver.includes(":") ? "udp6" : "udp4");
    const cancel = this.#options.clock.after(limits.upstreamMsMax, () => resolve(undefined));
    socket.on("message", (answer) => {
      // An answer to another question, or a forged one, does not count.
      if (answer.length > 2 && answer.readUInt16BE(0) === query.readUInt16BE(0)) resolve(answer);
    });
    socket.on("error", () => resolve(undefined));
    socket.connect(53, resolver, () => socket.send(query));
    return promise.finally(() => {
      cancel();
      socket.close();
    });
  }

  #read(bytes: Buffer): Packet | undefined {
    try {
      return this.#dns.decode(bytes);
    } catch {
      // Anybody may send anything to a port; what is no DNS message gets no answer.
      return undefined;
    }
  }

  #write(
    asked: Packet,
    code: number,
    answers: Answer[],
    overUdp: boolean,
    additionals: Answer[] = [],
  ): Buffer {
    const opt = asked.additionals?.find((a) => a.type === "OPT");
    const packet: Packet = {
      type: "response",
      ...(asked.id === undefined ? {} : { id: asked.id }),
      flags: flags.authoritative | flags.recursion | ((asked.flags ?? 0) & (1 << 8)) | code,
      questions: asked.questions ?? [],
      answers,
      authorities:
        answers.length === 0 && (code === codes.none || code === codes.unknownName)
          ? [this.#authority()]
          : [],
      additionals,
    };
    const bytes = this.#dns.encode(packet);
    const wanted = opt && "udpPayloadSize" in opt ? opt.udpPayloadSize : limits.udpBytesPlain;
    const most = Math.min(Math.max(wanted, limits.udpBytesPlain), limits.udpBytesMax);
    if (!overUdp || bytes.length <= most) return bytes;
    const cut = (packet.flags ?? 0) | flags.truncated;
    return this.#dns.encode({
      ...packet,
      flags: cut,
      answers: [],
      authorities: [],
      additionals: [],
    });
  }

  /** Says how long the absence of a name may be remembered. */
  #authority(): Answer {
    const { domain } = this.#options.zone;
    const serial = Math.floor(this.#options.clock.now() / 1000);
    return {
      type: "SOA",
      name: domain,
      ttl: keepSeconds,
      data: {
        mname: `ns.dns.${domain}`,
        rname: `hostmaster.${domain}`,
        serial,
        refresh: 7200,
        retry: 1800,
        expire: 86_400,
        minimum: keepSeconds,
      },
    };
  }
}

const toAnswer = (record: DnsRecord): Answer =>
  ({ ...record, ttl: keepSeconds, class: "IN" }) as Answer;

/** Callers take the first address: each answer begins with another one. */
let turn = 0;
function shuffled<T>(list: readonly T[]): T[] {
  if (list.length < 2) return [...list];
  const start = turn++ % list.length;
  return [...list.slice(start), ...list.slice(0, start)];
}
