import assert from "node:assert/strict";
import { test } from "node:test";
import { route } from "./route.ts";

const rows: { ask: string; is: string; rest?: string; forced?: boolean }[] = [
  { ask: "GET /version", is: "get (none) /version" },
  { ask: "GET /api/v1", is: "get (none) /api/v1" },
  { ask: "GET /apis/apps/v1", is: "get (none) /apis/apps/v1" },
  { ask: "GET /api/v1/pods", is: "list /v1 pods" },
  { ask: "GET /api/v1/pods?watch=0", is: "list /v1 pods" },
  { ask: "GET /api/v1/pods?watch=", is: "watch /v1 pods" },
  { ask: "GET /api/v1/namespaces/a/pods", is: "list /v1 pods in a" },
  { ask: "GET /api/v1/namespaces/a/pods/", is: "list /v1 pods in a" },
  { ask: "GET /api/v1/namespaces/a/pods/p", is: "get /v1 pods in a named p" },
  { ask: "HEAD /api/v1/namespaces/a/pods/p", is: "get /v1 pods in a named p" },
  { ask: "GET /api/v1/namespaces", is: "list /v1 namespaces" },
  { ask: "GET /api/v1/namespaces/a", is: "get /v1 namespaces in a named a" },
  { ask: "PUT /api/v1/namespaces/a/finalize", is: "update /v1 namespaces/finalize in a named a" },
  { ask: "POST /api/v1/namespaces/a/namespaces", is: "create /v1 namespaces in a" },
  { ask: "POST /apis/apps/v1/namespaces/a/deployments", is: "create apps/v1 deployments in a" },
  {
    ask: "PATCH /apis/apps/v1/namespaces/a/deployments/d/scale",
    is: "patch apps/v1 deployments/scale in a named d",
  },
  { ask: "DELETE /api/v1/namespaces/a/pods", is: "deletecollection /v1 pods in a" },
  { ask: "DELETE /api/v1/namespaces/a/pods/p", is: "delete /v1 pods in a named p" },
  {
    ask: "GET /api/v1/namespaces/a/pods?fieldSelector=metadata.name%3Dp",
    is: "list /v1 pods in a named p",
  },
  {
    ask: "GET /api/v1/namespaces/a/pods?fieldSelector=metadata.name!%3Dp",
    is: "list /v1 pods in a",
  },
  { ask: "GET /api/v1/watch/namespaces/a/pods", is: "watch /v1 pods in a", forced: true },
  { ask: "GET /api/v1/watch/pods/p", is: "watch /v1 pods named p", forced: true },
  {
    ask: "GET /api/v1/namespaces/a/pods/p/proxy/x//y/",
    is: "get /v1 pods/proxy in a named p",
    rest: "x//y/",
  },
  {
    ask: "GET /api/v1/namespaces/a/pods/p/proxy/",
    is: "get /v1 pods/proxy in a named p",
    rest: "",
  },
  { ask: "BREW /api/v1/pods", is: " /v1 pods" },
];

for (const { ask, is, rest = "", forced = false } of rows)
  test(`${ask} is: ${is}`, () => {
    const [method, target] = ask.split(" ") as [string, string];
    const [path, query = ""] = target.split("?") as [string, string?];
    const found = route(method, path, query);
    assert.equal(described(found.attributes), is);
    assert.equal(found.rest, rest);
    assert.equal(found.forcedWatch, forced);
  });

test("selectors are attributes of lists, for authorization by selector", () => {
  const { attributes } = route(
    "GET",
    "/api/v1/pods",
    "labelSelector=a%3Db&fieldSelector=spec.x%3Dy",
  );
  assert.equal(attributes.labelSelector, "a=b");
  assert.equal(attributes.fieldSelector, "spec.x=y");
});

function described(a: ReturnType<typeof route>["attributes"]): string {
  if (!a.isResource) return `${a.verb} (none) ${a.path}`;
  const what = a.subresource === "" ? a.plural : `${a.plural}/${a.subresource}`;
  const where = a.namespace === "" ? "" : ` in ${a.namespace}`;
  const which = a.name === "" ? "" : ` named ${a.name}`;
  return `${a.verb} ${a.group}/${a.version} ${what}${where}${which}`;
}
