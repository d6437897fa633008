// The flow schemas and priority levels that upstream suggests for every cluster, beside those that nobody may change.

import type {
  FlowSchemaSpec,
  PolicyRulesWithSubjects,
  PriorityLevelConfigurationSpec,
  Subject,
} from "../../schema/types/flowcontrol-v1.ts";

type Specs<T> = ReadonlyMap<string, T>;

/** Concurrency shares, percent lent to others, number of queues, queues that one flow may use. */
const shares: readonly [string, number, number, number, number][] = [
  ["system", 30, 33, 64, 6],
  ["node-high", 40, 25, 64, 6],
  ["leader-election", 10, 0, 16, 4],
  ["workload-high", 40, 50, 128, 6],
  ["workload-low", 100, 90, 128, 6],
  ["global-default", 20, 50, 128, 6],
];

const queueLengthLimit = 50;

export const suggestedLevels: Specs<PriorityLevelConfigurationSpec> = new Map(
  shares.map(([name, nominalConcurrencyShares, lendablePercent, queues, handSize]) => [
    name,
    {
      type: "Limited",
      limited: {
        nominalConcurrencyShares,
        lendablePercent,
        limitResponse: { type: "Queue", queuing: { queues, handSize, queueLengthLimit } },
      },
    },
  ]),
);

const group = (name: string): Subject => ({ kind: "Group", group: { name } });
const user = (name: string): Subject => ({ kind: "User", user: { name } });
const everybody = [group("system:unauthenticated"), group("system:authenticated")];
const nodes = [group("system:nodes")];
const kubeSystem: Subject = {
  kind: "ServiceAccount",
  serviceAccount: { name: "*", namespace: "kube-system" },
};

const resources = (
  verbs: string[],
  apiGroup: string,
  names: string[],
  clusterScope: boolean,
): NonNullable<PolicyRulesWithSubjects["resourceRules"]>[number] => ({
  verbs,
  apiGroups: [apiGroup],
  resources: names,
  ...(clusterScope ? { clusterScope } : {}),
  namespaces: ["*"],
});

const everything = {
  resourceRules: [resources(["*"], "*", ["*"], true)],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
};

const leases = (verbs: string[]) => resources(verbs, "coordination.k8s.io", ["leases"], false);

type Rules = Omit<PolicyRulesWithSubjects, "subjects">;
type Row = [
  name: string,
  level: string,
  precedence: number,
  by: "ByUser" | "ByNamespace" | undefined,
  subjects: Subject[],
  rules: Rules,
];

const rows: readonly Row[] = [
  ["system-nodes", "system", 500, "ByUser", nodes, everything],
  [
    "system-node-high",
    "node-high",
    400,
    "ByUser",
    nodes,
    { resourceRules: [resources(["*"], "", ["nodes", "nodes/status"], true), leases(["*"])] },
  ],
  [
    "probes",
    "exempt",
    2,
    undefined,
    everybody,
    { nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz", "/readyz", "/livez"] }] },
  ],
  [
    "system-leader-election",
    "leader-election",
    100,
    "ByUser",
    [user("system:kube-controller-manager"), user("system:kube-scheduler"), kubeSystem],
    { resourceRules: [leases(["get", "create", "update"])] },
  ],
  [
    "kube-controller-manager",
    "workload-high",
    800,
    "ByNamespace",
    [user("system:kube-controller-manager")],
    everything,
  ],
  [
    "kube-scheduler",
    "workload-high",
    800,
    "ByNamespace",
    [user("system:kube-scheduler")],
    everything,
  ],
  ["kube-system-service-accounts", "workload-high", 900, "ByNamespace", [kubeSystem], everything],
  [
    "service-accounts",
    "workload-low",
    9000,
    "ByUser",
    [group("system:serviceaccounts")],
    everything,
  ],
  ["global-default", "global-default", 9900, "ByUser", everybody, everything],
];

export const suggestedSchemas: Specs<FlowSchemaSpec> = new Map(
  rows.map(([name, level, matchingPrecedence, by, subjects, rules]) => [
    name,
    {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence,
      ...(by === undefined ? {} : { distinguisherMethod: { type: by } }),
      rules: [{ subjects, ...rules }],
    },
  ]),
);
