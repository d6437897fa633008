import assert from "node:assert/strict";
import { test } from "node:test";
import type { Action } from "../../control/action.ts";
import type { IPAddress, ServiceCIDR } from "../../schema/types/networking-v1.ts";
import { reconcile } from "./service-cidr.ts";

const now = Date.parse("2026-11-23T12:00:00Z");
const finalizers = ["networking.k8s.io/service-cidr-finalizer"];

type Sketch = { deletedAgoMs?: number; finalizers?: string[]; ready?: [string, string] };

function block(cidr: string, sketch: Sketch = {}): ServiceCIDR {
  const { deletedAgoMs, ready } = sketch;
  return {
    metadata: {
      name: cidr,
      finalizers: sketch.finalizers ?? finalizers,
      ...(deletedAgoMs === undefined
        ? {}
        : { deletionTimestamp: new Date(now - deletedAgoMs).toISOString() }),
    },
    spec: { cidrs: [cidr] },
    ...(ready === undefined
      ? {}
      : {
          status: {
            conditions: [
              {
                type: "Ready",
                status: ready[0],
                reason: "",
                message: ready[1],
                lastTransitionTime: "",
              },
            ],
          },
        }),
  };
}

const address = (name: string): IPAddress => ({
  metadata: { name },
  spec: { parentRef: { resource: "services", name: "s" } },
});

const well: [string, string] = ["True", "Kubernetes Service CIDR is ready"];

const shown = (action: Action): string => {
  switch (action.do) {
    case "patch": {
      const { conditions } = (action.patch as ServiceCIDR).status!;
      return `Ready ${conditions![0]!.status} ${conditions![0]!.reason}`.trim();
    }
    case "update":
      return `finalizers ${action.object.metadata.finalizers!.length}`;
    case "again":
      return `again ${action.afterMs}`;
    default:
      return action.do;
  }
};

const rows: {
  title: string;
  block: ServiceCIDR;
  others?: ServiceCIDR[];
  addresses?: string[];
  does: string[];
}[] = [
  {
    title: "a new block is held and ready",
    block: block("10.0.0.0/24", { finalizers: [] }),
    does: ["finalizers 1", "Ready True"],
  },
  { title: "that is said once", block: block("10.0.0.0/24", { ready: well }), does: [] },
  {
    title: "another's word is not left standing",
    block: block("10.0.0.0/24", { ready: ["True", "mine"] }),
    does: ["Ready True"],
  },
  {
    title: "a deleted one with addresses stays",
    block: block("10.0.0.0/24", { deletedAgoMs: 60_000, ready: well }),
    addresses: ["10.0.0.7"],
    does: ["Ready False Terminating"],
  },
  {
    title: "addresses of others do not count",
    block: block("10.0.0.0/24", { deletedAgoMs: 60_000 }),
    addresses: ["10.0.1.7", "fd00::1"],
    does: ["finalizers 0"],
  },
  {
    title: "another block may have the addresses, too",
    block: block("10.0.0.0/24", { deletedAgoMs: 60_000 }),
    others: [block("10.0.0.0/16")],
    addresses: ["10.0.0.7"],
    does: ["finalizers 0"],
  },
  {
    title: "servers have time to hear of it",
    block: block("10.0.0.0/24", { deletedAgoMs: 4000 }),
    does: ["again 6000"],
  },
];

for (const { title, does, others = [], addresses = [], ...row } of rows)
  test(`blocks of service addresses: ${title}`, () => {
    const actions = reconcile({
      block: row.block,
      others,
      addresses: addresses.map(address),
      now,
    });
    assert.deepEqual(actions.map(shown), does);
  });
