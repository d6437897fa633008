import assert from "node:assert/strict";
import { test } from "node:test";
import * as names from "./names.ts";

const dnsLabel =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end " +
  "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const subdomain =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start " +
  "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const namePart =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric " +
  "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is " +
  "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

test("names are refused in upstream's words", () => {
  const rows: [(value: string) => string[], string, string[]][] = [
    [names.checkDnsLabel, "a-1", []],
    [names.checkDnsLabel, "a.b", ["must not contain dots"]],
    [names.checkDnsLabel, "A", [dnsLabel]],
    [names.checkDnsLabel, "", [dnsLabel]],
    [names.checkDnsLabel, "a".repeat(63), []],
    [names.checkDnsLabel, "a".repeat(64), ["must be no more than 63 characters"]],
    [names.checkDnsSubdomain, "a.b-c.d", []],
    [names.checkDnsSubdomain, "a..b", [subdomain]],
    [names.checkDnsSubdomain, "-a", [subdomain]],
    [names.checkDnsSubdomain, "a\n", [subdomain]],
    [names.checkDnsSubdomain, "a".repeat(254), ["must be no more than 253 characters"]],
    [names.checkDnsSubdomain, "é".repeat(127), ["must be no more than 253 characters", subdomain]],
    [names.checkQualifiedName, "app.kubernetes.io/name", []],
    [names.checkQualifiedName, "A_b.c", []],
    [names.checkQualifiedName, "/a", ["prefix part must be non-empty"]],
    [names.checkQualifiedName, "", ["name part must be non-empty", namePart]],
    [names.checkQualifiedName, "B/a", [`prefix part ${subdomain}`]],
    [names.checkQualifiedName, "a".repeat(64), ["name part must be no more than 63 bytes"]],
    [
      names.checkQualifiedName,
      "a/b/c",
      [
        `a valid label key ${namePart.slice(10)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ],
    ],
    [names.checkPrefixedName, "a/b", []],
    [names.checkPrefixedName, "b", ["must include a prefix (e.g. 'example.com/key')"]],
    [names.checkLabelValue, "", []],
    [names.checkLabelValue, "a".repeat(64), ["must be no more than 63 bytes"]],
    [names.checkPathSegment, "System:Node", []],
    [names.checkPathSegment, "..", ["may not be '..'"]],
    [names.checkPathSegment, "a/%", ["may not contain '/'", "may not contain '%'"]],
    [names.checkPortName, "http-1", []],
    [
      names.checkPortName,
      "-0--1",
      [
        "must contain at least one letter (a-z)",
        "must not contain consecutive hyphens",
        "must not begin or end with a hyphen",
      ],
    ],
    [names.checkPortName, "abcdefghijklmnop", ["must be no more than 15 characters"]],
    [names.checkConfigMapKey, "..a", ["must not start with '..'"]],
    [names.checkConfigMapKey, "..", ["must not be '..'"]],
    [names.checkConfigMapKey, "a_B.1-", []],
    [names.checkRelaxedEnvName, "1 a:b", []],
    [names.checkRelaxedEnvName, "", ["environment variable name must be non-empty"]],
  ];
  for (const [check, value, problems] of rows) {
    assert.deepEqual(check(value), problems, `${check.name} ${JSON.stringify(value)}`);
  }
});

test("patterns refuse with the pattern and examples", () => {
  const rows: [(value: string) => string[], string, string][] = [
    [names.checkDns1035Label, "1a", "'[a-z]([-a-z0-9]*[a-z0-9])?'"],
    [names.checkWildcardSubdomain, "a.b", "'*.example.com'"],
    [names.checkLabelValue, "-a", "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?'"],
    [names.checkPercent, "5", "'[0-9]+%'"],
    [names.checkHttpHeaderName, "a b", "'X-Header-Name'"],
    [names.checkCIdentifier, "1", "'MY_NAME'"],
    [names.checkRelaxedEnvName, "A=b", "other than '='"],
    [names.checkRelaxedEnvName, "A\u007f", "other than '='"],
    [names.checkConfigMapKey, "a/b", "'key.name'"],
    [names.checkConditionReason, "a-b", "'ReasonA:ReasonB'"],
    [names.checkDnsSubdomainCaseless, "A_b", "'Example.com'"],
    [names.checkDnsSubdomainWithUnderscore, "A", "'_'"],
  ];
  for (const [check, value, part] of rows) {
    const problems = check(value);
    assert.equal(problems.length, 1, `${check.name} ${value}`);
    assert.ok(problems[0]!.includes(part), problems[0]);
  }
});

test("what a name is generated from may end with a dash", () => {
  const rows: [names.NameRule, string, boolean, boolean][] = [
    [names.nameIsDnsSubdomain, "web-", true, true],
    [names.nameIsDnsSubdomain, "web-", false, false],
    [names.nameIsDnsSubdomain, "-", true, false],
    [names.nameIsDnsSubdomain, "we.-", true, true],
    [names.nameIsDnsSubdomain, "wé-", true, false],
    [names.nameIsDnsLabel, "w.eb-", true, false],
    [names.nameIsDns1035Label, "1-", true, true],
    [names.nameIsPathSegment, "..", true, true],
    [names.nameIsPathSegment, "..", false, false],
  ];
  for (const [rule, name, prefix, good] of rows) {
    assert.equal(rule(name, prefix).length === 0, good, `${name} ${prefix}`);
  }
});

test("lengths are bytes of UTF-8", () => {
  for (const text of ["", "abc", "é", "€", "😀", "a\ud800b", "日本語😀é"]) {
    assert.equal(names.utf8Length(text), new TextEncoder().encode(text).length, text);
  }
});
