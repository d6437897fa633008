import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  podSecurityLevels,
  podSecurityPods,
  podSecurityVersions,
} from "../../../../test/kit/pod-security-pods.ts";
import type { Container, PodSpec } from "../../../schema/types/core-v1.ts";
import { type Level, violations } from "./levels.ts";
import { podView } from "./pod-view.ts";
import { policyOf } from "./policy.ts";

const good: NonNullable<Container["securityContext"]> = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};
const container = (name: string, security: Container["securityContext"] = good): Container => ({
  name,
  image: "x",
  ...(security === undefined ? {} : { securityContext: security }),
});
const spec = (more: Partial<PodSpec> = {}, ...containers: Container[]): PodSpec => ({
  containers: containers.length === 0 ? [container("a")] : containers,
  ...more,
});

type Row = [level: Level, version: number | "latest", spec: PodSpec, broken: string[]];
const rows: Row[] = [
  ["restricted", "latest", spec(), []],
  ["privileged", "latest", spec({ hostNetwork: true }), []],
  [
    "baseline",
    "latest",
    spec({ hostNetwork: true, hostPID: true }),
    ["host namespaces (hostNetwork=true, hostPID=true)"],
  ],
  ["baseline", "latest", spec({}, { name: "a" }), []],
  [
    "restricted",
    "latest",
    spec({}, { name: "a" }, { name: "b" }),
    [
      'allowPrivilegeEscalation != false (containers "a", "b" must set securityContext.allowPrivilegeEscalation=false)',
      'unrestricted capabilities (containers "a", "b" must set securityContext.capabilities.drop=["ALL"])',
      'runAsNonRoot != true (pod or containers "a", "b" must set securityContext.runAsNonRoot=true)',
      'seccompProfile (pod or containers "a", "b" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ],
  ],
  ["restricted", 7, spec({ securityContext: { runAsNonRoot: true } }, { name: "a" }), []],
  [
    "restricted",
    "latest",
    spec({ os: { name: "windows" }, securityContext: { runAsNonRoot: true } }, { name: "a" }),
    [],
  ],
  [
    "baseline",
    "latest",
    spec({ volumes: [{ name: "v", hostPath: { path: "/" } }] }),
    ['hostPath volumes (volume "v")'],
  ],
  [
    "restricted",
    "latest",
    spec({ volumes: [{ name: "v", hostPath: { path: "/" } }] }),
    ['restricted volume types (volume "v" uses restricted volume type "hostPath")'],
  ],
  [
    "baseline",
    "latest",
    spec({}, { ...container("a"), ports: [{ containerPort: 1, hostPort: 80 }] }),
    ['hostPort (container "a" uses hostPort 80)'],
  ],
  [
    "baseline",
    "latest",
    spec({ initContainers: [container("i", { privileged: true })] }),
    ['privileged (container "i" must not set securityContext.privileged=true)'],
  ],
  [
    "baseline",
    "latest",
    spec({}, container("a", { capabilities: { add: ["NET_ADMIN", "CHOWN"] } })),
    [
      'non-default capabilities (container "a" must not include "NET_ADMIN" in securityContext.capabilities.add)',
    ],
  ],
  [
    "restricted",
    "latest",
    spec({}, container("a", { ...good, capabilities: { drop: ["ALL"], add: ["CHOWN"] } })),
    [
      'unrestricted capabilities (container "a" must not include "CHOWN" in securityContext.capabilities.add)',
    ],
  ],
  [
    "baseline",
    "latest",
    spec({ securityContext: { seLinuxOptions: { type: "x", user: "u" } } }),
    [
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "x"; user may not be set)',
    ],
  ],
  [
    "baseline",
    30,
    spec({ securityContext: { seLinuxOptions: { type: "container_engine_t" } } }),
    [
      'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "container_engine_t")',
    ],
  ],
  [
    "baseline",
    31,
    spec({ securityContext: { seLinuxOptions: { type: "container_engine_t" } } }),
    [],
  ],
  [
    "baseline",
    36,
    spec({ securityContext: { sysctls: [{ name: "net.ipv4.tcp_notsent_lowat", value: "1" }] } }),
    ["forbidden sysctls (net.ipv4.tcp_notsent_lowat)"],
  ],
  [
    "baseline",
    37,
    spec({ securityContext: { sysctls: [{ name: "net.ipv4.tcp_notsent_lowat", value: "1" }] } }),
    [],
  ],
  [
    "restricted",
    "latest",
    spec({ securityContext: { runAsUser: 0 } }),
    ["runAsUser=0 (pod must not set runAsUser=0)"],
  ],
  ["restricted", "latest", spec({ hostUsers: false, securityContext: { runAsUser: 0 } }), []],
  [
    "baseline",
    "latest",
    spec({}, { ...container("a"), livenessProbe: { httpGet: { port: 1, host: "127.0.0.1" } } }),
    ['probe or lifecycle host (container "a" uses probe or lifecycle host "127.0.0.1")'],
  ],
];

test("a level refuses what its version names", () => {
  for (const [level, version, pod, broken] of rows) {
    const found = violations({ level, version }, podView(undefined, pod));
    const shown = found.map(({ reason, detail }) => `${reason} (${detail})`);
    assert.deepEqual(shown, broken, `${level} ${version} ${JSON.stringify(pod)}`);
  }
});

test("labels of a namespace are its policy", () => {
  const p = "pod-security.kubernetes.io";
  const shown = (labels: Record<string, string>): string => {
    const { policy, problems } = policyOf(labels);
    const modes = [policy.enforce, policy.audit, policy.warn].map((m) => `${m.level}@${m.version}`);
    return [...modes, ...problems.map((q) => `${q.field} ${q.message}`)].join(" ");
  };
  assert.equal(shown({}), "privileged@latest privileged@latest privileged@latest");
  assert.equal(
    shown({ [`${p}/enforce`]: "baseline", [`${p}/enforce-version`]: "v1.20" }),
    "baseline@20 privileged@latest baseline@20",
  );
  assert.equal(
    shown({ [`${p}/enforce`]: "baseline", [`${p}/warn`]: "restricted", [`${p}/audit`]: "x" }),
    `baseline@latest privileged@latest restricted@latest metadata.labels[${p}/audit] Invalid value: "x": must be one of privileged, baseline, restricted`,
  );
  assert.match(
    shown({ [`${p}/enforce`]: "open" }),
    /^restricted@latest privileged@latest privileged/,
  );
  assert.match(
    shown({ [`${p}/warn-version`]: "v2" }),
    /Invalid value: "v2": must be "latest" or "v1.x"$/,
  );
});

test("each pod of the kit is judged as the real API server judged it, at each level and version", () => {
  const file = new URL("../../../../test/kit/pod-security.json", import.meta.url);
  const recorded = JSON.parse(readFileSync(file, "utf8")) as Recorded;
  let compared = 0;
  for (const [name, { metadata, spec }] of podSecurityPods) {
    for (const level of podSecurityLevels) {
      for (const version of podSecurityVersions) {
        const found = violations({ level, version }, podView(metadata, spec!));
        const says = found.map(({ reason, detail }) => `${reason} (${detail})`).join(", ");
        const since = recorded[name]![level]!.findLast(([from]) => from <= version);
        assert.equal(says, since?.[1], `${name} ${level} v1.${version}`);
        compared++;
      }
    }
  }
  assert.ok(compared > 5000, `${compared}`);
});

type Recorded = Record<string, Record<string, [version: number, says: string][]>>;
