// What a node may write besides pods and itself: tokens and certificates for its pods, its lease, its devices.
import { equal } from "../../lib/equal.ts";
import {
  csiDrivers,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  serviceAccounts,
} from "../../schema/resources.ts";
import { StatusError } from "../../schema/status-error.ts";
import type { TokenRequest } from "../../schema/types/authentication-v1.ts";
import type {
  CertificateSigningRequest,
  PodCertificateRequest,
} from "../../schema/types/certificates-v1.ts";
import type { PersistentVolumeClaim, Pod } from "../../schema/types/core-v1.ts";
import type { ResourceSlice } from "../../schema/types/resource-v1.ts";
import type { CSINode } from "../../schema/types/storage-v1.ts";
import type { Core } from "../context.ts";
import { subjectAsked } from "./certificates.ts";
import { type NodeWrite, podNamed, unexpected } from "./node-write.ts";
import { aggregated } from "./refused.ts";

const quoted = (text: string): string => JSON.stringify(text);

export function claimWrite({ node, context, write }: NodeWrite): string | undefined {
  if (context.attributes.subresource !== "status") return "may only update PVC status";
  if (write.operation !== "UPDATE") return unexpected(write);
  const reported = ["capacity", "conditions", "allocatedResources", "allocatedResourceStatuses"];
  const rest = ({ metadata, spec, status }: PersistentVolumeClaim): unknown => ({
    metadata: { ...metadata, resourceVersion: undefined, managedFields: undefined },
    spec,
    status: Object.fromEntries(
      Object.entries(status ?? {}).filter(([key]) => !reported.includes(key)),
    ),
  });
  const next = rest(write.object as PersistentVolumeClaim);
  return equal(next, rest(write.old as PersistentVolumeClaim))
    ? undefined
    : `node ${quoted(node)} is not allowed to update fields other than status.quantity and status.conditions`;
}

export async function tokenWrite(question: NodeWrite): Promise<string | undefined> {
  const { node, context, write, authorize } = question;
  if (write.operation !== "CREATE" || context.attributes.subresource !== "token") return undefined;
  const { spec } = write.object as TokenRequest;
  const ref = spec?.boundObjectRef ?? undefined;
  if (ref?.apiVersion !== "v1" || ref.kind !== "Pod" || !ref.name) {
    return "node requested token not bound to a pod";
  }
  if (!ref.uid) return "node requested token with a pod binding without a uid";
  const pod = podNamed(question, ref.name);
  if (ref.uid !== pod.metadata.uid) {
    return `the UID in the bound object reference (${ref.uid}) does not match the UID in record. The object might have been deleted and then recreated`;
  }
  if (pod.spec?.nodeName !== node) {
    return "node requested token bound to a pod scheduled on a different node";
  }
  const audiences = spec.audiences ?? [];
  if (audiences.length > 1) return "node may only request 0 or 1 audiences";
  const audience = audiences[0] ?? "";
  const asks = asksForAudience(pod, audience, question);
  if (asks === true) return undefined;
  if (asks !== false) return `error validating audience ${quoted(audience)}: ${asks}`;
  const asked = {
    ...context.attributes,
    verb: "request-serviceaccounts-token-audience",
    plural: audience,
    subresource: "",
  };
  return (await authorize(context.identity, asked)).says === "allow"
    ? undefined
    : `${context.identity.user} is not authorized to request tokens for audience ${quoted(audience)}`;
}

/** Whether a volume of the pod needs a token for the audience, itself or by its CSI driver; a text: it cannot be told. */
function asksForAudience(pod: Pod, audience: string, { core }: NodeWrite): boolean | string {
  const drivers = core.view(csiDrivers);
  const missing: string[] = [];
  for (const volume of pod.spec?.volumes ?? []) {
    const { projected, csi, ephemeral, persistentVolumeClaim } = volume;
    const isNamed = (projected?.sources ?? []).some(
      ({ serviceAccountToken: t }) => t !== undefined && (t.audience ?? "") === audience,
    );
    if (isNamed) return true;
    const claim =
      ephemeral === undefined
        ? persistentVolumeClaim?.claimName
        : `${pod.metadata.name}-${volume.name}`;
    const driver = claim === undefined ? csi?.driver : driverOf(core, pod, claim, missing);
    if (driver === undefined) continue;
    const found = drivers.get("", driver);
    if (found === undefined) missing.push(`csidriver.storage.k8s.io ${quoted(driver)} not found`);
    if (found?.spec?.tokenRequests?.some((r) => r.audience === audience)) return true;
  }
  return missing.length > 0 && aggregated(missing);
}

/** The CSI driver of the volume that is bound to a claim. What is not there is added to `missing`. */
function driverOf(core: Core, pod: Pod, claim: string, missing: string[]): string | undefined {
  const found = core.view(persistentVolumeClaims).get(pod.metadata.namespace!, claim);
  if (found === undefined) {
    missing.push(`persistentvolumeclaim ${quoted(claim)} not found`);
    return undefined;
  }
  const name = found.spec?.volumeName ?? "";
  const volume = core.view(persistentVolumes).get("", name);
  if (volume === undefined) missing.push(`persistentvolume ${quoted(name)} not found`);
  return volume?.spec?.csi?.driver;
}

/** Refused for now: what the server sees may be older than what the node sees. */
const notYet = (message: string): StatusError =>
  new StatusError(500, "InternalError", `Internal error occurred: ${message}`);

