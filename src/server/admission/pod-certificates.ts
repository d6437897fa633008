// What stands inside the requests for pods' certificates and inside what signers answer: the key that was asked with is
// the key that is certified, for as long as was asked; and only who may sign for the signer answers at all.
import { createPublicKey, type KeyObject, verify, X509Certificate } from "node:crypto";
import { readSigningRequest } from "../../lib/x509.ts";
import { fieldForbidden, invalidValue } from "../../schema/field-error.ts";
import { pemBlocks } from "../../schema/kinds/pem.ts";
import { semanticEqual } from "../../schema/semantic-equal.ts";
import { type Cause, invalid } from "../../schema/status-error.ts";
import { timeMs } from "../../schema/time.ts";
import type { PodCertificateRequest } from "../../schema/types/certificates-v1.ts";
import type { Admission, AnyAuthorizer } from "../context.ts";
import { maySign } from "./certificates.ts";
import { about } from "./refused.ts";

const isRequest = about("podcertificaterequests.certificates.k8s.io");
const isStatus = about("podcertificaterequests.certificates.k8s.io/status");

/** Upstream has this in the validation of the kind, which knows neither keys nor the asker here. */
export function podCertificates(authorize: AnyAuthorizer): Admission {
  return {
    name: "PodCertificateRequestRules",
    uncounted: true,
    handles: (a, { operation }) =>
      (operation === "CREATE" && isRequest(a)) || (operation === "UPDATE" && isStatus(a)),
    async validate({ identity, now }, { object, old }) {
      const next = object as PodCertificateRequest;
      const before = old as PodCertificateRequest | undefined;
      const refuse = (cause: Cause | undefined): void => {
        if (cause === undefined) return;
        const name = next.metadata.name ?? "";
        throw invalid({ group: group, kind: "PodCertificateRequest", name }, [cause]);
      };
      if (before === undefined) {
        refuse(requestProblem(next.spec.stubPKCS10Request));
        return;
      }
      if (semanticEqual(next.status ?? {}, before.status ?? {})) return;
      const isIssued = next.status?.conditions?.some((c) => c.type === "Issued") ?? false;
      if (isIssued) refuse(answerProblem({ ...next, spec: before.spec }, now));
      const { signerName } = before.spec;
      if (await maySign(authorize, identity, signerName)) return;
      const [who, signer] = [JSON.stringify(identity.user), JSON.stringify(signerName)];
      const why = `User ${who} is not permitted to "sign" for signer ${signer}`;
      refuse(fieldForbidden("spec.signerName", why));
    },
  };
}

const group = "certificates.k8s.io";

/** Of the algorithms that sign requests; null: the algorithm has its own. */
const hashes: Readonly<Record<string, string | null>> = {
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.3.101.112": null,
};
const curves = ["prime256v1", "secp384r1", "secp521r1"];
const moduli = [3072, 4096];

const stubField = "spec.stubPKCS10Request";
const omitted = (field: string, detail: string): Cause => ({
  reason: "FieldValueInvalid",
  message: `Invalid value: ${detail}`,
  field,
});

function requestProblem(stub: string): Cause | undefined {
  const request = readRequest(stub);
  if (request === undefined) return omitted(stubField, "must be a valid PKCS#10 CSR");
  const problem = keyProblem(request.key);
  if (problem !== undefined) return problem;
  const { algorithm, key, signed, signature } = request;
  const isSigned =
    Object.hasOwn(hashes, algorithm) && verify(hashes[algorithm], signed, key, signature);
  return isSigned ? undefined : omitted(stubField, "invalid signature");
}

function readRequest(stub: string) {
  try {
    const request = readSigningRequest(Buffer.from(stub, "base64"));
    const key = createPublicKey({
      key: Buffer.from(request.publicKey),
      format: "der",
      type: "spki",
    });
    const { signed, signature, signatureAlgorithm: algorithm } = request;
    return { key, signed, signature, algorithm };
  } catch {
    // Whatever is wrong with it, it is no request that can be read.
    return undefined;
  }
}

