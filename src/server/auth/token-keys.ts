// Keys that sign and check service-account tokens, and what the world may know of them.
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

export type TokenKey = {
  readonly id: string;
  readonly algorithm: TokenAlgorithm;
  readonly publicKey: KeyObject;
  /** Absent for keys that only check tokens made earlier. */
  readonly privateKey?: KeyObject;
};

export type TokenAlgorithm = "RS256" | "ES256" | "ES384" | "ES512";

/** `pem`: a private key, a public key or a certificate. Throws when it is none of a kind that signs tokens. */
export function tokenKey(pem: string): TokenKey {
  const secret = /-----BEGIN (RSA |EC )?PRIVATE KEY-----/.test(pem);
  const privateKey = secret ? createPrivateKey(pem) : undefined;
  const publicKey = createPublicKey(pem);
  const der = publicKey.export({ type: "spki", format: "der" });
  return {
    id: createHash("sha256").update(der).digest("base64url"),
    algorithm: algorithmOf(publicKey),
    publicKey,
    ...(privateKey === undefined ? {} : { privateKey }),
  };
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): TokenAlgorithm {
  if (asymmetricKeyType === "rsa") return "RS256";
  const curve = asymmetricKeyDetails?.namedCurve ?? "";
  const algorithm = Object.hasOwn(curves, curve) ? curves[curve] : undefined;
  if (algorithm !== undefined) return algorithm;
  throw new Error(`a ${asymmetricKeyType} key ${curve} cannot sign service-account tokens`);
}

const curves: Readonly<Record<string, TokenAlgorithm>> = {
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
};

/** The public keys, as clients of other systems check our tokens with them. */
export function jsonWebKeys(keys: readonly TokenKey[]): object {
  return {
    keys: keys.map(({ id, algorithm, publicKey }) => {
      const { kty, ...numbers } = publicKey.export({ format: "jwk" });
      return { use: "sig", kty, kid: id, alg: algorithm, ...numbers };
    }),
  };
}

/** What `/.well-known/openid-configuration` says. */
export function openIdConfiguration(
  issuer: string,
  keysUrl: string,
  keys: readonly TokenKey[],
): object {
  return {
    issuer,
    jwks_uri: keysUrl,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [...new Set(keys.map((k) => k.algorithm))].sort(),
  };
}
