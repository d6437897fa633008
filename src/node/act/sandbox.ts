// The sandbox of a pod: made with its volumes and control group, and given up again.
import type { Pod } from "../../schema/types/core-v1.ts";
import { podResolver } from "../config/resolver.ts";
import { podCgroup, podResources } from "../config/resources.ts";
import { sandboxConfig } from "../config/sandbox.ts";
import { type NodeContext, podReference } from "../context.ts";
import type { Observed } from "../pod/observed.ts";
import type { SandboxConfig, SandboxStatus } from "../runtime.ts";
import { StartError } from "./pull.ts";

/** `<root>/<namespace>_<name>_<uid>`, as upstream names the folder of a pod's logs. */
export const logFolder = (context: NodeContext, { metadata }: Pod): string =>
  `${context.host.logRoot}/${metadata.namespace}_${metadata.name}_${metadata.uid}`;

export function configOf(context: NodeContext, pod: Pod, attempt: number): SandboxConfig {
  const { settings, resolver, host } = context;
  const dns = { servers: settings.dnsServers, domain: settings.clusterDomain, machine: resolver };
  return sandboxConfig({
    pod,
    attempt,
    logDirectory: logFolder(context, pod),
    resolver: podResolver(pod, dns),
    clusterDomain: settings.clusterDomain,
    cgroup: podCgroup(host.cgroupRoot, pod),
  });
}

/** Rejects with a StartError. */
export async function makeSandbox(
  context: NodeContext,
  pod: Pod,
  config: SandboxConfig,
  runtimeHandler: string,
): Promise<SandboxStatus> {
  const { runtime, host, slots } = context;
  const cgroup = config.linux.cgroupParent;
  try {
    // Without support the runtime would run it as the machine's root all the same.
    if (pod.spec.hostUsers === false) {
      throw new Error("user namespaces are not supported by this node's container runtime");
    }
    return await slots.use(async () => {
      if (cgroup) await host.makeCgroup(cgroup, podResources(pod));
      const id = await runtime.runPodSandbox(config, runtimeHandler);
      return await runtime.podSandboxStatus(id);
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    context.record({
      about: podReference(pod),
      type: "Warning",
      reason: "FailedCreatePodSandBox",
      message: `Failed to create pod sandbox: ${message}`,
    });
    throw new StartError("ContainerCreating", message, { cause: error });
  }
}

export async function stopSandboxes({ runtime }: NodeContext, observed: Observed): Promise<void> {
  const ready = observed.sandboxes.filter((s) => s.state === "SANDBOX_READY");
  await Promise.all(ready.map((s) => runtime.stopPodSandbox(s.id)));
}

/** Everything that the runtime and the machine keep of a pod. */
export async function removeTraces(
  context: NodeContext,
  pod: Pod,
  observed: Observed,
): Promise<void> {
  const { runtime, host, probes } = context;
  for (const container of observed.containers) {
    probes.forget(container.id);
    await runtime.removeContainer(container.id);
  }
  for (const { id } of observed.sandboxes) {
    await runtime.stopPodSandbox(id);
    await runtime.removePodSandbox(id);
  }
  await releaseMachine(context, pod);
  await host.removeLogs(logFolder(context, pod));
}

/** Volumes and control group; logs stay. */
export async function releaseMachine({ host }: NodeContext, pod: Pod): Promise<void> {
  await host.removePod(pod.metadata.uid ?? "");
  const cgroup = podCgroup(host.cgroupRoot, pod);
  if (cgroup !== "") await host.removeCgroup(cgroup);
}
