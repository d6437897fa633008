import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerStatus, Pod, PodSpec, PodStatus } from "../../schema/types/core-v1.ts";
import type { SandboxStatus } from "../runtime.ts";
import { conditions } from "./conditions.ts";
import type { StartFailure } from "./container-status.ts";
import { noTime } from "./no-time.ts";
import type { Observed, ObservedContainer } from "./observed.ts";
import { type Phase, phaseOf } from "./phase.ts";
import { finalStatus, podStatus } from "./status.ts";
import { statusPatch } from "./status-patch.ts";

const now = "2026-01-02T03:04:05Z";
const podOf = (spec: Partial<PodSpec>, status: PodStatus = {}): Pod => ({
  metadata: { name: "p", namespace: "ns", uid: "u", generation: 2 },
  spec: { restartPolicy: "Always", containers: [{ name: "a", image: "busybox" }], ...spec },
  status,
});

const running = { state: { running: { startedAt: now } } };
const ended = (exitCode: number) => ({
  state: { terminated: { exitCode, startedAt: now, finishedAt: now } },
});
const waiting = { state: { waiting: { reason: "ContainerCreating" } } };
const restarting = (exitCode: number) => ({
  state: { waiting: { reason: "CrashLoopBackOff" } },
  lastState: ended(exitCode).state,
});
const statusOf = (name: string, rest: Partial<ContainerStatus>): ContainerStatus => ({
  name,
  image: "",
  imageID: "",
  ready: false,
  restartCount: 0,
  ...rest,
});

test("the phase follows the containers", () => {
  const rows: [PodSpec["restartPolicy"], Partial<ContainerStatus>[], Phase][] = [
    ["Always", [waiting], "Pending"],
    ["Always", [running], "Running"],
    ["Always", [running, waiting], "Pending"],
    ["Always", [ended(0)], "Running"],
    ["Always", [restarting(1)], "Running"],
    ["OnFailure", [ended(1)], "Running"],
    ["OnFailure", [ended(0)], "Succeeded"],
    ["Never", [ended(0)], "Succeeded"],
    ["Never", [ended(1)], "Failed"],
    ["Never", [ended(0), running], "Running"],
    ["Never", [ended(0), ended(3)], "Failed"],
  ];
  for (const [restartPolicy, statuses, expected] of rows) {
    const containers = statuses.map((_, i) => ({ name: `c${i}`, image: "x" }));
    const regular = statuses.map((s, i) => statusOf(`c${i}`, s));
    const pod = podOf({ restartPolicy, containers });
    const input = { pod, init: [], regular, isTerminal: false, hasInitialized: true };
    assert.equal(phaseOf(input), expected, JSON.stringify([restartPolicy, statuses]));
  }
});

test("init containers hold a pod back, and end it when they fail for good", () => {
  const spec = { initContainers: [{ name: "i", image: "x" }] };
  const rows: [PodSpec["restartPolicy"], Partial<ContainerStatus>, Phase][] = [
    ["Always", running, "Pending"],
    ["Always", ended(1), "Pending"],
    ["Never", ended(1), "Failed"],
    ["Never", ended(0), "Pending"],
  ];
  for (const [restartPolicy, init, expected] of rows) {
    const pod = podOf({ ...spec, restartPolicy });
    const input = {
      ...{ pod, init: [statusOf("i", init)], regular: [statusOf("a", waiting)] },
      ...{ isTerminal: false, hasInitialized: false },
    };
    assert.equal(phaseOf(input), expected, JSON.stringify([restartPolicy, init]));
  }
});

const sandbox: SandboxStatus = {
  id: "s0",
  metadata: { name: "p", uid: "u", namespace: "ns", attempt: 0 },
  state: "SANDBOX_READY",
  createdAt: 1,
  labels: {},
  annotations: {},
  runtimeHandler: "",
  network: { ip: "10.0.0.2", additionalIps: [] },
};

