// The plug-ins that are on by a flag only, on a server that has them on.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { type ApiServer, apiServer } from "../../../test/kit/api-server.ts";
import type { Toleration } from "../../schema/types/core-v1.ts";
import { serverIdentity } from "../call.ts";
import { makeEdge } from "../edge.ts";
import type { Remote } from "../remote.ts";
import type { LimitedResource } from "./quota/limited.ts";
import { type AdmissionSettings, offByDefault, pluginNames } from "./settings.ts";

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

function world(
  enabled: string[],
  settings: Partial<AdmissionSettings> = {},
  remote?: Remote,
): ApiServer {
  return apiServer({
    edge: (core) => ({
      ...makeEdge(core, {
        clientAuthorities: "",
        serviceAccounts: { keys: [pem], issuer: "https://issuer" },
        address: () => "",
        admission: {
          enabled: new Set(enabled),
          disabled: new Set(["ServiceAccount"]),
          ...settings,
        },
        ...(remote === undefined ? {} : { remote }),
      }),
      identify: ({ headers }) =>
        headers["user"] === undefined
          ? serverIdentity
          : { user: String(headers["user"]), groups: ["system:authenticated"] },
    }),
  });
}

const pod = (spec: object = {}, metadata: object = {}) => ({
  metadata: { name: "p", ...metadata },
  spec: { containers: [{ name: "a", image: "x" }], ...spec },
});
const pods = "POST /api/v1/namespaces/dev/pods";

async function withNamespace(server: ApiServer, annotations: Record<string, string> = {}) {
  await server.done("POST /api/v1/namespaces", { metadata: { name: "dev", annotations } });
  return server;
}

test("every plug-in has a place, and those that are off are known by name", () => {
  for (const name of offByDefault)
    assert.ok((pluginNames as readonly string[]).includes(name), name);
  assert.equal(new Set(pluginNames).size, pluginNames.length);
});

test("a default plug-in can be turned off", async () => {
  const labels = { "pod-security.kubernetes.io/enforce": "baseline" };
  for (const [disabled, status] of [
    [[], 403],
    [["PodSecurity"], 201],
  ] as const) {
    const server = world([], { disabled: new Set(["ServiceAccount", ...disabled]) });
    await server.done("POST /api/v1/namespaces", { metadata: { name: "dev", labels } });
    assert.equal((await server.ask(pods, pod({ hostNetwork: true }))).status, status);
  }
});

test("AlwaysPullImages pulls, and keeps running pods as they are", async () => {
  const server = await withNamespace(world(["AlwaysPullImages"]));
  const volumes = [{ name: "v", image: { reference: "r", pullPolicy: "Never" } }];
  const containers = [{ name: "a", image: "x", imagePullPolicy: "Never" }];
  const { spec } = await server.done(
    pods,
    pod({ volumes, containers, initContainers: [{ name: "i", image: "y" }] }),
  );
  assert.equal(spec.containers[0].imagePullPolicy, "Always");
  assert.equal(spec.initContainers[0].imagePullPolicy, "Always");
  assert.equal(spec.volumes[0].image.pullPolicy, "Always");
});

test("LimitPodHardAntiAffinityTopology allows the host only", async () => {
  const server = await withNamespace(world(["LimitPodHardAntiAffinityTopology"]));
  const apart = (topologyKey: string) =>
    pod({
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { topologyKey, labelSelector: { matchLabels: { a: "b" } } },
          ],
        },
      },
    });
  const { body } = await server.ask(pods, apart("zone"));
  assert.equal(
    body.message,
    'pods "p" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone but only key kubernetes.io/hostname is allowed',
  );
  assert.equal((await server.ask(pods, apart("kubernetes.io/hostname"))).status, 201);
});

test("ExtendedResourceToleration tolerates the taint of a device that is asked for", async () => {
  const server = await withNamespace(world(["ExtendedResourceToleration"]));
  const amounts = { "example.com/gpu": "1", cpu: "1", "hugepages-2Mi": "2Mi", memory: "1Gi" };
  const containers = [{ name: "a", image: "x", resources: { requests: amounts, limits: amounts } }];
  const { spec } = await server.done(pods, pod({ containers }));
  const keys = spec.tolerations.map((t: Toleration) => t.key);
  assert.ok(keys.includes("example.com/gpu") && !keys.includes("cpu"), keys.join());
});

test("DenyServiceExternalIPs keeps what is there and refuses more", async () => {
  const server = await withNamespace(world(["DenyServiceExternalIPs"]));
  const service = (...externalIPs: string[]) => ({
    metadata: { name: "s" },
    spec: { ports: [{ port: 80 }], ...(externalIPs.length === 0 ? {} : { externalIPs }) },
  });
  const { status, body } = await server.ask(
    "POST /api/v1/namespaces/dev/services",
    service("1.2.3.4"),
  );
  assert.equal(status, 403);
  assert.match(body.message, /Use of external IPs is denied by admission control$/);
  assert.equal((await server.ask("POST /api/v1/namespaces/dev/services", service())).status, 201);
});

