import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type FindOptions,
  findResults,
  JsonPathError,
  parseJsonPath,
  printValue,
} from "./jsonpath.ts";

const pods = {
  kind: "List",
  items: [
    {
      metadata: { name: "a", labels: { "x.y/z": "1" } },
      spec: { ports: [80, 81], ratio: 0.5 },
      up: true,
    },
    { metadata: { name: "b", labels: {} }, spec: { ports: [82] }, up: false },
  ],
  nothing: null,
};

/** What a template's text becomes: values of one action stand side by side. */
const printed = (template: string, data: unknown, options?: FindOptions): string =>
  findResults(parseJsonPath(template), data, options)
    .map((results) => results.map(printValue).join(" "))
    .join("");

test("templates print what they find", () => {
  const rows: [string, string][] = [
    ["plain text", "plain text"],
    ["{.kind}", "List"],
    ["{$.kind}{@.kind}", "ListList"],
    ["kind: {.kind}!", "kind: List!"],
    ["{.items[*].metadata.name}", "a b"],
    ["{.items[0].metadata.name} {.items[-1].metadata.name}", "a b"],
    ["{.items[0:1].metadata.name}", "a"],
    ["{.items[0].spec.ports[::2]}", "80"],
    ["{.items[0].metadata.labels.x\\.y/z}", "1"],
    ["{.items[0].metadata.labels['x\\.y/z']}", "1"],
    ["{.items[0]['metadata.name','up']}", "a true"],
    ["{..name}", "a b"],
    ["{.items[*].spec.*}", "[80,81] 0.5 [82]"],
    ["{.items[0].spec}", '{"ports":[80,81],"ratio":0.5}'],
    ['{range .items[*]}{.metadata.name}{"\\t"}{end}done', "a\tb\tdone"],
    ["{range .items[*]}[{range .spec.ports[*]}{@},{end}]{end}", "[80,81,][82,]"],
    ['{.items[?(@.metadata.name=="b")].spec.ports[0]}', "82"],
    ["{.items[?(@.spec.ratio)].metadata.name}", "a"],
    ["{.items[?(@.spec.ports[0]>80)].metadata.name}", "b"],
    ["{.items[?(@.up!=true)].metadata.name}", "b"],
    ["{.nothing}", "null"],
    ["{'it\\'s'}", "it's"],
    [
      "{}",
      '{"items":' +
        '[{"metadata":{"labels":{"x.y/z":"1"},"name":"a"},"spec":{"ports":[80,81],"ratio":0.5},"up":true},' +
        '{"metadata":{"labels":{},"name":"b"},"spec":{"ports":[82]},"up":false}],"kind":"List","nothing":null}',
    ],
  ];
  for (const [template, text] of rows) {
    assert.equal(printed(template, pods), text, template);
  }
});

test("templates that cannot be read are refused in upstream's words", () => {
  const rows: [string, string][] = [
    ["{.a", "unclosed action"],
    ["{.a[}", "unterminated array"],
    ["{.a[x]}", "invalid array index x"],
    ["{.a[?(@.b}", "unterminated filter"],
    ["{.a[?(@.b)}", "unclosed array expect ]"],
    ["{'a}", "unterminated quoted string"],
    ["{....a}", "invalid multiple recursive descent"],
    ["{1.2.3}", "cannot parse number 1.2.3"],
    ["{#}", "unrecognized character in action: U+0023 '#'"],
    ["{'\\q'}", "unquote string '\\q' error invalid syntax"],
  ];
  for (const [template, message] of rows) {
    assert.throws(() => parseJsonPath(template), { message }, template);
  }
});

test("what cannot be found is an error unless missing keys are allowed", () => {
  const rows: [string, string][] = [
    ["{.gone}", "gone is not found"],
    ["{.items[5]}", "array index out of bounds: index 5, length 2"],
    ["{.items[1:0]}", "starting index 1 is greater than ending index 0"],
    ["{.kind[0]}", "string is not array or slice"],
    ["{.kind[?(@.a)]}", "List is not array or slice and cannot be filtered"],
    ['{.items[?(@.up=="x")]}', "incompatible types for comparison"],
    ["{.items[?(@.up<true)]}", "invalid type for comparison"],
    ["{.items[?(@.up=!true)]}", "unrecognized filter operator =!"],
    ["{end}", "not in range, nothing to end"],
    ["{foo}", "unrecognized identifier foo"],
  ];
  for (const [template, message] of rows) {
    const path = parseJsonPath(template);
    assert.throws(() => findResults(path, pods), { message }, template);
  }
  const lenient = { allowMissingKeys: true };
  assert.equal(printed("<{.gone.a}>", pods, lenient), "<>");
  assert.deepEqual(findResults(parseJsonPath("{.gone}"), null, lenient), [[]]);
});

test("fields of prototypes are no fields", () => {
  assert.throws(() => printed("{.constructor}", {}), JsonPathError);
  assert.throws(() => printed("{.__proto__}", {}), JsonPathError);
});

test("hostile templates are read in a moment", () => {
  const started = process.cpuUsage();
  const blanks = " ".repeat(60_000);
  assert.throws(() => parseJsonPath(`{.a[x${blanks}x,1]}`), JsonPathError);
  assert.throws(() => parseJsonPath(`{${"[".repeat(60_000)}`), JsonPathError);
  assert.throws(() => parseJsonPath("x".repeat(70_000)), { message: "template is too long" });
  // Of the processor, in microseconds: what else the machine does is not counted.
  assert.ok(process.cpuUsage(started).user < 1_000_000);
});

test("a template cannot multiply results without end", () => {
  const wide = { a: Array.from({ length: 1000 }, () => [{}]) };
  const union = `[${Array.from({ length: 200 }, () => ":").join(",")}]`;
  const bomb = parseJsonPath(`{.a${union}${union}${union}}`);
  assert.throws(() => findResults(bomb, wide), { message: "too many results" });
});
