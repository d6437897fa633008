// The user's story of the README, line by line, with the real program, the real kubectl and real containers.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Machine } from "./machine.ts";
import { onRealNode, processOf, skipWithoutNode as skip } from "./real-node.ts";

const examples = join(import.meta.dirname, "../../examples");

let machine: Machine;
onRealNode({ name: "story", lane: 0, served: ["nginx", "busybox", "train"] }, (made) => {
  machine = made;
});

const json = async (...args: string[]) => JSON.parse(await machine.kubectl(...args, "-o", "json"));
const names = async (selector: string): Promise<string[]> => {
  const { items } = await json("get", "pods", "-l", selector);
  return items
    .filter((p: { metadata: { deletionTimestamp?: string } }) => !p.metadata.deletionTimestamp)
    .map((p: { metadata: { name: string } }) => p.metadata.name);
};
const phaseOf = (pod: string) => ["get", "pod", pod, "-o", "jsonpath={.status.phase}"];
const ready = (count: number) => (out: string) => out.trim() === `${count}`;
const readyReplicas = [
  "get",
  "deployment",
  "nginx-deployment",
  "-o",
  "jsonpath={.status.readyReplicas}",
];

test("a Deployment of two nginx pods runs, each with an IP of its own", { skip }, async () => {
  await machine.kubectl("apply", "-f", join(examples, "nginx-deployment.yaml"));
  await machine.until(readyReplicas, ready(2));
  const table = await machine.kubectl("get", "deployments,replicasets,pods", "-o", "wide");
  assert.match(table, /deployment\.apps\/nginx-deployment +2\/2 +2 +2 /);
  assert.match(table, /replicaset\.apps\/nginx-deployment-\S+ +2 +2 +2 /);
  const { items } = await json("get", "pods", "-l", "app=nginx");
  const addresses = items.map((p: { status: { podIP: string } }) => p.status.podIP);
  assert.equal(new Set(addresses).size, 2);
});

test("a Job really trains; its pod, logs and status stay", { skip }, async () => {
  await machine.kubectl("apply", "-f", join(examples, "train-job.yaml"));
  await machine.kubectl("wait", "--for=condition=complete", "job/train-job", "--timeout=60s");
  assert.match(await machine.kubectl("logs", "job/train-job"), /loss/i);
  const { items } = await json("get", "pods", "-l", "job-name=train-job");
  assert.equal(items[0].status.phase, "Succeeded");
});

test("a custom resource is used like a built-in", { skip }, async () => {
  await machine.kubectl("apply", "-f", join(examples, "model-training-crd.yaml"));
  await machine.kubectl(
    "wait",
    "--for=condition=established",
    "crd/modeltrainingjobs.ml.example.com",
    "--timeout=10s",
  );
  await machine.apply({
    apiVersion: "ml.example.com/v1",
    kind: "ModelTrainingJob",
    metadata: { name: "digits" },
    spec: {
      algorithmName: "logistic-regression",
      trainingImage: "coxswain/train:1.0",
      inputData: [{ name: "digits", source: "/data/digits.csv" }],
    },
  });
  const made = await json("get", "mtj", "digits");
  assert.equal(made.spec.failureRetries, 3);
  assert.equal(made.spec.inputData[0].format, "csv");
  assert.match(
    await machine.kubectl("get", "mtj"),
    /NAME +ALGORITHM +REPLICAS +PHASE +AGE\ndigits +logistic-regression +1 /,
  );
  const bad = await machine.tryKubectl([
    "patch",
    "mtj",
    "digits",
    "--type=merge",
    "-p",
    '{"spec":{"replicas":0}}',
  ]);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /spec\.replicas.*greater than or equal to 1/s);
});

test("a killed nginx process is started again in place", { skip }, async () => {
  const [pod = ""] = await names("app=nginx");
  const { metadata } = await json("get", "pod", pod);
  // From outside, as the kernel would: nothing inside can refuse.
  process.kill(processOf(metadata.uid, "nginx: master"), "SIGKILL");
  const restarts = [
    "get",
    "pod",
    pod,
    "-o",
    "jsonpath={.status.containerStatuses[0].restartCount}",
  ];
  await machine.until(restarts, (out) => Number(out) >= 1);
  await machine.until(readyReplicas, ready(2));
});

test("a deleted pod is replaced", { skip }, async () => {
  const [gone = ""] = await names("app=nginx");
  await machine.kubectl("delete", "pod", gone);
  await machine.until(readyReplicas, ready(2));
  assert.ok(!(await names("app=nginx")).includes(gone));
});

test("a Deployment scales to five and back", { skip }, async () => {
  await machine.kubectl("scale", "deployment/nginx-deployment", "--replicas=5");
  await machine.until(readyReplicas, ready(5));
  await machine.kubectl("scale", "deployment/nginx-deployment", "--replicas=2");
  await machine.until(
    ["get", "pods", "-l", "app=nginx", "--no-headers"],
    (out) => out.trim().split("\n").length === 2,
  );
});

