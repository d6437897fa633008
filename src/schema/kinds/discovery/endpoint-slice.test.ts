// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { endpointSlice } from "./endpoint-slice.ts";

const good = {
  metadata: { name: "es1" },
  addressType: "IPv4",
  endpoints: [
    {
      addresses: ["10.0.0.1", "10.0.0.2"],
      conditions: { ready: true },
      hostname: "h",
      nodeName: "n",
      zone: "z",
      hints: { forZones: [{ name: "z" }], forNodes: [{ name: "n" }] },
    },
  ],
  ports: [
    { name: "a", port: 80, protocol: "TCP", appProtocol: "x.y/z" },
    { name: "b", port: 81 },
  ],
};

test("a new EndpointSlice is refused in upstream's words", () => {
  assertTold(endpointSlice, good, [
    [{ addressType: "" }, ["addressType: Required value"]],
    [
      { addressType: "Odd" },
      ['addressType: Unsupported value: "Odd": supported values: "FQDN", "IPv4", "IPv6"'],
    ],
    [{ "endpoints.0.addresses": [] }, ["endpoints[0].addresses: Required value"]],
    [
      { "endpoints.0.addresses": ["x"] },
      ['endpoints[0].addresses[0]: Invalid value: "x": must be a valid IP address,…'],
    ],
    [
      { "endpoints.0.addresses": ["127.0.0.1"] },
      [
        'endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
    ],
    [
      { "endpoints.0.addresses": ["fd00::1"] },
      ['endpoints[0].addresses: Invalid value: "fd00::1": must be an IPv4 address'],
    ],
    [
      { "endpoints.0.hostname": "A_", "endpoints.0.nodeName": "A_" },
      [
        'endpoints[0].nodeName: Invalid value: "A_": a lowercase RFC 1123 subdomain…',
        'endpoints[0].hostname: Invalid value: "A_": a lowercase RFC 1123 label…',
      ],
    ],
    [{ "endpoints.0.deprecatedTopology": { "a b": "" } }, []],
    [
      { "endpoints.0.hints.forZones": [{ name: "" }, { name: "z" }, { name: "z" }] },
      ['endpoints[0].hints.forZones[2].name: Duplicate value: "z"'],
    ],
    [{ "ports.1.name": "a" }, ['ports[1].name: Duplicate value: "a"']],
    [
      { "ports.0.protocol": "Odd", "ports.0.appProtocol": "a b" },
      [
        'ports[0].protocol: Unsupported value: "Odd": supported values: "SCTP", "TCP", "UDP"',
        'ports[0].appProtocol: Invalid value: "a b": name part…',
      ],
    ],
  ]);
});

test("what an EndpointSlice may change", () => {
  assertTold(
    endpointSlice,
    good,
    [
      [
        { addressType: "IPv6", endpoints: [] },
        ["addressType: Invalid value: null: field is immutable"],
      ],
    ],
    { update: true },
  );
});
