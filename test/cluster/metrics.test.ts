// The metrics page of the whole server, and the pages about the process.
import assert from "node:assert/strict";
import { test } from "node:test";
import { type ApiServer, apiServer, turn } from "../kit/api-server.ts";

async function metrics(api: ApiServer): Promise<Map<string, number>> {
  const { status, text, headers } = await api.ask("GET /metrics");
  assert.equal(status, 200);
  assert.match(String(headers["content-type"]), /^text\/plain; version=0.0.4/);
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    const at = line.lastIndexOf(" ");
    if (line !== "" && !line.startsWith("#")) values.set(line.slice(0, at), Number(line.slice(at)));
  }
  return values;
}

/** As upstream writes the labels of a request: by name. */
const labels = (of: Record<string, string | number>): string => {
  const all: Record<string, string | number> = {
    component: "apiserver",
    dry_run: "",
    group: "",
    resource: "configmaps",
    scope: "resource",
    subresource: "",
    verb: "GET",
    version: "v1",
    ...of,
  };
  const names = Object.keys(all).sort();
  return names.map((name) => `${name}="${all[name]}"`).join(",");
};

const path = "/api/v1/namespaces/default/configmaps";

test("requests are counted by what they ask for and how they end", async () => {
  const api = apiServer();
  await api.done(`POST ${path}`, { metadata: { name: "a" } });
  await api.done(`POST ${path}?dryRun=All`, { metadata: { name: "b" } });
  await api.ask(`GET ${path}/a`);
  await api.ask(`GET ${path}/a`);
  await api.ask(`GET ${path}/none`);
  await api.ask(`GET ${path}`);
  await api.ask("GET /api/v1/configmaps");
  const apply = { "content-type": "application/apply-patch+yaml" };
  const applied = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } };
  await api.ask(`PATCH ${path}/a?fieldManager=m&force=true`, applied, apply);
  await api.ask("GET /apis/no.such.group/v1/things/a");
  const seen = await metrics(api);
  const rows: [Record<string, string | number>, number][] = [
    [{ verb: "POST", code: 201 }, 1],
    [{ verb: "POST", code: 201, dry_run: "All" }, 1],
    [{ code: 200 }, 2],
    [{ code: 404 }, 1],
    [{ verb: "LIST", scope: "namespace", code: 200 }, 1],
    [{ verb: "LIST", scope: "cluster", code: 200 }, 1],
    [{ verb: "APPLY", code: 200 }, 1],
    [{ verb: "OTHER", code: 404, resource: "", scope: "", version: "" }, 1],
  ];
  for (const [of, count] of rows)
    assert.equal(seen.get(`apiserver_request_total{${labels(of)}}`), count, labels(of));
  assert.equal(seen.get(`apiserver_request_duration_seconds_count{${labels({})}}`), 3);
  assert.equal(seen.get(`apiserver_request_duration_seconds_bucket{${labels({})},le="+Inf"}`), 3);
  const posts = labels({ verb: "POST" }).replace('dry_run="",', "");
  assert.equal(seen.get(`apiserver_request_sli_duration_seconds_count{${posts}}`), 2);
  assert.equal(
    seen.get(`apiserver_request_sli_duration_seconds_bucket{${posts},le="0.025"}`),
    undefined,
  );
  assert.equal(seen.get(`apiserver_request_sli_duration_seconds_bucket{${posts},le="+Inf"}`), 2);
  assert.equal(
    seen.get(`apiserver_response_sizes_count{${posts}}`),
    2,
    "dry runs are no row of their own",
  );
  assert.equal(seen.get('apiserver_resource_objects{group="",resource="configmaps"}'), 1);
  assert.equal(seen.get('apiserver_current_inflight_requests{request_kind="readOnly"}'), 1);
  assert.equal(seen.get('apiserver_current_inflight_requests{request_kind="mutating"}'), 0);
});

