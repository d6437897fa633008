// The certificates of a cluster as people ask for them: whose they are, who has signed them, and when they end.
import { X509Certificate } from "node:crypto";
import { certificatesIn } from "../lib/x509.ts";

const dayMs = 24 * 3600 * 1000;

export type Listed = {
  readonly name: string;
  readonly subject: string;
  readonly issuer: string;
  readonly expires: string;
  readonly daysLeft: number;
};

/** `file`: `ca.crt`, whose text is `text`. */
export function certificatesOf(file: string, text: string, nowMs: number): Listed[] {
  return certificatesIn(text).map((pem) => {
    const certificate = new X509Certificate(pem);
    return {
      name: file.replace(/\.crt$/, ""),
      subject: oneLine(certificate.subject),
      issuer: oneLine(certificate.issuer),
      expires: certificate.validToDate.toISOString().slice(0, 19).concat("Z"),
      daysLeft: Math.floor((certificate.validToDate.getTime() - nowMs) / dayMs),
    };
  });
}

/** `O=a\nCN=b` → `O=a, CN=b`. */
const oneLine = (name: string): string => name.split("\n").join(", ");
