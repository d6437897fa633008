// The sandbox of a pod as CRI takes it. Pure.
import type { Pod } from "../../schema/types/core-v1.ts";
import { labels, podLabels } from "../pod/labels.ts";
import type { PortMapping, SandboxConfig } from "../runtime.ts";
import { kernelHostname, type Resolver } from "./resolver.ts";
import { groups, namespaces } from "./security.ts";

export type SandboxInput = {
  readonly pod: Pod;
  readonly attempt: number;
  readonly logDirectory: string;
  readonly resolver: Resolver;
  readonly clusterDomain: string;
  /** "" where the runtime chooses. */
  readonly cgroup: string;
};

export function sandboxConfig(input: SandboxInput): SandboxConfig {
  const { pod, attempt } = input;
  const { name = "", namespace = "", uid = "" } = pod.metadata;
  const context = pod.spec.securityContext ?? {};
  const sysctls = (context.sysctls ?? []).map((s) => [s.name.replaceAll("/", "."), s.value]);
  const ports = portMappings(pod);
  return {
    metadata: { name, uid, namespace, attempt },
    hostname: kernelHostname(pod, input.clusterDomain),
    logDirectory: input.logDirectory,
    dnsConfig: input.resolver,
    ...(ports.length === 0 ? {} : { portMappings: ports }),
    labels: podLabels(pod),
    annotations: {
      ...pod.metadata.annotations,
      [labels.gracePeriod]: String(pod.spec.terminationGracePeriodSeconds ?? 30),
    },
    linux: {
      ...(input.cgroup === "" ? {} : { cgroupParent: input.cgroup }),
      sysctls: Object.fromEntries(sysctls),
      securityContext: {
        privileged: hasPrivileged(pod),
        seccomp: { profileType: "RuntimeDefault" },
        namespaceOptions: namespaces(pod),
        ...(context.runAsUser === undefined ? {} : { runAsUser: { value: context.runAsUser } }),
        ...(context.runAsGroup === undefined ? {} : { runAsGroup: { value: context.runAsGroup } }),
        ...groups(context),
      },
    },
  };
}

function hasPrivileged({ spec }: Pod): boolean {
  const all = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...(spec.ephemeralContainers ?? []),
  ];
  return all.some((c) => c.securityContext?.privileged === true);
}

function portMappings({ spec }: Pod): PortMapping[] {
  if (spec.hostNetwork) return [];
  const sidecars = (spec.initContainers ?? []).filter((c) => c.restartPolicy === "Always");
  const seen = new Set<string>();
  const mappings: PortMapping[] = [];
  for (const port of [...sidecars, ...spec.containers].flatMap((c) => c.ports ?? [])) {
    if (!port.hostPort) continue;
    const protocol = (port.protocol ?? "TCP") as PortMapping["protocol"];
    const key = `${protocol}/${port.hostIP ?? ""}/${port.hostPort}`;
    if (seen.has(key)) continue;
    seen.add(key);
    mappings.push({
      protocol,
      containerPort: port.containerPort,
      hostPort: port.hostPort,
      ...(port.hostIP ? { hostIp: port.hostIP } : {}),
    });
  }
  return mappings;
}
