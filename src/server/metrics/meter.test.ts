import assert from "node:assert/strict";
import { test } from "node:test";
import { guardedServer } from "../../../test/kit/guarded-server.ts";

test("names that callers make up are no series", async () => {
  const { ask } = guardedServer();
  const known = "/api/v1/namespaces/a/configmaps/x";
  for (const user of ["system:admin", "nobody"])
    for (const path of ["/madeup", `${known}/madeup`, "/apis/madeup/v1/madeup", known])
      await ask(`GET ${path}`, undefined, {
        user,
        groups: user === "nobody" ? "" : "system:masters",
      });
  const { text } = await ask("GET /metrics");
  assert.ok(!text.includes("madeup"));
  assert.match(text, /apiserver_request_total\{code="403".*resource="configmaps"/);
});
