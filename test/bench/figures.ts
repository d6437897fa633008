// What is measured, by the name under which it is asked for.
import { fleet, idle, node, run } from "./cluster.ts";
import { custom } from "./custom.ts";
import { definitions } from "./definitions.ts";
import type { Measure, Subject } from "./figure.ts";
import { startPeer } from "./peer.ts";
import { startMeasured } from "./process.ts";
import { apply, create, get, list, memory, patch, prepared, start } from "./requests.ts";
import { authorization, quota } from "./walls.ts";
import { watch } from "./watching.ts";

/** `alone`: there is nothing of the peer's to measure beside it. `on`: the API server alone when absent. */
type Listed = { readonly measure: Measure; readonly alone?: true; readonly on?: Subject };

/** The control plane without a node. */
const whole: Subject = {
  start: ({ flags = [], ...options } = {}) =>
    prepared(() => startMeasured({ flags: ["--node", "none", ...flags], ...options })),
};

/** The API server alone, which is what the peer is. */
export const ours: Subject = {
  start: ({ flags = [], ...options } = {}) =>
    whole.start({ flags: ["--no-controllers", ...flags], ...options }),
};

export const peerFrom = (binaries: string): Subject => ({
  start: (options = {}) => prepared(() => startPeer(binaries, options)),
});

export const figures: Readonly<Record<string, Listed>> = {
  start: { measure: start, on: whole },
  idle: { measure: idle, on: whole },
  get: { measure: get },
  create: { measure: create },
  "create-whole": { measure: create, on: whole, alone: true },
  patch: { measure: patch },
  apply: { measure: apply },
  list: { measure: list },
  memory: { measure: memory },
  "memory-whole": { measure: memory, on: whole, alone: true },
  watch: { measure: watch },
  custom: { measure: custom },
  definitions: { measure: definitions },
  authorization: { measure: authorization },
  quota: { measure: quota, on: whole, alone: true },
  fleet: { measure: fleet, alone: true },
  node: { measure: node, alone: true },
  run: { measure: run, alone: true },
};
