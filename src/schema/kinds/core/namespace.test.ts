// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { namespace } from "./namespace.ts";

const good = { metadata: { name: "team-a" } };

test("a new Namespace is refused in upstream's words", () => {
  assertTold(namespace, good, [
    [
      { "spec.finalizers": ["plain"] },
      [
        'spec.finalizers: Invalid value: "plain": name is neither a standard finalizer name nor is it fully qualified',
      ],
    ],
    [{ "spec.finalizers": ["a.example.com/x"] }, []],
  ]);
});

test("what the status of a Namespace may say", () => {
  assertTold(
    namespace,
    good,
    [
      [
        { "status.phase": "Terminating" },
        [
          "status.Phase: Invalid value: \"Terminating\": may only be 'Active' if `deletionTimestamp` is empty",
        ],
      ],
      [
        { "status.phase": "Odd" },
        [
          "status.Phase: Invalid value: \"Odd\": may only be 'Active' if `deletionTimestamp` is empty",
        ],
      ],
    ],
    { subresource: "status" },
  );
});
