import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerStatus, Pod } from "../../../types/core-v1.ts";
import { podColumns } from "./columns.ts";

const now = Date.UTC(2026, 0, 1, 12);
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString();

const row = (pod: Pod): unknown[] => podColumns.slice(0, 3).map(({ cell }) => cell(pod, now));

const pod = (more: Partial<Pod["status"]> = {}, metadata: object = {}): Pod => ({
  metadata: { name: "web", ...metadata },
  spec: {
    containers: [
      { name: "a", image: "i" },
      { name: "b", image: "i" },
    ],
  },
  status: { phase: "Running", ...more } as NonNullable<Pod["status"]>,
});

const running = (name: string, more: Partial<ContainerStatus> = {}): ContainerStatus => ({
  name,
  image: "i",
  imageID: "",
  ready: true,
  restartCount: 0,
  state: { running: { startedAt: ago(9) } },
  ...more,
});
const waiting = (name: string, reason: string): ContainerStatus =>
  running(name, { ready: false, state: { waiting: { reason } } });

test("a pod's row says in one word what it is doing", () => {
  const ended = { terminated: { exitCode: 3, finishedAt: ago(300) } };
  const readyNow = [{ type: "Ready", status: "True" }];
  const rows: [Pod, unknown[]][] = [
    [pod({ phase: "Pending" }), ["0/2", "Pending", "0"]],
    [pod({ reason: "Evicted", phase: "Failed" }), ["0/2", "Evicted", "0"]],
    [
      pod({ containerStatuses: [running("a"), running("b")], conditions: readyNow }),
      ["2/2", "Running", "0"],
    ],
    [
      pod({ containerStatuses: [waiting("a", "CrashLoopBackOff"), running("b")] }),
      ["1/2", "CrashLoopBackOff", "0"],
    ],
    [
      pod({ containerStatuses: [running("a", { ready: false, state: ended })] }),
      ["0/2", "ExitCode:3", "0"],
    ],
    [
      pod({
        containerStatuses: [running("a", { restartCount: 4, lastState: ended }), running("b")],
      }),
      ["2/2", "Running", "4 (5m ago)"],
    ],
    [pod({}, { deletionTimestamp: ago(1) }), ["0/2", "Terminating", "0"]],
    [pod({ reason: "NodeLost" }, { deletionTimestamp: ago(1) }), ["0/2", "Unknown", "0"]],
  ];
  for (const [given, wanted] of rows) assert.deepEqual(row(given), wanted);
});

test("init containers come first, one after the other", () => {
  const given = pod({
    phase: "Pending",
    initContainerStatuses: [waiting("i", "PodInitializing"), waiting("j", "X")],
  });
  given.spec.initContainers = [
    { name: "i", image: "i" },
    { name: "j", image: "i" },
  ];
  assert.deepEqual(row(given), ["0/2", "Init:0/2", "0"]);
  given.status!.initContainerStatuses![0]!.state = { terminated: { exitCode: 0 } };
  assert.deepEqual(row(given), ["0/2", "Init:X", "0"]);
});

test("restarts without a known end tell no time", () => {
  const given = pod({ containerStatuses: [running("a", { restartCount: 2 })] });
  assert.equal(podColumns[2]?.cell(given, now), "2");
});

test("readiness gates are counted when their condition is true", () => {
  const gates = podColumns.find(({ name }) => name === "Readiness Gates")!;
  const given = pod({ conditions: [{ type: "a/open", status: "True" }] });
  assert.equal(gates.cell(given, now), "<none>");
  given.spec.readinessGates = [{ conditionType: "a/open" }, { conditionType: "a/shut" }];
  assert.equal(gates.cell(given, now), "1/2");
});
