// The committed facts, types and tokens are what the tool makes from the published definitions.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { make } from "../../tools/facts/make.ts";
import { publishedModule } from "./published-api.ts";

const schema = fileURLToPath(new URL("../../src/schema/", import.meta.url));
const skip =
  publishedModule("k8s.io/api") === undefined && "Go, or its module k8s.io/api, is not there";

test("the committed facts are those of the published definitions", { skip }, () => {
  const made = make();
  for (const [path, text] of made) {
    assert.ok(readFileSync(join(schema, path), "utf8") === text, `${path} is out of date`);
  }
  for (const folder of ["facts", "types"]) {
    for (const file of readdirSync(join(schema, folder))) {
      assert.ok(made.has(`${folder}/${file}`), `${folder}/${file} is not made any more`);
    }
  }
});
