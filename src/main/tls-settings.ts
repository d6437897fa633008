// TLS versions and cipher suites by upstream's names.
import type { TlsFiles } from "../server/listen.ts";
import type { FlagReader } from "./api-flags.ts";

/** Throws a `Refusal`. */
export function tlsFrom(flags: FlagReader): Pick<TlsFiles, "minVersion" | "ciphers"> {
  const version = flags.text("tls-min-version");
  const known = { VersionTLS12: "TLSv1.2", VersionTLS13: "TLSv1.3" } as const;
  const minVersion = known[version as keyof typeof known];
  if (version !== undefined && minVersion === undefined)
    flags.refuse("tls-min-version", "VersionTLS12 or VersionTLS13");
  const names = flags.list("tls-cipher-suites");
  const ciphers = names.map(
    (name) =>
      suites[name] ??
      flags.refuse("tls-cipher-suites", `${name} is unknown or insecure; known are ${allSuites()}`),
  );
  return {
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(ciphers.length === 0 ? {} : { ciphers: ciphers.join(":") }),
  };
}

const allSuites = (): string => Object.keys(suites).join(", ");

/** Go's name → OpenSSL's. Those of TLS 1.3 are always on in Go. */
const suites: Readonly<Record<string, string>> = {
  TLS_AES_128_GCM_SHA256: "TLS_AES_128_GCM_SHA256",
  TLS_AES_256_GCM_SHA384: "TLS_AES_256_GCM_SHA384",
  TLS_CHACHA20_POLY1305_SHA256: "TLS_CHACHA20_POLY1305_SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: "ECDHE-ECDSA-AES128-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: "ECDHE-ECDSA-AES256-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: "ECDHE-RSA-AES128-SHA",
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: "ECDHE-RSA-AES256-SHA",
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305: "ECDHE-RSA-CHACHA20-POLY1305",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
};
