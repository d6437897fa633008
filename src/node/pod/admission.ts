// Whether a node takes a pod that was bound to it. The scheduler asks the same before, but pods may be bound by hand,
// and nodes change meanwhile. Pure; order, reasons and messages are upstream's (kubelet's predicate admission).
import { requiredNodes, tolerated } from "../../schema/node-selection.ts";
import { addAmounts, amountsOf, noAmounts, requestsOf } from "../../schema/pod-requests.ts";
import type { ContainerPort, Node, Pod } from "../../schema/types/core-v1.ts";
import { isCriticalPod } from "./critical.ts";

export type Refusal = { readonly reason: string; readonly message: string };

export type AdmissionInput = {
  readonly pod: Pod;
  /** With its labels, taints and allocatable resources as they are now. */
  readonly node: Node;
  /** Pods that the node has taken and that have not ended. */
  readonly others: readonly Pod[];
};

/** What of a resource is missing for the pod: at least 1. Pods are a resource, too. */
export type Missing = { readonly resource: string; readonly amount: number };

export type Judgement =
  | { readonly is: "taken" }
  | { readonly is: "refused"; readonly refusal: Refusal }
  /** Only room is missing, which a critical pod may get from others. */
  | { readonly is: "short"; readonly missing: readonly Missing[] };

export function judge(input: AdmissionInput): Judgement {
  const never = otherSystem(input) ?? forbiddenSysctl(input);
  const short = never ? [] : shortages(input);
  const elsewhere = () => wrongNode(input) ?? takenPort(input) ?? untoleratedTaint(input);
  const isCritical = isCriticalPod(input.pod);
  const refusal = never ?? (isCritical ? undefined : short[0]?.refusal) ?? elsewhere();
  if (refusal) return { is: "refused", refusal };
  if (short.length === 0) return { is: "taken" };
  return { is: "short", missing: short.map(({ resource, amount }) => ({ resource, amount })) };
}

/** Refused for the node's labels, which may just have changed. */
export const isOfLabels = ({ reason }: Refusal): boolean => reason === "NodeAffinity";

function otherSystem({ pod }: AdmissionInput): Refusal | undefined {
  const label = pod.metadata.labels?.["kubernetes.io/os"];
  if (label !== undefined && label !== "linux") {
    return {
      reason: "PodOSSelectorNodeLabelDoesNotMatch",
      message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
    };
  }
  const name = pod.spec.os?.name;
  if (name === undefined || name === "linux") return undefined;
  return {
    reason: "PodOSNotSupported",
    message: "Failed to admit pod as the OS field doesn't match node OS",
  };
}

/** Settings that concern the pod alone; all others reach beyond it. Upstream's list. */
const safeSysctls: ReadonlySet<string> = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ping_group_range",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_notsent_lowat",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_slow_start_after_idle",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.tcp_wmem",
]);

function forbiddenSysctl({ pod: { spec } }: AdmissionInput): Refusal | undefined {
  const reason = "SysctlForbidden";
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    const dotted = name.replaceAll("/", ".");
    const shared =
      dotted.startsWith("net.") && spec.hostNetwork
        ? "Net"
        : dotted.startsWith("kernel.") && spec.hostIPC
          ? "IPC"
          : undefined;
    if (!safeSysctls.has(dotted)) {
      return { reason, message: `forbidden sysctl: "${dotted}" not allowlisted` };
    }
    if (shared === undefined) continue;
    const message = `forbidden sysctl: "${dotted}" not allowed with host ${shared} enabled`;
    return { reason, message };
  }
  return undefined;
}

type Short = Missing & { readonly refusal: Refusal };

function shortages({ pod, node, others }: AdmissionInput): Short[] {
  const given = node.status?.allocatable ?? {};
  const capacity = amountsOf(given);
  const used = noAmounts();
  for (const other of others) addAmounts(used, requestsOf(other), 1);
  const wanted = requestsOf(pod);
  const rows: [name: string, requested: number, used: number, capacity: number][] = [
    ["pods", 1, others.length, Number(given["pods"] ?? 0)],
    ["cpu", wanted.cpuMilli, used.cpuMilli, capacity.cpuMilli],
    ["memory", wanted.memoryBytes, used.memoryBytes, capacity.memoryBytes],
    ["ephemeral-storage", wanted.ephemeralBytes, used.ephemeralBytes, capacity.ephemeralBytes],
  ];
  for (const [name, requested] of wanted.extended) {
    // What the node does not know is somebody else's to count.
    const has = capacity.extended.get(name);
    if (has !== undefined) rows.push([name, requested, used.extended.get(name) ?? 0, has]);
  }
  return rows.flatMap(([resource, requested, taken, has]) => {
    const amount = requested - (has - taken);
    if (requested <= 0 || amount <= 0) return [];
    const message = `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${taken}, capacity: ${has}`;
    return [{ resource, amount, refusal: { reason: `OutOf${resource}`, message } }];
  });
}

const failed = (name: string, why: string): Refusal => ({
  reason: name,
  message: `Predicate ${name} failed: ${why}`,
});

function wrongNode({ pod, node }: AdmissionInput): Refusal | undefined {
  const { name = "", labels = {} } = node.metadata;
  const match = requiredNodes(pod);
  if (match && !match({ name, labels })) {
    return failed("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");
  }
  if (!pod.spec.nodeName || pod.spec.nodeName === name) return undefined;
  return failed("NodeName", "node(s) didn't match the requested node name");
}

function takenPort({ pod, others }: AdmissionInput): Refusal | undefined {
  const taken = others.flatMap(hostPorts);
  const isTaken = hostPorts(pod).some((mine) => taken.some((other) => collide(mine, other)));
  if (!isTaken) return undefined;
  return failed("NodePorts", "node(s) didn't have free ports for the requested pod ports");
}

/** Upstream counts the containers and the init containers that go on beside them. */
function hostPorts({ spec }: Pod): ContainerPort[] {
  const sidecars = (spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always");
  return [...spec.containers, ...sidecars]
    .flatMap((c) => c.ports ?? [])
    .filter((p) => (p.hostPort ?? 0) > 0);
}

const everywhere = "0.0.0.0";

function collide(a: ContainerPort, b: ContainerPort): boolean {
  if (a.hostPort !== b.hostPort || (a.protocol ?? "TCP") !== (b.protocol ?? "TCP")) return false;
  const [one, two] = [a.hostIP || everywhere, b.hostIP || everywhere];
  return one === two || one === everywhere || two === everywhere;
}

function untoleratedTaint({ pod, node }: AdmissionInput): Refusal | undefined {
  const taint = (node.spec?.taints ?? []).find(
    (t) => t.effect === "NoExecute" && !tolerated(t, pod.spec.tolerations),
  );
  return taint && failed("TaintToleration", "node(s) had untolerated taint(s)");
}
