// How other systems check the tokens of our service accounts: issuer and public keys, without our help.
import type { ApiResponse } from "../../schema/api-request.ts";
import { StatusError } from "../../schema/status-error.ts";
import { methodNotAllowed } from "../answer.ts";
import type { Page } from "../context.ts";
import { jsonWebKeys, openIdConfiguration, type TokenKey } from "./token-keys.ts";

export type OpenIdOptions = {
  readonly issuer: string;
  readonly keys: () => readonly TokenKey[];
  /** `host:port` at which others reach the server. */
  readonly address: () => string;
};

export function openId({ issuer, keys, address }: OpenIdOptions): Page {
  const documents: Readonly<Record<string, Document>> = {
    "/.well-known/openid-configuration": {
      type: "application/json",
      make: () => openIdConfiguration(issuer, `https://${address()}/openid/v1/jwks`, keys()),
    },
    "/openid/v1/jwks": { type: "application/jwk-set+json", make: () => jsonWebKeys(keys()) },
  };
  return ({ attributes: { path }, request: { method, headers } }) => {
    const name = path.replace(/\/$/, "");
    const document = Object.hasOwn(documents, name) ? documents[name] : undefined;
    if (document === undefined) return undefined;
    if (method !== "GET") throw methodNotAllowed();
    if (!accepts(headers["accept"], document.type)) throw notAcceptable(document.type);
    return answered(document);
  };
}

type Document = { readonly type: string; readonly make: () => object };

/** Upstream looks for the type itself, or for any type; `application/*` is neither. */
function accepts(accept: string | undefined, type: string): boolean {
  if (!accept) return true;
  const asked = accept.split(",").map((one) => one.split(";", 1)[0]!.trim());
  return asked.includes(type) || asked.includes("*/*");
}

const notAcceptable = (type: string): StatusError =>
  new StatusError(
    406,
    "NotAcceptable",
    `406: Not Acceptable\n\nAvailable representations: ${type}`,
    {},
  );

const answered = ({ type, make }: Document): ApiResponse => ({
  status: 200,
  headers: { "content-type": type, "cache-control": "public, max-age=3600" },
  body: { is: "bytes", chunks: [Buffer.from(JSON.stringify(make()))] },
});
