import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { localCipher } from "./ciphers.ts";
import { covers, type ResourceConfig, readEncryption } from "./configuration.ts";
import { Encryption } from "./seal.ts";
import { openBox, sealBox } from "./secretbox.ts";

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ""), "hex");

test("secretbox gives what NaCl's own test tells", () => {
  const key = hex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
  const nonce = hex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
  const text = hex(
    `be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc
     e5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31
     0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde
     048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f93776384864
     5e0705`,
  );
  const box = hex(
    `f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce
     48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c972
     71d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae
     90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b3
     7973f622a43d14a6599b1f654cb45a74e355a5`,
  );
  assert.equal(Buffer.from(sealBox(key, nonce, text)).toString("hex"), box.toString("hex"));
  assert.deepEqual(Buffer.from(openBox(key, nonce, box)!), text);
  box[40]! ^= 1;
  assert.equal(openBox(key, nonce, box), undefined);
});

const context = Buffer.from("/registry/core/secrets/a/b");
const other = Buffer.from("/registry/core/secrets/a/c");

for (const name of ["aesgcm", "aescbc", "secretbox"] as const)
  test(`${name}: what was closed opens again, and with no other key`, () => {
    const cipher = localCipher(name, Buffer.alloc(32, 1));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (text) => {
        const closed = cipher.encrypt(text, context);
        assert.deepEqual(Buffer.from(cipher.decrypt(closed, context)), Buffer.from(text));
      }),
      { numRuns: 30 },
    );
    const closed = cipher.encrypt(Buffer.from("a secret of some length, and more"), context);
    if (name !== "aescbc") {
      assert.throws(() => localCipher(name, Buffer.alloc(32, 2)).decrypt(closed, context));
      closed[closed.length - 1]! ^= 1;
      assert.throws(() => cipher.decrypt(closed, context));
    }
    assert.throws(() => cipher.decrypt(new Uint8Array(3), context));
  });

test("aesgcm binds a value to its key", () => {
  const cipher = localCipher("aesgcm", Buffer.alloc(32, 1));
  const closed = cipher.encrypt(Buffer.from("x"), context);
  assert.throws(() => cipher.decrypt(closed, other));
});

const secret = (byte: number): string => Buffer.alloc(32, byte).toString("base64");
const keyed = (...names: string[]) => ({
  aesgcm: { keys: names.map((name) => ({ name, secret: secret(name.charCodeAt(0)) })) },
});
const file = (...resources: object[]) => ({
  kind: "EncryptionConfiguration",
  apiVersion: "apiserver.config.k8s.io/v1",
  resources,
});
const row = (providers: object[], resources = ["secrets"]) => ({ resources, providers });
const configOf = (...rows: object[]): ResourceConfig[] => {
  const read = readEncryption(file(...rows));
  assert.ok(Array.isArray(read), JSON.stringify(read));
  return read;
};
const sealOf = (...rows: object[]): Encryption => {
  const seal = new Encryption((key) => {
    const [, , group = "", plural = ""] = key.split("/");
    return { group: group === "core" ? "" : group, plural };
  });
  use(seal, ...rows);
  return seal;
};
const use = (seal: Encryption, ...rows: object[]): void =>
  seal.use(configOf(...rows), () => assert.fail("no plug-in"));

const key = context.toString();
const value = Buffer.from("TOP SECRET");

test("the first provider closes, all of them open, and what was closed otherwise is stale", () => {
  const seal = sealOf(row([keyed("a", "b"), { identity: {} }]));
  const closed = seal.close(key, value);
  assert.match(Buffer.from(closed).toString("latin1"), /^k8s:enc:aesgcm:v1:a:/);
  assert.ok(!Buffer.from(closed).includes("TOP"));
  assert.deepEqual(seal.open(key, closed), value);
  assert.ok(!seal.isStale(key));
  assert.deepEqual(seal.open(other.toString(), value), value);
  assert.ok(seal.isStale(other.toString()), "it stands in the clear, and should not");
  use(seal, row([keyed("b", "a")]));
  assert.deepEqual(seal.open(key, closed), value);
  assert.ok(seal.isStale(key));
  assert.match(Buffer.from(seal.close(key, value)).toString("latin1"), /^k8s:enc:aesgcm:v1:b:/);
  assert.ok(!seal.isStale(key));
});

test("keys behind the first that nothing was opened with are told", () => {
  const closed = sealOf(row([keyed("a")])).close(key, value);
  const seal = sealOf(row([keyed("b", "a", "c"), { identity: {} }]), row([keyed("c")], ["pods"]));
  assert.deepEqual(seal.unused(), ["k8s:enc:aesgcm:v1:a:"]);
  seal.open(key, closed);
  assert.deepEqual(seal.unused(), []);
});

