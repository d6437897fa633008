// Requests to an aggregated API server, in somebody's name.
import type { Api, ApiRequest, ApiResponse, Identity } from "../../schema/api-request.ts";
import type { Core } from "../context.ts";
import { outboundApi, type Trust } from "../outbound.ts";
import { pemOf, type Targets } from "../outbound-target.ts";
import type { RemoteService } from "./remote-services.ts";

/** PEM of the certificate with which this server shows that it may speak for others. */
export type ProxyClient = { readonly certificate: string; readonly key: string };

/** Where `service` is now, as an Api. Throws an Error where nobody answers for it. */
export function backendOf(
  targets: Targets,
  { spec }: RemoteService,
  client: ProxyClient | undefined,
): Api {
  const { namespace, name, port } = spec.service;
  const address = targets.address({ namespace, name, port });
  const trust: Trust = {
    serverName: `${name}.${namespace}.svc`,
    ...(spec.insecureSkipTLSVerify ? { insecure: true } : {}),
    ...(spec.caBundle ? { authorities: pemOf(spec.caBundle) } : {}),
    ...client,
  };
  return outboundApi({ protocol: "https:", ...address, trust });
}

/** The headers that tell an aggregated server for whom is asked; those that the caller brought go. */
export function inNameOf(
  { user, uid, groups, extra }: Identity,
  headers: ApiRequest["headers"],
): Record<string, string | readonly string[] | undefined> {
  const kept: Record<string, string | readonly string[] | undefined> = {};
  for (const [name, value] of Object.entries(headers)) if (!isOurs(name)) kept[name] = value;
  kept["x-remote-user"] = headerText(user);
  if (uid) kept["x-remote-uid"] = headerText(uid);
  if (groups.length > 0) kept["x-remote-group"] = groups.map(headerText);
  for (const [key, values] of Object.entries(extra ?? {}))
    kept[`x-remote-extra-${escapedKey(key)}`] = values.map(headerText);
  return kept;
}

const isOurs = (name: string): boolean =>
  name === "authorization" || name.startsWith("x-remote-") || name.startsWith("impersonate-");

/** Bytes of UTF-8, as Go writes headers. */
const headerText = (text: string): string =>
  Buffer.from(text.replace(/[\r\n\0]/g, " ")).toString("latin1");

/** Letters that may not stand in a header's name are written as in URLs. */
function escapedKey(key: string): string {
  let escaped = "";
  for (const byte of Buffer.from(key)) {
    const letter = String.fromCharCode(byte);
    const plain = /[A-Za-z0-9!#$&'*+\-.^_`|~]/.test(letter);
    escaped += plain ? letter : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return escaped;
}

/** Reads an answer to its end. Throws an Error when it is longer than `bytesMax`. */
async function bodyOf({ body }: ApiResponse, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (body.is === "bytes") chunks.push(...body.chunks);
  if (body.is === "stream")
    for await (const batch of body.batches)
      for (const chunk of batch) {
        size += chunk.length;
        if (size > bytesMax) throw new Error(`the answer is longer than ${bytesMax} bytes`);
        chunks.push(chunk);
      }
  return Buffer.concat(chunks);
}

const asker: Identity = { user: "system:kube-aggregator", groups: ["system:masters"] };

/** One question of our own, answered within `timeoutMs`. Throws an Error. */
export async function askBackend(
  core: Core,
  api: Api,
  path: string,
  { accept = "application/json", timeoutMs, bytesMax }: AskOptions,
): Promise<{ status: number; headers: ApiResponse["headers"]; body: Buffer }> {
  const aborting = new AbortController();
  const cancel = core.clock.after(timeoutMs, () => aborting.abort());
  const tooLate = new Promise<never>((_, reject) => {
    aborting.signal.addEventListener("abort", () =>
      reject(
        new Error("context deadline exceeded (Client.Timeout exceeded while awaiting headers)"),
      ),
    );
  });
  // The one that loses the race is of no interest any more.
  tooLate.catch(() => {});
  try {
    const asking = api({
      method: "GET",
      path,
      query: "",
      headers: inNameOf(asker, {
        accept,
        "user-agent": "kube-aggregator",
      }) as ApiRequest["headers"],
      body: async () => new Uint8Array(),
      peer: { address: "127.0.0.1" },
      signal: aborting.signal,
    });
    // As above.
    asking.catch(() => {});
    const answer = await Promise.race([asking, tooLate]);
    const body = await Promise.race([bodyOf(answer, bytesMax), tooLate]);
    return { status: answer.status, headers: answer.headers, body };
  } finally {
    cancel();
    aborting.abort();
  }
}

export type AskOptions = {
  readonly accept?: string;
  readonly timeoutMs: number;
  readonly bytesMax: number;
};
