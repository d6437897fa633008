import type { Kind } from "../schema/kind.ts";
import type { Context } from "./context.ts";
import { negotiate, negotiateStream, type Offer, type Output, wantsPretty } from "./negotiate.ts";

/** The form of the answer; what the caller cannot have is refused before anything is done. */
export function outputOf({ request, attributes }: Context, kind: Kind, isList: boolean): Output {
  const custom = kind.resource.type === "";
  const offer = {
    transforms: true,
    // What is computed and not stored has no columns.
    tables: attributes.verb !== "create" || !(kind.virtual || attributes.subresource !== ""),
    protobuf: !custom,
    anyWildcard: custom,
    streams: isList && request.method === "GET",
  };
  const accept = request.headers["accept"];
  if (accept === undefined && request.wantsObjects) return plain;
  const output =
    attributes.verb === "watch" ? negotiateStream(accept, offer) : remembered(accept, offer);
  if (output.pretty || output.media !== "json") return output;
  return wantsPretty(request.query, request.headers["user-agent"])
    ? { ...output, pretty: true }
    : output;
}

const plain: Output = { media: "json", pretty: false };

/** Header values whose outcome is remembered; clients send the same few all the time. */
const rememberedMax = 64;
const acceptLengthMax = 512;
const outcomes = new Map<string, Output>();

function remembered(accept: string | undefined, offer: Offer): Output {
  if (accept === undefined) return plain;
  const key = `${offer.protobuf ? "p" : ""}${offer.anyWildcard ? "w" : ""}${offer.tables ? "t" : ""} ${accept}`;
  const known = outcomes.get(key);
  if (known !== undefined) return known;
  const output = negotiate(accept, offer);
  if (accept.length > acceptLengthMax) return output;
  if (outcomes.size >= rememberedMax) outcomes.clear();
  outcomes.set(key, output);
  return output;
}
