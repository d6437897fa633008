// What admission makes of new pods, and which it refuses, on the way that every write takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiServer } from "../../../test/kit/api-server.ts";
import { guardedServer } from "../../../test/kit/guarded-server.ts";
import type { Container, Pod, PodSpec } from "../../schema/types/core-v1.ts";

const inside = "/api/v1/namespaces/a";
const scheduling = "/apis/scheduling.k8s.io/v1/priorityclasses";
const runtimes = "/apis/node.k8s.io/v1/runtimeclasses";

async function cluster(): Promise<ApiServer> {
  const server = guardedServer();
  await server.done("POST /api/v1/namespaces", { metadata: { name: "a" } });
  await server.done(`POST ${inside}/serviceaccounts`, { metadata: { name: "default" } });
  return server;
}

const container = (more: Partial<Container> = {}): Container => ({
  name: "c",
  image: "i",
  ...more,
});
const podOf = (spec: Partial<PodSpec>, metadata: object = {}): object => ({
  metadata: { name: "p", ...metadata },
  spec: { containers: [container()], ...spec },
});

/** The pod as it would be stored, or the message of the refusal. */
async function tried(server: ApiServer, pod: object): Promise<Pod | string> {
  const { status, body } = await server.ask(`POST ${inside}/pods?dryRun=All`, pod);
  return status === 201 ? body : body.message;
}

const prefix = 'pods "p" is forbidden: ';

