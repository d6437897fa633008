// What goes wrong on a node, and what users do to it: pulls that fail at first, slow probes, hooks without end, hostile links.
import assert from "node:assert/strict";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tar } from "../../src/node/oci/tar.ts";
import type { Container, Pod, PodSpec } from "../../src/schema/types/core-v1.ts";
import { pushArchive } from "../../tools/images/push.ts";
import { type Machine, testImages } from "./machine.ts";
import { onRealNode, skipWithoutNode as skip } from "./real-node.ts";

let machine: Machine;
let registry = "";
onRealNode(
  { name: "nodefaults", lane: 5, loaded: ["busybox"], served: ["busybox"] },
  (made, registryUrl) => {
    machine = made;
    registry = registryUrl;
  },
);

const sh = (script: string, more: Partial<Container> = {}): Container => ({
  name: "c",
  image: "busybox:1.36",
  imagePullPolicy: "IfNotPresent",
  command: ["sh", "-c", script],
  ...more,
});
const idle = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

async function start(name: string, spec: Partial<PodSpec>): Promise<void> {
  await machine.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 1, containers: [sh(idle)], ...spec },
  });
}

const pod = async (name: string): Promise<Pod> =>
  JSON.parse(await machine.kubectl("get", "pod", name, "-o", "json")) as Pod;
const ready = (name: string): Promise<string> =>
  machine.kubectl("wait", "--for=condition=ready", `pod/${name}`, "--timeout=90s");
const inside = (name: string, script: string): Promise<string> =>
  machine.kubectl("exec", name, "-c", "c", "--", "sh", "-c", script);
const eventsOf = (name: string): Promise<string> =>
  machine.kubectl("get", "events", "--field-selector", `involvedObject.name=${name}`);

test("an image that cannot be pulled at first is pulled once the registry has it", {
  skip,
}, async () => {
  await start("late", { containers: [{ name: "c", image: "nginx:1.14.2" }] });
  const reason = "jsonpath={.status.containerStatuses[0].state.waiting.reason}";
  await machine.until(["get", "pod", "late", "-o", reason], (text) => text === "ImagePullBackOff");
  assert.match(await eventsOf("late"), /Warning +Failed .*Error: ErrImagePull/);
  for (const file of testImages(["nginx"])) await pushArchive(registry, file);
  await ready("late");
  assert.equal((await pod("late")).status?.containerStatuses?.[0]?.restartCount, 0);
});

test("five containers of a pod share files and localhost, each with its own root", {
  skip,
}, async () => {
  const names = ["a", "b", "c", "d", "e"];
  const volumeMounts = [{ name: "v", mountPath: "/v" }];
  const serve = (name: string, i: number): string =>
    `echo ${name} > /v/${name}; echo ${name} > /own; mkdir /w; echo ${name} > /w/index.html; ` +
    `httpd -p 127.0.0.1:${8000 + i} -h /w; ${idle}`;
  await start("five", {
    volumes: [{ name: "v", emptyDir: {} }],
    containers: names.map((name, i) => sh(serve(name, i), { name, volumeMounts })),
  });
  await ready("five");
  const each = names.map((_, i) => `wget -q -O - http://127.0.0.1:${8000 + i}/`).join("; ");
  await machine.until(
    ["exec", "five", "-c", "e", "--", "sh", "-c", `cat /v/*; ${each}; cat /own`],
    (text) => text === [...names, ...names, "e", ""].join("\n"),
  );
});

test("a probe that does not end in time has failed, and its process is gone", {
  skip,
}, async () => {
  await start("slow", {
    containers: [
      sh(`touch /slow; ${idle}`, {
        readinessProbe: {
          exec: { command: ["sh", "-c", "if [ -e /slow ]; then sleep 4243; fi"] },
          timeoutSeconds: 1,
          periodSeconds: 1,
          failureThreshold: 1,
        },
      }),
    ],
  });
  const events = ["get", "events", "--field-selector", "involvedObject.name=slow,reason=Unhealthy"];
  await machine.until(events, (text) => /Readiness probe failed: .*timed out/.test(text));
  const { status } = await pod("slow");
  assert.equal(status?.containerStatuses?.[0]?.ready, false);
  assert.equal(status?.containerStatuses?.[0]?.restartCount, 0);
  await inside("slow", "rm /slow");
  await ready("slow");
  await machine.until(["exec", "slow", "--", "ps"], (text) => !text.includes("sleep 4243"));
});

test("a hook that does not end takes the grace of its pod, and no more", { skip }, async () => {
  await start("endless", {
    terminationGracePeriodSeconds: 2,
    containers: [sh(idle, { lifecycle: { preStop: { exec: { command: ["sleep", "4244"] } } } })],
  });
  await ready("endless");
  const begun = Date.now();
  await machine.kubectl("delete", "pod", "endless", "--timeout=60s");
  const tookMs = Date.now() - begun;
  assert.ok(tookMs >= 2000, `gone after ${tookMs} ms, before its grace was over`);
  assert.match(await eventsOf("endless"), /Warning +FailedPreStopHook/);
});