const second = (seconds: number): number => (Date.parse(now) + seconds * 1000) * 1e6;
const seen = (more: Partial<ObservedContainer>): ObservedContainer => ({
  id: "x1",
  name: "a",
  sandboxId: "s0",
  metadata: { name: "a", attempt: 0 },
  state: "CONTAINER_RUNNING",
  createdAt: second(0),
  startedAt: second(1),
  finishedAt: 0,
  exitCode: 0,
  image: { image: "docker.io/library/busybox:latest" },
  imageRef: "sha256:1",
  imageId: "",
  reason: "",
  message: "",
  labels: {},
  annotations: {},
  logPath: "",
  restartCount: 0,
  hash: "",
  ...more,
});

function report(
  pod: Pod,
  containers: ObservedContainer[],
  more: {
    before?: PodStatus;
    failures?: Record<string, StartFailure>;
    sandboxes?: SandboxStatus[];
  } = {},
): PodStatus {
  const observed: Observed = { sandboxes: more.sandboxes ?? [sandbox], containers };
  return podStatus({
    pod,
    observed,
    runtimeName: "containerd",
    failures: new Map(Object.entries(more.failures ?? {})),
    before: more.before ?? {},
    probes: () => undefined,
    isTerminal: false,
    hostIps: ["192.0.2.2"],
    now,
  });
}

test("a running pod is ready and shows its addresses", () => {
  const status = report(podOf({}), [seen({})]);
  assert.equal(status.phase, "Running");
  assert.equal(status.podIP, "10.0.0.2");
  assert.deepEqual(status.hostIPs, [{ ip: "192.0.2.2" }]);
  assert.equal(status.observedGeneration, 2);
  const [one] = status.containerStatuses ?? [];
  assert.equal(one?.containerID, "containerd://x1");
  assert.deepEqual([one?.ready, one?.started], [true, true]);
  const shown = status.conditions?.map((c) => `${c.type}=${c.status}`);
  assert.deepEqual(shown, [
    "PodReadyToStartContainers=True",
    "Initialized=True",
    "Ready=True",
    "ContainersReady=True",
    "PodScheduled=True",
  ]);
});

test("a container with probes is ready only by them", () => {
  const probe = { exec: { command: ["x"] } };
  const pod = podOf({ containers: [{ name: "a", image: "x", readinessProbe: probe }] });
  const status = report(pod, [seen({})]);
  assert.equal(status.containerStatuses?.[0]?.ready, false);
  const ready = status.conditions?.find((c) => c.type === "Ready");
  assert.deepEqual(
    [ready?.status, ready?.reason, ready?.message],
    ["False", "ContainersNotReady", "containers with unready status: [a]"],
  );
});

test("a container that waits to run again shows its last end", () => {
  const exited = seen({
    state: "CONTAINER_EXITED",
    exitCode: 3,
    reason: "Error",
    finishedAt: second(2),
    restartCount: 1,
  });
  const failure = { reason: "CrashLoopBackOff", message: "back-off 10s" };
  const [one] = report(podOf({}), [exited], { failures: { a: failure } }).containerStatuses ?? [];
  assert.deepEqual(one?.state, { waiting: failure });
  assert.equal(one?.lastState?.terminated?.exitCode, 3);
  assert.equal(one?.restartCount, 1);
});

test("a container that ran and is gone is shown as lost, and restarts are counted", () => {
  const before: PodStatus = {
    phase: "Running",
    containerStatuses: [statusOf("a", { ...running, restartCount: 2 })],
  };
  const [one] = report(podOf({}), [], { before }).containerStatuses ?? [];
  assert.equal(one?.lastState?.terminated?.reason, "ContainerStatusUnknown");
  assert.equal(one?.restartCount, 3);
});

test("a phase that is the last one stays, and addresses outlive their sandbox", () => {
  const before: PodStatus = { phase: "Succeeded", podIPs: [{ ip: "10.0.0.2" }] };
  const status = report(podOf({}), [seen({})], { before, sandboxes: [] });
  assert.equal(status.phase, "Succeeded");
  assert.equal(status.podIP, "10.0.0.2");
});

