// Node: a machine that runs pods.
import { nodes } from "../../resources.ts";
import type { Node } from "../../types/core-v1.ts";
import { age } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { nodeWarnings, validateNode } from "./node-rules.ts";

export const node = defineKind(nodes, {
  rechecksNames: true,
  shortNames: ["no"],
  subresources: [
    {
      name: "proxy",
      verbs: ["create", "delete", "get", "patch", "update"],
      body: { group: "", version: "v1", kind: "NodeProxyOptions" },
    },
    statusSubresource,
  ],
  applyDefaults({ spec, status }) {
    const { podCIDR, podCIDRs } = spec ?? {};
    // The old field counts where the two differ.
    if (spec && podCIDR && podCIDR !== podCIDRs?.[0]) spec.podCIDRs = [podCIDR];
    else if (spec && podCIDRs?.[0]) spec.podCIDR = podCIDRs[0];
    if (status?.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
  },
  prepare(next, old, { subresource }) {
    // Behind gates that are off by default, or gone.
    delete next.spec?.podPreemptionPolicy;
    if (old?.spec?.configSource === undefined) delete next.spec?.configSource;
    if (old === undefined) {
      delete next.status?.config;
      return;
    }
    if (subresource !== "status") {
      next.status = old.status;
      return;
    }
    next.spec = old.spec;
    if (!old.status?.config) delete next.status?.config;
  },
  validate: validateNode,
  warnings: nodeWarnings,
  columns: [
    { name: "Status", cell: statusText },
    { name: "Roles", cell: (node) => roles(node).join(",") || "<none>" },
    age,
    { name: "Version", cell: ({ status }) => status?.nodeInfo?.kubeletVersion ?? "" },
    { name: "Internal-IP", priority: 1, cell: (node) => address(node, "InternalIP") },
    { name: "External-IP", priority: 1, cell: (node) => address(node, "ExternalIP") },
    {
      name: "OS-Image",
      priority: 1,
      cell: ({ status }) => status?.nodeInfo?.osImage || "<unknown>",
    },
    { name: "Kernel-Version", priority: 1, cell: kernel },
    {
      name: "Container-Runtime",
      priority: 1,
      cell: ({ status }) => status?.nodeInfo?.containerRuntimeVersion || "<unknown>",
    },
  ],
  fieldSelectors: { "spec.unschedulable": ({ spec }) => `${spec?.unschedulable ?? false}` },
});

function statusText({ spec, status }: Node): string {
  const ready = status?.conditions?.findLast(({ type }) => type === "Ready");
  const word = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return spec?.unschedulable ? `${word},SchedulingDisabled` : word;
}

const rolePrefix = "node-role.kubernetes.io/";

function roles({ metadata }: Node): string[] {
  const found = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(rolePrefix)) found.add(key.slice(rolePrefix.length));
    else if (key === "kubernetes.io/role") found.add(value);
  }
  found.delete("");
  return [...found].sort();
}

const address = ({ status }: Node, wanted: string): string =>
  status?.addresses?.find(({ type }) => type === wanted)?.address ?? "<none>";

function kernel({ status }: Node): string {
  const { kernelVersion, architecture } = status?.nodeInfo ?? {};
  return `${kernelVersion || "<unknown>"}${architecture ? ` (${architecture})` : ""}`;
}
