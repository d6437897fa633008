// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { event } from "./event.ts";

const good = {
  metadata: { name: "hello2" },
  regarding: { kind: "Pod", namespace: "default", name: "p" },
  reason: "R",
  note: "m",
  type: "Normal",
  action: "A",
  reportingController: "c/d",
  reportingInstance: "i",
  eventTime: "2026-01-01T00:00:00.000000Z",
};

test("a new Event is refused in upstream's words", () => {
  assertTold(event, good, [
    [{ eventTime: undefined }, ["eventTime: Required value"]],
    [
      { reason: undefined, action: undefined, type: undefined },
      [
        "action: Required value",
        "reason: Required value",
        'type: Invalid value: "": has invalid value: ',
      ],
    ],
    [
      { reportingController: "a b", reportingInstance: undefined },
      [
        'reportingController: Invalid value: "a b": name part…',
        "reportingInstance: Required value",
      ],
    ],
    [
      {
        note: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
      },
      ['message: Invalid value: "": can have at most 1024 characters'],
    ],
    [
      { series: { count: 1, lastObservedTime: "2026-01-01T00:00:00.000000Z" } },
      ['series.count: Invalid value: "": should be at least 2'],
    ],
    [{ deprecatedCount: 3 }, ['count: Invalid value: "": needs to be unset']],
    [{ "regarding.namespace": "other" }, []],
  ]);
});

test("what an Event may change", () => {
  assertTold(
    event,
    good,
    [
      [{ reason: "S" }, ['reason: Invalid value: "S": field is immutable']],
      [
        { note: "n", action: "B" },
        [
          'message: Invalid value: "n": field is immutable',
          'action: Invalid value: "B": field is immutable',
        ],
      ],
      [{ series: { count: 2, lastObservedTime: "2026-01-01T00:00:00.000000Z" } }, []],
    ],
    { update: true },
  );
});
