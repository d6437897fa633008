// The configuration of a private containerd, as text. Everything it touches is below one folder.

export type ContainerdPaths = {
  /** Images, snapshots, metadata: kept. */
  readonly root: string;
  /** Live tasks: kept while any lives. */
  readonly state: string;
  readonly socket: string;
  /** Folders for the low-level runtimes' own state. */
  readonly run: string;
  readonly cniConfigs: string;
  readonly registryHosts: string;
};

/** What this machine can do and has. */
export type MachineTraits = {
  readonly cniPlugins: string;
  /** Absolute paths of low-level runtimes. */
  readonly runc: string;
  readonly crun?: string;
  /** Without CAP_SYS_RESOURCE nobody may lower the score by which the kernel chooses victims. */
  readonly mayLowerOomScore: boolean;
  readonly apparmor: boolean;
};

const disabledPlugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.internal.v1.tracing",
  "io.containerd.internal.v1.opt",
];

/** Plug-ins are named as in version 2 of the file, which 1.6 and 2.x both read. */
export function containerdConfig(
  paths: ContainerdPaths,
  machine: MachineTraits,
  sandboxImage: string,
): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  const runtimes = [runtime(cri, "runc", machine.runc, `${paths.run}/runc`)];
  if (machine.crun) runtimes.push(runtime(cri, "crun", machine.crun, `${paths.run}/crun`));
  return `version = 2
root = ${text(paths.root)}
state = ${text(paths.state)}
oom_score = 0
disabled_plugins = [${disabledPlugins.map(text).join(", ")}]

[grpc]
  address = ${text(paths.socket)}

[${cri}]
  sandbox_image = ${text(sandboxImage)}
  restrict_oom_score_adj = ${!machine.mayLowerOomScore}
  netns_mounts_under_state_dir = true
  disable_hugetlb_controller = true
  disable_apparmor = ${!machine.apparmor}
  tolerate_missing_hugetlb_controller = true
  max_container_log_line_size = 16384
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [${cri}.containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
${runtimes.join("")}  [${cri}.cni]
    bin_dir = ${text(machine.cniPlugins)}
    conf_dir = ${text(paths.cniConfigs)}
    max_conf_num = 1
  [${cri}.registry]
    config_path = ${text(paths.registryHosts)}
`;
}

function runtime(cri: string, name: string, binary: string, root: string): string {
  const at = `${cri}.containerd.runtimes.${name}`;
  return `    [${at}]
      runtime_type = "io.containerd.runc.v2"
      [${at}.options]
        SystemdCgroup = false
        BinaryName = ${text(binary)}
        Root = ${text(root)}
`;
}

/** TOML's basic strings are JSON's but for few control characters, which no path of ours has. */
const text = (value: string): string => JSON.stringify(value);

/**
 * Files that send pulls from `host` to `mirror` (`http://…` or `https://…`), by name below the folder of registry
 * hosts. A mirror is asked alone: a miss is an answer, no reason to go out to the real registry.
 */
export function registryHostFiles(mirrors: Readonly<Record<string, string>>): Map<string, string> {
  const files = new Map<string, string>();
  for (const [host, url] of Object.entries(mirrors)) {
    const folder = host === "*" ? "_default" : host;
    const server = text(url.replace(/\/$/, ""));
    files.set(
      `${folder}/hosts.toml`,
      `server = ${server}\n\n[host.${server}]\n  capabilities = ["pull", "resolve"]\n`,
    );
  }
  return files;
}
