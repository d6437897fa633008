// What the node agent does for pods, on real containers: volumes, identity, limits, probes, hooks, ends and errors.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Container, Pod, PodSpec } from "../../src/schema/types/core-v1.ts";
import type { Machine } from "./machine.ts";
import { onRealNode, processOf, skipWithoutNode as skip } from "./real-node.ts";

let machine: Machine;
onRealNode({ name: "nodepods", lane: 3, loaded: ["busybox", "nginx"] }, (made) => {
  machine = made;
});

const sh = (script: string, more: Partial<Container> = {}): Container => ({
  name: "c",
  image: "busybox",
  imagePullPolicy: "IfNotPresent",
  command: ["sh", "-c", script],
  ...more,
});
const idle = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

async function start(name: string, spec: Partial<PodSpec>, metadata: object = {}): Promise<void> {
  await machine.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...metadata },
    spec: { terminationGracePeriodSeconds: 2, containers: [sh(idle)], ...spec },
  });
}

const pod = async (name: string): Promise<Pod> =>
  JSON.parse(await machine.kubectl("get", "pod", name, "-o", "json")) as Pod;

const phase = (name: string, wanted: string, seconds = 30): Promise<string> =>
  machine.until(
    ["get", "pod", name, "-o", "jsonpath={.status.phase}"],
    (p) => p === wanted,
    seconds,
  );

const ready = (name: string): Promise<string> =>
  machine.until(
    ["get", "pod", name, "-o", 'jsonpath={.status.conditions[?(@.type=="Ready")].status}'],
    (status) => status === "True",
  );

const inside = (name: string, script: string, container = "c"): Promise<string> =>
  machine.kubectl("exec", name, "-c", container, "--", "sh", "-c", script);

/** Runs `script` to its end; what it printed. */
async function output(
  name: string,
  script: string,
  spec: Partial<PodSpec> = {},
  more: Partial<Container> = {},
) {
  await start(name, { restartPolicy: "Never", ...spec, containers: [sh(script, more)] });
  await phase(name, "Succeeded");
  return machine.kubectl("logs", name);
}

test("volumes of every kind hold what they should, and follow changes", { skip }, async () => {
  await machine.kubectl(
    "create",
    "configmap",
    "settings",
    "--from-literal=a=1",
    "--from-literal=b=2",
  );
  await machine.kubectl("create", "secret", "generic", "hidden", "--from-literal=pw=geheim");
  const folder = join(machine.folder, "shared");
  await start(
    "volumes",
    {
      securityContext: { fsGroup: 2000, runAsUser: 1000 },
      volumes: [
        { name: "disk", emptyDir: {} },
        { name: "memory", emptyDir: { medium: "Memory", sizeLimit: "8Mi" } },
        {
          name: "map",
          configMap: { name: "settings", items: [{ key: "b", path: "sub/b", mode: 0o400 }] },
        },
        { name: "secret", secret: { secretName: "hidden" } },
        {
          name: "down",
          downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] },
        },
        {
          name: "all",
          projected: {
            sources: [
              { configMap: { name: "settings" } },
              { secret: { name: "hidden" } },
              { serviceAccountToken: { path: "token", audience: "vault", expirationSeconds: 600 } },
            ],
          },
        },
        { name: "host", hostPath: { path: folder, type: "DirectoryOrCreate" } },
      ],
      containers: [
        sh(idle, {
          volumeMounts: [
            { name: "disk", mountPath: "/disk" },
            { name: "memory", mountPath: "/memory" },
            { name: "map", mountPath: "/map" },
            { name: "disk", mountPath: "/map/nested" },
            { name: "secret", mountPath: "/secret" },
            { name: "down", mountPath: "/down" },
            { name: "all", mountPath: "/all" },
            { name: "host", mountPath: "/host", readOnly: true },
            { name: "disk", mountPath: "/part", subPath: "deep/part" },
          ],
        }),
      ],
    },
    { labels: { app: "v" } },
  );
  await ready("volumes");
  assert.equal(await inside("volumes", "cat /map/sub/b /secret/pw /all/a"), "2geheim1");
  assert.match(await inside("volumes", "cat /down/labels"), /^app="v"$/m);
  assert.match(await inside("volumes", "ls -lLn /map/sub/b"), /^-r--r----- +1 0 +2000 /);
  assert.match(await inside("volumes", "df -m /memory | tail -1"), /tmpfs +8 /);
  await inside("volumes", "echo x > /part/file; test -f /disk/deep/part/file");
  const [, claims = ""] = (await inside("volumes", "cat /all/token")).split(".");
  assert.deepEqual(JSON.parse(Buffer.from(claims, "base64url").toString()).aud, ["vault"]);
  await assert.rejects(inside("volumes", "touch /host/x"), /Read-only file system/);
  assert.equal(await inside("volumes", "touch /map/nested/x && ls /disk"), "deep\nx\n");
  const patch = JSON.stringify({ data: { b: "changed" } });
  await machine.kubectl("patch", "configmap", "settings", "--type=merge", "-p", patch);
  await machine.kubectl("label", "pod", "volumes", "more=1");
  for (let tries = 0; ; tries++) {
    const now = await inside("volumes", "cat /map/sub/b /all/b /down/labels");
    if (now.startsWith("changedchanged") && now.includes('more="1"')) break;
    assert.ok(tries < 50, `the volumes still show ${now}`);
    await new Promise((r) => setTimeout(r, 200));
  }
});

