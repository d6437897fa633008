import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container, Pod, PodSpec, ResourceRequirements } from "../../schema/types/core-v1.ts";
import type { ContainerState, SandboxStatus } from "../runtime.ts";
import type { ProbeResult } from "./actions.ts";
import { containerHash } from "./labels.ts";
import type { Observed, ObservedContainer } from "./observed.ts";
import { plan } from "./plan.ts";

const container = (name: string, more: Partial<Container> = {}): Container => ({
  name,
  image: "busybox",
  ...more,
});

const podOf = (spec: Partial<PodSpec>, metadata: Partial<Pod["metadata"]> = {}): Pod => ({
  metadata: { name: "p", namespace: "ns", uid: "u", ...metadata },
  spec: { restartPolicy: "Always", containers: [container("a")], ...spec },
});

const sandbox = (
  attempt: number,
  state: SandboxStatus["state"],
  ip = "10.0.0.2",
): SandboxStatus => ({
  id: `s${attempt}`,
  metadata: { name: "p", uid: "u", namespace: "ns", attempt },
  state,
  createdAt: attempt,
  labels: {},
  annotations: {},
  runtimeHandler: "",
  network: { ip, additionalIps: [] },
});

const states: Record<string, ContainerState> = {
  created: "CONTAINER_CREATED",
  running: "CONTAINER_RUNNING",
  exited: "CONTAINER_EXITED",
  unknown: "CONTAINER_UNKNOWN",
};

/** `name:state[:exit code][@sandbox]`, the newest first. */
function seen(text: string, image = "busybox"): ObservedContainer {
  const [what = "", sandboxId = "s0"] = text.split("@");
  const [name = "", state = "", code = "0"] = what.split(":");
  return {
    id: `${name}-id`,
    name,
    sandboxId,
    metadata: { name, attempt: 0 },
    state: states[state] as ContainerState,
    createdAt: 1,
    startedAt: 1,
    finishedAt: 2,
    exitCode: Number(code),
    image: { image },
    imageRef: "",
    imageId: "",
    reason: "",
    message: "",
    labels: {},
    annotations: {},
    logPath: "",
    restartCount: 0,
    hash: containerHash({ name, image }),
  };
}

const observed = (containers: string[], sandboxes = [sandbox(0, "SANDBOX_READY")]): Observed => ({
  sandboxes,
  containers: containers.map((text) => seen(text)),
});

/** What a plan does, in words. */
function does(
  pod: Pod,
  now: Observed,
  probes: Record<string, ProbeResult> = {},
  applied?: ResourceRequirements,
): string[] {
  const todo = plan({
    pod,
    observed: now,
    probes: (id, kind) => probes[`${id} ${kind}`],
    applied: () => applied,
  });
  return [
    ...(todo.killPod ? ["kill pod"] : []),
    ...(todo.createSandbox ? [`sandbox ${todo.attempt}`] : []),
    ...todo.kill.map((k) => `kill ${k.container.name}: ${k.message}`),
    ...todo.resize.map((r) => `resize ${r.container.name}`),
    ...todo.startEphemeral.map((c) => `debug ${c.name}`),
    ...todo.startInit.map((c) => `init ${c.name}`),
    ...todo.start.map((c) => `start ${c.name}`),
  ];
}

const none: Observed = { sandboxes: [], containers: [] };
const side = container("side", { restartPolicy: "Always" });
const lost = [sandbox(0, "SANDBOX_NOTREADY")];

test("a pod's sandbox comes before its containers", () => {
  const rows: [string, Pod, Observed, string[]][] = [
    ["nothing is there", podOf({}), none, ["kill pod", "sandbox 0", "start a"]],
    ["all is there", podOf({}), observed(["a:running"]), []],
    ["the sandbox is there", podOf({}), observed([]), ["start a"]],
    [
      "the sandbox died",
      podOf({}),
      observed(["a:running"], lost),
      ["kill pod", "sandbox 1", "start a"],
    ],
    [
      "the sandbox has no address",
      podOf({}),
      observed([], [sandbox(0, "SANDBOX_READY", "")]),
      ["kill pod", "sandbox 1", "start a"],
    ],
    [
      "a pod on the machine's network needs none",
      podOf({ hostNetwork: true }),
      observed(["a:running"], [sandbox(0, "SANDBOX_READY", "")]),
      [],
    ],
    [
      "what never restarts is not begun again",
      podOf({ restartPolicy: "Never" }),
      observed(["a:exited:1"], lost),
      ["kill pod"],
    ],
    [
      "what never restarts but never began is",
      podOf({ restartPolicy: "Never" }),
      observed([], lost),
      ["kill pod", "sandbox 1", "start a"],
    ],
    [
      "what has succeeded stays so",
      podOf({ restartPolicy: "OnFailure" }),
      observed(["a:exited:0"], lost),
      ["kill pod"],
    ],
  ];
  for (const [name, pod, now, expected] of rows) assert.deepEqual(does(pod, now), expected, name);
});

test("a container that ended runs again by its policy and rules", () => {
  const rules = container("a", {
    restartPolicy: "Never",
    restartPolicyRules: [{ action: "Restart", exitCodes: { operator: "In", values: [42] } }],
  });
  const rows: [Partial<PodSpec>, string, string[]][] = [
    [{ restartPolicy: "Always" }, "a:exited:0", ["start a"]],
    [{ restartPolicy: "OnFailure" }, "a:exited:1", ["start a"]],
    [{ restartPolicy: "OnFailure" }, "a:exited:0", ["kill pod"]],
    [{ restartPolicy: "Never" }, "a:exited:1", ["kill pod"]],
    [{ containers: [rules] }, "a:exited:42", ["start a"]],
    [{ containers: [rules] }, "a:exited:1", ["kill pod"]],
    [{ restartPolicy: "Never" }, "a:created", ["start a"]],
  ];
  for (const [spec, now, expected] of rows) {
    assert.deepEqual(
      does(podOf(spec), observed([now])),
      expected,
      `${JSON.stringify(spec)} ${now}`,
    );
  }
});

