// Starts one container: image, configuration, creation, start, hook. Reasons and events are upstream's (kuberuntime's
// startContainer).
import type { Container, EphemeralContainer, Pod, Secret } from "../../schema/types/core-v1.ts";
import { containerConfig, isReadOnly, volumeMount } from "../config/container.ts";
import { environment } from "../config/env.ts";
import { expand } from "../config/expand.ts";
import { ConfigError } from "../config/fields.ts";
import { hostNetworkHostsFile, hostsFile } from "../config/resolver.ts";
import { containerSecurity } from "../config/security.ts";
import { type NodeContext, podReference } from "../context.ts";
import { referred } from "../objects.ts";
import { latest, type Observed, observedOf } from "../pod/observed.ts";
import type { ContainerConfig, Mount, SandboxConfig } from "../runtime.ts";
import { runHook } from "./hooks.ts";
import { killContainer } from "./kill.ts";
import { errorText, type Pulled, StartError } from "./pull.ts";

export type StartAsk = {
  readonly pod: Pod;
  readonly container: Container;
  readonly observed: Observed;
  readonly sandboxId: string;
  readonly sandbox: SandboxConfig;
  readonly runtimeHandler: string;
  readonly podIps: readonly string[];
  /** Paths of the mounted volumes by name. */
  readonly volumes: ReadonlyMap<string, string>;
  /** The pod is to end: what has not begun must not begin. */
  readonly signal: AbortSignal;
};

/** Rejects with a StartError. */
export async function startContainer(context: NodeContext, ask: StartAsk): Promise<void> {
  const { pod, container } = ask;
  const say = (type: "Normal" | "Warning", reason: string, message: string): void =>
    context.record({ about: podReference(pod, container.name), type, reason, message });
  const failed = (reason: string, message: string, cause: unknown): StartError => {
    say("Warning", "Failed", `Error: ${message}`);
    return new StartError(reason, message, { cause });
  };
  const pulled = await context.images
    .ensure({ ...ask, say, secrets: () => pullSecrets(context, pod) })
    .catch((error: unknown) => {
      if (error instanceof StartError) say("Warning", "Failed", `Error: ${error.reason}`);
      throw error;
    });
  const { id, restartCount } = await context.slots.use(async () => {
    let config: ContainerConfig;
    ask.signal.throwIfAborted();
    try {
      config = await configOf(context, ask, pulled);
    } catch (error) {
      if (error instanceof ConfigError) throw failed(error.reason, error.message, error);
      throw failed("CreateContainerConfigError", messageOf(error), error);
    }
    const id = await context.runtime
      .createContainer(ask.sandboxId, config, ask.sandbox)
      .catch((error: unknown) => {
        throw failed("CreateContainerError", messageOf(error), error);
      });
    say("Normal", "Created", "Container created");
    ask.signal.throwIfAborted();
    await context.runtime.startContainer(id).catch((error: unknown) => {
      throw failed("RunContainerError", messageOf(error), error);
    });
    say("Normal", "Started", "Container started");
    return { id, restartCount: config.metadata.attempt };
  });
  context.log.debug("started a container", { container: container.name, restartCount });
  await afterStart(context, ask, id);
}