export function certificateWrite(
  question: NodeWrite,
): string | undefined | Promise<string | undefined> {
  const { node, context, write, core } = question;
  const { namespace, subresource } = context.attributes;
  if (write.operation !== "CREATE") return `unexpected operation ${write.operation}`;
  if (subresource !== "") return `unexpected subresource ${subresource}`;
  const { spec } = write.object as PodCertificateRequest;
  if (spec.nodeName !== node) {
    return `PodCertificateRequest.Spec.NodeName=${quoted(spec.nodeName)}, which is not the requesting node ${quoted(node)}`;
  }
  const podName = quoted(`${namespace}/${spec.podName}`);
  const known = core.view(nodes).get("", node);
  if (known?.metadata.uid !== spec.nodeUID) {
    throw notYet(
      `PodCertificateRequest for pod ${podName} names node UID ${quoted(spec.nodeUID)}, inconsistent with the running node (${quoted(known?.metadata.uid ?? "")})`,
    );
  }
  const pod = podNamed(question, spec.podName);
  if (pod.metadata.uid !== spec.podUID) {
    throw notYet(
      `PodCertificateRequest for pod ${podName} contains pod UID (${quoted(spec.podUID)}) which differs from running pod ${quoted(pod.metadata.uid ?? "")}`,
    );
  }
  if (pod.spec?.nodeName !== node) {
    return `pod ${podName} is not running on node ${quoted(node)} named in the PodCertificateRequest`;
  }
  if (pod.metadata.annotations?.["kubernetes.io/config.mirror"] !== undefined) {
    return `pod ${podName} is a mirror pod`;
  }
  const account = pod.spec.serviceAccountName ?? "";
  if (spec.serviceAccountName !== account) {
    return `PodCertificateRequest for pod ${podName} contains serviceAccountName (${quoted(spec.serviceAccountName)}) that differs from running pod (${quoted(account)})`;
  }
  const uid = core.view(serviceAccounts).get(namespace, account)?.metadata.uid;
  if (uid !== spec.serviceAccountUID) {
    throw notYet(
      `PodCertificateRequest for pod ${podName} names service account UID ${quoted(spec.serviceAccountUID)}, which differs from the running service account (${quoted(uid ?? "")})`,
    );
  }
  return signerProblem(pod, spec, question);
}

async function signerProblem(
  pod: Pod,
  { signerName, podName, serviceAccountName }: PodCertificateRequest["spec"],
  { context, authorize }: NodeWrite,
): Promise<string | undefined> {
  const sources = (pod.spec?.volumes ?? []).flatMap((v) => v.projected?.sources ?? []);
  if (sources.some((s) => s.podCertificate?.signerName === signerName)) return undefined;
  const asked = {
    ...context.attributes,
    verb: "request-serviceaccounts-podcertificate-signer",
    // The names of resources hold no slashes.
    plural: signerName.replaceAll("/", ":"),
    name: serviceAccountName,
  };
  if ((await authorize(context.identity, asked)).says === "allow") return undefined;
  const whole = quoted(`${context.attributes.namespace}/${podName}`);
  return `pod ${whole} does not mount a podCertificate projected volume for signer ${quoted(signerName)}`;
}

const nodeSigners = [
  "kubernetes.io/kubelet-serving",
  "kubernetes.io/kube-apiserver-client-kubelet",
];

/** A node asks for certificates in its own name only. */
export function signingRequest({ node, write }: NodeWrite): string | undefined {
  if (write.operation !== "CREATE") return undefined;
  const { spec } = write.object as CertificateSigningRequest;
  if (!nodeSigners.includes(spec.signerName)) return undefined;
  const subject = subjectAsked(spec.request);
  if (typeof subject === "string") return `unable to parse csr: ${subject}`;
  return subject.commonName === `system:node:${node}`
    ? undefined
    : `can only create a node CSR with CN=system:node:${node}`;
}

export function leaseWrite({ node, context, write }: NodeWrite): string | undefined {
  if (context.attributes.namespace !== "kube-node-lease") {
    return 'can only access leases in the "kube-node-lease" system namespace';
  }
  return isOwn(node, context.attributes.name, write.object?.metadata.name)
    ? undefined
    : "can only access node lease with the same name as the requesting node";
}

export function csiNodeWrite({ node, context, write }: NodeWrite): string | undefined {
  if (!isOwn(node, context.attributes.name, write.object?.metadata.name)) {
    return "can only access CSINode with the same name as the requesting node";
  }
  if (context.attributes.subresource !== "status") return undefined;
  return equal((write.object as CSINode).spec, (write.old as CSINode).spec)
    ? undefined
    : `node ${quoted(node)} is not allowed to modify CSINode spec via status`;
}

/** A create has no name in its path. */
const isOwn = (node: string, pathName: string, ownName: string | undefined): boolean =>
  (pathName || ownName) === node;

export function sliceWrite({ node, write }: NodeWrite): string | undefined {
  const object = write.operation === "CREATE" ? write.object : write.old;
  if (write.operation === "UPDATE") return undefined;
  const verb = write.operation === "CREATE" ? "create" : "delete";
  return (object as ResourceSlice).spec.nodeName === node
    ? undefined
    : `can only ${verb} ResourceSlice with the same NodeName as the requesting node`;
}
