// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { serviceCidr } from "./service-cidr.ts";

const good = { metadata: { name: "sc1" }, spec: { cidrs: ["10.50.0.0/16"] } };

test("a new ServiceCIDR is refused in upstream's words", () => {
  assertTold(serviceCidr, good, [
    [{ "spec.cidrs": undefined }, ["spec.cidrs: Required value: at least one CIDR required"]],
    [{ "spec.cidrs": ["x"] }, ['spec.cidrs[0]: Invalid value: "x": must be a valid CIDR value,…']],
    [
      { "spec.cidrs": ["10.50.0.1/16"] },
      [
        'spec.cidrs[0]: Invalid value: "10.50.0.1/16": must not have bits set beyond the prefix length',
      ],
    ],
    [
      { "spec.cidrs": ["10.50.0.0/16", "10.51.0.0/16"] },
      [
        'spec.cidrs: Invalid value: ["10.50.0.0/16","10.51.0.0/16"]: may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64',
      ],
    ],
    [
      { "spec.cidrs": ["a", "b", "c"] },
      ["spec.cidrs: Invalid value: …: may only hold up to 2 values"],
    ],
  ]);
});