test("a value without a key that opens it is refused by name, never taken as it stands", () => {
  const closed = sealOf(row([keyed("a")])).close(key, value);
  const told = { name: "StoreError", code: "sealed", message: /secrets\/a\/b.*aesgcm:v1:a:/ };
  assert.throws(() => sealOf(row([keyed("b")])).open(key, closed), told);
  assert.throws(() => sealOf(row([{ identity: {} }])).open(key, closed), told);
  const sameName = { aesgcm: { keys: [{ name: "a", secret: secret(9) }] } };
  assert.throws(() => sealOf(row([sameName])).open(key, closed), told);
});

test("resources that no row names are left alone; the first row that fits counts", () => {
  const seal = sealOf(
    row([{ identity: {} }], ["configmaps"]),
    row([keyed("a")], ["*."]),
    row([keyed("b")], ["*.*"]),
  );
  const form = (k: string): string =>
    /^k8s:enc:[a-z]+:v1:./.exec(Buffer.from(seal.close(k, value)).toString("latin1"))?.[0] ?? "";
  assert.equal(form("/registry/core/configmaps/a/b"), "");
  assert.equal(form("/registry/core/pods/a/b"), "k8s:enc:aesgcm:v1:a");
  assert.equal(form("/registry/apps/deployments/a/b"), "k8s:enc:aesgcm:v1:b");
});

test("which resources a row is for", () => {
  const rows: [string, string, string, boolean][] = [
    ["secrets", "", "secrets", true],
    ["secrets", "example.com", "secrets", false],
    ["boats.example.com", "example.com", "boats", true],
    ["*.example.com", "example.com", "boats", true],
    ["*.", "", "pods", true],
    ["*.", "apps", "deployments", false],
    ["*.*", "apps", "deployments", true],
  ];
  for (const [text, group, plural, covered] of rows)
    assert.equal(covers(text, group, plural), covered, `${text} ${plural}.${group}`);
});

const wrong: [string, unknown, RegExp][] = [
  ["no map", [], /must hold an EncryptionConfiguration/],
  ["another kind", { ...file(row([{ identity: {} }])), kind: "X" }, /^kind: must be/],
  ["no rows", file(), /^resources: must have at least one/],
  ["a field too many", { ...file(row([{ identity: {} }])), more: 1 }, /^more: is not known/],
  ["no providers", file(row([])), /resources\[0\]\.providers: must have/],
  ["no resource", file(row([{ identity: {} }], [])), /resources\[0\]\.resources: must name/],
  [
    "a resource twice",
    file(row([{ identity: {} }], ["a", "a"])),
    /resources\[1\]: a is named twice/,
  ],
  ["a bad wildcard", file(row([{ identity: {} }], ["*"])), /a wildcard is/],
  ["two in one", file(row([{ identity: {}, ...keyed("a") }])), /exactly one of/],
  ["an unknown provider", file(row([{ rot13: {} }])), /not rot13/],
  [
    "a short key",
    file(row([{ secretbox: { keys: [{ name: "a", secret: "YWJj" }] } }])),
    /resources\[0\]\.providers\[0\]\.secretbox\.keys\[0\]\.secret: has 3 bytes, but secretbox takes 32/,
  ],
  [
    "no base64",
    file(row([{ aesgcm: { keys: [{ name: "a", secret: "***" }] } }])),
    /must be base64/,
  ],
  [
    "a name with a colon",
    file(row([{ aesgcm: { keys: [{ name: "a:b", secret: secret(1) }] } }])),
    /must not hold a colon/,
  ],
  ["a key twice", file(row([keyed("a", "a")])), /keys\[1\]\.name: a is there twice/],
  [
    "kms v1",
    file(row([{ kms: { name: "k", endpoint: "unix:///x", apiVersion: "v1" } }])),
    /must be v2/,
  ],
  [
    "kms over tcp",
    file(row([{ kms: { name: "k", endpoint: "https://x", apiVersion: "v2" } }])),
    /unix:\/\//,
  ],
  [
    "kms with a bad time",
    file(row([{ kms: { name: "k", endpoint: "unix:///x", apiVersion: "v2", timeout: "x" } }])),
    /timeout/,
  ],
];

for (const [name, document, message] of wrong)
  test(`a file with ${name} is refused by field`, () => {
    const read = readEncryption(document);
    assert.ok(!Array.isArray(read));
    assert.match(read.problems.join("\n"), message);
    assert.ok(!JSON.stringify(read).includes(secret(1)), "no key is told");
  });
