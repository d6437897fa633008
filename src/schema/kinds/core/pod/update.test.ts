// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../../test/kit/kinds.ts";
import { good } from "../../../../../test/kit/pods.ts";
import { pod } from "./pod.ts";

test("what a pod may change", () => {
  assertTold(
    pod,
    good,
    [
      [{ "spec.containers.0.image": "nginx:2", "metadata.labels": { a: "b" } }, []],
      [{ "spec.activeDeadlineSeconds": 5 }, []],
      [{ "spec.tolerations": [] }, []],
      [{ "spec.containers.0.image": "" }, ["spec.containers[0].image: Required value"]],
      [
        { "spec.containers.0.name": "other" },
        [
          "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)…",
        ],
      ],
      [
        { "spec.restartPolicy": "Never" },
        [
          "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)…",
        ],
      ],
      [
        { "spec.nodeName": "n" },
        [
          "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)…",
        ],
      ],
      [
        { "spec.terminationGracePeriodSeconds": 1 },
        [
          "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)…",
        ],
      ],
      [
        { "spec.nodeSelector": { a: "b" } },
        [
          "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)…",
        ],
      ],
      [
        {
          "spec.containers": [
            {
              name: "web",
              image: "nginx:1",
              resources: {
                requests: { cpu: "1", memory: "1Gi" },
                limits: { cpu: "1", memory: "1Gi" },
              },
            },
            { name: "x", image: "y" },
          ],
        },
        ["spec.containers: Forbidden: pod updates may not add or remove containers"],
      ],
      [
        { "spec.schedulingGates": [{ name: "g" }] },
        [
          "spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling gate 'g'",
        ],
      ],
      [
        { "spec.schedulingGates": [{ name: "g" }, { name: "g" }] },
        [
          'spec.schedulingGates[1]: Duplicate value: "g"',
          "spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling gate 'g'",
        ],
      ],
      [
        { "spec.hostname": "h" },
        [
          "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)…",
        ],
      ],
      [
        { "spec.containers.0.resources": { limits: { cpu: "2" } } },
        [
          "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)…",
        ],
      ],
      [
        { "metadata.annotations": { "kubernetes.io/config.mirror": "x" } },
        [
          'metadata.annotations[kubernetes.io/config.mirror]: Invalid value: "x": must set spec.nodeName if mirror pod annotation is set',
          "metadata.annotations[kubernetes.io/config.mirror]: Forbidden: may not add mirror pod annotation",
        ],
      ],
    ],
    { update: true },
  );
});

test("what the status of a pod may say", () => {
  assertTold(
    pod,
    good,
    [
      [
        { "status.podIPs": [{ ip: "1.2.3.4" }, { ip: "1.2.3.5" }] },
        ["status.podIPs: Invalid value: …: may specify no more than one IP for each IP family"],
      ],
      [
        { "status.podIPs": [{ ip: "x" }] },
        ['status.podIPs[0]: Invalid value: "x": must be a valid IP address,…'],
      ],
      [
        { "status.conditions": [{ type: "a b", status: "True" }] },
        ['status.conditions[0].Type: Invalid value: "a b": name part…'],
      ],
      [
        { "status.nominatedNodeName": "A_" },
        ['status.nominatedNodeName: Invalid value: "A_": a lowercase RFC 1123 subdomain…'],
      ],
      [
        { "status.hostIPs": [{ ip: "1.2.3.4" }, { ip: "1.2.3.5" }] },
        [
          'status.hostIPs[0].ip: Invalid value: "1.2.3.4": must be equal to `hostIP`',
          "status.hostIPs: Invalid value: …: may specify no more than one IP for each IP family",
        ],
      ],
      [
        {
          "status.containerStatuses": [
            {
              name: "nobody",
              image: "i",
              imageID: "x",
              ready: true,
              restartCount: 0,
              state: { terminated: { exitCode: 0 } },
            },
          ],
        },
        [],
      ],
    ],
    { subresource: "status" },
  );
});

test("what gates keep off is dropped from the status of a pod that has none of it", () => {
  const volumeHealth = [{ name: "none", lastTransitionTime: "2026-01-01T00:00:00Z" }];
  const claims = [{ resourceClaimName: "none" }];
  assertTold(
    pod,
    good,
    [
      [{ "status.volumeHealth": volumeHealth }, []],
      [{ "status.nodeAllocatableResourceClaimStatuses": claims }, []],
    ],
    { subresource: "status" },
  );
});

test("a container may be added to a running pod", () => {
  assertTold(
    pod,
    good,
    [
      [{ "spec.ephemeralContainers": [{ name: "e", image: "i" }] }, []],
      [
        { "spec.ephemeralContainers": [{ name: "e", image: "i", targetContainerName: "nobody" }] },
        ['spec.ephemeralContainers[0].targetContainerName: Not found: "nobody"'],
      ],
      [
        { "spec.ephemeralContainers": [{ name: "web", image: "i" }] },
        ['spec.ephemeralContainers[0].name: Duplicate value: "web"'],
      ],
      [
        {
          "spec.ephemeralContainers": [
            {
              name: "e",
              image: "i",
              ports: [{ containerPort: 1 }],
              livenessProbe: { exec: { command: ["x"] } },
              resources: { limits: { cpu: "1" } },
              lifecycle: {},
            },
          ],
        },
        [
          "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container",
          "spec.ephemeralContainers[0].resources: Forbidden: cannot be set for an Ephemeral Container",
          "spec.ephemeralContainers[0].livenessProbe: Forbidden: cannot be set for an Ephemeral Container",
          "spec.ephemeralContainers[0].lifecycle: Forbidden: cannot be set for an Ephemeral Container",
        ],
      ],
      [
        { "spec.ephemeralContainers": [{ name: "e", image: "i", restartPolicy: "Always" }] },
        [
          "spec.ephemeralContainers[0].restartPolicy: Forbidden: cannot be set for an Ephemeral Container",
        ],
      ],
    ],
    { subresource: "ephemeralcontainers" },
  );
});

test("what a resize may change", () => {
  assertTold(
    pod,
    good,
    [
      [
        {
          "spec.containers.0.resources": {
            limits: { cpu: "2", memory: "1Gi" },
            requests: { cpu: "2", memory: "1Gi" },
          },
        },
        [],
      ],
      [
        {
          "spec.containers.0.resources": {
            limits: { cpu: "2", memory: "1Gi" },
            requests: { cpu: "1", memory: "1Gi" },
          },
        },
        ['spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing'],
      ],
      [
        { "spec.containers.0.resources": { requests: { cpu: "1", memory: "1Gi" } } },
        [
          'spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing',
          "spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed",
        ],
      ],
      [
        { "spec.containers.0.resources.limits.cpu": "-1" },
        [
          'spec.containers[0].resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
          'spec.containers[0].resources.requests: Invalid value: "1": must be less than or equal to cpu limit of -1',
          'spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing',
        ],
      ],
      [
        {
          "spec.containers.0.resources.limits.ephemeral-storage": "1",
          "spec.containers.0.resources.requests.ephemeral-storage": "1",
        },
        ["spec: Forbidden: only cpu and memory resources are mutable"],
      ],
      [
        {
          "spec.containers.0.resizePolicy": [
            { resourceName: "cpu", restartPolicy: "RestartContainer" },
          ],
        },
        ["spec: Forbidden: only cpu and memory resources are mutable"],
      ],
    ],
    { subresource: "resize" },
  );
});
