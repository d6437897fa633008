// What is created and changed under measurement.
import type { Ask } from "./load.ts";

export const pods = "/api/v1/namespaces/default/pods";

export const post = (path: string, body: unknown): Ask => ({
  method: "POST",
  path,
  body: JSON.stringify(body),
});

export const patchOf = (type: string, path: string, body: unknown): Ask => ({
  method: "PATCH",
  path,
  body: JSON.stringify(body),
  headers: { "content-type": `application/${type}` },
});

export const createPod = (name: string): Ask => post(pods, podOf(name));

/** A pod as people write it: probes, resources, security contexts, environment, a volume (about 4 KB when stored). */
export function podOf(name: string): unknown {
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

export const fleetOf = (replicas: number): unknown => ({
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

/** A Deployment as people write it; its `turn` changes the image and the number of pods. */
export const deploymentOf = (name: string, turn: number): unknown => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, labels: { app: name } },
  spec: {
    // No controller makes pods of it: the request alone is measured.
    paused: true,
    replicas: 1 + (turn % 3),
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        schedulerName: "none",
        containers: [
          {
            name: "main",
            image: `registry.example.com/team/app:v${turn}`,
            ports: [{ containerPort: 8080, name: "http" }],
            env: [{ name: "LEVEL", value: "info" }],
            resources: {
              requests: { cpu: "100m", memory: "128Mi" },
              limits: { cpu: "1", memory: "256Mi" },
            },
            readinessProbe: { httpGet: { path: "/healthz", port: 8080 } },
          },
        ],
      },
    },
  },
});
