import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiServer } from "../kit/api-server.ts";
import { guardedServer } from "../kit/guarded-server.ts";
import {
  type Asked,
  type Reply,
  strangersBundle,
  until,
  type WebhookServer,
  webhookServer,
} from "../kit/webhook-server.ts";

const services = "/apis/apiregistration.k8s.io/v1/apiservices";
const root = "/apis/sample.example.com/v1";

/** A service whose name leads to this machine. */
async function served(api: ApiServer, hook: WebhookServer, more: object = {}): Promise<void> {
  await api.done("POST /api/v1/namespaces", { metadata: { name: "default" } });
  await api.done("POST /api/v1/namespaces/default/services", {
    metadata: { name: "sample" },
    spec: { type: "ExternalName", externalName: "localhost" },
  });
  await api.done(`POST ${services}`, {
    metadata: { name: "v1.sample.example.com" },
    spec: {
      group: "sample.example.com",
      version: "v1",
      groupPriorityMinimum: 2000,
      versionPriority: 10,
      service: { namespace: "default", name: "sample", port: hook.port },
      caBundle: hook.caBundle,
      ...more,
    },
  });
}

// biome-ignore lint/suspicious/noExplicitAny: an answer of the API
type Any = any;

async function condition(api: ApiServer, status: string): Promise<Any> {
  let found: Any;
  await until(`Available ${status}`, async () => {
    const service = await api.done(`GET ${services}/v1.sample.example.com`);
    found = service.status?.conditions?.find((one: Any) => one.type === "Available");
    return found?.status === status;
  });
  return found;
}

const resources = {
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion: "sample.example.com/v1",
  resources: [
    {
      name: "flunders",
      singularName: "flunder",
      namespaced: true,
      kind: "Flunder",
      verbs: ["get", "list"],
    },
    {
      name: "flunders/status",
      singularName: "",
      namespaced: true,
      kind: "Flunder",
      verbs: ["get"],
    },
  ],
};
const openApi = {
  swagger: "2.0",
  paths: { [`${root}/flunders`]: { get: {} }, "/apis/other/v1/x": { get: {} } },
  definitions: {},
};

const sample = ({ path }: Asked): Reply => {
  if (path === root) return { json: resources };
  if (path === "/openapi/v2") return { json: openApi };
  if (path === "/openapi/v3")
    return {
      json: {
        paths: { "apis/sample.example.com/v1": { serverRelativeURL: `/openapi/v3${root}?hash=1` } },
      },
    };
  if (path.startsWith("/openapi/v3/")) return { json: { openapi: "3.0.0" } };
  if (path.endsWith("/moved"))
    return { status: 302, headers: { location: "https://127.0.0.1:1/" } };
  return { json: { kind: "Flunder", path } };
};

test("Requests go to the server behind the service, in the name of the caller", async () => {
  await using hook = await webhookServer(sample);
  const api = guardedServer();
  await served(api, hook);
  assert.deepEqual(
    { ...(await condition(api, "True")), lastTransitionTime: "" },
    {
      type: "Available",
      status: "True",
      lastTransitionTime: "",
      reason: "Passed",
      message: "all checks passed",
    },
  );
  const path = `${root}/namespaces/default/flunders/a?limit=1`;
  const { status, body } = await api.ask(`GET ${path}`, undefined, {
    user: "eve",
    groups: "system:masters",
    authorization: "Bearer secret",
    "x-remote-user": "mallory",
    "x-remote-extra-scopes": "all",
  });
  assert.equal(status, 200);
  assert.equal(body.path, path);
  const { headers } = hook.asked.find((one) => one.path === path)!;
  assert.equal(headers["x-remote-user"], "eve");
  assert.equal(headers["x-remote-group"], "system:masters, system:authenticated");
  assert.equal(headers["authorization"], undefined);
  assert.equal(headers["x-remote-extra-scopes"], undefined);
  const made = await api.ask(`POST ${root}/namespaces/default/flunders`, { kind: "Flunder" });
  assert.equal(made.status, 200);
  assert.ok(hook.asked.some((one) => one.body.kind === "Flunder"));
});

test("Discovery and OpenAPI show what the other server has", async () => {
  await using hook = await webhookServer(sample);
  const api = guardedServer();
  await served(api, hook);
  await condition(api, "True");
  const { groups } = await api.done("GET /apis");
  const found = groups.find(({ name }: Any) => name === "sample.example.com");
  assert.deepEqual(found.preferredVersion, {
    groupVersion: "sample.example.com/v1",
    version: "v1",
  });
  assert.equal((await api.done("GET /apis/sample.example.com")).name, "sample.example.com");
  assert.deepEqual(await api.done(`GET ${root}`), resources);
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const whole = await api.ask("GET /apis", undefined, { accept });
  const { items } = JSON.parse(whole.text);
  const group = items.find(({ metadata }: Any) => metadata.name === "sample.example.com");
  assert.equal(group.versions[0].freshness, "Current");
  const [resource] = group.versions[0].resources;
  assert.equal(resource.resource, "flunders");
  assert.equal(resource.subresources[0].subresource, "status");
  let paths: Any = {};
  await until("the document", async () => {
    ({ paths } = JSON.parse((await api.ask("GET /openapi/v3")).text));
    return paths["apis/sample.example.com/v1"] !== undefined;
  });
  const { serverRelativeURL } = paths["apis/sample.example.com/v1"];
  assert.equal(serverRelativeURL, `/openapi/v3${root}?hash=1`);
  assert.deepEqual(await api.done(`GET ${serverRelativeURL}`), { openapi: "3.0.0" });
  const swagger = await api.done("GET /openapi/v2");
  assert.deepEqual(swagger.paths[`${root}/flunders`], { get: {} });
  assert.equal(swagger.paths["/apis/other/v1/x"], undefined);
  assert.ok(swagger.paths["/api/v1/namespaces"]);
});

