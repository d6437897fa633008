import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../lib/random.ts";
import { VirtualClock } from "../../lib/virtual-clock.ts";
import type { Container, Probe } from "../../schema/types/core-v1.ts";
import type { ProbeKind } from "../pod/actions.ts";
import { ProbeTable } from "./table.ts";

type Answer = "success" | "warning" | "failure";

function table(answers: (kind: ProbeKind, atMs: number) => Answer | Error) {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const said: string[] = [];
  let changes = 0;
  const probes = new ProbeTable({
    clock,
    random: seededRandom(1),
    async run(_probe, kind) {
      asked.push(`${kind} ${clock.monotonic()}`);
      const answer = answers(kind, clock.monotonic());
      if (answer instanceof Error) throw answer;
      return { result: answer, output: "o" };
    },
    changed: () => changes++,
    refused: (_target, kind, { result }) => said.push(`${kind} ${result}`),
    failed: (_target, kind) => said.push(`${kind} cannot be asked`),
  });
  const watch = (container: Partial<Container>): void =>
    probes.watch({
      pod: { metadata: { uid: "u" }, spec: { containers: [] } },
      container: { name: "a", ...container },
      containerId: "x",
      startedMs: clock.now(),
    });
  return { clock, probes, watch, asked, said, changes: () => changes };
}

const probe = (more: Partial<Probe> = {}): Probe => ({ periodSeconds: 1, ...more });

test("a result changes when enough answers in a row agree", async () => {
  const { clock, probes, watch, changes } = table((_, at) => (at < 3000 ? "failure" : "success"));
  watch({ readinessProbe: probe({ failureThreshold: 2, successThreshold: 3 }) });
  assert.equal(probes.result("x", "readiness"), undefined);
  await clock.advance(500);
  assert.equal(probes.result("x", "readiness"), undefined);
  await clock.advance(1000);
  assert.equal(probes.result("x", "readiness"), "failure");
  await clock.advance(3000);
  assert.equal(probes.result("x", "readiness"), "failure");
  await clock.advance(1000);
  assert.equal(probes.result("x", "readiness"), "success");
  assert.equal(changes(), 2);
});

test("others wait for the startup probe, which ends with its first success", async () => {
  const { clock, watch, asked } = table((_, at) => (at < 2000 ? "failure" : "success"));
  watch({ startupProbe: probe({ failureThreshold: 30 }), livenessProbe: probe() });
  await clock.advance(5000);
  const startup = asked.filter((a) => a.startsWith("startup"));
  const liveness = asked.filter((a) => a.startsWith("liveness"));
  assert.deepEqual(startup, ["startup 0", "startup 1000", "startup 2000"]);
  assert.ok(liveness.length >= 2 && Number(liveness[0]?.split(" ")[1]) >= 2000, asked.join());
});

test("the first look waits for the initial delay", async () => {
  const { clock, watch, asked } = table(() => "success");
  watch({ livenessProbe: probe({ initialDelaySeconds: 7, periodSeconds: 10 }) });
  await clock.advance(20_000);
  assert.deepEqual(asked, ["liveness 7000", "liveness 17000"]);
});

test("liveness that failed is not asked again, and a warning is no failure", async () => {
  const failing = table(() => "failure");
  failing.watch({ livenessProbe: probe({ failureThreshold: 2 }) });
  await failing.clock.advance(10_000);
  assert.equal(failing.asked.length, 2);
  assert.deepEqual(failing.said, ["liveness failure", "liveness failure"]);
  const warning = table(() => "warning");
  warning.watch({ livenessProbe: probe() });
  await warning.clock.advance(100);
  assert.equal(warning.probes.result("x", "liveness"), "success");
});

test("a look that could not be made says nothing about the container", async () => {
  const { clock, probes, watch, said } = table(() => new Error("runtime is away"));
  watch({ livenessProbe: probe({ failureThreshold: 1 }) });
  await clock.advance(3000);
  assert.equal(probes.result("x", "liveness"), undefined);
  assert.equal(said[0], "liveness cannot be asked");
});

test("a pod that is ending is asked for its readiness alone, one that is gone for nothing", async () => {
  const { clock, probes, watch, asked } = table(() => "success");
  watch({ livenessProbe: probe(), readinessProbe: probe() });
  await clock.advance(500);
  probes.onlyReadiness("x");
  asked.length = 0;
  await clock.advance(1000);
  assert.deepEqual(
    asked.map((a) => a.split(" ")[0]),
    ["readiness"],
  );
  probes.forget("x");
  asked.length = 0;
  await clock.advance(5000);
  assert.deepEqual(asked, []);
  assert.equal(clock.pending, 0);
});
