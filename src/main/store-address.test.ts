import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal } from "./refusal.ts";
import { storeAddress } from "./store-address.ts";

test("what --store takes", () => {
  assert.deepEqual(storeAddress("file:"), { is: "file" });
  assert.deepEqual(storeAddress("memory:"), { is: "memory" });
  assert.deepEqual(storeAddress("https://a:2379, https://b:2379/"), {
    is: "etcd",
    endpoints: ["https://a:2379", "https://b:2379"],
  });
  for (const host of ["localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
    assert.equal(storeAddress(`http://${host}:2379`).is, "etcd");
});

const refused: [string, RegExp][] = [
  ["", /neither file:, memory: nor an address of etcd/],
  ["sqlite:", /neither/],
  ["etcd://a:2379", /neither/],
  ["https://a", /names no port/],
  ["https://a:2379,b:2379", /"b:2379" is neither/],
  ["https://a:2379,https://a:2379/", /named twice/],
  ["https://a:2379/registry", /no more than/],
  ["https://user@a:2379", /no more than/],
  ["http://10.0.0.1:2379", /in the clear; http:\/\/ is for loopback only/],
  ["http://localhost.example.com:2379", /in the clear/],
  [Array.from({ length: 33 }, (_, i) => `https://a:${i + 1}`).join(","), /33 members/],
];

for (const [url, message] of refused)
  test(`--store ${url.slice(0, 40)} is refused`, () =>
    assert.throws(
      () => storeAddress(url),
      (error) => error instanceof Refusal && error.exitCode === 2 && message.test(error.message),
    ));
