import assert from "node:assert/strict";
import { test } from "node:test";
import { hostsOf } from "./addresses.ts";

// The second bridge has lost its last pod: its route is dead, its address is still there.
const trie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 10.244.0.0
        /24 link UNICAST
     |-- 10.245.0.0
        /24 link UNICAST
Local:
  +-- 0.0.0.0/0 2 0 2
        +-- 10.244.0.0/24 2 0 2
           |-- 10.244.0.1
              /32 host LOCAL
           |-- 10.244.0.255
              /32 link BROADCAST
     |-- 10.245.0.1
        /32 host LOCAL
     +-- 127.0.0.0/8 2 0 2
           |-- 127.0.0.0
              /8 host LOCAL
           |-- 127.0.0.1
              /32 host LOCAL
`;

test("every address of the machine is found in the kernel's table, and no network", () => {
  assert.deepEqual(hostsOf(trie), ["10.244.0.1", "10.245.0.1", "127.0.0.1"]);
});
