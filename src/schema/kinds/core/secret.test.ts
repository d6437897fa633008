// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { secret } from "./secret.ts";

const good = { metadata: { name: "keys" }, data: { a: "eA==" }, immutable: true };

test("a new Secret is refused in upstream's words", () => {
  assertTold(secret, good, [
    [{ data: { "a b": "" } }, ['data[a b]: Invalid value: "a b": a valid config key…']],
    [{ data: { "..": "" } }, ["data[..]: Invalid value: \"..\": must not be '..'"]],
    [
      { type: "kubernetes.io/tls" },
      ["data[tls.crt]: Required value", "data[tls.key]: Required value"],
    ],
    [{ type: "kubernetes.io/tls", data: { "tls.crt": "eA==", "tls.key": "eA==" } }, []],
    [
      { type: "kubernetes.io/basic-auth" },
      ["data[username]: Required value", "data[password]: Required value"],
    ],
    [{ type: "kubernetes.io/basic-auth", data: { username: "eA==" } }, []],
    [{ type: "kubernetes.io/ssh-auth" }, ["data[ssh-privatekey]: Required value"]],
    [{ type: "kubernetes.io/dockercfg" }, ["data[.dockercfg]: Required value"]],
    [
      { type: "kubernetes.io/dockercfg", data: { ".dockercfg": "eA==" } },
      [
        "data[.dockercfg]: Invalid value: \"<secret contents redacted>\": invalid character 'x' looking for beginning of value",
      ],
    ],
    [{ type: "kubernetes.io/dockercfg", data: { ".dockercfg": "e30=" } }, []],
    [{ type: "kubernetes.io/dockerconfigjson" }, ["data[.dockerconfigjson]: Required value"]],
    [
      { type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": "eA==" } },
      [
        "data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": invalid character 'x' looking for beginning of value",
      ],
    ],
    [
      { type: "kubernetes.io/service-account-token" },
      ["metadata.annotations[kubernetes.io/service-account.name]: Required value"],
    ],
    [
      {
        type: "kubernetes.io/service-account-token",
        "metadata.annotations": { "kubernetes.io/service-account.name": "default" },
      },
      [],
    ],
    [{ type: "my/own", stringData: { x: "y" } }, []],
  ]);
});

test("what a Secret may change", () => {
  assertTold(
    secret,
    good,
    [
      [{ "data.a": "eQ==" }, ["data: Forbidden: field is immutable when `immutable` is set"]],
      [{ type: "my/own" }, ['type: Invalid value: "my/own": field is immutable']],
      [
        { immutable: undefined },
        ["immutable: Forbidden: field is immutable when `immutable` is set"],
      ],
      [{ stringData: { b: "c" } }, ["data: Forbidden: field is immutable when `immutable` is set"]],
      [{ "metadata.labels": { x: "y" } }, []],
    ],
    { update: true },
  );
});
