// What is measured, and how.
import { type Ask, load } from "./load.ts";
import { type Measured, pause, startMeasured } from "./process.ts";
import { createToRunning } from "./run-pod.ts";

export type Figure = { what: string; value: number; unit: string; target: string };

type Measure = () => AsyncIterable<Figure>;

const noNode = ["--node", "none"];

export const figures: Readonly<Record<string, Measure>> = {
  async *start() {
    const first = await startMeasured({ flags: noNode, dataDir: "/tmp/cox-bench-start" });
    yield {
      what: "start to /readyz, empty store",
      value: first.readyMs,
      unit: "ms",
      target: "≤ 300",
    };
    await first.stop();
    const again = await startMeasured({ flags: noNode, dataDir: "/tmp/cox-bench-start" });
    yield { what: "start to /readyz, again", value: again.readyMs, unit: "ms", target: "≤ 300" };
    await again.stop();
  },

  async *idle() {
    const server = await startMeasured({ flags: noNode });
    await pause(10_000);
    const before = server.cpuMs();
    const seconds = 30;
    await pause(seconds * 1000);
    const share = (server.cpuMs() - before) / (seconds * 10);
    yield { what: "idle control plane, CPU of a core", value: share, unit: "%", target: "≤ 0.5" };
    yield {
      what: "idle control plane, memory",
      value: server.rssMb(),
      unit: "MB",
      target: "≤ 150",
    };
    await server.stop();
  },

  async *create() {
    const server = await startMeasured({ flags: noNode });
    for (const clients of [1, 16, 64]) {
      const made = await load(server, clients, 3000, (i) => createPod(`c${clients}-${i}`));
      const what = `create of a pod, ${clients} clients`;
      yield { what: `${what}, CPU`, value: made.cpuMsEach * 1000, unit: "µs", target: "≤ 250" };
      yield { what: `${what}, rate`, value: made.perSecond, unit: "/s", target: "≥ 2500" };
    }
    await server.stop();
  },

  async *get() {
    const server = await startMeasured({ flags: noNode });
    await load(server, 1, 1, () => createPod("one"));
    const get = { method: "GET", path: `${pods}/one` };
    for (const clients of [1, 16, 64]) {
      const got = await load(server, clients, 20_000, () => get);
      yield {
        what: `GET of a pod, ${clients} clients, CPU`,
        value: got.cpuMsEach * 1000,
        unit: "µs",
        target: "≤ 60",
      };
    }
    await server.stop();
  },

  async *list() {
    const server = await startMeasured({ flags: noNode });
    await load(server, 32, 10_000, (i) => createPod(`p${i}`));
    await pause(2000);
    yield { what: "memory with 10,000 pods", value: server.rssMb(), unit: "MB", target: "≤ 200" };
    yield* listed(server, "JSON", {}, "≤ 60");
    yield* listed(server, "protobuf", { accept: "application/vnd.kubernetes.protobuf" }, "≤ 30");
    yield* listed(server, "gzip", { "accept-encoding": "gzip" }, "≤ 10");
    await server.stop();
  },

  async *patch() {
    const server = await startMeasured({ flags: noNode });
    await load(server, 16, 16, (i) => createPod(`p${i}`));
    const patch =
      (type: string, sub: string, body: (i: number) => unknown) =>
      (i: number): Ask => ({
        method: "PATCH",
        path: `${pods}/p${i % 16}${sub}`,
        body: JSON.stringify(body(i)),
        headers: { "content-type": `application/${type}-patch+json` },
      });
    const status = await load(
      server,
      16,
      4000,
      patch("strategic-merge", "/status", (i) => ({ status: { message: `m${i}` } })),
    );
    yield {
      what: "strategic patch of a status, CPU",
      value: status.cpuMsEach * 1000,
      unit: "µs",
      target: "≤ 350",
    };
    const label = await load(
      server,
      16,
      4000,
      patch("merge", "", (i) => ({ metadata: { labels: { n: `${i}` } } })),
    );
    yield {
      what: "merge patch of a label, CPU",
      value: label.cpuMsEach * 1000,
      unit: "µs",
      target: "≤ 350",
    };
    await server.stop();
  },

  async *fleet() {
    const since = performance.now();
    const server = await startMeasured({ flags: [...noNode, "--simulated-nodes", "1000"] });
    await load(server, 1, 1, () => ({
      method: "POST",
      path: "/apis/apps/v1/namespaces/default/deployments",
      body: JSON.stringify(fleetOf(10_000)),
    }));
    for (let ready = 0; ready < 10_000; await pause(250)) {
      ready = await readyReplicas(server);
      if (performance.now() - since > 600_000) break;
    }
    const seconds = (performance.now() - since) / 1000;
    yield {
      what: "1,000 simulated nodes, 10,000 pods ready",
      value: seconds,
      unit: "s",
      target: "≤ 60",
    };
    yield { what: "memory then", value: server.rssMb(), unit: "MB", target: "-" };
    await server.stop();
  },

  async *node() {
    const dataDir = "/tmp/cox-bench-node";
    const first = await startMeasured({ flags: ["--node", "real"], dataDir });
    await first.stop();
    const again = await startMeasured({ flags: ["--node", "real"], dataDir });
    yield {
      what: "warm start to a Ready node with containerd",
      value: again.upMs,
      unit: "ms",
      target: "≤ 1500",
    };
    await again.stop();
  },

  async *run() {
    const server = await startMeasured({
      flags: ["--node", "real"],
      dataDir: "/tmp/cox-bench-node",
    });
    const times = (await createToRunning(server, 20)).sort((a, b) => a - b);
    const what = "create to Running of one pod, image there";
    yield { what: `${what}, median`, value: times[10] ?? 0, unit: "ms", target: "≤ 1000" };
    yield { what: `${what}, worst of 20`, value: times[19] ?? 0, unit: "ms", target: "≤ 1000" };
    await server.stop();
  },
};

