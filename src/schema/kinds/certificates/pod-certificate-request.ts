// PodCertificateRequest: a node's wish for a certificate of a pod.

import { podCertificateRequests } from "../../resources.ts";
import type { PodCertificateRequest } from "../../types/certificates-v1.ts";
import { labelsText } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus } from "../strategy.ts";
import { validatePodRequest } from "./pod-certificate-request-rules.ts";

export const podCertificateRequest = defineKind(podCertificateRequests, {
  subresources: [statusSubresource],
  unowned: { status: ["metadata", "spec"] },
  prepare: specAndStatus({ statusKeepsMetadata: true }),
  validate: validatePodRequest,
  columns: [
    { name: "PodName", cell: ({ spec }) => spec?.podName ?? "" },
    { name: "ServiceAccountName", cell: ({ spec }) => spec?.serviceAccountName ?? "" },
    { name: "NodeName", cell: ({ spec }) => spec?.nodeName ?? "" },
    { name: "SignerName", cell: ({ spec }) => spec?.signerName ?? "" },
    { name: "State", cell: state },
    {
      name: "UnverifiedUserAnnotations",
      cell: ({ spec }) => labelsText(spec?.unverifiedUserAnnotations),
    },
  ],
  fieldSelectors: {
    "spec.signerName": ({ spec }) => spec?.signerName ?? "",
    "spec.podName": ({ spec }) => spec?.podName ?? "",
    "spec.nodeName": ({ spec }) => spec?.nodeName ?? "",
  },
  unconditionalUpdate: false,
});

const states = ["Issued", "Denied", "Failed"];

function state({ status }: PodCertificateRequest): string {
  return status?.conditions?.findLast(({ type }) => states.includes(type))?.type ?? "Pending";
}