test("no container can change what the agent writes for it", { skip }, async () => {
  await machine.kubectl("create", "configmap", "kept", "--from-literal=a=1");
  await machine.kubectl("create", "secret", "generic", "kept", "--from-literal=a=1");
  const names = ["map", "secret", "down", "all"];
  const spec: Partial<PodSpec> = {
    volumes: [
      { name: "map", configMap: { name: "kept" } },
      { name: "secret", secret: { secretName: "kept" } },
      {
        name: "down",
        downwardAPI: { items: [{ path: "a", fieldRef: { fieldPath: "metadata.name" } }] },
      },
      { name: "all", projected: { sources: [{ configMap: { name: "kept" } }] } },
    ],
    containers: [
      sh(idle, { volumeMounts: names.map((name) => ({ name, mountPath: `/${name}` })) }),
    ],
  };
  await start("kept", spec);
  await ready("kept");
  for (const name of names) {
    // Led elsewhere, the agent would write there, and remove what is there, as root of the machine.
    const lead = `ln -sfn ../../../../../../tmp /${name}/..data || rm /${name}/a || echo x > /${name}/b`;
    await assert.rejects(inside("kept", lead), /Read-only file system/, name);
  }
});

test("a link in a volume leads no container out of it", { skip }, async () => {
  const secret = join(machine.folder, "outside");
  mkdirSync(secret);
  writeFileSync(join(secret, "key"), "not for you");
  const shared = { name: "v", emptyDir: {} };
  await start("links", {
    volumes: [shared],
    initContainers: [
      sh(`ln -s ${secret} /v/out; mkdir /v/in; ln -s in /v/within`, {
        name: "i",
        volumeMounts: [{ name: "v", mountPath: "/v" }],
      }),
    ],
    containers: [
      sh(idle, { name: "ok", volumeMounts: [{ name: "v", mountPath: "/m", subPath: "within" }] }),
      sh(idle, { name: "bad", volumeMounts: [{ name: "v", mountPath: "/m", subPath: "out" }] }),
    ],
  });
  const waiting = 'jsonpath={.status.containerStatuses[?(@.name=="bad")].state.waiting}';
  const shown = await machine.until(["get", "pod", "links", "-o", waiting], (text) =>
    text.includes("CreateContainerConfigError"),
  );
  assert.match(shown, /outside of the volume/);
  const ok = (await pod("links")).status?.containerStatuses?.find((s) => s.name === "ok");
  assert.ok(ok?.state?.running);
});

