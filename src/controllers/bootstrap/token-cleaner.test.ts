import assert from "node:assert/strict";
import { test } from "node:test";
import { now, secondsAgo } from "../../../test/kit/controllers.ts";
import { reconcileToken } from "./token-cleaner.ts";

const rows = [
  { it: "lives", expiration: secondsAgo(-60), does: ["again 60000"] },
  { it: "has ended", expiration: secondsAgo(0), does: ["delete"] },
  { it: "cannot be read", expiration: "tomorrow", does: ["delete"] },
  { it: "never ends", expiration: undefined, does: [] },
  { it: "is no token", expiration: secondsAgo(5), type: "Opaque", does: [] },
];

test("tokens go when they expire", () => {
  for (const { it, expiration, does, type = "bootstrap.kubernetes.io/token" } of rows) {
    const secret = {
      metadata: { name: "bootstrap-token-a", namespace: "kube-system", uid: "u" },
      type,
      ...(expiration === undefined ? {} : { data: { expiration: btoa(expiration) } }),
    };
    const actions = reconcileToken({ secret, now });
    const words = actions.map((a) => (a.do === "again" ? `again ${a.afterMs}` : a.do));
    assert.deepEqual(words, does, it);
  }
});
