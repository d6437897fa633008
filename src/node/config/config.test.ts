import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container, Pod, PodSpec, Service } from "../../schema/types/core-v1.ts";
import { environment } from "./env.ts";
import { expand } from "./expand.ts";
import { fieldValue, resourceValue } from "./fields.ts";
import { hostnameOf, hostsFile, podResolver } from "./resolver.ts";
import { containerResources, cpuQuota, cpuShares, podCgroup, podResources } from "./resources.ts";
import { sandboxConfig } from "./sandbox.ts";
import { containerSecurity, type ImageUser } from "./security.ts";

const container: Container = { name: "a", image: "x" };
const podOf = (spec: Partial<PodSpec> = {}): Pod => ({
  metadata: {
    name: "p",
    namespace: "ns",
    uid: "u",
    labels: { b: "2", a: 'q"' },
    annotations: { "x/y": "z" },
  },
  spec: { containers: [container], nodeName: "n1", serviceAccountName: "sa", ...spec },
});
const facts = { podIps: ["10.0.0.2", "fd00::2"], hostIps: ["192.0.2.2"] };

test("references in texts are replaced once", () => {
  const known: Record<string, string> = { A: "1", B: "$(A)" };
  const rows: [string, string][] = [
    ["$(A)", "1"],
    ["$(B)", "$(A)"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$(C)-$A-$", "$(C)-$A-$"],
    ["$(A", "$(A"],
  ];
  for (const [text, expected] of rows)
    assert.equal(
      expand(text, (name) => known[name]),
      expected,
    );
});

test("fields of a pod are told to its containers", () => {
  const rows: [string, string][] = [
    ["metadata.name", "p"],
    ["metadata.uid", "u"],
    ["metadata.labels", 'a="q\\""\nb="2"'],
    ["metadata.labels['b']", "2"],
    ["metadata.annotations['x/y']", "z"],
    ["metadata.annotations['none']", ""],
    ["spec.nodeName", "n1"],
    ["spec.serviceAccountName", "sa"],
    ["status.podIP", "10.0.0.2"],
    ["status.podIPs", "10.0.0.2,fd00::2"],
    ["status.hostIP", "192.0.2.2"],
  ];
  for (const [fieldPath, expected] of rows) {
    assert.equal(fieldValue({ fieldPath }, podOf(), facts), expected, fieldPath);
  }
  assert.throws(() => fieldValue({ fieldPath: "spec.x" }, podOf(), facts), /unsupported fieldPath/);
});

test("resources are told in the unit that is asked for, rounded up", () => {
  const of: Container = {
    ...container,
    resources: { requests: { cpu: "250m" }, limits: { memory: "64Mi" } },
  };
  const rows: [string, string | undefined, string][] = [
    ["requests.cpu", undefined, "1"],
    ["requests.cpu", "1m", "250"],
    ["limits.memory", undefined, "67108864"],
    ["limits.memory", "1Mi", "64"],
    ["limits.memory", "1G", "1"],
    ["limits.cpu", undefined, "4"],
    ["requests.memory", undefined, "0"],
  ];
  for (const [resource, divisor, expected] of rows) {
    const ref = { resource, ...(divisor ? { divisor } : {}) };
    assert.equal(resourceValue(ref, of, { cpu: "4" }), expected, `${resource} / ${divisor}`);
  }
});

const service = (namespace: string, name: string, clusterIP: string): Service => ({
  metadata: { namespace, name },
  spec: {
    clusterIP,
    ports: [
      { name: "web-1", port: 80 },
      { port: 53, protocol: "UDP" },
    ],
  },
});

test("the environment has own variables before those of services", () => {
  const secrets: Record<string, string> = { pw: Buffer.from("geheim").toString("base64") };
  const found = environment({
    pod: podOf(),
    container: {
      ...container,
      envFrom: [
        { prefix: "CM_", configMapRef: { name: "cm" } },
        { secretRef: { name: "no", optional: true } },
      ],
      env: [
        { name: "A", value: "1" },
        { name: "B", value: "$(A)-$(CM_k)-$(DB_SERVICE_HOST)-$(LATER)" },
        { name: "PW", valueFrom: { secretKeyRef: { name: "s", key: "pw" } } },
        { name: "NO", valueFrom: { configMapKeyRef: { name: "cm", key: "no", optional: true } } },
        { name: "DB_PORT", value: "mine" },
      ],
    },
    services: [
      service("ns", "db", "10.96.0.5"),
      service("other", "x", "10.96.0.6"),
      service("ns", "headless", "None"),
      service("default", "kubernetes", "10.96.0.1"),
    ],
    objects: {
      configMap: (name) => (name === "cm" ? { metadata: { name }, data: { k: "v" } } : undefined),
      secret: (name) => (name === "s" ? { metadata: { name }, data: secrets } : undefined),
    },
    facts,
    allocatable: {},
  });
  const shown = Object.fromEntries(found);
  assert.equal(shown["B"], "1-v-10.96.0.5-$(LATER)");
  assert.equal(shown["PW"], "geheim");
  assert.equal("NO" in shown, false);
  assert.equal(shown["DB_PORT"], "mine");
  assert.equal(shown["DB_SERVICE_PORT_WEB_1"], "80");
  assert.equal(shown["DB_PORT_53_UDP"], "udp://10.96.0.5:53");
  assert.equal(shown["KUBERNETES_SERVICE_HOST"], "10.96.0.1");
  assert.equal(
    Object.keys(shown).some((name) => name.startsWith("X_")),
    false,
  );
});

test("what is missing for the environment is named", () => {
  const ask = (env: Container["env"]) => () =>
    environment({
      pod: podOf(),
      container: { ...container, env: env ?? [] },
      services: [],
      objects: { configMap: () => ({ metadata: {}, data: {} }), secret: () => undefined },
      facts,
      allocatable: {},
    });
  assert.throws(
    ask([{ name: "A", valueFrom: { configMapKeyRef: { name: "cm", key: "k" } } }]),
    /couldn't find key k in ConfigMap ns\/cm/,
  );
  assert.throws(
    ask([{ name: "A", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }]),
    /secret "s" not found/,
  );
});

test("cpu and memory become the kernel's figures", () => {
  assert.deepEqual([cpuShares(0), cpuShares(100), cpuShares(1_000_000)], [2, 102, 262_144]);
  assert.deepEqual([cpuQuota(1), cpuQuota(500)], [1000, 50_000]);
  const limited: Container = {
    ...container,
    resources: { limits: { cpu: "500m", memory: "1Gi" }, requests: { cpu: "500m", memory: "1Gi" } },
  };
  const gib = 2 ** 30;
  const pod = podOf({ containers: [limited] });
  assert.deepEqual(containerResources(pod, limited, 4 * gib), {
    cpuShares: 512,
    oomScoreAdj: -997,
    cpuQuota: 50_000,
    cpuPeriod: 100_000,
    memoryLimitInBytes: gib,
  });
  assert.equal(containerResources(podOf(), container, gib).oomScoreAdj, 1000);
  const asking: Container = { ...container, resources: { requests: { memory: "1Gi" } } };
  assert.equal(
    containerResources(podOf({ containers: [asking] }), asking, 4 * gib).oomScoreAdj,
    750,
  );
  assert.equal(podCgroup("/k", pod), "/k/podu");
  assert.equal(podCgroup("/k", podOf()), "/k/besteffort/podu");
});

test("a pod's limit is the sum of its containers', or the hungriest init container", () => {
  const limit = (name: string, cpu: string, more: Partial<Container> = {}): Container => ({
    name,
    resources: { limits: { cpu, memory: "1Gi" } },
    ...more,
  });
  const pod = podOf({
    containers: [limit("a", "100m"), limit("b", "200m")],
    initContainers: [limit("i", "250m"), limit("s", "50m", { restartPolicy: "Always" })],
  });
  assert.equal(podResources(pod).cpuQuota, 35_000);
  assert.equal(podResources(pod).memoryBytes, 3 * 2 ** 30);
  const open = podOf({ containers: [limit("a", "100m"), container] });
  assert.equal(podResources(open).cpuQuota, undefined);
});

test("a pod's resolver follows its policy", () => {
  const machine = { servers: ["9.9.9.9"], searches: ["example.com"], options: ["rotate"] };
  const dns = { servers: ["10.96.0.10"], domain: "cluster.local", machine };
  const cluster = podResolver(podOf(), dns);
  assert.deepEqual(cluster, {
    servers: ["10.96.0.10"],
    searches: ["ns.svc.cluster.local", "svc.cluster.local", "cluster.local", "example.com"],
    options: ["ndots:5"],
  });
  assert.deepEqual(podResolver(podOf({ hostNetwork: true }), dns), machine);
  assert.deepEqual(podResolver(podOf({ dnsPolicy: "Default" }), dns), machine);
  const own = { nameservers: ["1.1.1.1"], options: [{ name: "ndots", value: "2" }, { name: "x" }] };
  assert.deepEqual(podResolver(podOf({ dnsPolicy: "None", dnsConfig: own }), dns), {
    servers: ["1.1.1.1"],
    searches: [],
    options: ["ndots:2", "x"],
  });
  assert.deepEqual(podResolver(podOf({ dnsConfig: own }), dns).options, ["ndots:2", "x"]);
});

test("a pod's name is in its hosts file", () => {
  const pod = podOf({
    hostname: "h",
    subdomain: "sub",
    hostAliases: [{ ip: "1.2.3.4", hostnames: ["x", "y"] }],
  });
  assert.deepEqual(hostnameOf(pod, "c.l"), { hostname: "h", domain: "sub.ns.svc.c.l" });
  const text = hostsFile(pod, ["10.0.0.2"], "c.l");
  assert.match(text, /\n10\.0\.0\.2\th\.sub\.ns\.svc\.c\.l\th\n/);
  assert.match(text, /# Entries added by HostAliases\.\n1\.2\.3\.4\tx\ty\n$/);
});

test("security settings of the container come before those of the pod and the image", () => {
  const ask = (pod: Pod, own: Container["securityContext"], imageUser: ImageUser) =>
    containerSecurity({
      pod,
      container: { ...container, ...(own ? { securityContext: own } : {}) },
      imageUser,
      seccompRoot: "/seccomp",
      hasAppArmor: false,
    });
  const user = { username: "", uid: 5 };
  assert.deepEqual(ask(podOf(), undefined, user).runAsUser, { value: 5 });
  const pod = podOf({ securityContext: { runAsUser: 7, fsGroup: 9, supplementalGroups: [3] } });
  assert.deepEqual(ask(pod, undefined, user).runAsUser, { value: 7 });
  assert.deepEqual(ask(pod, { runAsUser: 8 }, user).runAsUser, { value: 8 });
  assert.deepEqual(ask(pod, undefined, user).supplementalGroups, [9, 3]);
  const local = ask(
    pod,
    { seccompProfile: { type: "Localhost", localhostProfile: "a.json" } },
    user,
  );
  assert.deepEqual(local.seccomp, { profileType: "Localhost", localhostRef: "/seccomp/a.json" });
  const nonRoot = { runAsNonRoot: true };
  assert.throws(() => ask(podOf(), nonRoot, { username: "" }), /image will run as root/);
  assert.throws(() => ask(podOf(), nonRoot, { username: "www" }), /non-numeric user \(www\)/);
  assert.throws(() => ask(podOf(), { ...nonRoot, runAsUser: 0 }, user), /breaks non-root policy/);
  assert.doesNotThrow(() => ask(podOf(), nonRoot, user));
  assert.equal(ask(podOf(), { privileged: true }, user).maskedPaths?.length, 0);
  const confined = { appArmorProfile: { type: "RuntimeDefault" as const } };
  assert.throws(() => ask(podOf(), confined, user), /AppArmor is not enabled/);
});

test("a pod on the machine's network has no name and no port mappings of its own", () => {
  const ports = [{ containerPort: 80, hostPort: 8080 }];
  const resolver = { servers: [], searches: [], options: [] };
  const common = { attempt: 1, logDirectory: "/l", resolver, clusterDomain: "c.l", cgroup: "" };
  const containers = [{ ...container, ports }];
  const own = sandboxConfig({ ...common, pod: podOf({ containers }) });
  assert.equal(own.hostname, "p");
  assert.deepEqual(own.portMappings, [{ protocol: "TCP", containerPort: 80, hostPort: 8080 }]);
  const host = sandboxConfig({ ...common, pod: podOf({ containers, hostNetwork: true }) });
  assert.equal(host.hostname, "");
  assert.equal(host.portMappings, undefined);
  assert.equal(host.linux.securityContext?.namespaceOptions?.network, "NODE");
});