test("PodNodeSelector adds the namespace's selector and refuses another", async () => {
  const settings = {
    nodeSelectors: { clusterDefaultNodeSelector: "team=any", dev: "team=blue,disk=ssd" },
  };
  const annotations = { "scheduler.alpha.kubernetes.io/node-selector": "team=blue" };
  const server = await withNamespace(world(["PodNodeSelector"], settings), annotations);
  const { spec } = await server.done(pods, pod({ nodeSelector: { disk: "ssd" } }));
  assert.deepEqual(spec.nodeSelector, { team: "blue", disk: "ssd" });
  const rows = [
    [{ team: "red" }, "pod node label selector conflicts with its namespace node label selector"],
    [{ disk: "hdd" }, "pod node label selector labels conflict with its namespace whitelist"],
  ] as const;
  for (const [nodeSelector, told] of rows) {
    const { body } = await server.ask(pods, pod({ nodeSelector }, { name: "q" }));
    assert.equal(body.message, `pods "q" is forbidden: ${told}`);
  }
  const other = world(["PodNodeSelector"], settings);
  await withNamespace(other);
  const made = await other.ask(pods, pod());
  assert.match(made.body.message, /namespace whitelist/);
});

test("PodTolerationRestriction gives the namespace's tolerations and refuses others", async () => {
  const annotations = {
    "scheduler.alpha.kubernetes.io/defaultTolerations": '[{"key":"team","operator":"Exists"}]',
    "scheduler.alpha.kubernetes.io/tolerationsWhitelist":
      '[{"key":"team","operator":"Exists"},{"operator":"Exists","effect":"NoExecute"}]',
  };
  const server = await withNamespace(world(["PodTolerationRestriction"]), annotations);
  const own: Toleration = { key: "team", operator: "Equal", value: "blue", effect: "NoSchedule" };
  const { spec } = await server.done(pods, pod({ tolerations: [own] }));
  const keys = spec.tolerations.map((t: Toleration) => `${t.key} ${t.operator}`);
  assert.deepEqual(
    keys.filter((k: string) => k.startsWith("team")),
    ["team Exists"],
  );
  const other = { key: "rack", operator: "Exists", effect: "NoSchedule" };
  const refused = await server.ask(pods, pod({ tolerations: [other] }, { name: "q" }));
  assert.match(refused.body.message, /conflict with its namespace whitelist/);
});

test("EventRateLimit lets so many events through in a time", async () => {
  const limits = [{ type: "Namespace", qps: 1, burst: 2, cacheSize: 10 } as const];
  const server = await withNamespace(world(["EventRateLimit"], { eventLimits: limits }));
  const event = (name: string) => ({
    metadata: { name, namespace: "dev" },
    involvedObject: { kind: "Pod", namespace: "dev", name: "p" },
    reason: "R",
    message: "m",
  });
  const post = async (name: string) =>
    (await server.ask("POST /api/v1/namespaces/dev/events", event(name))).status;
  assert.deepEqual([await post("a"), await post("b"), await post("c")], [201, 201, 429]);
  await server.clock.advance(1000);
  assert.deepEqual([await post("d"), await post("e")], [201, 429]);
});

test("ImagePolicyWebhook asks another program once for the same images", async () => {
  const asked: { spec: { containers: { image: string }[] } }[] = [];
  let answer: object | undefined = { allowed: false, reason: "unsigned" };
  const remote: Remote = (_target, { body = "" }) => {
    asked.push(JSON.parse(body));
    if (answer === undefined) return Promise.reject(new Error("gone"));
    return Promise.resolve({ status: 200, body: Buffer.from(JSON.stringify({ status: answer })) });
  };
  const imagePolicy = {
    target: { url: "https://images" },
    allowedMs: 1000,
    refusedMs: 1000,
    retryMs: 1,
    defaultAllow: false,
  };
  const server = await withNamespace(world(["ImagePolicyWebhook"], { imagePolicy }, remote));
  for (let i = 0; i < 2; i++) {
    const { body } = await server.ask(pods, pod());
    assert.equal(
      body.message,
      'pods "p" is forbidden: image policy webhook backend denied one or more images: unsigned',
    );
  }
  assert.equal(asked.length, 1);
  assert.deepEqual(asked[0]!.spec.containers, [{ image: "x" }]);
  await server.clock.advance(1001);
  answer = { allowed: true };
  assert.equal((await server.ask(pods, pod())).status, 201);
  answer = undefined;
  const containers = [{ name: "a", image: "z" }];
  assert.equal((await server.ask(pods, pod({ containers }, { name: "q" }))).status, 403);
});

