// The Node object as its agent reports it. Pure; conditions and labels are upstream's (kubelet's nodestatus).
import { printQuantity, quantityOf } from "../schema/quantity.ts";
import type { Node, NodeCondition, NodeStatus } from "../schema/types/core-v1.ts";
import type { AgentSettings } from "./agent-options.ts";
import type { Machine } from "./host.ts";
import type { PressureType } from "./pressure/signals.ts";
import type {
  RuntimeCondition,
  RuntimeHandlerInfo,
  RuntimeImage,
  RuntimeVersion,
} from "./runtime.ts";

const kubeletVersion = "v1.37.2";

export type NodeFacts = {
  readonly name: string;
  readonly machine: Machine;
  readonly settings: AgentSettings;
  readonly runtime: RuntimeVersion;
  readonly conditions: readonly RuntimeCondition[];
  readonly handlers: readonly RuntimeHandlerInfo[];
  readonly images: readonly RuntimeImage[];
  /** What the node is short of. */
  readonly pressures: readonly PressureType[];
};

/** Images that the status lists, largest first, each with up to so many names. */
const imagesMax = 50;
const imageNamesMax = 5;

export function nodeObject(facts: NodeFacts, now: string): Node {
  const { name, machine, settings } = facts;
  const { operatingSystem, architecture } = machine.info;
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "beta.kubernetes.io/arch": architecture,
        "beta.kubernetes.io/os": operatingSystem,
        "kubernetes.io/arch": architecture,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": operatingSystem,
        ...settings.labels,
      },
      annotations: { "volumes.kubernetes.io/controller-managed-attach-detach": "true" },
    },
    spec: {
      ...(settings.podCidr ? { podCIDR: settings.podCidr, podCIDRs: [settings.podCidr] } : {}),
      ...(settings.providerId ? { providerID: settings.providerId } : {}),
      ...(settings.taints.length > 0 ? { taints: [...settings.taints] } : {}),
    },
    status: nodeStatus(facts, undefined, now),
  };
}

export function nodeStatus(
  facts: NodeFacts,
  before: NodeStatus | undefined,
  now: string,
): NodeStatus {
  const { machine, settings, runtime, handlers } = facts;
  const capacity = capacityOf(machine, settings);
  return {
    addresses: [...machine.addresses],
    capacity,
    allocatable: capacity,
    conditions: conditionsOf(facts, before?.conditions ?? [], now),
    ...(settings.port > 0 ? { daemonEndpoints: { kubeletEndpoint: { Port: settings.port } } } : {}),
    images: imagesOf(facts.images),
    nodeInfo: {
      ...machine.info,
      containerRuntimeVersion: `${runtime.runtimeName}://${runtime.runtimeVersion}`,
      kubeletVersion,
      kubeProxyVersion: "",
    },
    ...(handlers.length > 0
      ? {
          runtimeHandlers: handlers.map((h) => ({
            name: h.name,
            ...(h.features ? { features: h.features } : {}),
          })),
        }
      : {}),
  };
}

function capacityOf(machine: Machine, settings: AgentSettings): Record<string, string> {
  const kibi = (bytes: number): string =>
    printQuantity(quantityOf(Math.floor(bytes / 1024) * 1024, "binarySI"));
  return {
    cpu: String(machine.cpus),
    "ephemeral-storage": kibi(machine.storageBytes),
    memory: kibi(machine.memoryBytes),
    pods: String(settings.podsMax),
    ...settings.capacity,
  };
}

type Text = readonly [reason: string, message: string];

const pressureTexts: readonly (readonly [PressureType, short: Text, enough: Text])[] = [
  [
    "MemoryPressure",
    ["KubeletHasInsufficientMemory", "kubelet has insufficient memory available"],
    ["KubeletHasSufficientMemory", "kubelet has sufficient memory available"],
  ],
  [
    "DiskPressure",
    ["KubeletHasDiskPressure", "kubelet has disk pressure"],
    ["KubeletHasNoDiskPressure", "kubelet has no disk pressure"],
  ],
  [
    "PIDPressure",
    ["KubeletHasInsufficientPID", "kubelet has insufficient PID available"],
    ["KubeletHasSufficientPID", "kubelet has sufficient PID available"],
  ],
];

type Bare = Pick<NodeCondition, "type" | "status" | "reason" | "message">;

function conditionsOf(
  { conditions, pressures }: NodeFacts,
  before: readonly NodeCondition[],
  now: string,
): NodeCondition[] {
  const bare: Bare[] = [
    ...pressureTexts.map(([type, short, enough]) => {
      const isShort = pressures.includes(type);
      const [reason, message] = isShort ? short : enough;
      return { type, status: isShort ? "True" : "False", reason, message } as const;
    }),
    readyCondition(conditions),
  ];
  return bare.map((b) => {
    const old = before.find((c) => c.type === b.type);
    const isSame = old?.status === b.status;
    return {
      type: b.type,
      status: b.status,
      lastHeartbeatTime: now,
      lastTransitionTime: (isSame && old.lastTransitionTime) || now,
      reason: b.reason,
      message: b.message,
    };
  });
}

function readyCondition(conditions: readonly RuntimeCondition[]): Bare {
  const texts: string[] = [];
  for (const [type, what] of [
    ["RuntimeReady", "container runtime"],
    ["NetworkReady", "container runtime network"],
  ] as const) {
    const c = conditions.find((one) => one.type === type);
    if (!c) texts.push(`${what} status is unknown`);
    else if (!c.status) {
      texts.push(`${what} not ready: ${type}=false reason:${c.reason} message:${c.message}`);
    }
  }
  return texts.length === 0
    ? {
        type: "Ready",
        status: "True",
        reason: "KubeletReady",
        message: "kubelet is posting ready status",
      }
    : { type: "Ready", status: "False", reason: "KubeletNotReady", message: texts.join(", ") };
}

function imagesOf(images: readonly RuntimeImage[]): NonNullable<NodeStatus["images"]> {
  return images
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, imagesMax)
    .map((image) => ({
      names: [...image.repoDigests, ...image.repoTags].slice(0, imageNamesMax),
      sizeBytes: image.sizeBytes,
    }));
}
