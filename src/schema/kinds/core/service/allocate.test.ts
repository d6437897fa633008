import assert from "node:assert/strict";
import { test } from "node:test";
import type { Service, ServiceSpec } from "../../../types/core-v1.ts";
import { type Family, keepAllocated, normalizeClusterIps, settleFamilies } from "./allocate.ts";

const service = (spec: Partial<ServiceSpec>): Service => ({
  metadata: { name: "web" },
  spec: { type: "ClusterIP", selector: { app: "web" }, ...spec },
});
const one: readonly Family[] = ["IPv4"];
const both: readonly Family[] = ["IPv4", "IPv6"];

test("policy and families are settled by what the cluster has", () => {
  type Row = [
    asked: Partial<ServiceSpec>,
    cluster: readonly Family[],
    policy: string,
    families: string[],
  ];
  const rows: Row[] = [
    [{}, one, "SingleStack", ["IPv4"]],
    [{}, both, "SingleStack", ["IPv4"]],
    [{ ipFamilies: ["IPv6"] }, both, "SingleStack", ["IPv6"]],
    [{ ipFamilyPolicy: "PreferDualStack" }, one, "PreferDualStack", ["IPv4"]],
    [{ ipFamilyPolicy: "PreferDualStack" }, both, "PreferDualStack", ["IPv4", "IPv6"]],
    [
      { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv6"] },
      both,
      "RequireDualStack",
      ["IPv6", "IPv4"],
    ],
    [{ clusterIP: "None", clusterIPs: ["None"] }, one, "SingleStack", ["IPv4"]],
    [
      { clusterIP: "None", clusterIPs: ["None"], selector: {} },
      one,
      "RequireDualStack",
      ["IPv4", "IPv6"],
    ],
    [{ clusterIP: "fd00::1", clusterIPs: ["fd00::1"] }, both, "SingleStack", ["IPv6"]],
  ];
  for (const [asked, cluster, policy, families] of rows) {
    const next = service(asked);
    assert.deepEqual(settleFamilies(next, undefined, cluster), [], JSON.stringify(asked));
    const { ipFamilyPolicy, ipFamilies } = next.spec;
    assert.deepEqual([ipFamilyPolicy, ipFamilies], [policy, families], JSON.stringify(asked));
  }
});

test("what the cluster cannot do is refused", () => {
  const rows: [asked: Partial<ServiceSpec>, fields: string[]][] = [
    [{ ipFamilies: ["IPv6"] }, ["spec.ipFamilies[0]"]],
    [{ ipFamilyPolicy: "RequireDualStack" }, ["spec.ipFamilyPolicy"]],
    [{ ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4", "IPv6"] }, ["spec.ipFamilyPolicy"]],
  ];
  for (const [asked, fields] of rows) {
    const causes = settleFamilies(service(asked), undefined, one);
    assert.deepEqual(
      causes.map(({ field }) => field),
      fields,
      JSON.stringify(asked),
    );
  }
});

test("an update that leaves out what was allocated keeps it", () => {
  const old = service({
    type: "NodePort",
    clusterIP: "10.0.0.1",
    clusterIPs: ["10.0.0.1"],
    ports: [
      { name: "a", port: 80, nodePort: 30001 },
      { name: "b", port: 81, nodePort: 30002 },
    ],
  }).spec;
  const next = service({
    type: "NodePort",
    ports: [
      { name: "b", port: 91 },
      { name: "c", port: 92 },
      { name: "a", port: 80, nodePort: 30009 },
    ],
  }).spec;
  keepAllocated(next, old);
  assert.deepEqual([next.clusterIP, next.clusterIPs], ["10.0.0.1", ["10.0.0.1"]]);
  assert.deepEqual(
    next.ports?.map(({ nodePort }) => nodePort),
    [30002, undefined, 30009],
  );
});

test("a service that gives up its node ports gets none back", () => {
  const old = service({ type: "NodePort", ports: [{ port: 80, nodePort: 30001 }] }).spec;
  const next = service({ ports: [{ port: 80 }] }).spec;
  keepAllocated(next, old);
  assert.equal(next.ports?.[0]?.nodePort, undefined);
});

test("the old field and the new one for addresses agree", () => {
  type Row = [
    next: Partial<ServiceSpec>,
    old: Partial<ServiceSpec> | undefined,
    ips: string[] | undefined,
  ];
  const given = { clusterIP: "10.0.0.1", clusterIPs: ["10.0.0.1"] };
  const rows: Row[] = [
    [{ clusterIP: "10.0.0.1" }, undefined, ["10.0.0.1"]],
    [{ clusterIP: "10.0.0.1" }, given, ["10.0.0.1"]],
    [{ clusterIP: "10.0.0.2", clusterIPs: ["10.0.0.1"] }, given, ["10.0.0.2"]],
    [{ clusterIPs: ["10.0.0.1"] }, given, undefined],
  ];
  for (const [next, old, ips] of rows) {
    const { spec } = service(next);
    normalizeClusterIps(spec, old && service(old).spec);
    assert.deepEqual(spec.clusterIPs, ips, JSON.stringify(next));
  }
});

test("a node port that moved to another port is not given twice", () => {
  const old = service({ type: "NodePort", ports: [{ name: "a", port: 80, nodePort: 30001 }] }).spec;
  const moved = { name: "b", port: 81, nodePort: 30001 };
  const next = service({ type: "NodePort", ports: [{ name: "a", port: 80 }, moved] }).spec;
  keepAllocated(next, old);
  assert.equal(next.ports?.[0]?.nodePort, undefined);
});
