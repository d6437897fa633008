// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { volumeAttributesClass } from "./volume-attributes-class.ts";

const good = { metadata: { name: "vac1" }, driverName: "A.b/c", parameters: { a: "b" } };

test("a new VolumeAttributesClass is refused in upstream's words", () => {
  assertTold(volumeAttributesClass, good, [
    [{ driverName: "" }, ["driverName: Required value"]],
    [{ driverName: "a b" }, ['driverName: Invalid value: "a b": name part…']],
    [{ parameters: { "": "x" } }, ['parameters: Invalid value: "": field can not be empty.']],
  ]);
});

test("what a VolumeAttributesClass may change", () => {
  assertTold(
    volumeAttributesClass,
    good,
    [
      [{ driverName: "x" }, ["driverName: Forbidden: updates to driverName are forbidden."]],
      [{ parameters: { x: "y" } }, ["parameters: Forbidden: updates to parameters are forbidden."]],
    ],
    { update: true },
  );
});
