// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { ipAddress } from "./ip-address.ts";

const good = {
  metadata: { name: "10.9.9.9" },
  spec: { parentRef: { group: "a.b", resource: "r", namespace: "n", name: "x" } },
};

test("a new IPAddress is refused in upstream's words", () => {
  assertTold(ipAddress, good, [
    [{ "spec.parentRef": undefined }, ["spec.parentRef: Required value"]],
    [
      { "spec.parentRef": { group: "A_", resource: "", namespace: "A_", name: "" } },
      [
        'spec.parentRef.group: Invalid value: "A_": a lowercase RFC 1123 subdomain…',
        "spec.parentRef.resource: Required value",
        "spec.parentRef.name: Required value",
      ],
    ],
  ]);
});

test("what an IPAddress may change", () => {
  assertTold(
    ipAddress,
    good,
    [
      [{ "spec.parentRef.name": "y" }, ["spec.parentRef: Invalid value: null: field is immutable"]],
      [
        { "spec.parentRef.name": undefined },
        [
          "spec.parentRef.name: Required value",
          "spec.parentRef: Invalid value: null: field is immutable",
        ],
      ],
    ],
    { update: true },
  );
});
