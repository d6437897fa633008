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
import type { PodCertificateRequest } from "../../schema/types/certificates-v1.ts";
import type { PersistentVolumeClaim, Pod } from "../../schema/types/core-v1.ts";
import type { ResourceSlice } from "../../schema/types/resource-v1.ts";
import type { CSINode } from "../../schema/types/storage-v1.ts";
import { type NodeWrite, podNamed, unexpected } from "./node-write.ts";

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

export function tokenWrite(question: NodeWrite): string | undefined {
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
  if (asksForAudience(pod, audience, question)) return undefined;
  const asked = {
    ...context.attributes,
    verb: "request-serviceaccounts-token-audience",
    plural: audience,
    subresource: "",
  };
  return authorize(context.identity, asked).says === "allow"
    ? undefined
    : `${context.identity.user} is not authorized to request tokens for audience ${quoted(audience)}`;
}

/** Whether a volume of the pod needs a token for the audience, itself or by its CSI driver. */
function asksForAudience(pod: Pod, audience: string, { core }: NodeWrite): boolean {
  const drivers = core.view(csiDrivers);
  const claims = core.view(persistentVolumeClaims);
  const volumes = core.view(persistentVolumes);
  const driverOf = (claim: string): string | undefined => {
    const bound = claims.get(pod.metadata.namespace!, claim)?.spec?.volumeName;
    return bound === undefined ? undefined : volumes.get("", bound)?.spec?.csi?.driver;
  };
  return (pod.spec?.volumes ?? []).some((volume) => {
    const { projected, csi, ephemeral, persistentVolumeClaim } = volume;
    const sources = projected?.sources ?? [];
    const named = (s: (typeof sources)[number]): boolean =>
      s.serviceAccountToken !== undefined && (s.serviceAccountToken.audience ?? "") === audience;
    if (sources.some(named)) return true;
    const claim =
      ephemeral === undefined
        ? persistentVolumeClaim?.claimName
        : `${pod.metadata.name}-${volume.name}`;
    const driver = csi?.driver ?? (claim === undefined ? undefined : driverOf(claim));
    if (driver === undefined) return false;
    const requests = drivers.get("", driver)?.spec?.tokenRequests ?? [];
    return requests.some((r) => r.audience === audience);
  });
}

/** Refused for now: what the server sees may be older than what the node sees. */
const notYet = (message: string): StatusError =>
  new StatusError(500, "InternalError", `Internal error occurred: ${message}`);

export function certificateWrite(question: NodeWrite): string | undefined {
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

function signerProblem(
  pod: Pod,
  { signerName, podName, serviceAccountName }: PodCertificateRequest["spec"],
  { context, authorize }: NodeWrite,
): string | undefined {
  const sources = (pod.spec?.volumes ?? []).flatMap((v) => v.projected?.sources ?? []);
  if (sources.some((s) => s.podCertificate?.signerName === signerName)) return undefined;
  const asked = {
    ...context.attributes,
    verb: "request-serviceaccounts-podcertificate-signer",
    // The names of resources hold no slashes.
    plural: signerName.replaceAll("/", ":"),
    name: serviceAccountName,
  };
  if (authorize(context.identity, asked).says === "allow") return undefined;
  const whole = quoted(`${context.attributes.namespace}/${podName}`);
  return `pod ${whole} does not mount a podCertificate projected volume for signer ${quoted(signerName)}`;
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
