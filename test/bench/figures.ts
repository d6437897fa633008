// What is measured, by the name under which it is asked for.
import { fleet, idle, node, run } from "./cluster.ts";
import { custom } from "./custom.ts";
import type { Measure, Subject } from "./figure.ts";
import { startPeer } from "./peer.ts";
import { startMeasured } from "./process.ts";
import { apply, create, get, list, memory, patch, prepared, start } from "./requests.ts";
import { authorization, quota } from "./walls.ts";
import { watch } from "./watching.ts";

/** `alone`: there is nothing of the peer's to measure beside it. */
type Listed = { readonly measure: Measure; readonly alone?: true };

export const figures: Readonly<Record<string, Listed>> = {
  start: { measure: start },
  idle: { measure: idle },
  get: { measure: get },
  create: { measure: create },
  patch: { measure: patch },
  apply: { measure: apply },
  list: { measure: list },
  memory: { measure: memory },
  watch: { measure: watch },
  custom: { measure: custom },
  authorization: { measure: authorization },
  quota: { measure: quota, alone: true },
  fleet: { measure: fleet, alone: true },
  node: { measure: node, alone: true },
  run: { measure: run, alone: true },
};

/** The control plane without a node: what the peer is, too, and its controllers beside. */
export const ours: Subject = {
  start: (options = {}) => prepared(() => startMeasured({ flags: ["--node", "none"], ...options })),
};

export const peerFrom = (binaries: string): Subject => ({
  start: (options = {}) => prepared(() => startPeer(binaries, options)),
});
