// What runs containers, in CRI's shape: the real one speaks CRI (`cri/`), the simulated one is in memory.
// Records have CRI's fields in camelCase; absent means CRI's zero value when given, and is never absent when answered
// where the type says so. Times are ns since 1970 as numbers (exact to 256 ns), 0: never.

export type NamespaceMode = "POD" | "CONTAINER" | "NODE" | "TARGET";

export type NamespaceOption = {
  network?: NamespaceMode;
  pid?: NamespaceMode;
  ipc?: NamespaceMode;
  targetId?: string;
};

export type SecurityProfile = {
  profileType: "RuntimeDefault" | "Unconfined" | "Localhost";
  /** Absolute path on the node, for Localhost. */
  localhostRef?: string;
};

export type Int64Value = { value: number };

export type LinuxResources = {
  cpuPeriod?: number;
  cpuQuota?: number;
  cpuShares?: number;
  memoryLimitInBytes?: number;
  oomScoreAdj?: number;
  cpusetCpus?: string;
  cpusetMems?: string;
  unified?: Record<string, string>;
};

export type SandboxMetadata = { name: string; uid: string; namespace: string; attempt: number };

export type PortMapping = {
  protocol: "TCP" | "UDP" | "SCTP";
  containerPort: number;
  hostPort: number;
  hostIp?: string;
};

