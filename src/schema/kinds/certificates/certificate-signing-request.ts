// CertificateSigningRequest: the wish for a client's or server's certificate. The server writes down who asks.
import { nameIsPathSegment } from "../../names.ts";
import { certificateSigningRequests } from "../../resources.ts";
import type { CertificateSigningRequest } from "../../types/certificates-v1.ts";
import { age, humanDuration } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { validateRequest } from "./request-rules.ts";
import { prepareRequest } from "./request-strategy.ts";

export const certificateSigningRequest = defineKind(certificateSigningRequests, {
  shortNames: ["csr"],
  subresources: [{ name: "approval", verbs: ["get", "patch", "update"] }, statusSubresource],
  unowned: {
    "": ["spec", "status"],
    approval: ["spec", "status.certificate"],
    status: ["spec", "status.conditions"],
  },
  prepare: prepareRequest,
  nameRule: nameIsPathSegment,
  validate: validateRequest,
  columns: [
    age,
    { name: "SignerName", cell: ({ spec }) => spec?.signerName || "<none>" },
    { name: "Requestor", cell: ({ spec }) => spec?.username ?? "" },
    {
      name: "RequestedDuration",
      cell: ({ spec }) =>
        spec?.expirationSeconds === undefined
          ? "<none>"
          : humanDuration(spec.expirationSeconds * 1000),
    },
    { name: "Condition", cell: condition },
  ],
  fieldSelectors: { "spec.signerName": ({ spec }) => spec?.signerName ?? "" },
});

function condition({ status }: CertificateSigningRequest): string {
  const has = (wanted: string) => status?.conditions?.some(({ type }) => type === wanted);
  const word = has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending";
  return `${word}${has("Failed") ? ",Failed" : ""}${status?.certificate ? ",Issued" : ""}`;
}