test("a rolling update to another image, and back by rollout undo", { skip }, async () => {
  await machine.kubectl("set", "image", "deployment/nginx-deployment", "nginx=nginx:1.16.1");
  await machine.kubectl("rollout", "status", "deployment/nginx-deployment", "--timeout=90s");
  const image = [
    "get",
    "pods",
    "-l",
    "app=nginx",
    "-o",
    "jsonpath={.items[*].spec.containers[0].image}",
  ];
  await machine.until(image, (out) => out === "nginx:1.16.1 nginx:1.16.1");
  await machine.kubectl("rollout", "undo", "deployment/nginx-deployment");
  await machine.kubectl("rollout", "status", "deployment/nginx-deployment", "--timeout=90s");
  await machine.until(image, (out) => out === "nginx:1.14.2 nginx:1.14.2");
  assert.match(
    await machine.kubectl("rollout", "history", "deployment/nginx-deployment"),
    /REVISION/,
  );
});

test("a Job that fails with backoffLimit 0 ends Failed and keeps its pod and logs", {
  skip,
}, async () => {
  await machine.apply({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: "fails" },
    spec: {
      backoffLimit: 0,
      template: {
        spec: {
          restartPolicy: "Never",
          containers: [
            {
              name: "c",
              image: "busybox:1.36",
              command: ["sh", "-c", "echo about to fail; exit 3"],
            },
          ],
        },
      },
    },
  });
  await machine.kubectl("wait", "--for=condition=failed", "job/fails", "--timeout=60s");
  const job = await json("get", "job", "fails");
  const failed = job.status.conditions.find((c: { type: string }) => c.type === "Failed");
  assert.equal(failed.reason, "BackoffLimitExceeded");
  assert.match(await machine.kubectl("logs", "job/fails"), /about to fail/);
  const { items } = await json("get", "pods", "-l", "job-name=fails");
  assert.equal(items[0].status.containerStatuses[0].state.terminated.exitCode, 3);
});

test("two pods of a Service answer in turn by name from a third pod", { skip }, async () => {
  await machine.kubectl("expose", "deployment", "nginx-deployment", "--port=80", "--name=web");
  for (const pod of await names("app=nginx")) {
    await machine.kubectl(
      "exec",
      pod,
      "--",
      "sh",
      "-c",
      "hostname > /usr/share/nginx/html/index.html",
    );
  }
  await machine.kubectl(
    "run",
    "caller",
    "--image=busybox:1.36",
    "--restart=Never",
    "--",
    "sleep",
    "3600",
  );
  await machine.kubectl("wait", "--for=condition=ready", "pod/caller", "--timeout=60s");
  const script =
    "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do wget -q -T 5 -O - http://web; done";
  const answers = await machine.kubectl("exec", "caller", "--", "sh", "-c", script);
  assert.deepEqual(
    [...new Set(answers.trim().split("\n"))].sort(),
    (await names("app=nginx")).sort(),
  );
});

test("the same names in two namespaces do not clash", { skip }, async () => {
  for (const namespace of ["left", "right"]) {
    await machine.kubectl("create", "namespace", namespace);
    await machine.kubectl(
      "create",
      "configmap",
      "same",
      `--from-literal=where=${namespace}`,
      "-n",
      namespace,
    );
  }
  const where = (namespace: string) =>
    machine.kubectl("get", "configmap", "same", "-n", namespace, "-o", "jsonpath={.data.where}");
  assert.deepEqual([await where("left"), await where("right")], ["left", "right"]);
  await machine.kubectl("delete", "namespace", "left");
  assert.equal(await where("right"), "right");
});

