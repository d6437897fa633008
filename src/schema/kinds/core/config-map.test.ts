// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { configMap } from "./config-map.ts";

const good = { metadata: { name: "settings" }, data: { a: "b" } };

test("a new ConfigMap is refused in upstream's words", () => {
  assertTold(configMap, good, [
    [{ data: { "a b": "" } }, ['data[a b]: Invalid value: "a b": a valid config key…']],
    [{ data: { "..x": "" } }, ["data[..x]: Invalid value: \"..x\": must not start with '..'"]],
    [
      { binaryData: { a: "eA==" } },
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ],
    [{ binaryData: { "/": "eA==" } }, ['binaryData[/]: Invalid value: "/": a valid config key…']],
    [{ data: undefined }, []],
  ]);
});

test("what a ConfigMap may change", () => {
  assertTold(
    configMap,
    good,
    [
      [{ "data.a": "c" }, []],
      [{ immutable: true }, []],
    ],
    { update: true },
  );
});
