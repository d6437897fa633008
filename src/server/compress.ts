// Long answers for those who take them compressed.
import { constants, createGzip } from "node:zlib";
import type { ApiRequest, ApiResponse } from "../schema/api-request.ts";
import { sizeOf } from "./listen-body.ts";

/** Shorter answers are not worth it, as upstream. */
export const compressedBytesMin = 128 * 1024;

/** `answer`, compressed when it is a long answer to a GET and the caller takes gzip. */
export function compressed(answer: ApiResponse, request: ApiRequest): ApiResponse {
  const { body, headers, status } = answer;
  if (body.is !== "bytes" || request.method !== "GET") return answer;
  if (!takesGzip(request.headers["accept-encoding"])) return answer;
  if (sizeOf(body.chunks) <= compressedBytesMin) return answer;
  return {
    status,
    headers: { ...headers, ...gzipHeaders },
    body: { is: "stream", batches: gzipped(body.chunks) },
  };
}

export const gzipHeaders = { "content-encoding": "gzip", vary: "Accept-Encoding" } as const;

export const takesGzip = (accepted: string | undefined): boolean =>
  accepted?.split(",").some((encoding) => encoding.trim() === "gzip") === true;

/** Level 1, in the thread pool: the loop is free meanwhile. */
async function* gzipped(chunks: readonly Uint8Array[]): AsyncIterable<readonly Uint8Array[]> {
  const gzip = createGzip({ level: constants.Z_BEST_SPEED, chunkSize: 64 * 1024 });
  feed(gzip, chunks);
  for await (const part of gzip) yield [part as Uint8Array];
}

function feed(gzip: ReturnType<typeof createGzip>, chunks: readonly Uint8Array[]): void {
  let at = 0;
  const more = (): void => {
    while (at < chunks.length) if (!gzip.write(chunks[at++])) return void gzip.once("drain", more);
    gzip.end();
  };
  more();
}
