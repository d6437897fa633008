// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { ingressClass } from "./ingress-class.ts";

const good = {
  metadata: { name: "ic1" },
  spec: {
    controller: "a.b/c",
    parameters: { apiGroup: "a.b", kind: "K", name: "n", scope: "Namespace", namespace: "x" },
  },
};

test("a new IngressClass is refused in upstream's words", () => {
  assertTold(ingressClass, good, [
    [{ "spec.controller": "" }, ["spec.controller: Required value"]],
    [
      { "spec.controller": "plain" },
      [
        'spec.controller: Invalid value: "plain": must be a domain-prefixed path (such as "acme.io/foo")',
      ],
    ],
    [
      { "spec.parameters.scope": "Odd" },
      ['spec.parameters.scope: Unsupported value: "Odd": supported values: "Cluster", "Namespace"'],
    ],
    [
      { "spec.parameters.scope": "Cluster" },
      ["spec.parameters.namespace: Forbidden: `parameters.scope` is set to 'Cluster'"],
    ],
    [
      { "spec.parameters.namespace": undefined },
      ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"],
    ],
    [
      { "spec.parameters": { kind: "", name: "", scope: "Cluster" } },
      ["spec.parameters.kind: Required value", "spec.parameters.name: Required value"],
    ],
  ]);
});

test("what an IngressClass may change", () => {
  assertTold(
    ingressClass,
    good,
    [
      [
        { "spec.controller": "x.y/z" },
        ['spec.controller: Invalid value: "x.y/z": field is immutable'],
      ],
    ],
    { update: true },
  );
});
