// Limits and quotas in the words of the real kube-apiserver: the same requests to both, the same answers.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Answer, type Side, startOurs, startPeer, whyNoPeer } from "./peer.ts";

const amounts = (requests: object, limits: object = {}) => ({ resources: { requests, limits } });
const container = (name: string, more: object = {}) => ({ name, image: "example.com/a", ...more });
const pod = (containers: object[], more: object = {}) => ({
  metadata: { name: "p" },
  spec: { containers, ...more },
});
const one = (requests: object, limits: object = {}, more: object = {}) =>
  pod([container("a", amounts(requests, limits))], more);
const claim = (storage: string, storageClassName?: string) => ({
  metadata: { name: "c" },
  spec: {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage } },
    ...(storageClassName === undefined ? {} : { storageClassName }),
  },
});

const limitRanges: Record<string, object[]> = {
  defaults: [
    { type: "Container", default: { cpu: "500m", memory: "1Gi" }, defaultRequest: { cpu: "100m" } },
  ],
  bounds: [
    { type: "Container", min: { cpu: "100m", memory: "64Mi" }, max: { cpu: "2", memory: "1Gi" } },
    { type: "Pod", min: { cpu: "200m" }, max: { cpu: "3", memory: "2Gi" } },
  ],
  ratios: [
    { type: "Container", maxLimitRequestRatio: { cpu: "2", memory: "1500m" } },
    { type: "Pod", maxLimitRequestRatio: { cpu: "3" } },
  ],
  claims: [{ type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "5Gi" } }],
};

const pods: object[] = [
  pod([container("a")]),
  pod([container("a"), container("b", amounts({ cpu: "50m" }))]),
  one({ cpu: "50m" }),
  one({ cpu: "100m", memory: "64Mi" }, { cpu: "3", memory: "2Gi" }),
  one({ cpu: "1", memory: "512Mi" }, { cpu: "1", memory: "512Mi" }),
  one({ cpu: "100m", memory: "1Gi" }, { cpu: "1", memory: "2Gi" }),
  one({ memory: "1Mi" }),
  one({}, { cpu: "4" }),
  one({ cpu: "1500m" }, { cpu: "2" }),
  pod([
    container("a", amounts({ cpu: "2", memory: "1Gi" }, { cpu: "2", memory: "1Gi" })),
    container("b", amounts({ cpu: "2", memory: "1Gi" }, { cpu: "2", memory: "1Gi" })),
  ]),
  pod([container("a", amounts({ cpu: "1" }, { cpu: "1" }))], {
    initContainers: [container("i", amounts({ cpu: "9" }, { cpu: "9" }))],
  }),
  one({ cpu: "0" }, { cpu: "1" }),
];

const claims = [claim("512Mi"), claim("1Gi"), claim("5Gi"), claim("6Gi")];

type Quota = { readonly hard: object; readonly used: object; readonly scopes?: object };
const quotas: Record<string, Quota> = {
  pods: { hard: { pods: "10" }, used: { pods: "10" } },
  cpu: {
    hard: { "requests.cpu": "4", "limits.memory": "2Gi" },
    used: { "requests.cpu": "3500m", "limits.memory": "1Gi" },
  },
  "best-effort": { hard: { pods: "1" }, used: { pods: "1" }, scopes: { scopes: ["BestEffort"] } },
  "not-best-effort": {
    hard: { pods: "1", cpu: "2" },
    used: { pods: "1", cpu: "1" },
    scopes: { scopes: ["NotBestEffort"] },
  },
  terminating: { hard: { pods: "1" }, used: { pods: "1" }, scopes: { scopes: ["Terminating"] } },
  priority: {
    hard: { pods: "1" },
    used: { pods: "1" },
    scopes: {
      scopeSelector: {
        matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }],
      },
    },
  },
  affinity: {
    hard: { pods: "0" },
    used: { pods: "0" },
    scopes: { scopes: ["CrossNamespacePodAffinity"] },
  },
  storage: {
    hard: {
      "requests.storage": "10Gi",
      persistentvolumeclaims: "2",
      "gold.storageclass.storage.k8s.io/requests.storage": "1Gi",
    },
    used: {
      "requests.storage": "9Gi",
      persistentvolumeclaims: "1",
      "gold.storageclass.storage.k8s.io/requests.storage": "0",
    },
  },
  counts: {
    hard: {
      "count/configmaps": "1",
      "count/deployments.apps": "0",
      services: "1",
      "services.nodeports": "1",
      "services.loadbalancers": "0",
      secrets: "1",
    },
    used: {
      "count/configmaps": "1",
      "count/deployments.apps": "0",
      services: "0",
      "services.nodeports": "1",
      "services.loadbalancers": "0",
      secrets: "1",
    },
  },
};
const affine = {
  affinity: {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { topologyKey: "zone", namespaces: ["x"], labelSelector: { matchLabels: { a: "b" } } },
      ],
    },
  },
};
const writes: [plural: string, object: object][] = [
  ...[
    pod([container("a")]),
    one({ cpu: "1" }),
    one({ cpu: "400m" }, { memory: "1Gi" }),
    one({ cpu: "1" }, { memory: "2Gi" }),
    one({ cpu: "1", memory: "1Gi" }, { cpu: "1", memory: "1Gi" }),
    pod([container("a")], { activeDeadlineSeconds: 60 }),
    pod([container("a")], { priorityClassName: "high" }),
    pod([container("a")], affine),
  ].map((p): [string, object] => ["pods", p]),
  ["persistentvolumeclaims", claim("1Gi")],
  ["persistentvolumeclaims", claim("2Gi")],
  ["persistentvolumeclaims", claim("2Gi", "gold")],
  ["configmaps", { metadata: { name: "m" } }],
  ["secrets", { metadata: { name: "m" } }],
  ["services", { metadata: { name: "s" }, spec: { ports: [{ port: 1 }] } }],
  ["services", { metadata: { name: "s" }, spec: { type: "NodePort", ports: [{ port: 1 }] } }],
  ["services", { metadata: { name: "s" }, spec: { type: "LoadBalancer", ports: [{ port: 1 }] } }],
];