test("exec -it gives a shell on a terminal of the caller's size", { skip }, async () => {
  const shell = await machine.type(
    ["exec", "-it", "caller", "--", "sh"],
    [
      // The size comes on a way of its own, perhaps after the prompt.
      { after: /[#$] /, type: "until [ \"$(stty size)\" = '33 99' ]; do sleep 0.1; done; tty\n" },
      { after: /^\/dev\/pts\/\d+/m, type: "exit 5\n" },
    ],
  );
  assert.equal(shell.code, 5, shell.stdout);
});

test("port-forward leads a local port into a pod", { skip }, async () => {
  const [pod = ""] = await names("app=nginx");
  const forward = machine.start(["port-forward", `pod/${pod}`, ":80"]);
  try {
    const said = await forward.said(/Forwarding from 127\.0\.0\.1:(\d+) -> 80/);
    for (const _ of [1, 2]) {
      const answer = await fetch(`http://127.0.0.1:${said[1]}/`);
      assert.equal(answer.status, 200);
      assert.equal((await answer.text()).trim(), pod);
    }
  } finally {
    forward.end();
  }
});

test("cp, exec and logs -f", { skip }, async () => {
  const file = join(machine.folder, "sent.txt");
  writeFileSync(file, "cargo\n");
  await machine.kubectl("cp", file, "caller:/tmp/sent.txt");
  assert.equal(await machine.kubectl("exec", "caller", "--", "cat", "/tmp/sent.txt"), "cargo\n");
  const back = join(machine.folder, "back.txt");
  await machine.kubectl("cp", "caller:/tmp/sent.txt", back);
  assert.equal(readFileSync(back, "utf8"), "cargo\n");
  const piped = await machine.tryKubectl(["exec", "-i", "caller", "--", "cat"], "through stdin");
  assert.equal(piped.stdout, "through stdin");
  const failed = await machine.tryKubectl(["exec", "caller", "--", "sh", "-c", "exit 7"]);
  assert.equal(failed.code, 7);
  await machine.kubectl(
    "run",
    "counter",
    "--image=busybox:1.36",
    "--restart=Never",
    "--",
    "sh",
    "-c",
    "for i in 1 2 3; do echo line $i; sleep 1; done",
  );
  // It may have ended again by the time somebody looks.
  await machine.until(phaseOf("counter"), (phase) => /Running|Succeeded/.test(phase));
  assert.equal(await machine.kubectl("logs", "-f", "counter"), "line 1\nline 2\nline 3\n");
  assert.equal(await machine.kubectl("logs", "counter", "--tail=1"), "line 3\n");
});

test("a missing image and a missing command are told in upstream's words", { skip }, async () => {
  await machine.kubectl("run", "no-image", "--image=nowhere.invalid/none:1", "--restart=Never");
  await machine.until(["get", "pod", "no-image"], (out) =>
    /ErrImagePull|ImagePullBackOff/.test(out),
  );
  await machine.kubectl(
    "run",
    "no-command",
    "--image=busybox:1.36",
    "--restart=Never",
    "--",
    "/no/such/program",
  );
  await machine.until(["get", "pod", "no-command"], (out) =>
    /StartError|ContainerCannotRun|RunContainerError/.test(out),
  );
});

test("a server killed amid writes loses none it acknowledged, and its pods run on", {
  skip,
}, async () => {
  const before = await json("get", "pods", "-l", "app=nginx");
  const { pid } = JSON.parse(readFileSync(join(machine.dataDir, "running.json"), "utf8"));
  const acknowledged: string[] = [];
  const enough = Promise.withResolvers<void>();
  const writer = async (lane: number) => {
    for (let i = 0; i < 100; i++) {
      const name = `kept-${lane}-${i}`;
      const { code } = await machine.tryKubectl([
        "create",
        "configmap",
        name,
        "--request-timeout=2s",
      ]);
      if (code !== 0) return;
      if (acknowledged.push(name) === 5) enough.resolve();
    }
  };
  const writers = [1, 2, 3].map(writer);
  // Whoever is refused before the server is killed ends the wait, too: then too few were acknowledged.
  await Promise.race([enough.promise, Promise.all(writers)]);
  process.kill(pid, "SIGKILL");
  await Promise.all(writers);
  await machine.up();
  const kept = await machine.kubectl(
    "get",
    "configmaps",
    "-o",
    "jsonpath={.items[*].metadata.name}",
  );
  assert.ok(acknowledged.length >= 5, `${acknowledged.length} writes were acknowledged`);
  assert.deepEqual(
    acknowledged.filter((name) => !kept.split(" ").includes(name)),
    [],
  );
  await machine.until(readyReplicas, ready(2));
  const after = await json("get", "pods", "-l", "app=nginx");
  const started = (list: typeof before) =>
    list.items
      .map(
        (p: {
          metadata: { uid: string };
          status: { containerStatuses: { containerID: string }[] };
        }) => `${p.metadata.uid} ${p.status.containerStatuses[0]?.containerID}`,
      )
      .sort();
  assert.deepEqual(started(after), started(before));
});

test("what is sent to a service address that leads nowhere is refused at once", {
  skip,
}, async () => {
  const sent = await machine.tryKubectl([
    "exec",
    "caller",
    "--",
    "wget",
    "-q",
    "-T",
    "5",
    "-O",
    "-",
    "http://10.112.200.200",
  ]);
  assert.equal(sent.code, 1);
  assert.match(sent.stderr, /refused/);
});

test("down and up again: all objects are still there, pods run again", { skip }, async () => {
  const down = await machine.coxswain("down");
  assert.equal(down.code, 0, down.stderr);
  const stopped = await machine.coxswain("status");
  assert.match(stopped.stdout, /is stopped; start it with: .*coxswain up/);
  await machine.up();
  await machine.until(readyReplicas, ready(2));
  assert.equal(
    await machine.kubectl(
      "get",
      "configmap",
      "same",
      "-n",
      "right",
      "-o",
      "jsonpath={.data.where}",
    ),
    "right",
  );
});
