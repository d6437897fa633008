import assert from "node:assert/strict";
import { test } from "node:test";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames as Names,
} from "../../schema/types/apiextensions-v1.ts";
import { conditionOf, establishedStatus } from "./names.ts";

const time = "2026-01-01T00:00:00Z";
const later = "2026-01-02T00:00:00Z";

const definition = (names: Names): CustomResourceDefinition => ({
  metadata: { name: `${names.plural}.example.com` },
  spec: { group: "example.com", scope: "Namespaced", names, versions: [] },
  status: { conditions: [], acceptedNames: { plural: "", kind: "" }, storedVersions: ["v1"] },
});

const accepted = (names: Names): CustomResourceDefinition => {
  const one = definition(names);
  return { ...one, status: establishedStatus(one, [], time) };
};

const things: Names = {
  plural: "things",
  singular: "thing",
  kind: "Thing",
  listKind: "ThingList",
  shortNames: ["tg", "th"],
};

const rows: { name: string; wished: Names; reason: string; message: string }[] = [
  {
    name: "nothing in common",
    wished: { plural: "others", singular: "other", kind: "Other", listKind: "OtherList" },
    reason: "NoConflicts",
    message: "no conflicts found",
  },
  {
    name: "a plural that is another's short name",
    wished: { plural: "tg", singular: "one", kind: "One", listKind: "OneList" },
    reason: "PluralConflict",
    message: '"tg" is already in use',
  },
  {
    name: "several short names",
    wished: {
      plural: "others",
      singular: "other",
      kind: "Other",
      listKind: "OtherList",
      shortNames: ["tg", "free", "th"],
    },
    reason: "ShortNamesConflict",
    message: '["tg" is already in use, "th" is already in use]',
  },
  {
    name: "of several conflicts the last is told",
    wished: { plural: "others", singular: "thing", kind: "Thing", listKind: "ThingList" },
    reason: "ListKindConflict",
    message: '"ThingList" is already in use',
  },
];

for (const { name, wished, reason, message } of rows) {
  test(`names: ${name}`, () => {
    const one = definition(wished);
    const status = establishedStatus(one, [one, accepted(things)], time);
    const condition = conditionOf({ status }, "NamesAccepted");
    assert.equal(condition?.reason, reason);
    assert.equal(condition?.message, message);
    const free = reason === "NoConflicts";
    assert.equal(conditionOf({ status }, "Established")?.status, free ? "True" : "False");
  });
}

test("names: what is settled is not written again, and times tell of changes only", () => {
  const one = accepted(things);
  assert.deepEqual(establishedStatus(one, [one], later), one.status);
});

test("names: an established definition stays so when it asks for a name that is taken", () => {
  const one = accepted({
    plural: "others",
    singular: "other",
    kind: "Other",
    listKind: "OtherList",
  });
  const wishing = {
    ...one,
    spec: { ...one.spec, names: { ...one.spec.names, singular: "thing" } },
  };
  const status = establishedStatus(wishing, [one, accepted(things)], later);
  assert.equal(conditionOf({ status }, "NamesAccepted")?.reason, "SingularConflict");
  assert.equal(conditionOf({ status }, "Established")?.status, "True");
  assert.equal(status.acceptedNames?.singular, "other");
});
