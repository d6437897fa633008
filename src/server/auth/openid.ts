// How other systems check the tokens of our service accounts: issuer and public keys, without our help.
import type { ApiResponse } from "../../schema/api-request.ts";
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
  const documents: Readonly<Record<string, () => ApiResponse>> = {
    "/.well-known/openid-configuration": () =>
      document(
        openIdConfiguration(issuer, `https://${address()}/openid/v1/jwks`, keys()),
        "application/json",
      ),
    "/openid/v1/jwks": () => document(jsonWebKeys(keys()), "application/jwk-set+json"),
  };
  return ({ attributes: { path }, request: { method } }) => {
    const name = path.replace(/\/$/, "");
    if (!Object.hasOwn(documents, name)) return undefined;
    if (method !== "GET") throw methodNotAllowed();
    return documents[name]!();
  };
}

const document = (object: object, type: string): ApiResponse => ({
  status: 200,
  headers: { "content-type": type, "cache-control": "public, max-age=3600" },
  body: { is: "bytes", chunks: [Buffer.from(JSON.stringify(object))] },
});
