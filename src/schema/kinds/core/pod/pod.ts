// Pod: containers that run together on one node.
import { ipWarnings } from "../../../ip.ts";
import { checkDnsLabel } from "../../../names.ts";
import { pods } from "../../../resources.ts";
import type { Pod } from "../../../types/core-v1.ts";
import { defineKind, statusSubresource } from "../../define.ts";
import { podColumns, podRowConditions } from "./columns.ts";
import { defaultPod } from "./defaults.ts";
import { preparePod } from "./strategy.ts";
import { validatePod } from "./validate.ts";
import { podWarnings } from "./warnings.ts";

const connect = ["create", "get"] as const;
const proxy = ["create", "delete", "get", "patch", "update"] as const;
const write = ["get", "patch", "update"] as const;
const core = (kind: string) => ({ group: "", version: "v1", kind });

export const pod = defineKind(pods, {
  shortNames: ["po"],
  categories: ["all"],
  subresources: [
    { name: "attach", verbs: connect, body: core("PodAttachOptions") },
    { name: "binding", verbs: ["create"], body: core("Binding") },
    { name: "ephemeralcontainers", verbs: write },
    {
      name: "eviction",
      verbs: ["create"],
      body: { group: "policy", version: "v1", kind: "Eviction" },
    },
    { name: "exec", verbs: connect, body: core("PodExecOptions") },
    { name: "log", verbs: ["get"] },
    { name: "portforward", verbs: connect, body: core("PodPortForwardOptions") },
    { name: "proxy", verbs: proxy, body: core("PodProxyOptions") },
    { name: "resize", verbs: write },
    statusSubresource,
  ],
  unowned: { status: ["metadata.deletionTimestamp", "metadata.ownerReferences", "spec"] },
  rechecksNames: true,
  applyDefaults: defaultPod,
  prepare: preparePod,
  validate: validatePod,
  warnings: warningsOf,
  statusWarnings,
  columns: podColumns,
  rowConditions: podRowConditions,
  fieldSelectors: {
    "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
    "spec.restartPolicy": ({ spec }) => spec.restartPolicy ?? "",
    "spec.schedulerName": ({ spec }) => spec.schedulerName ?? "",
    "spec.serviceAccountName": ({ spec }) => spec.serviceAccountName ?? "",
    "spec.hostNetwork": ({ spec }) => `${spec.hostNetwork ?? false}`,
    "status.phase": ({ status }) => status?.phase ?? "",
    "status.podIP": ({ status }) => status?.podIPs?.[0]?.ip ?? "",
    "status.podIPs": ({ status }) => status?.podIPs?.[0]?.ip ?? "",
    "status.nominatedNodeName": ({ status }) => status?.nominatedNodeName ?? "",
  },
  fieldSelectorAliases: { "spec.host": "spec.nodeName" },
  graceSeconds: ({ spec, status }, asked) => {
    const over = status?.phase === "Failed" || status?.phase === "Succeeded";
    if (!spec.nodeName || over) return 0;
    const seconds = asked ?? spec.terminationGracePeriodSeconds ?? 0;
    return seconds < 0 ? 1 : seconds;
  },
  returnsDeleted: true,
});

const nameAdvice =
  "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended";

/** On a create only. */
function warningsOf(next: Pod, old: Pod | undefined): string[] {
  if (old !== undefined) return [];
  const problems = checkDnsLabel(next.metadata.name ?? "").join(" ");
  const ofName = problems === "" ? [] : [`metadata.name: ${nameAdvice}: [${problems}]`];
  return [...ofName, ...podWarnings(next.spec, next.metadata)];
}

function statusWarnings({ status }: Pod): string[] {
  const lists = [status?.podIPs, status?.hostIPs];
  return lists.flatMap((list, i) =>
    (list ?? []).flatMap(({ ip }, j) =>
      ipWarnings(`status.${i === 0 ? "podIPs" : "hostIPs"}[${j}].ip`, ip ?? ""),
    ),
  );
}
