// A container as CRI takes it. Pure: what it needs of the machine is given.
import type { Container, Pod, Volume, VolumeMount } from "../../schema/types/core-v1.ts";
import { containerHash, containerLabels, labels } from "../pod/labels.ts";
import type { ContainerConfig, ContainerSecurityContext, Mount } from "../runtime.ts";
import { expand } from "./expand.ts";
import { containerResources } from "./resources.ts";

export type ContainerInput = {
  readonly pod: Pod;
  readonly container: Container;
  readonly restartCount: number;
  /** Reference (digest) under which the runtime has the image. */
  readonly imageRef: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly mounts: readonly Mount[];
  readonly security: ContainerSecurityContext;
  /** On the machine; absent: no message can be read. */
  readonly terminationFile?: string;
  readonly machineMemoryBytes: number;
};

const encoder = new TextEncoder();

export function containerConfig(input: ContainerInput): ContainerConfig {
  const { pod, container, restartCount, environment } = input;
  const value = (name: string): string | undefined => environment.get(name);
  const expanded = (texts: readonly string[] | undefined): string[] =>
    (texts ?? []).map((text) => expand(text, value));
  const file = input.terminationFile;
  const path = container.terminationMessagePath ?? "/dev/termination-log";
  return {
    metadata: { name: container.name, attempt: restartCount },
    image: { image: input.imageRef, userSpecifiedImage: container.image ?? "" },
    command: expanded(container.command),
    args: expanded(container.args),
    workingDir: container.workingDir ?? "",
    envs: [...environment].map(([key, text]) => ({ key, value: encoder.encode(text) })),
    mounts: [
      ...input.mounts,
      ...(file === undefined ? [] : [{ containerPath: path, hostPath: file }]),
    ],
    labels: containerLabels(pod, container),
    annotations: {
      [labels.containerHash]: containerHash(container),
      [labels.restartCount]: String(restartCount),
      [labels.resources]: JSON.stringify(container.resources ?? {}),
      [labels.terminationMessagePath]: path,
      [labels.terminationMessagePolicy]: container.terminationMessagePolicy ?? "File",
      ...(file === undefined ? {} : { [labels.terminationFile]: file }),
    },
    logPath: `${container.name}/${restartCount}.log`,
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    linux: {
      resources: containerResources(pod, container, input.machineMemoryBytes),
      securityContext: input.security,
    },
  };
}

const propagations = {
  HostToContainer: "PROPAGATION_HOST_TO_CONTAINER",
  Bidirectional: "PROPAGATION_BIDIRECTIONAL",
} as const;

/**
 * Whether no container may write to the volume, whatever its mount says: the agent itself writes there, as root, and
 * follows the links that it finds.
 */
export const isReadOnly = (volume: Volume): boolean =>
  [
    volume.configMap,
    volume.secret,
    volume.downwardAPI,
    volume.projected,
    volume.image,
    volume.persistentVolumeClaim?.readOnly,
  ].some(Boolean);

export function volumeMount(mount: VolumeMount, hostPath: string, isKept = false): Mount {
  const propagation =
    propagations[mount.mountPropagation as keyof typeof propagations] ?? "PROPAGATION_PRIVATE";
  const { mountPath } = mount;
  return {
    containerPath: mountPath.startsWith("/") ? mountPath : `/${mountPath}`,
    hostPath,
    readonly: isKept || mount.readOnly === true,
    propagation,
  };
}
