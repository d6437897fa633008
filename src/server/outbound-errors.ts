// What went wrong on the way to another server, in the words of Go's network library, which upstream's users know.
import type { Destination } from "./outbound-json.ts";

type NetworkError = Error & {
  readonly code?: string;
  readonly cert?: { readonly subjectaltname?: string; readonly valid_to?: string };
};

export function goNetworkError(error: NetworkError, { url, address }: Destination): string {
  const host = address?.host ?? url.hostname;
  const port = address?.port ?? (url.port || 443);
  const dialed = `dial tcp ${host}:${port}`;
  switch (error.code) {
    case "ECONNREFUSED":
      return `${dialed}: connect: connection refused`;
    case "EHOSTUNREACH":
      return `${dialed}: connect: no route to host`;
    case "ENETUNREACH":
      return `${dialed}: connect: network is unreachable`;
    case "ETIMEDOUT":
      return `${dialed}: i/o timeout`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `dial tcp: lookup ${host}: no such host`;
    case "ECONNRESET":
      return "EOF";
    case "EPIPE":
      return "write: broken pipe";
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return notVerified(otherName(error, url.hostname));
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID":
      return notVerified("certificate has expired or is not yet valid");
    case "EPROTO":
      return "http: server gave HTTP response to HTTPS client";
    default:
      if (untrusted.has(error.code ?? ""))
        return notVerified("certificate signed by unknown authority");
      return error.code?.startsWith("HPE_")
        ? `net/http: HTTP/1.x transport connection broken: malformed HTTP response`
        : error.message;
  }
}

const untrusted: ReadonlySet<string> = new Set([
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

const notVerified = (why: string): string => `tls: failed to verify certificate: x509: ${why}`;

function otherName({ cert }: NetworkError, host: string): string {
  const names = (cert?.subjectaltname ?? "").split(", ").map((name) => name.replace(/^[^:]*:/, ""));
  return `certificate is valid for ${names.join(", ")}, not ${host}`;
}
