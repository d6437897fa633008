import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyRule } from "../../schema/types/rbac-v1.ts";
import { compacted, printedRule, uncovered } from "./rbac-cover.ts";

/** `get,list core pods,pods/log [names]` or `get /path,/x*`. */
function rule(text: string): PolicyRule {
  const [verbs = "", where = "", resources = "", names] = text.split(" ");
  const list = (s: string): string[] => s.split(",").map((x) => (x === "core" ? "" : x));
  if (where.startsWith("/")) return { verbs: list(verbs), nonResourceURLs: list(where) };
  const found: PolicyRule = {
    verbs: list(verbs),
    apiGroups: list(where),
    resources: list(resources),
  };
  return names === undefined ? found : { ...found, resourceNames: list(names) };
}

const rows: [held: string[], wanted: string, missing: string[]][] = [
  [["get,list core pods"], "get core pods", []],
  [["* * *"], "get,list core,apps pods,deployments/scale a,b", []],
  [["get core pods", "list core pods"], "get,list core pods", []],
  [
    ["get core pods"],
    "get,list core pods,secrets",
    [
      '{APIGroups:[""], Resources:["pods"], Verbs:["list"]}',
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}',
    ],
  ],
  [["get core */log"], "get core pods/log", []],
  [["get core */log"], "get core pods", ['{APIGroups:[""], Resources:["pods"], Verbs:["get"]}']],
  [["get core pods a"], "get core pods", ['{APIGroups:[""], Resources:["pods"], Verbs:["get"]}']],
  [
    ["get core pods a"],
    "get core pods a,b",
    ['{APIGroups:[""], Resources:["pods"], ResourceNames:["b"], Verbs:["get"]}'],
  ],
  [["get core pods"], "get core pods a", []],
  [["get /a/*"], "get /a/b,/a/*", []],
  [
    ["get /a/*"],
    "get,post /a",
    ['{NonResourceURLs:["/a"], Verbs:["get"]}', '{NonResourceURLs:["/a"], Verbs:["post"]}'],
  ],
  [["get core *"], "* core pods", ['{APIGroups:[""], Resources:["pods"], Verbs:["*"]}']],
];

test("rules cover others grant by grant", () => {
  for (const [held, wanted, missing] of rows) {
    const lacking = compacted(uncovered(held.map(rule), [rule(wanted)])).map(printedRule);
    assert.deepEqual(lacking, missing, `${held} ⊇ ${wanted}`);
  }
});

test("a rule of millions of grants is not taken apart", () => {
  const many = Array.from({ length: 2000 }, (_, i) => `r${i}`);
  const huge: PolicyRule = { verbs: many, apiGroups: many, resources: many };
  assert.deepEqual(uncovered([rule("get core pods")], [huge]), [huge]);
  assert.deepEqual(uncovered([rule("* * *")], [huge]), []);
});
