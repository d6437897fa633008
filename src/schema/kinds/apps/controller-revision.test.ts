// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { controllerRevision } from "./controller-revision.ts";

const good = { metadata: { name: "web-1" }, revision: 1, data: { spec: { a: 1 } } };

test("a new ControllerRevision is refused in upstream's words", () => {
  assertTold(controllerRevision, good, [
    [{ revision: -1 }, ["revision: Invalid value: -1: must be greater than or equal to 0"]],
    [{ data: undefined }, ["data: Required value: data is mandatory"]],
  ]);
});

test("what a ControllerRevision may change", () => {
  assertTold(
    controllerRevision,
    good,
    [
      [{ revision: 2 }, []],
      [{ revision: 0 }, []],
      [{ data: { spec: { a: 2 } } }, ['data: Invalid value: {"spec":{"a":2}}: field is immutable']],
    ],
    { update: true },
  );
});