test("a pod without wishes gets an account, its token, a priority and patience with nodes", async () => {
  const { spec } = (await tried(await cluster(), podOf({}))) as Pod;
  const { volumes, containers, serviceAccountName, serviceAccount } = spec;
  const name = volumes?.[0]?.name ?? "";
  assert.match(name, /^kube-api-access-[a-z0-9]{5}$/);
  const mountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
  assert.deepEqual(containers[0]?.volumeMounts, [{ name, readOnly: true, mountPath }]);
  const sources = volumes?.[0]?.projected?.sources;
  assert.deepEqual(sources, [
    { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
    { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
    {
      downwardAPI: {
        items: [
          { path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } },
        ],
      },
    },
  ]);
  assert.deepEqual([serviceAccountName, serviceAccount], ["default", "default"]);
  assert.deepEqual([spec.priority, spec.preemptionPolicy], [0, "PreemptLowerPriority"]);
  const away = { operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 };
  assert.deepEqual(spec.tolerations, [
    { key: "node.kubernetes.io/not-ready", ...away },
    { key: "node.kubernetes.io/unreachable", ...away },
  ]);
});

const small = { requests: { cpu: "50m" }, limits: { cpu: "100m" } };

/** Objects of the namespace, what a pod wants, and what it gets: a part of it, or the message. */
const rows: [
  what: string,
  objects: readonly [path: string, object: object][],
  pod: object,
  answer: string | ((pod: Pod) => unknown[]),
][] = [
  [
    "another account",
    [
      [
        `${inside}/serviceaccounts`,
        { metadata: { name: "bot" }, imagePullSecrets: [{ name: "r" }] },
      ],
    ],
    podOf({ serviceAccountName: "bot" }),
    ({ spec }) => [spec.serviceAccount, spec.imagePullSecrets, ["bot", [{ name: "r" }]]],
  ],
  [
    "an account that is not there",
    [],
    podOf({ serviceAccountName: "none" }),
    `${prefix}error looking up service account a/none: serviceaccount "none" not found`,
  ],
  [
    "no token wanted by the pod",
    [],
    podOf({ automountServiceAccountToken: false }),
    ({ spec }) => [spec.volumes, undefined],
  ],
  [
    "no token wanted by the account",
    [
      [
        `${inside}/serviceaccounts`,
        { metadata: { name: "shy" }, automountServiceAccountToken: false },
      ],
    ],
    podOf({ serviceAccountName: "shy" }),
    ({ spec }) => [spec.volumes, undefined],
  ],
  [
    "a secret that the account does not name",
    [
      [
        `${inside}/serviceaccounts`,
        {
          metadata: {
            name: "strict",
            annotations: { "kubernetes.io/enforce-mountable-secrets": "true" },
          },
        },
      ],
    ],
    podOf({ serviceAccountName: "strict", volumes: [{ name: "v", secret: { secretName: "s" } }] }),
    `${prefix}volume with secret.secretName="s" is not allowed because service account strict does not reference that secret`,
  ],
  [
    "a priority by name",
    [[scheduling, { metadata: { name: "high" }, value: 7, preemptionPolicy: "Never" }]],
    podOf({ priorityClassName: "high" }),
    ({ spec }) => [spec.priority, spec.preemptionPolicy, [7, "Never"]],
  ],
  [
    "a priority for all that name none",
    [[scheduling, { metadata: { name: "usual" }, value: 3, globalDefault: true }]],
    podOf({}),
    ({ spec }) => [spec.priority, spec.priorityClassName, [3, "usual"]],
  ],
  [
    "a priority that is not there",
    [],
    podOf({ priorityClassName: "none" }),
    `${prefix}no PriorityClass with name none was found`,
  ],
  [
    "a priority by number",
    [],
    podOf({ priority: 5 }),
    `${prefix}the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name`,
  ],
  [
    "a runtime class that is not there",
    [],
    podOf({ runtimeClassName: "none" }),
    `${prefix}pod rejected: RuntimeClass "none" not found`,
  ],
  [
    "a runtime class with overhead and nodes of its own",
    [
      [
        runtimes,
        {
          metadata: { name: "vm" },
          handler: "vm",
          overhead: { podFixed: { cpu: "250m" } },
          scheduling: { nodeSelector: { vm: "yes" } },
        },
      ],
    ],
    podOf({ runtimeClassName: "vm", nodeSelector: { disk: "ssd" } }),
    ({ spec }) => [spec.overhead, spec.nodeSelector, [{ cpu: "250m" }, { disk: "ssd", vm: "yes" }]],
  ],
  [
    "another node than the runtime class wants",
    [
      [
        runtimes,
        { metadata: { name: "vm" }, handler: "vm", scheduling: { nodeSelector: { vm: "yes" } } },
      ],
    ],
    podOf({ runtimeClassName: "vm", nodeSelector: { vm: "no" } }),
    `${prefix}conflict: runtimeClass.scheduling.nodeSelector[vm] = yes; pod.spec.nodeSelector[vm] = no`,
  ],
  [
    "own tolerations",
    [],
    podOf({
      tolerations: [
        {
          key: "node.kubernetes.io/not-ready",
          operator: "Exists",
          tolerationSeconds: 5,
          effect: "NoExecute",
        },
      ],
    }),
    ({ spec }) => [
      spec.tolerations?.map((t) => [t.key, t.tolerationSeconds]),
      [
        ["node.kubernetes.io/not-ready", 5],
        ["node.kubernetes.io/unreachable", 300],
      ],
    ],
  ],
  [
    "everything tolerated",
    [],
    podOf({ tolerations: [{ operator: "Exists" }] }),
    ({ spec }) => [spec.tolerations, [{ operator: "Exists" }]],
  ],
  [
    "defaults of a limit range",
    [
      limits({
        type: "Container",
        default: { cpu: "200m", memory: "64Mi" },
        defaultRequest: { cpu: "100m" },
      }),
    ],
    podOf({ containers: [container({ resources: { limits: { cpu: "150m" } } })] }),
    ({ spec, metadata }) => [
      spec.containers[0]?.resources,
      metadata.annotations?.["kubernetes.io/limit-ranger"],
      [
        {
          limits: { cpu: "150m", memory: "64Mi" },
          requests: { cpu: "150m", memory: "64Mi" },
        },
        "LimitRanger plugin set: memory request for container c; memory limit for container c",
      ],
    ],
  ],
  [
    "below the least",
    [limits({ type: "Container", min: { cpu: "100m" } })],
    podOf({ containers: [container({ resources: small })] }),
    `${prefix}minimum cpu usage per Container is 100m, but request is 50m`,
  ],
  [
    "above the most, in two ways",
    [
      limits({ type: "Container", max: { cpu: "10m" } }),
      limits({ type: "Pod", max: { memory: "1Mi" } }, "z"),
    ],
    podOf({ containers: [container({ resources: small })] }),
    `${prefix}maximum cpu usage per Container is 10m, but limit is 100m`,
  ],
  [
    "no limit where one is needed",
    [limits({ type: "Pod", max: { memory: "1Gi" } })],
    podOf({ containers: [container({ resources: small })] }),
    `${prefix}maximum memory usage per Pod is 1Gi.  No limit is specified`,
  ],
  [
    "too wide",
    [limits({ type: "Container", maxLimitRequestRatio: { cpu: "1500m" } })],
    podOf({ containers: [container({ resources: small })] }),
    `${prefix}cpu max limit to request ratio per Container is 1500m, but provided ratio is 2.000000`,
  ],
];

function limits(limit: object, name = "l"): [string, object] {
  return [`${inside}/limitranges`, { metadata: { name }, spec: { limits: [limit] } }];
}

test("pods are filled in or refused by what is in their namespace", async () => {
  for (const [what, objects, pod, answer] of rows) {
    const server = await cluster();
    for (const [path, object] of objects) await server.done(`POST ${path}`, object);
    const got = await tried(server, pod);
    if (typeof answer === "string") {
      assert.equal(got, answer, what);
      continue;
    }
    assert.equal(typeof got, "object", `${what}: ${got}`);
    const seen = answer(got as Pod);
    const wanted = seen.pop();
    assert.deepEqual(seen.length === 1 ? seen[0] : seen, wanted, what);
  }
});

test("nothing is put where no namespace is, nor where one goes away", async () => {
  const server = await cluster();
  const configMap = { metadata: { name: "c" } };
  const missing = await server.ask("POST /api/v1/namespaces/none/configmaps", configMap);
  assert.equal(missing.status, 404);
  assert.equal(missing.body.message, 'namespaces "none" not found');
  await server.done(`POST ${inside}/configmaps`, configMap);
  await server.done("DELETE /api/v1/namespaces/a");
  const late = await server.ask(`POST ${inside}/configmaps`, { metadata: { name: "d" } });
  assert.equal(late.status, 403);
  assert.equal(
    late.body.message,
    'configmaps "d" is forbidden: unable to create new content in namespace a because it is being terminated',
  );
  assert.deepEqual(late.body.details.causes, [
    {
      reason: "NamespaceTerminating",
      message: "namespace a is being terminated",
      field: "metadata.namespace",
    },
  ]);
  // What is there may be changed and deleted: that is how it ends.
  await server.done(`PATCH ${inside}/configmaps/c`, { data: { a: "b" } });
  await server.done(`DELETE ${inside}/configmaps/c`);
});

test("some namespaces stay", async () => {
  const server = await cluster();
  for (const name of ["default", "kube-system", "kube-public"]) {
    await server.done("POST /api/v1/namespaces", { metadata: { name } });
    const { status, body } = await server.ask(`DELETE /api/v1/namespaces/${name}`);
    assert.equal(status, 403);
    assert.equal(
      body.message,
      `namespaces "${name}" is forbidden: this namespace may not be deleted`,
    );
  }
});

test("a pod waits a moment for the account of a new namespace, and no longer", async () => {
  const server = guardedServer();
  await server.done("POST /api/v1/namespaces", { metadata: { name: "a" } });
  const first = tried(server, podOf({}));
  await server.clock.advance(100);
  await server.done(`POST ${inside}/serviceaccounts`, { metadata: { name: "default" } });
  assert.equal(typeof (await first), "object");
  await server.done(`DELETE ${inside}/serviceaccounts/default`);
  const second = tried(server, podOf({}));
  await server.clock.advance(2000);
  assert.match(String(await second), /serviceaccount "default" not found$/);
});
