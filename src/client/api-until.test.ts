import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiRequest, ApiResponse } from "../schema/api-request.ts";
import { apiUntil } from "./api-until.ts";

const request = { method: "GET", path: "/" } as ApiRequest;
const answer = { status: 200 } as ApiResponse;

test("a request is answered until the end; who waits then and who comes later is told why", async () => {
  const end = new AbortController();
  let hangs = false;
  const asked: ApiRequest[] = [];
  const api = apiUntil(end.signal, (given) => {
    asked.push(given);
    return hangs ? new Promise(() => {}) : Promise.resolve(answer);
  });
  assert.equal(await api(request), answer);
  hangs = true;
  const waiting = api(request);
  end.abort(new Error("over"));
  await assert.rejects(waiting, /over/);
  await assert.rejects(api(request), /over/);
  assert.equal(asked.length, 2);
});
