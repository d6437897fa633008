// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { endpoints } from "./endpoints.ts";

const good = {
  metadata: { name: "web" },
  subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }] }],
};

test("a new Endpoints is refused in upstream's words", () => {
  assertTold(endpoints, good, [
    [
      { "subsets.0.addresses": [] },
      ["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"],
    ],
    [
      { "subsets.0.addresses.0": { ip: "127.0.0.1", hostname: "A_b", nodeName: "A" } },
      [
        'subsets[0].addresses[0].hostname: Invalid value: "A_b": a lowercase RFC 1123 label…',
        'subsets[0].addresses[0].nodeName: Invalid value: "A": a lowercase RFC 1123 subdomain…',
        'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
      ],
    ],
    [
      { "subsets.0.addresses.0.ip": "1.2.3" },
      [
        'subsets[0].addresses[0].ip: Invalid value: "1.2.3": must be a valid IP address,…',
        'subsets[0].addresses[0].ip: Invalid value: "1.2.3": must be a valid IP address',
      ],
    ],
    [
      { "subsets.0.addresses.0.ip": "169.254.0.1" },
      [
        'subsets[0].addresses[0].ip: Invalid value: "169.254.0.1": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
      ],
    ],
    [
      {
        "subsets.0.ports": [
          { port: 0, protocol: "Odd" },
          { port: 81, name: "A B" },
        ],
      },
      [
        "subsets[0].ports[0].name: Required value",
        "subsets[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        'subsets[0].ports[0].protocol: Unsupported value: "Odd": supported values: "SCTP", "TCP", "UDP"',
        'subsets[0].ports[1].name: Invalid value: "A B": a lowercase RFC 1123 label…',
      ],
    ],
    [
      { "subsets.0.ports.0.appProtocol": "a b" },
      ['subsets[0].ports[0].appProtocol: Invalid value: "a b": name part…'],
    ],
  ]);
});

test("what an Endpoints may change", () => {
  assertTold(
    endpoints,
    good,
    [
      [{ "subsets.0.addresses.0.nodeName": "n" }, []],
      [{ subsets: undefined }, []],
    ],
    { update: true },
  );
});
