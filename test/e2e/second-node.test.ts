// A second real node joins: server and agent are two machines, each a network namespace on one lab network.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Machine } from "./machine.ts";
import { skipWithoutNode as skip } from "./real-node.ts";
import { onTwoNodes, type TwoNodes } from "./two-nodes.ts";

let nodes: TwoNodes;
let machine: Machine;
onTwoNodes(["nginx", "busybox"], (made) => {
  nodes = made;
  machine = made.machine;
});

test("pods spread over both nodes and reach each other across them", { skip }, async () => {
  await machine.kubectl("create", "deployment", "web", "--image=nginx:1.14.2", "--replicas=4");
  await machine.kubectl("rollout", "status", "deployment/web", "--timeout=60s");
  const { items } = JSON.parse(await machine.kubectl("get", "pods", "-l", "app=web", "-o", "json"));
  const on = (name: string) =>
    items.filter((p: { spec: { nodeName: string } }) => p.spec.nodeName === name);
  assert.equal(on("first").length, 2);
  assert.equal(on("second").length, 2);
  const caller = on("first")[0].metadata.name;
  const far = on("second")[0].status.podIP;
  const page = await machine.kubectl(
    "exec",
    caller,
    "--",
    "wget",
    "-q",
    "-T",
    "5",
    "-O",
    "-",
    `http://${far}`,
  );
  assert.match(page, /html/i);
});

test("logs, exec and Services work on the node that joined", { skip }, async () => {
  await machine.kubectl("expose", "deployment", "web", "--port=80");
  const place = '{"spec":{"nodeName":"second"}}';
  await machine.kubectl(
    "run",
    "far",
    "--image=busybox:1.36",
    "--restart=Never",
    `--overrides=${place}`,
    "--",
    "sh",
    "-c",
    "echo here; sleep 600",
  );
  await machine.kubectl("wait", "--for=condition=ready", "pod/far", "--timeout=60s");
  assert.equal(await machine.kubectl("logs", "far"), "here\n");
  const page = await machine.kubectl(
    "exec",
    "far",
    "--",
    "wget",
    "-q",
    "-T",
    "5",
    "-O",
    "-",
    "http://web",
  );
  assert.match(page, /html/i);
});

test("an agent that is killed finds its pods again, and they never stopped", { skip }, async () => {
  const started = "jsonpath={.status.containerStatuses[0].containerID} {.status.startTime}";
  const before = await machine.kubectl("get", "pod", "far", "-o", started);
  nodes.agent.kill("SIGKILL");
  // While nobody looks after it, a pod of the node is deleted.
  const { items } = JSON.parse(await machine.kubectl("get", "pods", "-l", "app=web", "-o", "json"));
  const gone = items.find((p: { spec: { nodeName: string } }) => p.spec.nodeName === "second");
  await machine.kubectl("delete", "pod", gone.metadata.name, "--wait=false");
  nodes.startAgent();
  await machine.until(
    ["get", "pod", gone.metadata.name, "--ignore-not-found"],
    (out) => out === "",
  );
  // The agent looks after its pods before others can reach it again.
  await machine.until(["exec", "far", "--", "echo", "alive"], (out) => out === "alive\n");
  assert.equal(await machine.kubectl("get", "pod", "far", "-o", started), before);
  await machine.until(["logs", "far"], (out) => out === "here\n");
  await machine.kubectl("rollout", "status", "deployment/web", "--timeout=60s");
});

test("a node that dies has its Job's pods made again elsewhere", { skip }, async () => {
  const leaves = ["not-ready", "unreachable"].map((state) => ({
    key: `node.kubernetes.io/${state}`,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: 2,
  }));
  const container = { name: "c", image: "busybox:1.36", command: ["sleep", "600"] };
  const prefers = {
    weight: 100,
    preference: { matchFields: [{ key: "metadata.name", operator: "In", values: ["second"] }] },
  };
  await machine.apply({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "moves" },
    spec: {
      template: {
        spec: {
          restartPolicy: "Never",
          terminationGracePeriodSeconds: 1,
          tolerations: leaves,
          affinity: {
            nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [prefers] },
          },
          containers: [container],
        },
      },
    },
  });
  const places = [
    "get",
    "pods",
    "-l",
    "job-name=moves",
    "-o",
    "jsonpath={range .items[*]}{.spec.nodeName}={.status.phase} {end}",
  ];
  await machine.until(places, (out) => out.includes("second=Running"));
  nodes.agent.kill("SIGKILL");
  await machine.until(["get", "node", "second"], (out) => out.includes("NotReady"), 90);
  await machine.until(places, (out) => out.includes("first=Running"), 60);
});
