import type { Kind } from "../schema/kind.ts";
import type { Context } from "./context.ts";
import { negotiate, negotiateStream, type Output, wantsPretty } from "./negotiate.ts";

/** The form of the answer; what the caller cannot have is refused before anything is done. */
export function outputOf({ request, attributes }: Context, kind: Kind, isList: boolean): Output {
  const custom = kind.resource.type === "";
  const offer = {
    transforms: true,
    protobuf: !custom,
    anyWildcard: custom,
    streams: isList && request.method === "GET",
  };
  const accept = request.headers["accept"];
  const output =
    attributes.verb === "watch" ? negotiateStream(accept, offer) : negotiate(accept, offer);
  if (output.pretty || output.media !== "json") return output;
  return wantsPretty(request.query, request.headers["user-agent"])
    ? { ...output, pretty: true }
    : output;
}
