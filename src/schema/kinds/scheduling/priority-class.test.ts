// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { priorityClass } from "./priority-class.ts";

const good = {
  metadata: { name: "pc1" },
  value: 10,
  globalDefault: false,
  description: "d",
  preemptionPolicy: "Never",
};

test("a new PriorityClass is refused in upstream's words", () => {
  assertTold(priorityClass, good, [
    [
      { value: 1000000001 },
      ["value: Forbidden: maximum allowed value of a user defined priority is 1000000000"],
    ],
    [
      { preemptionPolicy: "Odd" },
      [
        'preemptionPolicy: Unsupported value: "Odd": supported values: "PreemptLowerPriority", "Never"',
      ],
    ],
  ]);
});

test("what a PriorityClass may change", () => {
  assertTold(
    priorityClass,
    good,
    [
      [{ value: 11 }, ["value: Forbidden: may not be changed in an update."]],
      [
        { preemptionPolicy: "PreemptLowerPriority" },
        ['preemptionPolicy: Invalid value: "PreemptLowerPriority": field is immutable'],
      ],
      [{ description: "e", globalDefault: true }, []],
    ],
    { update: true },
  );
});
