// The key of a pod, and the request that proves that its node has it: a PKCS #10 request that names nobody, since whom
// the certificate is for stands in the API's own fields.
import { generateKeyPair, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { promisify } from "node:util";
import { bitString, der, integer, oid, sequence } from "../../lib/der.ts";

export type KeyType = "RSA3072" | "RSA4096" | "ECDSAP256" | "ECDSAP384" | "ECDSAP521" | "ED25519";

type Pair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };

type Making = {
  /** RSA keys take seconds: another thread makes them. */
  readonly make: () => Pair | Promise<Pair>;
  readonly algorithm: Uint8Array;
  /** Null: the algorithm has its own. */
  readonly hash: "sha256" | "sha384" | "sha512" | null;
};

const nothing = der(0x05);
const curve = (namedCurve: string) => (): Pair => generateKeyPairSync("ec", { namedCurve });
const rsa = (modulusLength: number) => (): Promise<Pair> =>
  promisify(generateKeyPair)("rsa", { modulusLength });
const rsaWithSha256 = sequence(oid("1.2.840.113549.1.1.11"), nothing);

const makings: Readonly<Record<KeyType, Making>> = {
  RSA3072: { make: rsa(3072), algorithm: rsaWithSha256, hash: "sha256" },
  RSA4096: { make: rsa(4096), algorithm: rsaWithSha256, hash: "sha256" },
  ECDSAP256: {
    make: curve("P-256"),
    algorithm: sequence(oid("1.2.840.10045.4.3.2")),
    hash: "sha256",
  },
  ECDSAP384: {
    make: curve("P-384"),
    algorithm: sequence(oid("1.2.840.10045.4.3.3")),
    hash: "sha384",
  },
  ECDSAP521: {
    make: curve("P-521"),
    algorithm: sequence(oid("1.2.840.10045.4.3.4")),
    hash: "sha512",
  },
  ED25519: {
    make: () => generateKeyPairSync("ed25519"),
    algorithm: sequence(oid("1.3.101.112")),
    hash: null,
  },
};

export type PodKey = {
  /** PKCS #8. */
  readonly pem: string;
  /** DER of the request, in base64. */
  readonly proof: string;
};

/** Rejects when there is no such type. */
export async function makePodKey(keyType: string): Promise<PodKey> {
  if (!Object.hasOwn(makings, keyType)) {
    throw new Error(`unknown key type ${JSON.stringify(keyType)}`);
  }
  const { make, algorithm, hash } = makings[keyType as KeyType];
  const { publicKey, privateKey } = await make();
  const asked = sequence(
    integer(0n),
    sequence(),
    new Uint8Array(publicKey.export({ type: "spki", format: "der" })),
    der(0xa0),
  );
  const signature = new Uint8Array(sign(hash, asked, privateKey));
  const proof = sequence(asked, algorithm, bitString(signature));
  return {
    pem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    proof: Buffer.from(proof).toString("base64"),
  };
}
