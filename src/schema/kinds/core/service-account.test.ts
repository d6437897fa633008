// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { serviceAccount } from "./service-account.ts";

const good = { metadata: { name: "robot" } };

test("a new ServiceAccount is refused in upstream's words", () => {
  assertTold(serviceAccount, good, [
    [{ secrets: [{ name: "x" }], imagePullSecrets: [{}] }, []],
    [{ "metadata.annotations": { "kubernetes.io/enforce-mountable-secrets": "true" } }, []],
  ]);
});

test("what a ServiceAccount may change", () => {
  assertTold(serviceAccount, good, [[{ automountServiceAccountToken: false }, []]], {
    update: true,
  });
});
