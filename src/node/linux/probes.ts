// Probes over the network. Texts are those of upstream's prober, which are Go's.
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import type { HttpProbe, ProbeAnswer } from "../host.ts";

const bodyMax = 10 * 1024;
const redirectsMax = 10;

export async function probeHttp(probe: HttpProbe): Promise<ProbeAnswer> {
  const deadline = AbortSignal.timeout(probe.timeoutMs);
  let { url } = probe;
  for (let hops = 0; ; hops++) {
    let answer: Answer;
    try {
      answer = await get(url, probe.headers, deadline);
    } catch (error) {
      return { result: "failure", output: `Get "${url.href}": ${goError(error, url, deadline)}` };
    }
    const { status, location, body } = answer;
    if (status >= 300 && status < 400 && location !== undefined) {
      const next = new URL(location, url);
      if (next.hostname !== probe.url.hostname)
        return { result: "warning", output: redirectText(body, status) };
      if (hops + 1 >= redirectsMax) {
        return { result: "warning", output: `Probe terminated redirects, Response body: ${body}` };
      }
      url = next;
      continue;
    }
    return status >= 200 && status < 400
      ? { result: "success", output: body }
      : { result: "failure", output: `HTTP probe failed with statuscode: ${status}` };
  }
}

const redirectText = (body: string, _status: number): string =>
  `Probe terminated redirects, Response body: ${body}`;

/** For hooks: any answer will do. */
export async function httpGet(
  url: URL,
  headers: readonly (readonly [string, string])[],
  timeoutMs: number,
): Promise<void> {
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    await get(url, headers, deadline);
  } catch (error) {
    throw new Error(`Get "${url.href}": ${goError(error, url, deadline)}`, { cause: error });
  }
}

type Answer = { status: number; location: string | undefined; body: string };

function get(
  url: URL,
  given: readonly (readonly [string, string])[],
  signal: AbortSignal,
): Promise<Answer> {
  const headers: Record<string, string | string[]> = {
    "user-agent": "kube-probe/1.37",
    accept: "*/*",
    connection: "close",
  };
  for (const [name, value] of given) headers[name.toLowerCase()] = value;
  return new Promise((resolve, reject) => {
    const options = { headers, signal, agent: false, rejectUnauthorized: false };
    const send = url.protocol === "https:" ? httpsRequest : httpRequest;
    const request = send(url, options, (response) => {
      readStart(response).then(
        (body) => {
          const { statusCode: status = 0, headers: got } = response;
          resolve({ status, location: got.location, body });
          request.destroy();
        },
        (error: unknown) => reject(error),
      );
    });
    request.on("error", reject);
    request.end();
  });
}

async function readStart(response: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    parts.push(part);
    size += part.length;
    if (size >= bodyMax) break;
  }
  return Buffer.concat(parts).toString("utf8", 0, bodyMax);
}

export function probeTcp(host: string, port: number, timeoutMs: number): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (answer: ProbeAnswer): void => {
      socket.destroy();
      resolve(answer);
    };
    const where = `dial tcp ${shownHost(host)}:${port}`;
    socket.setTimeout(timeoutMs, () => end({ result: "failure", output: `${where}: i/o timeout` }));
    socket.once("connect", () => end({ result: "success", output: "" }));
    socket.once("error", (error) =>
      end({ result: "failure", output: `${where}: ${causeText(error)}` }),
    );
  });
}

const shownHost = (host: string): string => (host.includes(":") ? `[${host}]` : host);

function goError(error: unknown, url: URL, deadline: AbortSignal): string {
  if (deadline.aborted) {
    return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";
  }
  const { code } = error as NodeJS.ErrnoException;
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  if (code === "ECONNRESET") return "EOF";
  return `dial tcp ${url.hostname}:${port}: ${causeText(error)}`;
}

const causes: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
  ENOTFOUND: "no such host",
};

function causeText(error: unknown): string {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return causes[code] ?? message;
}