test("a watch counts while it is open", async () => {
  const api = apiServer();
  const watching = await api.watch(`${path}?watch=true`);
  await turn();
  const open = `apiserver_longrunning_requests{${labels({ verb: "WATCH", scope: "namespace" }).replace('dry_run="",', "")}}`;
  assert.equal((await metrics(api)).get(open), 1);
  await api.done(`POST ${path}`, { metadata: { name: "seen" } });
  await watching.seen();
  const events = 'apiserver_watch_events_total{group="",resource="configmaps",version="v1"}';
  assert.equal((await metrics(api)).get(events), 1);
  watching.close();
  await turn();
  await watching.seen();
  assert.equal((await metrics(api)).get(open), undefined);
});

test("what is on its way out is told when somebody asked for it", async () => {
  const api = apiServer();
  const name = (resource: string): string =>
    `apiserver_requested_deprecated_apis{group="",removed_release="",resource="${resource}",subresource="",version="v1"}`;
  await api.ask("GET /api/v1/namespaces/default/endpoints");
  await api.ask("GET /api/v1/namespaces/default/endpoints/x");
  await api.ask(`GET ${path}`);
  const seen = await metrics(api);
  assert.deepEqual([seen.get(name("endpoints")), seen.get(name("configmaps"))], [1, undefined]);
});

test("flow control tells what runs and what each level has", async () => {
  const api = apiServer();
  await api.ask(`GET ${path}`);
  const seen = await metrics(api);
  const flow = 'flow_schema="exempt",priority_level="exempt"';
  assert.equal(seen.get(`apiserver_flowcontrol_current_executing_requests{${flow}}`), 1);
  assert.equal(seen.get(`apiserver_flowcontrol_dispatched_requests_total{${flow}}`), 2);
  const nominal = 'apiserver_flowcontrol_nominal_limit_seats{priority_level="catch-all"}';
  assert.equal(seen.get(nominal), 600);
});

test("names that a caller makes up do not become labels", async () => {
  const api = apiServer();
  for (let i = 0; i < 20; i++) {
    await api.ask(`GET /apis/made.up/v${i}/things${i}/a`);
    await api.ask(`GET /made/up/${i}`);
  }
  const seen = [...(await metrics(api)).keys()].filter((key) => key.includes("request_total"));
  assert.ok(!seen.some((key) => key.includes("made")), seen.join("\n"));
});

test("/metrics/slis has a value for each check", async () => {
  const api = apiServer();
  const { text } = await api.ask("GET /metrics/slis");
  assert.match(text, /^kubernetes_healthcheck\{name="ping",type="healthz"\} 1$/m);
  assert.match(text, /^kubernetes_healthcheck\{name="shutdown",type="readyz"\} 1$/m);
});

const pages: { what: string; accept: string; type: string | RegExp; has: RegExp }[] = [
  {
    what: "/statusz",
    accept: "*/*",
    type: "text/plain; charset=utf-8",
    has: /^Up {2}0 hr 00 min/m,
  },
  {
    what: "/statusz",
    accept: "application/json;v=v1beta1;g=config.k8s.io;as=Statusz",
    type: "application/json;g=config.k8s.io;v=v1beta1;as=Statusz",
    has: /"kind":"Statusz","apiVersion":"config.k8s.io\/v1beta1"/,
  },
  {
    what: "/flagz",
    accept: "text/plain",
    type: "text/plain; charset=utf-8",
    has: /^apiserver flagz$/m,
  },
  {
    what: "/flagz",
    accept: "application/json",
    type: "application/json",
    has: /"reason":"NotAcceptable"/,
  },
];

for (const { what, accept, type, has } of pages)
  test(`${what} for ${accept}`, async () => {
    const api = apiServer();
    const { text, headers } = await api.ask(`GET ${what}`, undefined, { accept });
    assert.equal(headers["content-type"], type);
    assert.match(text, has);
  });
