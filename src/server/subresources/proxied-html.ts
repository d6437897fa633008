// Pages behind a proxy path link to "/page", which on this server is something else: such links are led back behind the
// proxy's path. Which attributes are links, and which links are rewritten, is upstream's.

import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { ApiResponse } from "../../schema/api-request.ts";

/** Larger pages are passed on as they are. */
const pageBytesMax = 8 * 2 ** 20;

const links: Readonly<Record<string, readonly string[]>> = {
  a: ["href"],
  applet: ["codebase"],
  area: ["href"],
  audio: ["src"],
  base: ["href"],
  blockquote: ["cite"],
  body: ["background"],
  button: ["formaction"],
  command: ["icon"],
  del: ["cite"],
  embed: ["src"],
  form: ["action"],
  frame: ["longdesc", "src"],
  head: ["profile"],
  html: ["manifest"],
  iframe: ["longdesc", "src"],
  img: ["longdesc", "src", "usemap"],
  input: ["src", "usemap", "formaction"],
  ins: ["cite"],
  link: ["href"],
  object: ["classid", "codebase", "data", "usemap"],
  q: ["cite"],
  script: ["src"],
  source: ["src"],
  video: ["poster", "src"],
};

export type ProxiedPlace = {
  /** The proxy's own path, with a slash at its end. */
  readonly base: string;
  /** Hosts that mean the other side: its address, and that of the request. */
  readonly hosts: readonly string[];
};

/** The answer with the links of its page, and its redirect, behind the proxy's path. */
export async function behindProxy(answer: ApiResponse, place: ProxiedPlace): Promise<ApiResponse> {
  const { location } = answer.headers;
  const redirected =
    typeof location === "string"
      ? { ...answer, headers: { ...answer.headers, location: linkBehind(location, place) } }
      : answer;
  return isPage(redirected) ? withOwnLinks(redirected, place) : redirected;
}

function isPage({ headers, body }: ApiResponse): boolean {
  const type = String(headers["content-type"] ?? "")
    .split(";")[0]
    ?.trim();
  const encoding = headers["content-encoding"];
  return type === "text/html" && body.is === "stream" && (!encoding || encoding === "gzip");
}

async function withOwnLinks(answer: ApiResponse, place: ProxiedPlace): Promise<ApiResponse> {
  if (answer.body.is !== "stream") return answer;
  const source = answer.body.batches[Symbol.asyncIterator]();
  const seen: Uint8Array[] = [];
  for (let bytes = 0; ; ) {
    const { done, value } = await source.next();
    if (done) break;
    seen.push(...value);
    bytes += value.reduce((sum, part) => sum + part.length, 0);
    if (bytes > pageBytesMax) {
      return { ...answer, body: { is: "stream", batches: resumed(seen, source) } };
    }
  }
  const page = Buffer.concat(seen);
  const isZipped = answer.headers["content-encoding"] === "gzip";
  const plain = isZipped ? await unzipped(page) : page;
  const rewritten = Buffer.from(rewriteLinks(plain.toString("latin1"), place), "latin1");
  const { "content-length": _length, "content-encoding": _encoding, ...headers } = answer.headers;
  return { ...answer, headers, body: { is: "stream", batches: once(rewritten) } };
}

const unzip = promisify(gunzip) as (
  bytes: Uint8Array,
  options: { maxOutputLength: number },
) => Promise<Buffer>;

const unzipped = (bytes: Uint8Array): Promise<Buffer> =>
  unzip(bytes, { maxOutputLength: 4 * pageBytesMax });

async function* once(bytes: Uint8Array): AsyncIterable<readonly Uint8Array[]> {
  yield [bytes];
}

async function* resumed(
  seen: readonly Uint8Array[],
  rest: AsyncIterator<readonly Uint8Array[]>,
): AsyncIterable<readonly Uint8Array[]> {
  yield seen;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

/** Both patterns look at no character twice: neither a tag nor a value reaches beyond the next of its delimiters. */
const tag = /<([a-z][a-z0-9]*)(\s[^<>]*)>/gi;
const attribute = /(\s)([a-z]+)(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'=<>`]+)/gi;

export const rewriteLinks = (page: string, place: ProxiedPlace): string =>
  page.replace(tag, (whole, name: string, inside: string) => {
    const known = links[name.toLowerCase()];
    if (!known) return whole;
    const changed = inside.replace(
      attribute,
      (all, space: string, key: string, equals: string, value: string) => {
        if (!known.includes(key.toLowerCase())) return all;
        const quote = /^["']/.exec(value)?.[0] ?? "";
        const link = quote === "" ? value : value.slice(1, -1);
        return `${space}${key}${equals}${quote}${linkBehind(link, place)}${quote}`;
      },
    );
    return `<${name}${changed}>`;
  });

/** Relative links, those to other hosts and those that are right already stay. */
export function linkBehind(link: string, { base, hosts }: ProxiedPlace): string {
  const [, host, path] = /^(?:[a-z][a-z0-9+.-]*:)?\/\/([^/?#]*)([\s\S]*)$/i.exec(link) ?? [];
  if (host !== undefined && !hosts.includes(host)) return link;
  const own = path ?? link;
  if (!own.startsWith("/") || own.startsWith(base)) return own;
  return base + own.slice(1);
}
