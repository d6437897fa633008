// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { event } from "./event.ts";

const good = {
  metadata: { name: "hello" },
  involvedObject: { kind: "Pod", namespace: "default", name: "p" },
  reason: "R",
  message: "m",
  type: "Normal",
};

test("a new Event is refused in upstream's words", () => {
  assertTold(event, good, [
    [
      { "involvedObject.namespace": "other" },
      ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
    ],
    [{ "involvedObject.kind": "Node", "involvedObject.namespace": undefined }, []],
    [
      { eventTime: "2026-01-01T00:00:00.000000Z" },
      [
        "reportingComponent: Required value",
        'reportingComponent: Invalid value: "": name part must be non-empty',
        'reportingComponent: Invalid value: "": name part…',
        "reportingInstance: Required value",
        "action: Required value",
      ],
    ],
    [
      {
        eventTime: "2026-01-01T00:00:00.000000Z",
        reportingComponent: "c/d",
        reportingInstance: "i",
        action: "a",
        type: "Odd",
      },
      [],
    ],
    [
      {
        eventTime: "2026-01-01T00:00:00.000000Z",
        reportingComponent: "a b",
        reportingInstance:
          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        action:
          "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        reason: "",
        message: "m",
      },
      [
        'reportingComponent: Invalid value: "a b": name part…',
        'reportingInstance: Invalid value: "": can have at most 128 characters',
        'action: Invalid value: "": can have at most 128 characters',
        "reason: Required value",
      ],
    ],
    [{ type: "Odd" }, []],
  ]);
});

test("what an Event may change", () => {
  assertTold(event, good, [[{ message: "n", count: 3 }, []]], { update: true });
});
