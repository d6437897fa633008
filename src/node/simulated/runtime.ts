// A runtime in memory: containers are records that begin and end by the clock. Thousands of nodes fit in one process.
import { type Clock, sleep } from "../../lib/clock.ts";
import { labels } from "../pod/labels.ts";
import {
  type ContainerConfig,
  type ContainerFilter,
  type ExecResult,
  type Runtime,
  type RuntimeContainer,
  type RuntimeContainerStatus,
  RuntimeError,
  type RuntimeEvent,
  type RuntimeImage,
  runtimeCodes,
  type Sandbox,
  type SandboxConfig,
  type SandboxFilter,
  type SandboxStatus,
} from "../runtime.ts";
import type { LogLine, LogStore } from "./logs.ts";
import { commandScript, type Script, scriptOf } from "./script.ts";

export type SimulatedOptions = {
  clock: Clock;
  logs: LogStore;
  /** Distinguishes ids of nodes: `n17`. */
  idPrefix: string;
  /** Subnet of the node's pods (`10.244.3.0/24`), once it is known. */
  podCidr: () => string | undefined;
};

type Box = SandboxStatus & { config: SandboxConfig; containers: Set<string> };
type Item = RuntimeContainerStatus & {
  sandboxId: string;
  config: ContainerConfig;
  script: Script;
  cancel: () => void;
};

export function simulatedRuntime(options: SimulatedOptions): Runtime {
  return new SimulatedRuntime(options);
}

class SimulatedRuntime implements Runtime {
  readonly name = "simulated";
  readonly #options: SimulatedOptions;
  readonly #boxes = new Map<string, Box>();
  readonly #items = new Map<string, Item>();
  /** Ids of sandboxes by the pod's uid: what nearly every list asks for. */
  readonly #ofPod = new Map<string, Set<string>>();
  readonly #listeners = new Set<(event: RuntimeEvent) => void>();
  readonly #images = new Set<string>();
  #made = 0;
  #nextAddress = 2;
  readonly #freeAddresses: string[] = [];

  constructor(options: SimulatedOptions) {
    this.#options = options;
  }

  async version() {
    return { runtimeName: this.name, runtimeVersion: "1" };
  }

  async status() {
    const networkReady = this.#options.podCidr() !== undefined;
    return {
      conditions: [
        { type: "RuntimeReady", status: true, reason: "", message: "" },
        { type: "NetworkReady", status: networkReady, reason: "", message: "" },
      ],
      handlers: [],
    };
  }

