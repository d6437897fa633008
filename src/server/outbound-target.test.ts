import assert from "node:assert/strict";
import { test } from "node:test";
import { apiServer } from "../../test/kit/api-server.ts";
import { targets } from "./outbound-target.ts";

type Ports = { port?: number; name?: string }[];

const service = (more: object = {}): object => ({
  metadata: { name: "s" },
  spec: {
    clusterIP: "10.96.0.7",
    clusterIPs: ["10.96.0.7"],
    ports: [{ port: 443, name: "https" }],
    ...more,
  },
});

const slice = (endpoints: object[], ports: Ports = [{ port: 8443, name: "https" }]): object => ({
  metadata: { name: "s-1", labels: { "kubernetes.io/service-name": "s" } },
  addressType: "IPv4",
  endpoints,
  ports,
});

const rows: { what: string; service?: object; slice?: object; port?: number; leads: string }[] = [
  {
    what: "a ready endpoint",
    service: service(),
    slice: slice([{ addresses: ["10.244.0.5"] }]),
    leads: "10.244.0.5:8443",
  },
  {
    what: "one that is not ready beside one that is",
    service: service(),
    slice: slice([
      { addresses: ["10.244.0.5"], conditions: { ready: false } },
      { addresses: ["10.244.0.6"], conditions: { ready: true } },
    ]),
    leads: "10.244.0.6:8443",
  },
  { what: "no service", leads: 'service "s" not found' },
  {
    what: "another port",
    service: service(),
    port: 1,
    leads: 'no service port 1 found for service "s"',
  },
  { what: "no endpoints", service: service(), leads: 'no endpoints available for service "s"' },
  {
    what: "endpoints of another port",
    service: service(),
    slice: slice([{ addresses: ["10.244.0.5"] }], [{ port: 80, name: "http" }]),
    leads: 'no endpoints available for service "s"',
  },
  {
    what: "a name elsewhere",
    service: { metadata: { name: "s" }, spec: { type: "ExternalName", externalName: "a.example" } },
    leads: "a.example:443",
  },
];

for (const { what, service: given, slice: endpoints, port = 443, leads } of rows)
  test(`A service with ${what} leads to ${leads}`, async () => {
    const api = apiServer();
    if (given) await api.done("POST /api/v1/namespaces/n/services", given);
    if (endpoints)
      await api.done("POST /apis/discovery.k8s.io/v1/namespaces/n/endpointslices", endpoints);
    const found = (): string => {
      const at = targets(api.server.core).address({ namespace: "n", name: "s", port });
      return `${at.host}:${at.port}`;
    };
    if (/^[\w.]+:\d+$/.test(leads)) assert.equal(found(), leads);
    else assert.throws(found, { message: leads });
  });
