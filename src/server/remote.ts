// Programs that the server asks over HTTP(S): webhooks of authorization, authentication, audit and image policy, and
// issuers of tokens.
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";

export type RemoteTarget = {
  readonly url: string;
  /** PEM of the authorities that its certificate may come from; the system's when absent. */
  readonly authorities?: string;
  /** True: its certificate is not checked. */
  readonly insecure?: boolean;
  readonly serverName?: string;
  /** PEM pair that is shown. */
  readonly certificate?: string;
  readonly key?: string;
  readonly token?: string;
};

export type RemoteAnswer = { readonly status: number; readonly body: Uint8Array };

export type RemoteRequest = {
  readonly timeoutMs: number;
  /** JSON; a GET when absent. */
  readonly body?: string;
};

/** Rejects with an Error that tells neither token nor key when no answer came in time. Redirects are not followed. */
export type Remote = (target: RemoteTarget, request: RemoteRequest) => Promise<RemoteAnswer>;

/** No answer of such a program is larger. */
const answerBytesMax = 4 * 1024 * 1024;

export const httpRemote: Remote = (target, { timeoutMs, body }) => {
  const { promise, resolve, reject } = Promise.withResolvers<RemoteAnswer>();
  const url = new URL(target.url);
  const options = {
    method: body === undefined ? "GET" : "POST",
    headers: headersOf(target, body),
    signal: AbortSignal.timeout(timeoutMs),
  };
  const sent =
    url.protocol === "https:"
      ? secureRequest(url, { ...options, ...tlsOf(target) })
      : plainRequest(url, options);
  sent.on("error", (error) => reject(failed(url, error, timeoutMs)));
  sent.on("response", (answer) => {
    const chunks: Uint8Array[] = [];
    let length = 0;
    answer.on("data", (chunk: Uint8Array) => {
      length += chunk.length;
      if (length > answerBytesMax) sent.destroy(new Error("the answer is too large"));
      else chunks.push(chunk);
    });
    answer.on("error", (error) => reject(failed(url, error, timeoutMs)));
    answer.on("end", () =>
      resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks) }),
    );
  });
  sent.end(body);
  return promise;
};

function headersOf({ token }: RemoteTarget, body: string | undefined): Record<string, string> {
  return {
    accept: "application/json",
    "user-agent": "kube-apiserver-admission",
    ...(body === undefined
      ? {}
      : { "content-type": "application/json", "content-length": `${Buffer.byteLength(body)}` }),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
}

const tlsOf = ({ authorities, insecure, serverName, certificate, key }: RemoteTarget) => ({
  minVersion: "TLSv1.2" as const,
  ...(authorities === undefined ? {} : { ca: authorities }),
  ...(insecure ? { rejectUnauthorized: false } : {}),
  ...(serverName === undefined ? {} : { servername: serverName }),
  ...(certificate === undefined || key === undefined ? {} : { cert: certificate, key }),
});

function failed(url: URL, error: Error, timeoutMs: number): Error {
  const why = error.name === "TimeoutError" ? `no answer within ${timeoutMs} ms` : error.message;
  return new Error(`${url.protocol}//${url.host}${url.pathname}: ${why}`, { cause: error });
}

/** The answer as JSON. Throws for another status than success, or what is no JSON. */
export function jsonAnswer({ status, body }: RemoteAnswer): unknown {
  if (status < 200 || status > 299) throw new Error(`answered with status ${status}`);
  return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
}