export type SandboxConfig = {
  metadata: SandboxMetadata;
  hostname: string;
  logDirectory: string;
  dnsConfig?: { servers: string[]; searches: string[]; options: string[] };
  portMappings?: PortMapping[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  linux: {
    cgroupParent?: string;
    securityContext?: {
      namespaceOptions?: NamespaceOption;
      runAsUser?: Int64Value;
      runAsGroup?: Int64Value;
      supplementalGroups?: number[];
      supplementalGroupsPolicy?: "Merge" | "Strict";
      privileged?: boolean;
      seccomp?: SecurityProfile;
    };
    sysctls?: Record<string, string>;
  };
};

export type Mount = {
  containerPath: string;
  hostPath: string;
  readonly?: boolean;
  recursiveReadOnly?: boolean;
  propagation?:
    | "PROPAGATION_PRIVATE"
    | "PROPAGATION_HOST_TO_CONTAINER"
    | "PROPAGATION_BIDIRECTIONAL";
};

export type ContainerSecurityContext = {
  capabilities?: { addCapabilities?: string[]; dropCapabilities?: string[] };
  privileged?: boolean;
  namespaceOptions?: NamespaceOption;
  runAsUser?: Int64Value;
  runAsGroup?: Int64Value;
  runAsUsername?: string;
  readonlyRootfs?: boolean;
  supplementalGroups?: number[];
  supplementalGroupsPolicy?: "Merge" | "Strict";
  noNewPrivs?: boolean;
  maskedPaths?: string[];
  readonlyPaths?: string[];
  seccomp?: SecurityProfile;
  apparmor?: SecurityProfile;
};

export type ImageSpec = {
  image: string;
  annotations?: Record<string, string>;
  userSpecifiedImage?: string;
  runtimeHandler?: string;
};

export type ContainerConfig = {
  metadata: { name: string; attempt: number };
  image: ImageSpec;
  command: string[];
  args: string[];
  workingDir: string;
  envs: { key: string; value: Uint8Array }[];
  mounts: Mount[];
  devices?: { containerPath: string; hostPath: string; permissions: string }[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Below the sandbox's `logDirectory`. */
  logPath: string;
  stdin: boolean;
  stdinOnce: boolean;
  tty: boolean;
  linux: { resources: LinuxResources; securityContext: ContainerSecurityContext };
  /** CRI's name of the signal (`SIGNAL_SIGQUIT`). */
  stopSignal?: string;
};

export type SandboxState = "SANDBOX_READY" | "SANDBOX_NOTREADY";

export type Sandbox = {
  id: string;
  metadata: SandboxMetadata;
  state: SandboxState;
  createdAt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  runtimeHandler: string;
};

export type SandboxStatus = Sandbox & {
  /** Absent or with an empty ip on the host's network. */
  network?: { ip: string; additionalIps: { ip: string }[] };
};

export type ContainerState =
  | "CONTAINER_CREATED"
  | "CONTAINER_RUNNING"
  | "CONTAINER_EXITED"
  | "CONTAINER_UNKNOWN";

export type RuntimeContainer = {
  id: string;
  podSandboxId: string;
  metadata: { name: string; attempt: number };
  image: ImageSpec;
  imageRef: string;
  state: ContainerState;
  createdAt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
};

export type RuntimeContainerStatus = {
  id: string;
  metadata: { name: string; attempt: number };
  state: ContainerState;
  createdAt: number;
  startedAt: number;
  finishedAt: number;
  exitCode: number;
  image: ImageSpec;
  imageRef: string;
  imageId: string;
  reason: string;
  message: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Absolute. */
  logPath: string;
  user?: { linux?: { uid: number; gid: number; supplementalGroups: number[] } };
};

export type SandboxFilter = {
  id?: string;
  state?: SandboxState;
  labelSelector?: Record<string, string>;
};

export type ContainerFilter = {
  id?: string;
  state?: ContainerState;
  podSandboxId?: string;
  labelSelector?: Record<string, string>;
};

export type ExecResult = { exitCode: number; stdout: Uint8Array; stderr: Uint8Array };

export type StreamAsk = { stdin: boolean; stdout: boolean; stderr: boolean; tty: boolean };

export type Auth = {
  username?: string;
  password?: string;
  auth?: string;
  serverAddress?: string;
  identityToken?: string;
  registryToken?: string;
};

export type RuntimeImage = {
  id: string;
  repoTags: string[];
  repoDigests: string[];
  sizeBytes: number;
  /** User of the image's config: a number or a name; both absent means root. */
  uid?: number;
  username: string;
  pinned: boolean;
};

type CounterNow = { value: number };

export type ContainerStats = {
  id: string;
  labels: Record<string, string>;
  /** ns; undefined until the runtime has measured. */
  cpu?: { timestamp: number; usageCoreNanoSeconds?: CounterNow; usageNanoCores?: CounterNow };
  memory?: {
    timestamp: number;
    workingSetBytes?: CounterNow;
    usageBytes?: CounterNow;
    rssBytes?: CounterNow;
    pageFaults?: CounterNow;
    majorPageFaults?: CounterNow;
  };
  writableLayer?: { timestamp: number; usedBytes?: CounterNow; inodesUsed?: CounterNow };
};

export type FilesystemUsage = {
  timestamp: number;
  mountpoint: string;
  usedBytes: number;
  inodesUsed: number;
};

export type RuntimeVersion = { runtimeName: string; runtimeVersion: string };

export type RuntimeCondition = { type: string; status: boolean; reason: string; message: string };

export type RuntimeHandlerInfo = {
  name: string;
  features?: { recursiveReadOnlyMounts: boolean; userNamespaces: boolean };
};

/** Says that containers of a pod may have changed: a hint to look, never the truth. */
export type RuntimeEvent =
  | {
      readonly is: "container";
      readonly containerId: string;
      readonly what: "start" | "exit" | "oom";
    }
  /** Events may have been lost: look at everything. */
  | { readonly is: "resync" };

/** The runtime refused or could not be reached. `code` is gRPC's (2 unknown, 4 deadline, 5 not found, 14 unavailable). */
export class RuntimeError extends Error {
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "RuntimeError";
    this.code = code;
  }
}

export const runtimeCodes = {
  unknown: 2,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  unimplemented: 12,
  unavailable: 14,
} as const;

/** Every call rejects with a RuntimeError. Stopping or removing what is not there is no error. */
export type Runtime = {
  /** Scheme of container ids in statuses: `containerd` in `containerd://ID`. */
  readonly name: string;

  version(): Promise<RuntimeVersion>;
  status(): Promise<{ conditions: RuntimeCondition[]; handlers: RuntimeHandlerInfo[] }>;

  runPodSandbox(config: SandboxConfig, runtimeHandler: string): Promise<string>;
  stopPodSandbox(id: string): Promise<void>;
  removePodSandbox(id: string): Promise<void>;
  podSandboxStatus(id: string): Promise<SandboxStatus>;
  listPodSandbox(filter?: SandboxFilter): Promise<Sandbox[]>;

  createContainer(
    sandboxId: string,
    config: ContainerConfig,
    sandbox: SandboxConfig,
  ): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** `graceSeconds` between SIGTERM (or the stop signal) and SIGKILL; resolves when it is dead. */
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  listContainers(filter?: ContainerFilter): Promise<RuntimeContainer[]>;
  containerStatus(id: string): Promise<RuntimeContainerStatus>;
  updateContainerResources(id: string, resources: LinuxResources): Promise<void>;
  reopenContainerLog(id: string): Promise<void>;
  containerStats(filter?: ContainerFilter): Promise<ContainerStats[]>;

  /** `timeoutSeconds` 0: none. A timeout rejects with code 4. */
  execSync(id: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult>;
  /** An address of the runtime's streaming server, good for one connection. */
  exec(id: string, command: readonly string[], ask: StreamAsk): Promise<URL>;
  attach(id: string, ask: StreamAsk): Promise<URL>;
  portForward(sandboxId: string, ports: readonly number[]): Promise<URL>;

  /** Answers the reference (digest) of the image. */
  pullImage(image: ImageSpec, auth: Auth | undefined, sandbox: SandboxConfig): Promise<string>;
  imageStatus(image: ImageSpec): Promise<RuntimeImage | undefined>;
  listImages(): Promise<RuntimeImage[]>;
  removeImage(image: ImageSpec): Promise<void>;
  imageFsInfo(): Promise<FilesystemUsage[]>;

  /** Calls `listener` for each event until the returned function is called. */
  subscribe(listener: (event: RuntimeEvent) => void): () => void;
  close(): void;
};