async function afterStart(context: NodeContext, ask: StartAsk, id: string): Promise<void> {
  const { pod, container } = ask;
  const hook = container.lifecycle?.postStart;
  if (!hook) return;
  const podIp = ask.podIps[0] ?? "";
  try {
    await runHook(context, hook, { pod, container, containerId: id, podIp });
  } catch (error) {
    // Its message may hold secrets, which an event must not.
    context.record({
      about: podReference(pod, container.name),
      type: "Warning",
      reason: "FailedPostStartHook",
      message: "PostStartHook failed",
    });
    const status = observedOf(await context.runtime.containerStatus(id), ask.sandboxId);
    await killContainer(context, {
      pod,
      container: status,
      podIp,
      message: "FailedPostStartHook",
      reason: "FailedPostStartHook",
    });
    throw new StartError("PostStartHookError", messageOf(error), { cause: error });
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : errorText(error);

export async function pullSecrets(context: NodeContext, pod: Pod): Promise<Secret[]> {
  const found: Secret[] = [];
  for (const { name } of pod.spec.imagePullSecrets ?? []) {
    const secret = name && (await context.objects.secret(pod.metadata.namespace ?? "", name));
    if (secret) found.push(secret);
  }
  return found;
}

async function configOf(
  context: NodeContext,
  ask: StartAsk,
  pulled: Pulled,
): Promise<ContainerConfig> {
  const { pod, container } = ask;
  const { host } = context;
  const uid = pod.metadata.uid ?? "";
  const variables = await variablesOf(context, ask);
  const target = (container as EphemeralContainer).targetContainerName;
  const targetId = target ? latest(ask.observed, target)?.id : undefined;
  if (target && targetId === undefined) {
    throw new ConfigError(`unable to find target container ${target}`);
  }
  const file = await host.terminationFile(uid, container.name);
  return containerConfig({
    pod,
    container,
    restartCount: await restartCountOf(context, ask),
    imageRef: pulled.ref,
    environment: variables,
    mounts: await mountsOf(context, ask, variables),
    security: containerSecurity({
      pod,
      container,
      imageUser: pulled.image,
      seccompRoot: host.seccompRoot,
      hasAppArmor: host.hasAppArmor,
      ...(targetId === undefined ? {} : { targetId }),
    }),
    ...(file === "" ? {} : { terminationFile: file }),
    machineMemoryBytes: context.machineMemoryBytes,
  });
}

async function restartCountOf(context: NodeContext, ask: StartAsk): Promise<number> {
  const known = latest(ask.observed, ask.container.name);
  if (known) return known.restartCount + 1;
  // The runtime may have lost its records: logs of earlier runs must not be written over.
  const last = await context.host.lastLogNumber(
    `${ask.sandbox.logDirectory}/${ask.container.name}`,
  );
  return last === undefined ? 0 : last + 1;
}

async function variablesOf(context: NodeContext, ask: StartAsk): Promise<Map<string, string>> {
  const { pod, container } = ask;
  const namespace = pod.metadata.namespace ?? "";
  const { objects } = context;
  const maps = new Map<string, Awaited<ReturnType<typeof objects.configMap>>>();
  const secrets = new Map<string, Awaited<ReturnType<typeof objects.secret>>>();
  for (const [kind, name] of referred({ ...pod, spec: { containers: [container] } })) {
    if (kind === "configMap") maps.set(name, await objects.configMap(namespace, name));
    else secrets.set(name, await objects.secret(namespace, name));
  }
  return environment({
    pod,
    container,
    services: await context.services(namespace),
    objects: { configMap: (name) => maps.get(name), secret: (name) => secrets.get(name) },
    facts: { podIps: ask.podIps, hostIps: context.hostIps },
    allocatable: context.allocatable,
  });
}

async function mountsOf(
  context: NodeContext,
  ask: StartAsk,
  variables: ReadonlyMap<string, string>,
): Promise<Mount[]> {
  const { pod, container, volumes } = ask;
  const podUid = pod.metadata.uid ?? "";
  const mounts: Mount[] = [];
  const kept = new Set((pod.spec.volumes ?? []).filter(isReadOnly).map((v) => v.name));
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const volumePath = volumes.get(mount.name);
    if (volumePath === undefined) throw new ConfigError(`volume ${mount.name} is not mounted`);
    const subPath = mount.subPathExpr
      ? expand(mount.subPathExpr, (name) => variables.get(name))
      : (mount.subPath ?? "");
    const names = { podUid, volume: mount.name, container: container.name, index };
    const path =
      subPath === "" ? volumePath : await context.host.subPath({ ...names, volumePath, subPath });
    mounts.push(volumeMount(mount, path, kept.has(mount.name)));
  }
  if (!mounts.some((m) => m.containerPath.replace(/\/+$/, "") === "/etc/hosts")) {
    const hostPath = await context.host.writePodFile(
      podUid,
      "etc-hosts",
      await hostsText(context, ask),
    );
    mounts.push({ containerPath: "/etc/hosts", hostPath });
  }
  return mounts;
}

async function hostsText(context: NodeContext, { pod, podIps }: StartAsk): Promise<string> {
  if (pod.spec.hostNetwork) return hostNetworkHostsFile(pod, await context.host.hostsFile());
  return hostsFile(pod, podIps, context.settings.clusterDomain);
}