  async runPodSandbox(config: SandboxConfig, runtimeHandler: string): Promise<string> {
    const id = this.#newId();
    const onHost = config.linux.securityContext?.namespaceOptions?.network === "NODE";
    this.#boxes.set(id, {
      id,
      metadata: config.metadata,
      state: "SANDBOX_READY",
      createdAt: this.#now(),
      labels: config.labels,
      annotations: config.annotations,
      runtimeHandler,
      network: { ip: onHost ? "" : this.#takeAddress(), additionalIps: [] },
      config,
      containers: new Set(),
    });
    const { uid } = config.metadata;
    const known = this.#ofPod.get(uid);
    if (known) known.add(id);
    else this.#ofPod.set(uid, new Set([id]));
    return id;
  }

  async stopPodSandbox(id: string): Promise<void> {
    const box = this.#boxes.get(id);
    if (!box || box.state === "SANDBOX_NOTREADY") return;
    for (const item of box.containers) this.#end(item, 137);
    box.state = "SANDBOX_NOTREADY";
    if (box.network?.ip) this.#freeAddresses.push(box.network.ip);
    box.network = { ip: "", additionalIps: [] };
    this.#tell({ is: "container", containerId: id, what: "exit" });
  }

  async removePodSandbox(id: string): Promise<void> {
    const box = this.#boxes.get(id);
    if (!box) return;
    await this.stopPodSandbox(id);
    for (const item of box.containers) await this.removeContainer(item);
    this.#boxes.delete(id);
    const ids = this.#ofPod.get(box.metadata.uid);
    ids?.delete(id);
    if (ids?.size === 0) this.#ofPod.delete(box.metadata.uid);
  }

  async podSandboxStatus(id: string): Promise<SandboxStatus> {
    return { ...this.#box(id) };
  }

  async listPodSandbox(filter: SandboxFilter = {}): Promise<Sandbox[]> {
    return this.#boxesFor(filter).filter(
      (b) => filter.state === undefined || b.state === filter.state,
    );
  }

  async createContainer(sandboxId: string, config: ContainerConfig): Promise<string> {
    const box = this.#box(sandboxId);
    const id = this.#newId();
    this.#items.set(id, {
      id,
      sandboxId,
      config,
      script: scriptOf(config, box.config),
      cancel: () => {},
      metadata: config.metadata,
      state: "CONTAINER_CREATED",
      createdAt: this.#now(),
      startedAt: 0,
      finishedAt: 0,
      exitCode: 0,
      image: config.image,
      imageRef: config.image.image,
      imageId: config.image.image,
      reason: "",
      message: "",
      labels: config.labels,
      annotations: config.annotations,
      logPath: `${box.config.logDirectory}/${config.logPath}`,
    });
    box.containers.add(id);
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const item = this.#item(id);
    const { script } = item;
    item.state = "CONTAINER_RUNNING";
    item.startedAt = this.#now();
    const lines = script.lines.map((text): LogLine => ({ ms: this.#options.clock.now(), text }));
    if (lines.length > 0) this.#options.logs.append(item.logPath, lines);
    this.#tell({ is: "container", containerId: id, what: "start" });
    if (script.runMs === undefined) return;
    item.cancel = this.#options.clock.after(script.runMs, () => this.#end(id, script.exitCode));
  }

  async stopContainer(id: string): Promise<void> {
    this.#end(id, 143);
  }

  async removeContainer(id: string): Promise<void> {
    const item = this.#items.get(id);
    if (!item) return;
    this.#end(id, 137);
    this.#items.delete(id);
    this.#boxes.get(item.sandboxId)?.containers.delete(id);
  }

  async listContainers(filter: ContainerFilter = {}): Promise<RuntimeContainer[]> {
    const found: RuntimeContainer[] = [];
    for (const box of this.#boxesFor({ labelSelector: filter.labelSelector ?? {} })) {
      if (filter.podSandboxId !== undefined && filter.podSandboxId !== box.id) continue;
      for (const id of box.containers) {
        const item = this.#items.get(id);
        if (!item || (filter.state !== undefined && item.state !== filter.state)) continue;
        if (filter.id === undefined || filter.id === id) {
          found.push({ ...item, podSandboxId: box.id });
        }
      }
    }
    return found;
  }

  async containerStatus(id: string): Promise<RuntimeContainerStatus> {
    return { ...this.#item(id) };
  }

  async updateContainerResources(): Promise<void> {}
  async reopenContainerLog(): Promise<void> {}

  async containerStats() {
    return [...this.#items.values()].map(({ id, labels }) => ({ id, labels }));
  }

  /** Of a command that is not known, nothing is known either: it succeeds. */
  async execSync(
    id: string,
    command: readonly string[],
    timeoutSeconds: number,
  ): Promise<ExecResult> {
    const { runMs = 0, exitCode, lines } = commandScript(command);
    const limitMs = timeoutSeconds === 0 ? Number.POSITIVE_INFINITY : timeoutSeconds * 1000;
    if (runMs > 0) await sleep(this.#options.clock, Math.min(runMs, limitMs));
    if (this.#item(id).state !== "CONTAINER_RUNNING")
      throw new RuntimeError(runtimeCodes.unknown, `container ${id} is not running`);
    if (runMs > limitMs)
      throw new RuntimeError(runtimeCodes.deadlineExceeded, `${command.join(" ")} timed out`);
    const stdout = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    return { exitCode, stdout, stderr: new Uint8Array() };
  }

  exec(): Promise<URL> {
    return unsupported("exec");
  }

  attach(): Promise<URL> {
    return unsupported("attach");
  }

  portForward(): Promise<URL> {
    return unsupported("port-forward");
  }

  /** Every image can be pulled. */
  async pullImage({ image }: { image: string }): Promise<string> {
    this.#images.add(image);
    return image;
  }

  async imageStatus({ image }: { image: string }): Promise<RuntimeImage | undefined> {
    return this.#images.has(image) ? imageOf(image) : undefined;
  }

  async listImages(): Promise<RuntimeImage[]> {
    return [...this.#images].map(imageOf);
  }

  async removeImage({ image }: { image: string }): Promise<void> {
    this.#images.delete(image);
  }

  async imageFsInfo() {
    return [];
  }

  subscribe(listener: (event: RuntimeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    for (const item of this.#items.values()) item.cancel();
  }

  #end(id: string, exitCode: number): void {
    const item = this.#items.get(id);
    if (!item || (item.state !== "CONTAINER_RUNNING" && item.state !== "CONTAINER_CREATED")) return;
    item.cancel();
    item.state = "CONTAINER_EXITED";
    item.exitCode = exitCode;
    item.reason = exitCode === 0 ? "Completed" : "Error";
    item.finishedAt = this.#now();
    this.#tell({ is: "container", containerId: id, what: "exit" });
  }

  #tell(event: RuntimeEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #boxesFor({ id, labelSelector }: SandboxFilter): Box[] {
    const uid = labelSelector?.[labels.podUid];
    const ids = uid === undefined ? this.#boxes.keys() : (this.#ofPod.get(uid) ?? []);
    const boxes: Box[] = [];
    for (const one of ids) {
      const box = this.#boxes.get(one);
      if (box && (id === undefined || id === one)) boxes.push(box);
    }
    return boxes;
  }

  #box(id: string): Box {
    const box = this.#boxes.get(id);
    if (box) return box;
    throw new RuntimeError(runtimeCodes.notFound, `sandbox ${id} not found`);
  }

  #item(id: string): Item {
    const item = this.#items.get(id);
    if (item) return item;
    throw new RuntimeError(runtimeCodes.notFound, `container ${id} not found`);
  }

  #newId(): string {
    return `${this.#options.idPrefix}-${(this.#made++).toString(36)}`;
  }

  /** ns since 1970; a little more for each record, so that later ones are newer. */
  #now(): number {
    return this.#options.clock.now() * 1e6 + (this.#made % 1000) * 1000;
  }

  #takeAddress(): string {
    const free = this.#freeAddresses.shift();
    if (free !== undefined) return free;
    const cidr = this.#options.podCidr();
    if (cidr === undefined) {
      throw new RuntimeError(runtimeCodes.unknown, "the node has no pod subnet yet");
    }
    const [base = "", bits = "24"] = cidr.split("/");
    if (this.#nextAddress >= 2 ** (32 - Number(bits)) - 1) {
      throw new RuntimeError(runtimeCodes.unknown, `no addresses left in ${cidr}`);
    }
    return addressAt(base, this.#nextAddress++);
  }
}

function addressAt(base: string, offset: number): string {
  const number = base.split(".").reduce((sum, part) => sum * 256 + Number(part), 0) + offset;
  return [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join(".");
}

const imageOf = (image: string): RuntimeImage => ({
  id: image,
  repoTags: [image],
  repoDigests: [],
  sizeBytes: 1 << 20,
  username: "",
  pinned: false,
});

function unsupported(what: string): Promise<never> {
  const message =
    `${what} is not possible: containers of this node are simulated, nothing runs in them; ` +
    "coxswain doctor says what a real node needs";
  return Promise.reject(new RuntimeError(runtimeCodes.unimplemented, message));
}