test("what is not known to have ended well has failed when all is over", () => {
  const pod = podOf({});
  const status: PodStatus = { phase: "Running", containerStatuses: [statusOf("a", waiting)] };
  const final = finalStatus(pod, status);
  assert.equal(final.phase, "Failed");
  assert.equal(final.containerStatuses?.[0]?.state?.terminated?.exitCode, 137);
  const done = finalStatus(pod, {
    phase: "Succeeded",
    containerStatuses: [statusOf("a", ended(0))],
  });
  assert.equal(done.phase, "Succeeded");
});

test("readiness gates of others count, and their conditions stay", () => {
  const gate = { type: "example.com/gate", status: "False", lastTransitionTime: now };
  const pod = podOf({ readinessGates: [{ conditionType: gate.type }] }, { conditions: [gate] });
  const regular = [statusOf("a", { ...running, ready: true })];
  const observed = { sandboxes: [sandbox], containers: [] };
  const input = { pod, observed, phase: "Running" as Phase, init: [], regular, before: [], now };
  const all = conditions(input);
  assert.deepEqual(all[0], gate);
  const ready = all.find((c) => c.type === "Ready");
  assert.deepEqual(
    [ready?.reason, ready?.message],
    [
      "ReadinessGatesNotReady",
      'the status of pod readiness gate "example.com/gate" is not "True", but False',
    ],
  );
});

test("a condition keeps its time while its status does", () => {
  const pod = podOf({});
  const observed = { sandboxes: [sandbox], containers: [] };
  const before = [{ type: "Ready", status: "True", lastTransitionTime: "2020-01-01T00:00:00Z" }];
  const regular = [statusOf("a", { ...running, ready: true })];
  const input = { pod, observed, phase: "Running" as Phase, init: [], regular, before, now };
  const time = (type: string) => conditions(input).find((c) => c.type === type)?.lastTransitionTime;
  assert.equal(time("Ready"), "2020-01-01T00:00:00Z");
  assert.equal(time("Initialized"), now);
});

test("a patch names what changed and nothing else", () => {
  const ready = { type: "Ready", status: "False", reason: "X", lastTransitionTime: now };
  const before: PodStatus = {
    phase: "Pending",
    nominatedNodeName: "n",
    message: "m",
    podIPs: [{ ip: "1.1.1.1" }],
    conditions: [ready, { type: "Other", status: "True", lastTransitionTime: now }],
  };
  const same = { ...before, nominatedNodeName: undefined };
  assert.equal(statusPatch(before, same), undefined);
  const after: PodStatus = {
    phase: "Running",
    podIPs: [{ ip: "2.2.2.2" }],
    conditions: [
      { type: "Ready", status: "True", lastTransitionTime: now },
      { type: "Other", status: "True", lastTransitionTime: now },
    ],
  };
  assert.deepEqual(statusPatch(before, after), {
    phase: "Running",
    message: null,
    podIPs: [{ ip: "2.2.2.2" }, { $patch: "delete", ip: "1.1.1.1" }],
    conditions: [{ type: "Ready", status: "True", lastTransitionTime: now, reason: null }],
  });
});

test("a patch leaves others' conditions alone, and null says no more than absent", () => {
  const ready = { type: "Ready", status: "True", lastTransitionTime: now };
  const target = { type: "DisruptionTarget", status: "True", lastTransitionTime: now };
  const after = { conditions: [{ ...ready, lastProbeTime: noTime }] };
  assert.equal(statusPatch({ conditions: [ready, target] }, after), undefined);
  const stale = { conditions: [ready, { ...target, status: "False" }] };
  assert.equal(statusPatch({ conditions: [ready, target] }, stale), undefined);
  const initialized = { type: "Initialized", status: "True", lastTransitionTime: now };
  assert.deepEqual(statusPatch({ conditions: [ready, initialized, target] }, after), {
    conditions: [{ $patch: "delete", type: "Initialized" }],
  });
});
