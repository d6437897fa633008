// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { podTemplate } from "./pod-template.ts";

const good = {
  metadata: { name: "web" },
  template: {
    metadata: { labels: { app: "web" } },
    spec: { containers: [{ name: "web", image: "nginx:1" }] },
  },
};

test("a new PodTemplate is refused in upstream's words", () => {
  assertTold(podTemplate, good, [
    [{ "template.spec.containers": [] }, ["template.spec.containers: Required value"]],
    [
      { "template.metadata.labels": { "a b": "" } },
      ['template.labels: Invalid value: "a b": name part…'],
    ],
  ]);
});

test("what a PodTemplate may change", () => {
  assertTold(podTemplate, good, [[{ "template.spec.containers.0.image": "nginx:2" }, []]], {
    update: true,
  });
});
