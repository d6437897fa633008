import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResourceAttributes } from "../../schema/types/authorization-v1.ts";
import { askedSelectors, selectorProblems } from "./access-selectors.ts";

type Selector = NonNullable<ResourceAttributes["fieldSelector"]>;

const is = (key: string, ...values: string[]) => ({ key, operator: "In", values });
const node = is("spec.nodeName", "n1");

/** A field selector, what of it is looked at, and what is said about the rest. */
const rows: [asked: Selector, text: string | undefined, problem: "" | "ignored" | "partially"][] = [
  [{ requirements: [node] }, "spec.nodeName=n1", ""],
  [{ requirements: [{ ...node, operator: "NotIn" }] }, "spec.nodeName!=n1", ""],
  [{ requirements: [node, is("a", "b", "c")] }, "spec.nodeName=n1", "partially"],
  [{ requirements: [is("a", "b", "c")] }, undefined, "ignored"],
  [{ requirements: [{ key: "a", operator: "Exists" }] }, undefined, "ignored"],
  [{ requirements: [{ key: "a", operator: "Newer", values: ["b"] }] }, undefined, "ignored"],
  [{ requirements: [is("a", "b,spec.nodeName=n1")] }, "a=b\\,spec.nodeName\\=n1", ""],
  [{ requirements: [is("a=b,spec.nodeName=n1,c", "d")] }, undefined, "ignored"],
  [{ rawSelector: "spec.nodeName=n1" }, "spec.nodeName=n1", ""],
  [{ rawSelector: "junk" }, undefined, "ignored"],
];

test("of a selector that cannot be read whole, the rest is looked at", () => {
  for (const [fieldSelector, text, problem] of rows) {
    const found = askedSelectors({ fieldSelector });
    const what = JSON.stringify(fieldSelector);
    assert.equal(found.fieldSelector, text, what);
    const how = problem === "partially" ? "partially ignored" : "ignored";
    const told = `spec.resourceAttributes.fieldSelector ${how} due to parse error`;
    assert.equal(found.problem, problem === "" ? "" : told, what);
  }
  const labels = { requirements: [is("a", "b", "c"), { key: "d", operator: "DoesNotExist" }] };
  assert.equal(askedSelectors({ labelSelector: labels }).labelSelector, "a in (b,c),!d");
});

test("what is wrong with a selector", () => {
  const fields = (...asked: Selector[]): string[] =>
    asked.flatMap((fieldSelector) =>
      selectorProblems({ fieldSelector }).map(({ field = "", message }) =>
        `${field.replace("spec.resourceAttributes.fieldSelector", "")} ${message}`.trim(),
      ),
    );
  assert.deepEqual(
    fields(
      {},
      { rawSelector: "a=b", requirements: [node] },
      { requirements: [is("", "x"), is("a"), { ...node, operator: "Exists" }] },
      { requirements: [{ key: "a", operator: "Newer" }] },
    ),
    [
      ".requirements Required value: when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required",
      '.rawSelector Invalid value: "a=b": may not specified at the same time as requirements',
      ".requirements[0].key Required value: must be specified",
      ".requirements[1].values Required value: must be specified when `operator` is 'In' or 'NotIn'",
      ".requirements[2].values Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    ],
  );
  const labels = { requirements: [is("-", "x"), is("a", "not a label")] };
  const at = "spec.resourceAttributes.labelSelector.requirements";
  assert.deepEqual(
    selectorProblems({ labelSelector: labels }).map(({ field }) => field),
    [`${at}[0].key`, `${at}[1].values[0]`],
  );
});