function keyProblem({ asymmetricKeyType: type, asymmetricKeyDetails }: KeyObject) {
  const { namedCurve = "", modulusLength = 0 } = asymmetricKeyDetails ?? {};
  switch (type) {
    case "ed25519":
      return undefined;
    case "ec":
      return curves.includes(namedCurve)
        ? undefined
        : invalidValue(
            stubField,
            `curve ${namedCurve}`,
            "elliptic public keys must use curve P256, P384, or P521",
          );
    case "rsa":
      return moduli.includes(modulusLength)
        ? undefined
        : invalidValue(
            stubField,
            `${modulusLength}-bit modulus`,
            "RSA keys must have modulus size 3072 or 4096",
          );
    default:
      return omitted(
        stubField,
        "unknown public key type; supported types are Ed25519, ECDSA, and RSA",
      );
  }
}

const minuteMs = 60_000;
const clockMsMax = 5 * minuteMs;
const refreshMsMin = 10 * minuteMs;
const lifeMsMin = 60 * minuteMs;
const nanoseconds = 1e6;

/** The first rule that the answer breaks. Its times are there: that was checked before. */
function answerProblem(
  { spec, status = {} }: PodCertificateRequest,
  nowMs: number,
): Cause | undefined {
  const at = "status.certificateChain";
  const { certificateChain: chain = "", notBefore, notAfter, beginRefreshAt } = status;
  const [first, ...others] = pemBlocks(chain).map(({ base64 }) => readCertificate(base64));
  if (!first) return invalidValue(at, chain, "leaf certificate does not parse as valid X.509");
  const asked = readRequest(spec.stubPKCS10Request);
  if (!asked?.key.equals(first.publicKey)) {
    return invalidValue(at, chain, "leaf certificate was not issued to the requested public key");
  }
  const [beginMs, endMs] = [first.validFromDate.getTime(), first.validToDate.getTime()];
  const [beforeMs, afterMs] = [timeMs(notBefore) ?? 0, timeMs(notAfter) ?? 0];
  const lifeMs = endMs - beginMs;
  const refreshMs = timeMs(beginRefreshAt) ?? 0;
  const maxSeconds = spec.maxExpirationSeconds ?? 0;
  const must = (isKept: boolean, field: string, value: unknown, detail: string) =>
    isKept ? [] : [invalidValue(field, value, detail)];
  const encoded = (name: string): string =>
    `must be set to the ${name} time encoded in the leaf certificate`;
  const begin = "status.notBefore";
  const refresh = "status.beginRefreshAt";
  return [
    ...must(beforeMs === beginMs, begin, notBefore, encoded("NotBefore")),
    ...must(
      Math.abs(beforeMs - nowMs) <= clockMsMax,
      begin,
      notBefore,
      "must be set to within 5 minutes of kube-apiserver's current time",
    ),
    ...must(afterMs === endMs, "status.notAfter", notAfter, encoded("NotAfter")),
    ...must(
      lifeMs >= lifeMsMin,
      at,
      lifeMs * nanoseconds,
      "leaf certificate lifetime must be >= 1 hour",
    ),
    ...must(
      lifeMs <= maxSeconds * 1000,
      at,
      lifeMs * nanoseconds,
      `leaf certificate lifetime must be <= spec.maxExpirationSeconds (${maxSeconds})`,
    ),
    ...must(
      refreshMs >= beforeMs + refreshMsMin,
      refresh,
      beginRefreshAt,
      "must be at least 10 minutes after status.notBefore",
    ),
    ...must(
      refreshMs <= afterMs - refreshMsMin,
      refresh,
      beginRefreshAt,
      "must be at least 10 minutes before status.notAfter",
    ),
    ...must(
      others.every((one) => one !== undefined),
      at,
      chain,
      "intermediate certificate does not parse as valid X.509",
    ),
  ][0];
}

function readCertificate(base64: string): X509Certificate | undefined {
  try {
    return new X509Certificate(Buffer.from(base64, "base64"));
  } catch {
    // OpenSSL tells in many ways that it is none.
    return undefined;
  }
}
