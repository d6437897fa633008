import assert from "node:assert/strict";
import { test } from "node:test";
import { serverName } from "./identity-lease.ts";

test("a server is named after its machine as upstream names it", () => {
  // What kube-apiserver 1.37 made of the machine name `vm`.
  assert.equal(serverName("vm"), "apiserver-wlv32tlttr4jl3gtroqexyxapa");
  assert.notEqual(serverName("vm"), serverName("vm2"));
});