const bads: { what: string; reply: Reply; more?: object; message: RegExp }[] = [
  {
    what: "redirects",
    reply: { status: 302, headers: { location: "/x" } },
    message: /bad status from https:.*: 302$/,
  },
  { what: "fails", reply: { status: 500 }, message: /bad status from https:.*: 500$/ },
  { what: "drops the connection", reply: "drop", message: /Get ".*": EOF$/ },
  {
    what: "has a certificate of a stranger",
    reply: { json: resources },
    more: { caBundle: strangersBundle },
    message: /certificate signed by unknown authority$/,
  },
];

for (const { what, reply, more, message } of bads)
  test(`A server that ${what} is not available, and nothing else suffers`, async () => {
    await using hook = await webhookServer(() => reply);
    const api = guardedServer();
    await served(api, hook, more);
    const { reason, message: told } = await condition(api, "False");
    assert.equal(reason, "FailedDiscoveryCheck");
    assert.match(told, message);
    const refused = await api.ask(`GET ${root}/flunders`);
    assert.equal(refused.status, 503);
    assert.equal(refused.text, "service unavailable\n");
    const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    const { items } = JSON.parse((await api.ask("GET /apis", undefined, { accept })).text);
    const group = items.find(({ metadata }: Any) => metadata.name === "sample.example.com");
    assert.equal(group.versions[0].freshness, "Stale");
    assert.equal((await api.ask("GET /api/v1/namespaces")).status, 200);
    assert.equal((await api.ask("GET /openapi/v2")).status, 200);
  });

test("A server that hangs is not available after a while", async () => {
  await using hook = await webhookServer(() => "hang");
  const api = guardedServer();
  await served(api, hook);
  await until("a question", () => hook.asked.length > 0);
  await api.clock.advance(5000);
  assert.match((await condition(api, "False")).message, /context deadline exceeded/);
});

test("A server that answers HTML takes part in nothing, and nothing else suffers", async () => {
  await using hook = await webhookServer(() => ({ status: 200, text: "<html></html>" }));
  const api = guardedServer();
  await served(api, hook);
  await condition(api, "True");
  assert.equal((await api.ask(`GET ${root}/flunders`)).text, "<html></html>");
  const { paths } = await api.done("GET /openapi/v2");
  assert.ok(paths["/api/v1/namespaces"]);
  assert.ok(!Object.keys(paths).some((path) => path.startsWith(root)));
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const { items } = JSON.parse((await api.ask("GET /apis", undefined, { accept })).text);
  assert.ok(items.some(({ metadata }: Any) => metadata.name === "apps"));
});

test("A redirect is not followed", async () => {
  await using hook = await webhookServer(sample);
  const api = guardedServer();
  await served(api, hook);
  await condition(api, "True");
  const { status, text, headers } = await api.ask(`GET ${root}/namespaces/default/flunders/moved`);
  assert.equal(status, 502);
  assert.equal(text, "the backend attempted to redirect this request, which is not permitted");
  assert.equal(headers["location"], undefined);
});

const faults: { what: string; spec: object; slices?: object[]; reason: string }[] = [
  {
    what: "no service",
    spec: { service: { namespace: "default", name: "none" } },
    reason: "ServiceNotFound",
  },
  {
    what: "another port",
    spec: { service: { namespace: "default", name: "here", port: 1 } },
    reason: "ServicePortError",
  },
  {
    what: "no endpoints",
    spec: { service: { namespace: "default", name: "here", port: 443 } },
    reason: "EndpointsNotFound",
  },
];

for (const { what, spec, reason } of faults)
  test(`An APIService with ${what} says so`, async () => {
    await using hook = await webhookServer(sample);
    const api = guardedServer();
    await api.done("POST /api/v1/namespaces", { metadata: { name: "other" } });
    await served(api, hook, spec);
    await api.done("POST /api/v1/namespaces/default/services", {
      metadata: { name: "here" },
      spec: { ports: [{ port: 443 }] },
    });
    await until(reason, async () => (await condition(api, "False")).reason === reason);
    assert.equal(hook.asked.length, 0);
  });

test("An APIService that loses its service is local", async () => {
  await using hook = await webhookServer(sample);
  const api = guardedServer();
  await served(api, hook);
  await condition(api, "True");
  const service = await api.done(`GET ${services}/v1.sample.example.com`);
  const { service: _, caBundle: __, insecureSkipTLSVerify: ___, ...spec } = service.spec;
  await api.done(`PUT ${services}/v1.sample.example.com`, { ...service, spec });
  await until("Local", async () => (await condition(api, "True")).reason === "Local");
});

test("An APIService that goes gives its group version back", async () => {
  await using hook = await webhookServer(sample);
  const api = guardedServer();
  await served(api, hook);
  await condition(api, "True");
  await api.done(`DELETE ${services}/v1.sample.example.com`);
  assert.equal((await api.ask(`GET ${root}`)).status, 404);
  const { groups } = await api.done("GET /apis");
  assert.ok(!groups.some(({ name }: Any) => name === "sample.example.com"));
});