test("ImagePolicyWebhook is asked about containers that come to a running pod", async () => {
  const asked: string[][] = [];
  const remote: Remote = (_target, { body = "" }) => {
    const { spec } = JSON.parse(body) as { spec: { containers: { image: string }[] } };
    const images = spec.containers.map(({ image }) => image);
    asked.push(images);
    const status = { allowed: !images.includes("evil"), reason: "unsigned" };
    return Promise.resolve({ status: 200, body: Buffer.from(JSON.stringify({ status })) });
  };
  const imagePolicy = {
    target: { url: "https://images" },
    allowedMs: 1000,
    refusedMs: 1000,
    retryMs: 1,
    defaultAllow: false,
  };
  const server = await withNamespace(world(["ImagePolicyWebhook"], { imagePolicy }, remote));
  await server.done(pods, pod());
  const path = "PATCH /api/v1/namespaces/dev/pods/p/ephemeralcontainers";
  const merge = { "content-type": "application/merge-patch+json" };
  const adding = (image: string) => ({ spec: { ephemeralContainers: [{ name: "e", image }] } });
  const { status, body } = await server.ask(path, adding("evil"), merge);
  assert.equal(status, 403);
  assert.match(body.message, /image policy webhook backend denied one or more images: unsigned/);
  assert.equal((await server.ask(path, adding("good"), merge)).status, 200);
  assert.deepEqual(asked, [["x"], ["evil"], ["good"]]);
});

test("OwnerReferencesPermissionEnforcement asks for the owner's finalizers", async () => {
  const server = await withNamespace(world(["OwnerReferencesPermissionEnforcement"]));
  const rbac = "/apis/rbac.authorization.k8s.io/v1";
  const rules = [
    { verbs: ["create", "get", "update"], apiGroups: [""], resources: ["configmaps"] },
  ];
  await server.done(`POST ${rbac}/clusterroles`, { metadata: { name: "writer" }, rules });
  await server.done(`POST ${rbac}/clusterrolebindings`, {
    metadata: { name: "writer" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "writer" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "ann" }],
  });
  const owned = (name: string, blockOwnerDeletion: boolean) => ({
    metadata: {
      name,
      ownerReferences: [
        { apiVersion: "apps/v1", kind: "Deployment", name: "d", uid: "u", blockOwnerDeletion },
      ],
    },
  });
  const target = "POST /api/v1/namespaces/dev/configmaps";
  const ann = { user: "ann" };
  assert.equal((await server.ask(target, owned("a", false), ann)).status, 201);
  const { body } = await server.ask(target, owned("b", true), ann);
  assert.match(
    body.message,
    /cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on/,
  );
  assert.equal((await server.ask(target, owned("b", true))).status, 201);
  const changed = await server.ask(
    "PUT /api/v1/namespaces/dev/configmaps/a",
    { metadata: { name: "a" } },
    ann,
  );
  assert.match(changed.body.message, /cannot set an ownerRef on a resource you can't delete/);
});

test("Pod Security has defaults, and those who are exempt from it", async () => {
  const latest = "latest" as const;
  const baseline = { level: "baseline", version: latest } as const;
  const restricted = { level: "restricted", version: latest } as const;
  const podSecurity = {
    defaults: { enforce: baseline, audit: restricted, warn: restricted },
    exempt: { usernames: ["root"], namespaces: ["free"], runtimeClasses: [] },
  };
  const server = await withNamespace(world([], { podSecurity }));
  await server.done("POST /api/v1/namespaces", { metadata: { name: "free" } });
  const host = pod({ hostNetwork: true });
  const refused = await server.ask(pods, host);
  assert.match(refused.body.message, /violates PodSecurity "baseline:latest": host namespaces/);
  assert.equal((await server.ask("POST /api/v1/namespaces/free/pods", host)).status, 201);
  const warned = await server.ask(pods, pod({}, { name: "w" }));
  assert.match(
    String(warned.headers["warning"]),
    /would violate PodSecurity \\"restricted:latest\\"/,
  );
});

test("what is limited is used only where a quota says how much", async () => {
  const limitedResources: LimitedResource[] = [
    { apiGroup: "", resource: "pods", matchContains: ["cpu"], matchScopes: [] },
    {
      apiGroup: "",
      resource: "pods",
      matchContains: [],
      matchScopes: [{ scopeName: "PriorityClass", operator: "In", values: ["high"] }],
    },
  ];
  const server = await withNamespace(world([], { limitedResources }));
  await server.done("POST /apis/scheduling.k8s.io/v1/priorityclasses", {
    metadata: { name: "high" },
    value: 7,
  });
  const asking = pod({
    containers: [{ name: "a", image: "x", resources: { requests: { cpu: "1" } } }],
  });
  const cpu = await server.ask(pods, asking);
  assert.match(cpu.body.message, /insufficient quota to consume: cpu,requests\.cpu$/);
  const high = await server.ask(pods, pod({ priorityClassName: "high" }));
  assert.match(
    high.body.message,
    /insufficient quota to match these scopes: \[\{PriorityClass In \[high\]\}\]$/,
  );
  assert.equal((await server.ask(pods, pod())).status, 201);
  await server.done("POST /api/v1/namespaces/dev/resourcequotas", {
    metadata: { name: "q" },
    spec: { hard: { cpu: "2", "requests.cpu": "2" } },
  });
  await server.clock.advance(200);
  const covered = await server.ask(pods, { ...asking, metadata: { name: "covered" } });
  assert.equal(covered.status, 201, covered.body.message);
});