test("containers know their pod, its services and their limits", { skip }, async () => {
  const text = await output(
    "env",
    "env; cat /etc/hosts /etc/resolv.conf; hostname -f",
    {
      hostname: "h",
      subdomain: "sub",
      hostAliases: [{ ip: "1.2.3.4", hostnames: ["alias"] }],
    },
    {
      env: [
        { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        {
          name: "LIMIT",
          valueFrom: { resourceFieldRef: { resource: "limits.memory", divisor: "1Mi" } },
        },
        { name: "BOTH", value: "$(LIMIT)-$(POD_IP)-$$(X)" },
      ],
      resources: { limits: { memory: "64Mi" } },
    },
  );
  const ip = (await pod("env")).status?.podIP;
  assert.match(text, new RegExp(`^BOTH=64-${ip}-\\$\\(X\\)$`, "m"));
  assert.match(text, /^KUBERNETES_SERVICE_PORT=443$/m);
  assert.match(text, new RegExp(`^${ip}\\th\\.sub\\.default\\.svc\\.cluster\\.local\\th$`, "m"));
  assert.match(text, /^1\.2\.3\.4\talias$/m);
  assert.match(text, /^search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local/m);
  assert.match(text, /^h\.sub\.default\.svc\.cluster\.local$/m);
});

test("security settings reach the kernel", { skip }, async () => {
  const text = await output(
    "security",
    "id; grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status; touch /x 2>&1; cat /proc/sys/net/ipv4/ip_unprivileged_port_start",
    {
      securityContext: {
        runAsUser: 1234,
        runAsGroup: 5,
        supplementalGroups: [7],
        seccompProfile: { type: "RuntimeDefault" },
        sysctls: [{ name: "net.ipv4.ip_unprivileged_port_start", value: "0" }],
      },
    },
    {
      securityContext: {
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
      },
    },
  );
  assert.match(text, /^uid=1234 gid=5\(tty\) groups=5\(tty\),7$/m);
  assert.match(text, /^CapEff:\t0{16}$/m);
  assert.match(text, /^NoNewPrivs:\t1$/m);
  assert.match(text, /^Seccomp:\t2$/m);
  assert.match(text, /Read-only file system/);
  assert.match(text, /^0$/m);
});

test("namespaces of the machine and of the pod are shared as asked", { skip }, async () => {
  await start("shared", {
    shareProcessNamespace: true,
    containers: [sh(idle), sh("exec sleep 4242", { name: "other" })],
  });
  await ready("shared");
  assert.match(await inside("shared", "ps"), /sleep 4242/);
  await start("onhost", { hostNetwork: true, hostPID: true });
  await ready("onhost");
  const { status } = await pod("onhost");
  assert.equal(status?.podIP, status?.hostIP);
  const own = readFileSync("/proc/sys/kernel/hostname", "utf8").trim();
  assert.equal((await inside("onhost", "hostname")).trim(), own);
  assert.match(await inside("onhost", "ps"), /containerd/);
});

test("init containers run in order, a sidecar outlives them and ends last", { skip }, async () => {
  const say = (word: string): string => `echo ${word} >> /v/log`;
  const mounts = { volumeMounts: [{ name: "v", mountPath: "/v" }] };
  await start("ordered", {
    restartPolicy: "Never",
    volumes: [{ name: "v", emptyDir: {} }],
    initContainers: [
      sh(say("first"), { name: "first", ...mounts }),
      sh(`${say("side")}; trap 'cat /v/log; exit 0' TERM; while :; do sleep 0.1; done`, {
        name: "side",
        restartPolicy: "Always",
        ...mounts,
      }),
      sh(say("second"), { name: "second", ...mounts }),
    ],
    containers: [sh(`sleep 0.5; ${say("main")}`, mounts)],
  });
  await phase("ordered", "Succeeded");
  const lines = (await machine.kubectl("logs", "ordered", "-c", "side")).trim().split("\n");
  assert.deepEqual(lines.toSorted(), ["first", "main", "second", "side"]);
  assert.equal(lines[0], "first");
  assert.equal(lines.at(-1), "main");
});

test("probes decide about readiness and restarts", { skip }, async () => {
  await start("probed", {
    containers: [
      sh(`touch /tmp/alive; ${idle}`, {
        readinessProbe: { exec: { command: ["test", "-f", "/tmp/ready"] }, periodSeconds: 1 },
        livenessProbe: {
          exec: { command: ["test", "-f", "/tmp/alive"] },
          periodSeconds: 1,
          failureThreshold: 1,
        },
        startupProbe: { exec: { command: ["true"] }, periodSeconds: 1 },
      }),
    ],
  });
  await phase("probed", "Running");
  assert.equal((await pod("probed")).status?.containerStatuses?.[0]?.ready, false);
  await inside("probed", "touch /tmp/ready");
  await ready("probed");
  await inside("probed", "rm /tmp/alive");
  const count = "jsonpath={.status.containerStatuses[0].restartCount}";
  await machine.until(["get", "pod", "probed", "-o", count], (text) => text === "1");
  const said = await machine.kubectl(
    "get",
    "events",
    "--field-selector",
    "involvedObject.name=probed",
  );
  assert.match(said, /Warning +Unhealthy .*Liveness probe failed/);
  assert.match(said, /Container c failed liveness probe, will be restarted/);
  await start("web", {
    containers: [
      {
        name: "c",
        image: "nginx:1.14.2",
        ports: [{ name: "http", containerPort: 80 }],
        readinessProbe: { httpGet: { path: "/", port: "http" }, periodSeconds: 1 },
        livenessProbe: { tcpSocket: { port: 80 }, periodSeconds: 1 },
      },
    ],
  });
  await ready("web");
});

test("hooks run at both ends of a container's life", { skip }, async () => {
  const folder = join(machine.folder, "hooks");
  await start("hooked", {
    terminationGracePeriodSeconds: 10,
    volumes: [{ name: "h", hostPath: { path: folder, type: "DirectoryOrCreate" } }],
    containers: [
      sh("trap 'echo term >> /h/log; exit 0' TERM; while :; do sleep 0.1; done", {
        volumeMounts: [{ name: "h", mountPath: "/h" }],
        lifecycle: {
          postStart: { exec: { command: ["sh", "-c", "echo post >> /h/log"] } },
          preStop: { exec: { command: ["sh", "-c", "echo pre >> /h/log; sleep 0.3"] } },
        },
      }),
    ],
  });
  await ready("hooked");
  await machine.kubectl("delete", "pod", "hooked");
  assert.equal(readFileSync(join(folder, "log"), "utf8"), "post\npre\nterm\n");
  await start("badhook", {
    containers: [sh(idle, { lifecycle: { postStart: { exec: { command: ["false"] } } } })],
  });
  const reasons = "jsonpath={.status.containerStatuses[0].state.waiting.reason}";
  await machine.until(["get", "pod", "badhook", "-o", reasons], (reason) =>
    ["PostStartHookError", "CrashLoopBackOff"].includes(reason),
  );
});

test("containers that cannot run say why, in upstream's words", { skip }, async () => {
  const rows: [string, Partial<PodSpec>, RegExp][] = [
    [
      "no-image",
      { containers: [sh(idle, { image: "127.0.0.1:1/none:1" })] },
      /^(ErrImagePull|ImagePullBackOff)$/,
    ],
    [
      "never",
      { containers: [sh(idle, { image: "none:1", imagePullPolicy: "Never" })] },
      /^ErrImageNeverPull$/,
    ],
    ["bad-name", { containers: [sh(idle, { image: "Bad::Name" })] }, /^InvalidImageName$/],
    [
      "no-map",
      { containers: [sh(idle, { envFrom: [{ configMapRef: { name: "none" } }] })] },
      /^CreateContainerConfigError$/,
    ],
    ["as-root", { securityContext: { runAsNonRoot: true } }, /^CreateContainerConfigError$/],
    [
      "no-command",
      { containers: [sh("", { command: ["/none"] })] },
      /^(RunContainerError|CrashLoopBackOff)$/,
    ],
    ["crash", { containers: [sh("exit 3")] }, /^CrashLoopBackOff$/],
  ];
  for (const [name, spec] of rows) await start(name, spec);
  for (const [name, , wanted] of rows) {
    const args = [
      "get",
      "pod",
      name,
      "-o",
      "jsonpath={.status.containerStatuses[0].state.waiting.reason}",
    ];
    await machine.until(args, (reason) => wanted.test(reason));
  }
  const crash = (await pod("crash")).status?.containerStatuses?.[0];
  assert.equal(crash?.lastState?.terminated?.exitCode, 3);
  await machine.kubectl("delete", "pods", "--now", ...rows.map(([name]) => name));
});

test("memory limits, deadlines and last words are told", { skip }, async () => {
  await start("oom", {
    restartPolicy: "Never",
    containers: [
      sh("head -c 200m /dev/zero | tail", { resources: { limits: { memory: "20Mi" } } }),
    ],
  });
  await start("late", { activeDeadlineSeconds: 1, restartPolicy: "Never" });
  await start("words", {
    restartPolicy: "Never",
    containers: [
      sh("echo from the file > /dev/termination-log; exit 4"),
      sh("echo from the log; exit 5", {
        name: "d",
        terminationMessagePolicy: "FallbackToLogsOnError",
      }),
    ],
  });
  for (const name of ["oom", "late", "words"]) await phase(name, "Failed");
  const ended = async (name: string, index = 0) =>
    (await pod(name)).status?.containerStatuses?.[index]?.state?.terminated;
  assert.equal((await ended("oom"))?.reason, "OOMKilled");
  assert.equal((await pod("late")).status?.reason, "DeadlineExceeded");
  assert.deepEqual(
    [(await ended("words"))?.message, (await ended("words"))?.exitCode],
    ["from the file\n", 4],
  );
  assert.equal((await ended("words", 1))?.message, "from the log\n");
});

test("a killed process is started again in place, its log is kept", { skip }, async () => {
  await start("again", { containers: [sh("echo run; exec sleep 1000")] });
  await ready("again");
  const before = await pod("again");
  process.kill(processOf(before.metadata.uid ?? "", "sleep 1000"), "SIGKILL");
  const count = "jsonpath={.status.containerStatuses[0].restartCount}";
  await machine.until(["get", "pod", "again", "-o", count], (text) => text === "1");
  await ready("again");
  const now = await pod("again");
  assert.equal(now.metadata.uid, before.metadata.uid);
  assert.equal(now.status?.podIP, before.status?.podIP);
  assert.equal(await machine.kubectl("logs", "again", "--previous"), "run\n");
  assert.equal(now.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode, 137);
});

test("logs can be cut, stamped and followed", { skip }, async () => {
  await start("talk", {
    restartPolicy: "Never",
    containers: [sh("for i in 1 2 3 4 5; do echo line $i; done; sleep 1; echo late")],
  });
  // It may have ended again by the time somebody looks.
  await machine.until(["get", "pod", "talk", "-o", "jsonpath={.status.phase}"], (p) =>
    ["Running", "Succeeded"].includes(p),
  );
  const followed = machine.kubectl("logs", "-f", "talk");
  assert.equal(await followed, "line 1\nline 2\nline 3\nline 4\nline 5\nlate\n");
  const logs = (...args: string[]) => machine.kubectl("logs", "talk", ...args);
  assert.equal(await logs("--tail=1"), "late\n");
  assert.equal(await logs("--limit-bytes=8"), "line 1\nl");
  assert.match(await logs("--timestamps", "--tail=1"), /^\d{4}-\d\d-\d\dT[\d:.]+Z late\n$/);
  assert.equal(await logs("--since=1h"), await logs());
  assert.equal(await logs("--tail=0"), "");
});

test("exec, cp and attach carry bytes in both directions", { skip }, async () => {
  await start("streams", {
    containers: [sh(idle), sh("cat", { name: "reader", stdin: true })],
  });
  await ready("streams");
  const big = Buffer.alloc(3_000_000, "0123456789abcdef");
  const file = join(machine.folder, "big");
  writeFileSync(file, big);
  await machine.kubectl("cp", "-c", "c", file, "streams:/tmp/big");
  const sum = await inside("streams", "sha256sum /tmp/big");
  assert.equal(sum.split(" ")[0], createHash("sha256").update(big).digest("hex"));
  const args = ["exec", "-i", "streams", "-c", "c", "--", "sh", "-c", "wc -c; exit 7"];
  for (const webSockets of ["true", "false"]) {
    process.env["KUBECTL_REMOTE_COMMAND_WEBSOCKETS"] = webSockets;
    const { code, stdout } = await machine.tryKubectl(args, "12345");
    assert.deepEqual([code, stdout.trim()], [7, "5"], `websockets: ${webSockets}`);
  }
  delete process.env["KUBECTL_REMOTE_COMMAND_WEBSOCKETS"];
  // An attachment ends with its standard input, whatever is still on the way back: hold it open.
  await machine.talk(["attach", "-i", "streams", "-c", "reader"], "echo me\n", /^echo me$/m);
});

test("nothing is left of a pod that is gone", { skip }, async () => {
  await start("traces", {
    volumes: [{ name: "m", emptyDir: { medium: "Memory" } }],
    containers: [sh(idle, { volumeMounts: [{ name: "m", mountPath: "/m", subPath: "x" }] })],
  });
  await ready("traces");
  const uid = (await pod("traces")).metadata.uid ?? "";
  assert.ok(readFileSync("/proc/self/mountinfo", "utf8").includes(uid));
  await machine.kubectl("delete", "pod", "traces");
  const places = ["/proc/self/mountinfo"].map((path) => readFileSync(path, "utf8"));
  assert.ok(!places.some((text) => text.includes(uid)), "a mount is left");
  const left = await machine.coxswain("status", "--json");
  assert.equal(left.code, 0);
});
