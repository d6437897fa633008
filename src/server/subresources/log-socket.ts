// A container's log over a WebSocket, in upstream's two protocols: bytes as they are, or as base64 text.
import type { ApiBody, ApiRequest, ApiResponse } from "../../schema/api-request.ts";
import { StatusError } from "../../schema/status-error.ts";
import { type Batches, protocolsOf, socketAnswer } from "../socket.ts";

/** Whether a protocol writes text. */
const protocols: ReadonlyMap<string, boolean> = new Map([
  ["binary.k8s.io", false],
  ["base64.binary.k8s.io", true],
]);

/** Throws StatusError(403) when the caller speaks neither. */
export function logSocket(request: ApiRequest, body: ApiBody): Promise<ApiResponse> {
  const spoken = protocolsOf(request);
  const protocol = spoken.find((name) => protocols.has(name));
  if (protocol === undefined && spoken.length > 0)
    throw new StatusError(
      403,
      "Forbidden",
      `requested protocol(s) are not supported: [${spoken.join(" ")}]; supports [${[...protocols.keys()].join(" ")}]`,
    );
  const isText = protocols.get(protocol ?? "") ?? false;
  return socketAnswer(request, { batches: messages(body, isText), isText, protocol });
}

/** An empty message comes first, as upstream: the caller knows then that he is connected. */
async function* messages(body: ApiBody, isText: boolean): Batches {
  yield [new Uint8Array()];
  const written = (chunks: readonly Uint8Array[]): readonly Uint8Array[] =>
    isText ? chunks.map((chunk) => Buffer.from(Buffer.from(chunk).toString("base64"))) : chunks;
  if (body.is === "bytes") yield written(body.chunks);
  if (body.is === "stream") for await (const batch of body.batches) yield written(batch);
}