test("a container that ended lets the others run", () => {
  const pod = podOf({ restartPolicy: "Never", containers: [container("a"), container("b")] });
  assert.deepEqual(does(pod, observed(["a:exited:0", "b:running"])), []);
});

test("a pod that is being deleted starts nothing", () => {
  const pod = podOf({}, { deletionTimestamp: "2026-01-01T00:00:00Z" });
  assert.deepEqual(does(pod, observed(["a:exited:1"])), ["kill pod"]);
});

test("failed probes and changed images end a container", () => {
  const probe = { exec: { command: ["x"] } };
  const pod = podOf({
    containers: [container("a", { livenessProbe: probe, startupProbe: probe })],
  });
  const now = observed(["a:running"]);
  assert.deepEqual(does(pod, now, { "a-id liveness": "failure" }), [
    "kill a: Container a failed liveness probe, will be restarted",
    "start a",
  ]);
  assert.deepEqual(does(pod, now, { "a-id startup": "failure" }), [
    "kill a: Container a failed startup probe, will be restarted",
    "start a",
  ]);
  const never = podOf({ ...pod.spec, restartPolicy: "Never" });
  assert.deepEqual(does(never, now, { "a-id liveness": "failure" }), [
    "kill pod",
    "kill a: Container a failed liveness probe",
  ]);
  const changed = podOf({ restartPolicy: "Never", containers: [container("a", { image: "new" })] });
  assert.deepEqual(does(changed, now), [
    "kill a: Container a definition changed, will be restarted",
    "start a",
  ]);
});

test("init containers run one after the other", () => {
  const pod = podOf({ initContainers: [container("i"), container("j")] });
  const failing = podOf({
    restartPolicy: "Never",
    initContainers: [container("i"), container("j")],
  });
  const rows: [Pod, string[], string[]][] = [
    [pod, [], ["init i"]],
    [pod, ["i:running"], []],
    [pod, ["i:exited:0"], ["init j"]],
    [pod, ["i:exited:1"], ["init i"]],
    [failing, ["i:exited:1"], ["kill pod"]],
    [pod, ["j:running", "i:exited:0"], []],
    [pod, ["j:exited:0", "i:exited:0"], ["start a"]],
    // Those that are done may have been removed.
    [pod, ["j:exited:0"], ["start a"]],
    [pod, ["a:running", "j:exited:0"], []],
    [pod, ["a:exited:1", "j:exited:0"], ["start a"]],
  ];
  for (const [p, now, expected] of rows)
    assert.deepEqual(does(p, observed(now)), expected, now.join());
  const again = observed(["j:exited:0@s0", "i:exited:0@s0"], [sandbox(1, "SANDBOX_READY")]);
  assert.deepEqual(does(pod, again), ["init i"], "a new sandbox begins from the start");
});

test("sidecars stay, and let the next begin once they have started", () => {
  const probe = { exec: { command: ["x"] } };
  const pod = podOf({ initContainers: [side, container("j")] });
  const probed = podOf({ initContainers: [{ ...side, startupProbe: probe }, container("j")] });
  assert.deepEqual(does(pod, observed([])), ["init side"]);
  assert.deepEqual(does(pod, observed(["side:running"])), ["init j"]);
  assert.deepEqual(does(probed, observed(["side:running"])), []);
  assert.deepEqual(does(probed, observed(["side:running"]), { "side-id startup": "success" }), [
    "init j",
  ]);
  assert.deepEqual(does(probed, observed(["side:running"]), { "side-id startup": "failure" }), [
    "kill side: Init container side failed startup probe",
    "init side",
  ]);
  assert.deepEqual(does(pod, observed(["a:running", "j:exited:0", "side:exited:1"])), [
    "init side",
  ]);
  const done = podOf({ restartPolicy: "Never", initContainers: [side] });
  assert.deepEqual(does(done, observed(["a:exited:0", "side:running"])), ["kill pod"]);
});

test("ephemeral containers start once, whatever else is going on", () => {
  const pod = podOf({
    initContainers: [container("i")],
    ephemeralContainers: [container("dbg")],
  });
  assert.deepEqual(does(pod, observed(["i:running"])), ["debug dbg"]);
  assert.deepEqual(does(pod, observed(["dbg:exited:1", "i:running"])), []);
});

test("changed resources reach a running container, by a restart where its policy says so", () => {
  const restart = [{ resourceName: "memory", restartPolicy: "RestartContainer" }];
  const a = container("a", {
    resources: { limits: { cpu: "1", memory: "1Gi" } },
    resizePolicy: restart,
  });
  const pod = podOf({ containers: [a] });
  const now = observed(["a:running"]);
  const rows: [ResourceRequirements | undefined, string[]][] = [
    [undefined, []],
    [{ limits: { cpu: "1000m", memory: "1024Mi" } }, []],
    [{ limits: { cpu: "500m", memory: "1Gi" } }, ["resize a"]],
    [
      { limits: { cpu: "1", memory: "2Gi" } },
      ["kill a: Container a resize requires restart, will be restarted", "start a"],
    ],
  ];
  for (const [applied, expected] of rows) assert.deepEqual(does(pod, now, {}, applied), expected);
});
