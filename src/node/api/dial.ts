// A connection to the runtime's streaming server that has changed to SPDY.
import { request } from "node:http";
import type { Duplex as NodeDuplex } from "node:stream";
import { StatusError } from "../../schema/status-error.ts";

export type Dialled = { socket: NodeDuplex; headers: Record<string, string> };

/** Headers that belong to one leg of a connection. */
const hops = new Set(["connection", "upgrade", "keep-alive", "date"]);

/** Rejects with a StatusError that tells what the streaming server said. */
export function dialSpdy(url: URL, protocols: readonly string[]): Promise<Dialled> {
  const { promise, resolve, reject } = Promise.withResolvers<Dialled>();
  const asked = request(url, {
    method: "POST",
    agent: false,
    headers: {
      connection: "Upgrade",
      upgrade: "SPDY/3.1",
      "x-stream-protocol-version": [...protocols],
    },
  });
  asked.once("upgrade", (answer, socket, head) => {
    if (head.length > 0) socket.unshift(head);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(answer.headers))
      if (!hops.has(name)) headers[name] = String(value);
    resolve({ socket, headers });
  });
  asked.once("response", (answer) => {
    const parts: Buffer[] = [];
    answer.on("data", (part: Buffer) => parts.push(part));
    answer.on("end", () => {
      const text = Buffer.concat(parts).toString("utf8").trim();
      reject(new StatusError(500, "InternalError", `the container runtime refused: ${text}`));
    });
  });
  asked.once("error", (error) => {
    const message = `error dialing the container runtime: ${error.message}`;
    reject(new StatusError(500, "InternalError", message));
  });
  asked.end();
  return promise;
}