/** The peer goes through resources in no order, and so do its lists of what is wrong. */
const inOrder = (message: string): string =>
  message.replace(/\[([mc].*)\]$/, (_, list: string) => {
    const parts = list.split(/, (?=(?:maximum|minimum|memory|cpu) )/);
    return `[${parts.sort().join(", ")}]`;
  });

describe("limits and quotas beside kube-apiserver", { skip: whyNoPeer }, () => {
  let sides: readonly Side[] = [];
  before(async () => {
    const peer = await startPeer();
    sides = [peer, await startOurs()];
    const high = { metadata: { name: "high" }, value: 7 };
    await both("POST /apis/scheduling.k8s.io/v1/priorityclasses", high);
  });
  after(async () => {
    for (const side of sides) await side[Symbol.asyncDispose]();
  });

  const both = (what: string, body?: object): Promise<Answer[]> =>
    Promise.all(sides.map((side) => side.ask(what, body)));
  const sameRefusal = async (what: string, body: object): Promise<boolean> => {
    const answers = await both(what, body);
    const shown = ({ status, body: { message, reason, details } }: Answer) =>
      status < 300 ? { status } : { status, message: inOrder(message), reason, details };
    const [theirs, own] = answers.map(shown);
    assert.deepEqual(own, theirs, `${what} ${JSON.stringify(body)}`);
    return theirs!.status === 403;
  };
  const namespace = async (name: string): Promise<string> => {
    const path = `/api/v1/namespaces/${name}`;
    await both("POST /api/v1/namespaces", { metadata: { name } });
    await both(`POST ${path}/serviceaccounts`, { metadata: { name: "default" } });
    return path;
  };
  /** The peer's admission follows by watches. */
  const seen = () => new Promise((resolve) => setTimeout(resolve, 300));

  test("each limit refuses and fills in alike", async () => {
    let refused = 0;
    for (const [name, limits] of Object.entries(limitRanges)) {
      const path = await namespace(name);
      await both(`POST ${path}/limitranges`, { metadata: { name: "l" }, spec: { limits } });
      await seen();
      for (const body of pods)
        if (await sameRefusal(`POST ${path}/pods?dryRun=All`, body)) refused++;
      for (const body of claims)
        if (await sameRefusal(`POST ${path}/persistentvolumeclaims?dryRun=All`, body)) refused++;
      const [theirs, own] = await both(`POST ${path}/pods?dryRun=All`, pods[0]);
      assert.deepEqual(
        own!.body.spec?.containers?.[0].resources,
        theirs!.body.spec?.containers?.[0].resources,
      );
      assert.deepEqual(own!.body.metadata?.annotations, theirs!.body.metadata?.annotations);
    }
    assert.ok(refused > 15, `${refused} refused`);
  });

  test("each quota refuses alike", async () => {
    let refused = 0;
    for (const [name, { hard, used, scopes = {} }] of Object.entries(quotas)) {
      const path = await namespace(`quota-${name}`);
      const quota = { metadata: { name: "q" }, spec: { hard, ...scopes } };
      const [made] = await both(`POST ${path}/resourcequotas`, quota);
      assert.equal(made!.status, 201, made!.body.message);
      // Without its controller the peer believes what the status says, and so do we while nothing is counted anew.
      await new Promise((resolve) => setTimeout(resolve, 400));
      const status = { hard, used };
      await Promise.all(
        sides.map(async (side) => {
          const { body } = await side.ask(`GET ${path}/resourcequotas/q`);
          await side.ask(`PUT ${path}/resourcequotas/q/status`, { ...body, status });
        }),
      );
      await seen();
      for (const [plural, body] of writes)
        if (await sameRefusal(`POST ${path}/${plural}?dryRun=All`, body)) refused++;
    }
    assert.ok(refused > 20, `${refused} refused`);
  });
});
