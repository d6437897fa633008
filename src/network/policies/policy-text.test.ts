import assert from "node:assert/strict";
import { test } from "node:test";
import type { Match } from "./policy-rules.ts";
import { policyText } from "./policy-text.ts";

const front: Match = {
  peer: { is: "pods", addresses: ["10.0.0.2", "10.0.1.2"] },
  port: { protocol: "tcp", from: 80, to: 80 },
};
const world: Match = {
  peer: { is: "block", cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "192.168.0.0/16"] },
};

test("the whole table", () => {
  const text = policyText("t", {
    ingress: new Map([
      ["10.0.0.1", [front, { port: { protocol: "udp", from: 5000, to: 5010 } }]],
      ["10.0.0.3", []],
    ]),
    egress: new Map([["10.0.0.1", [world, { port: { protocol: "sctp" } }]]]),
  });
  assert.equal(
    text,
    `add table ip t
delete table ip t
table ip t {
 set self { type ipv4_addr . ipv4_addr; elements = { 10.0.0.1 . 10.0.0.1, 10.0.0.3 . 10.0.0.3 }; }
 set pods_0 { type ipv4_addr; elements = { 10.0.0.2, 10.0.1.2 }; }
 chain chain_0 {
  ip saddr @pods_0 tcp dport 80 return
  udp dport 5000-5010 return
  drop
 }
 chain chain_1 {
  drop
 }
 chain chain_2 {
  ip daddr 0.0.0.0/0 ip daddr != 10.0.0.0/8 ip daddr != 192.168.0.0/16 return
  meta l4proto sctp return
  drop
 }
 map ingress { type ipv4_addr : verdict; elements = { 10.0.0.1 : jump chain_0, 10.0.0.3 : jump chain_1 }; }
 map egress { type ipv4_addr : verdict; elements = { 10.0.0.1 : jump chain_2 }; }
 chain forward { type filter hook forward priority 0; policy accept;
  ct state established,related accept
  ip saddr . ip daddr @self accept
  ip saddr vmap @egress
  ip daddr vmap @ingress
 }
}
`,
  );
});

test("pods with the same rules share a chain, peers with the same addresses a set", () => {
  const rules: Match[] = [front, { ...front, port: { protocol: "tcp", from: 81, to: 81 } }];
  const ingress = new Map([
    ["10.0.0.1", rules],
    ["10.0.0.5", rules],
  ]);
  const text = policyText("t", { ingress, egress: new Map() });
  assert.equal(text.match(/chain chain_/g)?.length, 1);
  assert.equal(text.match(/set pods_/g)?.length, 1);
});