const pods = "/api/v1/namespaces/default/pods";

async function* listed(
  server: Measured,
  form: string,
  headers: Record<string, string>,
  target: string,
): AsyncIterable<Figure> {
  const list = { method: "GET", path: pods, headers };
  await load(server, 1, 2, () => list);
  for (const clients of [1, 4]) {
    const got = await load(server, clients, 12, () => list);
    const what = `LIST of 10,000 pods, ${form}, ${clients} clients, CPU`;
    yield { what, value: got.cpuMsEach, unit: "ms", target };
  }
}

async function readyReplicas(server: Measured): Promise<number> {
  const path = "/apis/apps/v1/namespaces/default/deployments/fleet";
  const { connections } = await import("./process.ts");
  const [one] = connections(server.target, 1);
  if (!one) return 0;
  const signal = new AbortController().signal;
  const { body } = await one.api({
    method: "GET",
    path,
    query: "",
    headers: {},
    body: () => Promise.resolve(new Uint8Array()),
    peer: { address: "" },
    signal,
  });
  const parts: Uint8Array[] = [];
  if (body.is === "stream") for await (const chunks of body.batches) parts.push(...chunks);
  one.close();
  return JSON.parse(Buffer.concat(parts).toString()).status?.readyReplicas ?? 0;
}

const createPod = (name: string): Ask => ({
  method: "POST",
  path: pods,
  body: JSON.stringify(podOf(name)),
});

/** A pod as people write it: probes, resources, security contexts, environment, a volume (about 4 KB when stored). */
function podOf(name: string): unknown {
  const probe = { httpGet: { path: "/healthz", port: 8080 }, periodSeconds: 10 };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: "bench", tier: "back", "app.kubernetes.io/name": "bench" } },
    spec: {
      schedulerName: "none",
      securityContext: { runAsNonRoot: true, runAsUser: 1000 },
      containers: [
        {
          name: "main",
          image: "registry.example.com/team/app:v1.2.3",
          args: ["--port=8080", "--verbose"],
          ports: [{ containerPort: 8080, name: "http" }],
          env: [
            { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
            { name: "LEVEL", value: "info" },
          ],
          resources: {
            requests: { cpu: "100m", memory: "128Mi" },
            limits: { cpu: "1", memory: "256Mi" },
          },
          livenessProbe: probe,
          readinessProbe: probe,
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
          volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
        },
      ],
      volumes: [{ name: "tmp", emptyDir: {} }],
    },
  };
}

const fleetOf = (replicas: number): unknown => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "fleet" },
  spec: {
    replicas,
    selector: { matchLabels: { app: "fleet" } },
    template: {
      metadata: { labels: { app: "fleet" } },
      spec: {
        containers: [{ name: "c", image: "simulated", resources: { requests: { cpu: "100m" } } }],
      },
    },
  },
});
