// One request at a time from each client: what it costs the server, and how many there are in a second.
import { createPod, deploymentOf, patchOf, pods, post } from "./bodies.ts";
import type { Figure, Measure } from "./figure.ts";
import { type Ask, load, warmUp } from "./load.ts";
import { freshFolder, type Measured, pause } from "./process.ts";

export const start: Measure = async function* (subject) {
  const folder = freshFolder();
  for (const what of ["empty store", "again"]) {
    const server = await subject.start({ folder });
    yield { what: `start to /readyz, ${what}`, value: server.readyMs, unit: "ms", target: "≤ 300" };
    await server.stop();
  }
};

export const get: Measure = async function* (subject) {
  const server = await subject.start();
  await load(server, 1, 1, () => createPod("one"));
  const ask = { method: "GET", path: `${pods}/one` };
  await load(server, 16, warmUp, () => ask);
  for (const [clients, target] of [
    [1, "-"],
    [16, "≤ 60"],
    [64, "≤ 50"],
  ] as const) {
    const { cpuMsEach } = await load(server, clients, 20_000, () => ask);
    yield cpu(`GET of a pod, ${clients} clients`, cpuMsEach, target);
  }
  await server.stop();
};

/** What a fresh server takes for its first thousands is told apart. */
export const create: Measure = async function* (subject) {
  const server = await subject.start();
  const first = await load(server, 16, 4000, (i) => createPod(`first-${i}`));
  yield cpu("create of a pod, 16 clients, the first 4,000", first.cpuMsEach, "-");
  await load(server, 16, warmUp, (i) => createPod(`warm-${i}`));
  for (const [clients, target] of [
    [1, "-"],
    [16, "≤ 250"],
    [64, "-"],
  ] as const) {
    const made = await load(server, clients, 6000, (i) => createPod(`c${clients}-${i}`));
    const what = `create of a pod, ${clients} clients`;
    yield cpu(what, made.cpuMsEach, target);
    const wanted = clients === 16 ? "≥ 2500" : "-";
    yield { what: `${what}, rate`, value: made.perSecond, unit: "/s", target: wanted, more: true };
    yield { what: `${what}, p99`, value: made.p99Ms, unit: "ms", target: "-" };
  }
  await server.stop();
};

export const patch: Measure = async function* (subject) {
  const server = await subject.start();
  await load(server, 16, 16, (i) => createPod(`p${i}`));
  const each: [string, (i: number, round: number) => Ask][] = [
    [
      "strategic patch of a status",
      (i, round) =>
        patchOf("strategic-merge-patch+json", `${pods}/p${i % 16}/status`, {
          status: { message: `m${round}-${i}` },
        }),
    ],
    [
      "merge patch of a label",
      (i, round) =>
        patchOf("merge-patch+json", `${pods}/p${i % 16}`, {
          metadata: { labels: { n: `${round}-${i}` } },
        }),
    ],
  ];
  for (const [what, ask] of each) {
    await load(server, 16, warmUp, (i) => ask(i, 0));
    const { cpuMsEach } = await load(server, 16, 4000, (i) => ask(i, 1));
    yield cpu(`${what}, 16 clients`, cpuMsEach, "≤ 350");
  }
  await server.stop();
};

/** Server-side apply that changes two fields each time; and one that changes nothing. */
export const apply: Measure = async function* (subject) {
  const server = await subject.start();
  const path = (i: number): string => `/apis/apps/v1/namespaces/default/deployments/web${i % 16}`;
  const ask = (i: number, turn: number): Ask => ({
    ...patchOf("apply-patch+yaml", path(i), deploymentOf(`web${i % 16}`, turn)),
    query: "fieldManager=bench&force=true",
  });
  // At no pods nothing but the apply itself is measured.
  await load(server, 16, warmUp, (i) => ask(i, Math.floor(i / 16)));
  const changed = await load(server, 16, 3000, (i) => ask(i, 1000 + Math.floor(i / 16)));
  yield cpu("apply of a Deployment, changed, 16 clients", changed.cpuMsEach, "≤ 500");
  await load(server, 16, warmUp, (i) => ask(i, 1));
  const same = await load(server, 16, 3000, (i) => ask(i, 1));
  yield cpu("apply of a Deployment, as it is, 16 clients", same.cpuMsEach, "≤ 500");
  await server.stop();
};

export const list: Measure = async function* (subject) {
  const server = await subject.start();
  await load(server, 32, 10_000, (i) => createPod(`p${i}`));
  await pause(2000);
  yield* listed(server, "JSON", {}, "≤ 35");
  yield* listed(server, "protobuf", { accept: "application/vnd.kubernetes.protobuf" }, "≤ 30");
  yield* listed(server, "gzip", { "accept-encoding": "gzip" }, "≤ 10");
  await server.stop();
};

async function* listed(
  server: Measured,
  form: string,
  headers: Record<string, string>,
  target: string,
): AsyncIterable<Figure> {
  const ask = { method: "GET", path: pods, headers };
  await load(server, 1, 3, () => ask);
  for (const clients of [1, 4]) {
    const { cpuMsEach } = await load(server, clients, 24, () => ask);
    const what = `LIST of 10,000 pods, ${form}, ${clients} clients, CPU`;
    yield { what, value: cpuMsEach, unit: "ms", target };
  }
}

/** What a server gives back when it comes to rest is gone by then. */
export const restMs = 15_000;

/** Without controllers and node nothing else happens: what is new is what the objects take. */
export const memory: Measure = async function* (subject) {
  const server = await subject.start();
  await pause(restMs);
  const told = (what: string, target: string): Figure => ({
    what: `memory, ${what}`,
    value: server.rssMb(),
    unit: "MB",
    target,
  });
  yield told("started", "≤ 100");
  await load(server, 16, 10_000, (i) => createPod(`p${i}`));
  await pause(restMs);
  yield told("with 10,000 pods", "≤ 200");
  await load(server, 16, 10_000, (i) =>
    patchOf("strategic-merge-patch+json", `${pods}/p${i}/status`, {
      status: { phase: "Running", message: `${i}` },
    }),
  );
  await pause(restMs);
  yield told("after an update of each", "≤ 250");
  await server.stop();
};

export const cpu = (what: string, msEach: number, target: string): Figure => ({
  what: `${what}, CPU`,
  value: msEach * 1000,
  unit: "µs",
  target,
});

/** Makes what a namespace has where controllers work, which the peer alone does not. */
export async function prepared(start: () => Promise<Measured>): Promise<Measured> {
  const server = await start();
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
  const path = "/api/v1/namespaces/default/serviceaccounts";
  const deadline = performance.now() + 20_000;
  for (;;) {
    try {
      await load(server, 1, 1, () => ({ method: "GET", path: `${path}/default` }));
      return server;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await load(server, 1, 1, () => post(path, account)).catch(() => {});
      await pause(200);
    }
  }
}
