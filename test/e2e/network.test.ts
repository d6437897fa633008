// The network of real pods: policies that let through and hold back, ports of the machine.
import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { test } from "node:test";
import type { NetworkPolicySpec } from "../../src/schema/types/networking-v1.ts";
import type { Machine } from "./machine.ts";
import { onRealNode, skipWithoutNode as skip } from "./real-node.ts";

let machine: Machine;
onRealNode({ name: "network", lane: 4, loaded: ["busybox", "nginx"], prepare }, (made) => {
  machine = made;
});

async function prepare(): Promise<void> {
  await machine.kubectl("create", "namespace", "outside");
  for (const [name, namespace] of [
    ["front", "default"],
    ["stranger", "default"],
    ["guest", "outside"],
  ] as const)
    await pod(name, namespace, { image: "busybox", command: ["sleep", "100000"] });
  await pod("web", "default", {
    image: "nginx",
    ports: [{ name: "http", containerPort: 80, hostPort }],
  });
  for (const name of ["web", "front", "stranger"]) await ready(name, "default");
  await ready("guest", "outside");
  await machine.kubectl("expose", "pod", "web", "--port=80", "--name=web");
}

/** Far from the ports of services and from those that the kernel gives out. */
const hostPort = 28_193;

async function pod(name: string, namespace: string, container: object): Promise<void> {
  await machine.apply({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { app: name } },
    spec: {
      terminationGracePeriodSeconds: 1,
      containers: [{ name: "c", imagePullPolicy: "IfNotPresent", ...container }],
    },
  });
}

const ready = (name: string, namespace: string): Promise<string> =>
  machine.kubectl("wait", "--for=condition=ready", `pod/${name}`, "-n", namespace, "--timeout=90s");

async function policy(name: string, spec: NetworkPolicySpec): Promise<void> {
  await machine.apply({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name, namespace: "default" },
    spec,
  });
}

/** Asks until the pod reaches the Service, or does not reach it, as `is` says. */
async function reaches(from: string, is: boolean): Promise<void> {
  const [name = "", namespace = "default"] = from.split("@");
  const ask = "wget -q -T 3 -O - http://web.default || echo closed";
  await machine.until(["exec", name, "-n", namespace, "--", "sh", "-c", ask], (said) =>
    is ? said.trim() !== "" && !said.includes("closed") : said.trim() === "closed",
  );
}

test("without a policy everybody reaches everybody", { skip }, async () => {
  for (const from of ["front", "stranger", "guest@outside"]) await reaches(from, true);
});

test("the gateway of pods has a hardware address of its own, whichever pods come and go", {
  skip,
}, async () => {
  const gateway = async (): Promise<string> => {
    const table = await machine.kubectl("exec", "front", "--", "cat", "/proc/net/route");
    const hex = /^eth0\t00000000\t([0-9A-F]{8})/m.exec(table)?.[1] ?? "";
    return [...Buffer.from(hex, "hex").reverse()].join(".");
  };
  const address = await gateway();
  const links = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const mac = links.find((link) => link.address === address)?.mac;
  const parts = address.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  assert.equal(mac, `0a:58:${parts.join(":")}`);
});

test("a port of the machine leads to the pod that asked for it", { skip }, async () => {
  const { items } = JSON.parse(await machine.kubectl("get", "nodes", "-o", "json"));
  const { address } = items[0].status.addresses[0];
  const answer = await fetch(`http://${address}:${hostPort}/`);
  assert.match(await answer.text(), /nginx/i);
});

test("a policy lets in whom it names and nobody else", { skip }, async () => {
  await policy("web", {
    podSelector: { matchLabels: { app: "web" } },
    ingress: [
      { from: [{ podSelector: { matchLabels: { app: "front" } } }], ports: [{ port: "http" }] },
    ],
  });
  await reaches("stranger", false);
  await reaches("guest@outside", false);
  await reaches("front", true);
});

test("a changed policy, and labels that change, count at once", { skip }, async () => {
  await policy("web", {
    podSelector: { matchLabels: { app: "web" } },
    ingress: [
      { from: [{ namespaceSelector: { matchLabels: { door: "open" } } }] },
      { from: [{ podSelector: { matchLabels: { app: "front" } } }], ports: [{ port: 81 }] },
    ],
  });
  await reaches("front", false);
  await reaches("guest@outside", false);
  await machine.kubectl("label", "namespace", "outside", "door=open");
  await reaches("guest@outside", true);
});

test("a pod that may not go out still finds names, and its node", { skip }, async () => {
  await machine.kubectl("delete", "networkpolicy", "web");
  await policy("quiet", {
    podSelector: { matchLabels: { app: "stranger" } },
    policyTypes: ["Egress"],
  });
  await reaches("stranger", false);
  await reaches("front", true);
  const names = await machine.kubectl(
    "exec",
    "stranger",
    "--",
    "nslookup",
    "web.default.svc.cluster.local",
  );
  assert.match(names, /10\.116\./);
  await policy("quiet", {
    podSelector: { matchLabels: { app: "stranger" } },
    policyTypes: ["Egress"],
    egress: [{ to: [{ ipBlock: { cidr: "10.204.0.0/16" } }], ports: [{ port: 80 }] }],
  });
  await reaches("stranger", true);
});

test("the filter goes with the last policy", { skip }, async () => {
  await machine.kubectl("delete", "networkpolicies", "--all");
  for (const from of ["front", "stranger", "guest@outside"]) await reaches(from, true);
});
