import assert from "node:assert/strict";
import { test } from "node:test";
import { chooseNetworks } from "./networks.ts";

const usual = { podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/12", dnsIp: "10.96.0.10" };
const second = { podCidr: "10.245.0.0/16", serviceCidr: "10.112.0.0/12", dnsIp: "10.112.0.10" };

const rows: [what: string, asked: Partial<typeof usual>, taken: string[], is: typeof usual][] = [
  ["the first cluster of a machine", {}, ["127.0.0.1", "192.168.1.5"], usual],
  ["the bridge of another cluster is there", {}, ["10.244.0.1"], second],
  ["the machine itself is in the usual network of services", {}, ["10.100.3.4"], second],
  [
    "two others",
    {},
    ["10.244.0.1", "10.245.0.1"],
    { podCidr: "10.246.0.0/16", serviceCidr: "10.128.0.0/12", dnsIp: "10.128.0.10" },
  ],
  [
    "what is asked for is taken as it is",
    { podCidr: "10.7.0.0/16", serviceCidr: "10.8.0.0/24" },
    ["10.7.0.1", "10.244.0.1"],
    { podCidr: "10.7.0.0/16", serviceCidr: "10.8.0.0/24", dnsIp: "10.8.0.10" },
  ],
];

for (const [what, asked, taken, is] of rows) {
  test(`networks: ${what}`, () => assert.deepEqual(chooseNetworks(asked, taken), is));
}

test("a machine whose networks are all taken is told so", () => {
  const taken = Array.from({ length: 12 }, (_, i) => `10.${244 + i}.0.1`);
  assert.throws(() => chooseNetworks({}, taken), /--pod-cidr/);
});
