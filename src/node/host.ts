// What the agent does on its machine beside the container runtime: pod folders, volumes, logs, probes, control groups.
// `linux/` is the real one, `simulated/host.ts` one where all of it succeeds and nothing is kept.
import type { NodeAddress, NodeSystemInfo } from "../schema/types/core-v1.ts";
import type { Signals } from "./pressure/signals.ts";

export type Machine = {
  readonly addresses: readonly NodeAddress[];
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Size of the file system that holds the pods' folders. */
  readonly storageBytes: number;
  readonly info: Omit<
    NodeSystemInfo,
    "containerRuntimeVersion" | "kubeletVersion" | "kubeProxyVersion"
  >;
};

/** A file of a volume. `path` is relative, without `..`; `mode` has the permission bits only. */
export type VolumeFile = {
  readonly path: string;
  readonly data: Uint8Array;
  readonly mode: number;
  /** Owner of a token file when the pod's containers all run as one user. */
  readonly user?: number;
};

/** Names of upstream's plug-ins, which name the folders. */
export type FilesPlugin = "configmap" | "secret" | "projected" | "downward-api";

/** What a volume of a pod shall be on the machine; `fsGroup` owns what is in it. */
export type VolumeAsk = {
  readonly name: string;
  readonly fsGroup?: number;
  /** Made in it where it is the agent's own, so that other volumes can be mounted there. */
  readonly folders?: readonly string[];
} & (
  | { readonly is: "emptyDir"; readonly memory: boolean; readonly sizeBytes?: number }
  | { readonly is: "files"; readonly plugin: FilesPlugin; readonly files: readonly VolumeFile[] }
  | { readonly is: "hostPath"; readonly path: string; readonly type: string }
  /** `image`: id that the runtime has it under. Always read-only. */
  | { readonly is: "image"; readonly image: string }
);

/** A volume cannot be made; the message is that of the event. */
export class VolumeError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "VolumeError";
  }
}

/** Resources of a pod as a whole; absent: no limit. */
export type PodResources = {
  readonly cpuShares?: number;
  readonly cpuQuota?: number;
  readonly cpuPeriod?: number;
  readonly memoryBytes?: number;
  readonly pids?: number;
};

export type LogRange = {
  readonly follow: boolean;
  readonly timestamps: boolean;
  readonly tailLines?: number;
  /** Lines at or after this moment, ms since 1970. */
  readonly sinceMs?: number;
  readonly limitBytes?: number;
  /** Absent: both. */
  readonly stream?: "stdout" | "stderr";
};

export type HttpProbe = {
  readonly url: URL;
  readonly headers: readonly (readonly [string, string])[];
  readonly timeoutMs: number;
};

/** As upstream: a warning counts as success and is shown. */
export type ProbeAnswer = {
  readonly result: "success" | "warning" | "failure";
  readonly output: string;
};

export type Host = {
  /** False where contents of volumes are never read: secrets and tokens need not be fetched. */
  readonly keepsFiles: boolean;
  machine(): Promise<Machine>;
  /** What the machine has left; undefined where that is nobody's concern. */
  signals(): Promise<Signals | undefined>;

  /** Pods that have a folder here. */
  podUids(): Promise<string[]>;
  /** Makes or updates volumes; answers their paths by name. Rejects with a VolumeError for the first that fails. */
  mountVolumes(podUid: string, volumes: readonly VolumeAsk[]): Promise<ReadonlyMap<string, string>>;
  /** Bytes on disk of the pod's emptyDir volumes, by name. */
  volumeUse(podUid: string): Promise<ReadonlyMap<string, number>>;
  /** A path for `subPath` in a mounted volume that cannot be led elsewhere by links; made as a folder when absent. */
  subPath(ask: SubPathAsk): Promise<string>;
  /** Writes a file that containers of the pod share (`etc-hosts`); answers its path. */
  writePodFile(podUid: string, name: string, text: string): Promise<string>;
  /** A fresh file for a termination message; answers its path. */
  terminationFile(podUid: string, container: string): Promise<string>;
  /** Up to `bytesMax` bytes of the start of a file; "" when it is absent. */
  readStart(path: string, bytesMax: number): Promise<string>;
  /** Unmounts and removes everything of the pod but its logs. */
  removePod(podUid: string): Promise<void>;

  /** Where logs of pods are (`logDirectory` of sandboxes is below it). */
  readonly logRoot: string;
  /** Text of a log in the API's form. Ends at the end of the file, or with `follow` when `ended` says so. */
  readLog(
    path: string,
    range: LogRange,
    ended: () => Promise<boolean>,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  /** Moves the log aside when it is larger than allowed; true when the runtime must open a fresh one. */
  rotateLog(path: string): Promise<boolean>;
  removeLogs(path: string): Promise<void>;
  /** Largest N of the files `N.log` in a folder; undefined when there is none. */
  lastLogNumber(folder: string): Promise<number | undefined>;
  /** What a container wrote last, without times: up to so many lines and bytes. */
  logTail(path: string, linesMax: number, bytesMax: number): Promise<string>;

  probeHttp(probe: HttpProbe): Promise<ProbeAnswer>;
  probeTcp(host: string, port: number, timeoutMs: number): Promise<ProbeAnswer>;
  probeGrpc(host: string, port: number, name: string, timeoutMs: number): Promise<ProbeAnswer>;
  /** A request whose answer matters only by its coming (lifecycle hooks). */
  httpGet(url: URL, headers: readonly (readonly [string, string])[]): Promise<void>;

  /** Parent of all control groups of pods (`/coxswain/kubepods`); "" where the runtime chooses. */
  readonly cgroupRoot: string;
  makeCgroup(path: string, resources: PodResources): Promise<void>;
  removeCgroup(path: string): Promise<void>;

  /** Whether the kernel enforces AppArmor profiles here. */
  readonly hasAppArmor: boolean;
  /** Folder of the profiles that `Localhost` seccomp profiles name. */
  readonly seccompRoot: string;

  /** The lines of the machine's own resolver: servers, search domains, options. */
  resolver(): Promise<{ servers: string[]; searches: string[]; options: string[] }>;
  /** Text of the machine's own hosts file, for pods on its network. */
  hostsFile(): Promise<string>;
};

export type SubPathAsk = {
  readonly podUid: string;
  readonly volume: string;
  readonly volumePath: string;
  readonly subPath: string;
  readonly container: string;
  /** Index of the mount in the container. */
  readonly index: number;
};