test("cp carries folders both ways, and links lead nobody out of them", { skip }, async () => {
  await start("cargo", {});
  await ready("cargo");
  const sent = join(machine.folder, "sent");
  mkdirSync(join(sent, "deep"), { recursive: true });
  writeFileSync(join(sent, "deep/file"), "cargo");
  symlinkSync("deep/file", join(sent, "link"));
  await machine.kubectl("cp", sent, "cargo:/tmp/there");
  assert.equal(await inside("cargo", "cat /tmp/there/deep/file /tmp/there/link"), "cargocargo");
  assert.equal(await inside("cargo", "readlink /tmp/there/link"), "deep/file\n");

  // A container that wants to write outside of the folder that was asked for.
  await inside(
    "cargo",
    "mkdir /tmp/evil && cd /tmp/evil && echo x > good && ln -s / root && ln -s ../../../../tmp up",
  );
  const back = join(machine.folder, "back");
  const copied = await machine.tryKubectl(["cp", "cargo:/tmp/evil", back]);
  assert.equal(copied.code, 0, copied.stderr);
  assert.equal(readFileSync(join(back, "good"), "utf8"), "x\n");
  for (const name of readdirSync(back).filter((entry) => entry !== "good"))
    assert.fail(`${name} -> ${readlinkSync(join(back, name))} came out of the container`);

  // A tar of its own in the container: names with .., and a link that later names go through.
  const marker = join(machine.folder, "outside");
  const entry = { mode: 0o644, modifiedSeconds: 0 };
  const file = (path: string) => ({ ...entry, path, is: "file", data: Buffer.from("x") }) as const;
  writeFileSync(
    join(machine.folder, "hostile.tar"),
    tar([
      file("tmp/evil/../../../outside"),
      file("../outside"),
      { ...entry, path: "tmp/evil/door", is: "link", target: machine.folder },
      file("tmp/evil/door/outside"),
    ]),
  );
  await machine.kubectl("cp", join(machine.folder, "hostile.tar"), "cargo:/hostile.tar");
  await inside(
    "cargo",
    "rm /bin/tar; printf '#!/bin/sh\\ncat /hostile.tar\\n' > /bin/tar; chmod +x /bin/tar",
  );
  await machine.tryKubectl(["cp", "cargo:/tmp/evil", join(machine.folder, "hostile")]);
  assert.equal(existsSync(marker), false);
  assert.equal(lstatSync(machine.folder).isDirectory(), true);
});

test("who breaks off an exec breaks nothing else", { skip }, async () => {
  await start("stream", {});
  await ready("stream");
  const running = () => readFileSync(join(machine.dataDir, "running.json"), "utf8");
  const before = running();
  const endless = ["exec", "stream", "--", "sh", "-c", "echo begun; cat /dev/zero"];
  for (let round = 0; round < 10; round++) {
    const clients = Array.from({ length: 4 }, () => machine.start(endless));
    await Promise.all(clients.map((client) => client.said(/begun/)));
    // Killed with bytes on the way: the connection is reset.
    for (const client of clients) client.end();
  }
  assert.equal(await inside("stream", "echo here"), "here\n");
  assert.equal(running(), before);
});

test("a volume that is full says so to who writes, and to nobody else", { skip }, async () => {
  await start("full", {
    volumes: [{ name: "v", emptyDir: { medium: "Memory", sizeLimit: "2Mi" } }],
    containers: [sh(idle, { volumeMounts: [{ name: "v", mountPath: "/v" }] })],
  });
  await ready("full");
  const write = "dd if=/dev/zero of=/v/x bs=1M count=4";
  await assert.rejects(inside("full", write), /No space left on device/);
  assert.equal(await inside("full", "rm /v/x; echo y > /v/y; cat /v/y"), "y\n");
});

test("a pod that holds more on disk than it may is ended, and says what was too much", {
  skip,
}, async () => {
  const write = (file: string) => `dd if=/dev/zero of=${file} bs=1M count=4 2>/dev/null; ${idle}`;
  const limits = { "ephemeral-storage": "2Mi" };
  await start("greedy-volume", {
    volumes: [{ name: "v", emptyDir: { sizeLimit: "2Mi" } }],
    containers: [sh(write("/v/x"), { volumeMounts: [{ name: "v", mountPath: "/v" }] })],
  });
  await start("greedy-root", { containers: [sh(write("/x"), { resources: { limits } })] });
  await start("modest", { containers: [sh(idle, { resources: { limits } })] });
  for (const [name, why] of [
    ["greedy-volume", /^Usage of EmptyDir volume "v" exceeds the limit "2Mi"/],
    ["greedy-root", /^Pod ephemeral local storage usage exceeds the total limit .* 2Mi/],
  ] as const) {
    const path = "jsonpath={.status.phase} {.status.reason}";
    await machine.until(["get", "pod", name, "-o", path], (text) => text === "Failed Evicted", 90);
    const { status } = await pod(name);
    assert.match(status?.message ?? "", why);
    assert.equal(
      status?.conditions?.some((c) => c.type === "DisruptionTarget"),
      false,
    );
  }
  assert.equal((await pod("modest")).status?.phase, "Running");
});

test("an archive that holds no images is refused, and the node goes on", { skip }, async () => {
  const file = join(machine.folder, "none.tar");
  writeFileSync(
    file,
    tar([{ path: "a", mode: 0o644, modifiedSeconds: 0, is: "file", data: Buffer.from("b") }]),
  );
  for (const bad of [file, "/etc/passwd"]) {
    const { code, stderr } = await machine.coxswain("image", "load", bad);
    assert.equal(code, 1, stderr);
    assert.match(
      stderr,
      new RegExp(`^coxswain: ${bad} is no archive of images, as docker save or OCI tools`, "m"),
    );
  }
  assert.equal(await inside("cargo", "echo here"), "here\n");
});
