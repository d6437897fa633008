// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { priorityLevelConfiguration } from "./priority-level-configuration.ts";

const good = {
  metadata: { name: "pl1" },
  spec: {
    type: "Limited",
    limited: {
      nominalConcurrencyShares: 5,
      lendablePercent: 10,
      borrowingLimitPercent: 10,
      limitResponse: { type: "Queue", queuing: { queues: 64, handSize: 8, queueLengthLimit: 50 } },
    },
  },
};

test("a new PriorityLevelConfiguration is refused in upstream's words", () => {
  assertTold(priorityLevelConfiguration, good, [
    [
      { "spec.type": "Odd" },
      [
        'spec.type: Unsupported value: "Odd": supported values: "Exempt", "Limited"',
        "spec.limited: Forbidden",
      ],
    ],
    [
      { "spec.type": "Exempt" },
      [
        "spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'",
        "spec.limited: Forbidden",
      ],
    ],
    [{ "spec.limited": undefined }, ["spec.limited: Required value"]],
    [
      { "spec.limited.nominalConcurrencyShares": -1 },
      ["spec.limited.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer"],
    ],
    [
      { "spec.limited.lendablePercent": 101 },
      ["spec.limited.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive"],
    ],
    [
      { "spec.limited.borrowingLimitPercent": -1 },
      [
        "spec.limited.borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer",
      ],
    ],
    [
      { "spec.limited.limitResponse": { type: "Odd" } },
      [
        'spec.limited.limitResponse.type: Unsupported value: "Odd": supported values: "Queue", "Reject"',
      ],
    ],
    [
      { "spec.limited.limitResponse": { type: "Reject", queuing: { queues: 1 } } },
      ["spec.limited.limitResponse.queuing: Forbidden"],
    ],
    [{ "spec.limited.limitResponse.queuing": { queues: 0, handSize: 9, queueLengthLimit: 0 } }, []],
    [
      { "spec.limited.limitResponse.queuing": { queues: 4, handSize: 9, queueLengthLimit: 5 } },
      [
        "spec.limited.limitResponse.queuing.handSize: Invalid value: 9: should not be greater than queues (4)",
      ],
    ],
  ]);
});
