// Pods for every field that the Pod Security Standards look at, each allowed by some level and refused by another.
import type { Container, Pod, PodSpec } from "../../src/schema/types/core-v1.ts";

type Security = NonNullable<Container["securityContext"]>;
type PodSecurity = NonNullable<PodSpec["securityContext"]>;

const good: Security = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

const container = (security: Security = {}, more: Partial<Container> = {}): Container => ({
  name: "a",
  image: "example.com/a",
  securityContext: { ...good, ...security },
  ...more,
});

const pod = (spec: Partial<PodSpec> = {}, metadata: Pod["metadata"] = {}): Pod => ({
  metadata: { name: "p", ...metadata },
  spec: { containers: [container()], ...spec },
});
const inPod = (securityContext: PodSecurity): Pod => pod({ securityContext });

/** The same in a container, in one that runs before, and in the second of two. */
function everywhere(name: string, security: Security): [string, Pod][] {
  const bad = container(security);
  return [
    [`${name} in a container`, pod({ containers: [bad] })],
    [`${name} in an init container`, pod({ initContainers: [{ ...bad, name: "i" }] })],
    [
      `${name} in two containers`,
      pod({ containers: [bad, container({}, { name: "b" }), { ...bad, name: "c" }] }),
    ],
  ];
}

const capabilities = [
  "CHOWN",
  "NET_BIND_SERVICE",
  "NET_ADMIN",
  "SYS_TIME",
  "ALL",
  "chown",
  "SETFCAP",
  "AUDIT_WRITE",
  "KILL",
  "NET_RAW",
];
const seLinuxTypes = [
  "container_t",
  "container_init_t",
  "container_kvm_t",
  "container_engine_t",
  "container_device_t",
  "spc_t",
  "",
];
const sysctls = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
  "net.ipv4.tcp_slow_start_after_idle",
  "net.ipv4.tcp_notsent_lowat",
  "kernel.msgmax",
  "net.core.somaxconn",
];
const volumes: NonNullable<PodSpec["volumes"]> = [
  { name: "v", configMap: { name: "c" } },
  { name: "v", secret: { secretName: "s" } },
  { name: "v", emptyDir: {} },
  { name: "v", downwardAPI: {} },
  { name: "v", projected: { sources: [] } },
  { name: "v", csi: { driver: "d" } },
  { name: "v", persistentVolumeClaim: { claimName: "c" } },
  {
    name: "v",
    ephemeral: {
      volumeClaimTemplate: {
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      },
    },
  },
  { name: "v", image: { reference: "example.com/i" } },
  { name: "v", hostPath: { path: "/" } },
  { name: "v", nfs: { server: "s", path: "/" } },
  { name: "v", iscsi: { targetPortal: "1.2.3.4", iqn: "iqn.2001-04.com.example:storage", lun: 0 } },
  { name: "v", glusterfs: { endpoints: "e", path: "p" } },
  { name: "v", rbd: { monitors: ["m"], image: "i" } },
  { name: "v", flexVolume: { driver: "d/d" } },
  { name: "v", cinder: { volumeID: "i" } },
  { name: "v", cephfs: { monitors: ["m"] } },
  { name: "v", fc: { targetWWNs: ["w"], lun: 1 } },
  { name: "v", azureFile: { secretName: "s", shareName: "s" } },
  { name: "v", azureDisk: { diskName: "d", diskURI: "https://a.blob.core.windows.net/b/c.vhd" } },
  { name: "v", vsphereVolume: { volumePath: "p" } },
  { name: "v", quobyte: { registry: "r:1", volume: "v" } },
  { name: "v", portworxVolume: { volumeID: "i" } },
  { name: "v", scaleIO: { gateway: "g", system: "s", volumeName: "v", secretRef: { name: "s" } } },
  { name: "v", storageos: { volumeName: "v" } },
  { name: "v", gcePersistentDisk: { pdName: "p" } },
  { name: "v", awsElasticBlockStore: { volumeID: "i" } },
  { name: "v", gitRepo: { repository: "r" } },
];

const probes: [string, Partial<Container>][] = [
  ["livenessProbe", { livenessProbe: { httpGet: { port: 1, host: "1.2.3.4" } } }],
  ["readinessProbe", { readinessProbe: { tcpSocket: { port: 1, host: "1.2.3.4" } } }],
  ["startupProbe", { startupProbe: { httpGet: { port: 1, host: "localhost" } } }],
  ["postStart", { lifecycle: { postStart: { httpGet: { port: 1, host: "1.2.3.4" } } } }],
  ["preStop", { lifecycle: { preStop: { tcpSocket: { port: 1, host: "1.2.3.4" } } } }],
  ["a probe without host", { livenessProbe: { httpGet: { port: 1 } } }],
];

const windows = { os: { name: "windows" } };
const bare: Container = { name: "a", image: "example.com/a" };

/** By name; the spec is a pod's. */
export const podSecurityPods: readonly (readonly [name: string, pod: Pod])[] = [
  ["nothing", pod()],
  ["nothing said", pod({ containers: [bare] })],
  ["nothing said in two", pod({ containers: [bare, { ...bare, name: "b" }] })],
  ["hostNetwork", pod({ hostNetwork: true })],
  ["hostPID", pod({ hostPID: true })],
  ["hostIPC", pod({ hostIPC: true })],
  ["all of the host", pod({ hostNetwork: true, hostPID: true, hostIPC: true })],
  ...everywhere("privileged", { privileged: true, allowPrivilegeEscalation: true }),
  ...everywhere("allowPrivilegeEscalation", { allowPrivilegeEscalation: true }),
  ...capabilities.flatMap((name) =>
    everywhere(`capability ${name}`, { capabilities: { add: [name], drop: ["ALL"] } }),
  ),
  ...everywhere("several capabilities", {
    capabilities: { add: ["NET_ADMIN", "CHOWN", "SYS_TIME"], drop: ["ALL"] },
  }),
  ...everywhere("no capability dropped", { capabilities: {} }),
  ...everywhere("some dropped", { capabilities: { drop: ["CHOWN"] } }),
  ...volumes.map((v): [string, Pod] => [`volume ${Object.keys(v)[1]}`, pod({ volumes: [v] })]),
  [
    "two host paths",
    pod({
      volumes: [
        { name: "v", hostPath: { path: "/" } },
        { name: "w", hostPath: { path: "/a" } },
      ],
    }),
  ],
  [
    "mixed volumes",
    pod({
      volumes: [
        { name: "v", hostPath: { path: "/" } },
        { name: "w", nfs: { server: "s", path: "/" } },
        { name: "x", emptyDir: {} },
      ],
    }),
  ],
  [
    "hostPort",
    pod({ containers: [container({}, { ports: [{ containerPort: 1, hostPort: 80 }] })] }),
  ],
  [
    "hostPorts",
    pod({
      containers: [
        container(
          {},
          {
            ports: [
              { containerPort: 1, hostPort: 80 },
              { containerPort: 2, hostPort: 8080 },
            ],
          },
        ),
        container({}, { name: "b", ports: [{ containerPort: 3, hostPort: 90 }] }),
      ],
    }),
  ],
  ...seLinuxTypes.flatMap((type) =>
    everywhere(`seLinux type ${type}`, { seLinuxOptions: { type } }),
  ),
  ...seLinuxTypes.map((type): [string, Pod] => [
    `seLinux type ${type} of the pod`,
    inPod({ seLinuxOptions: { type } }),
  ]),
  ["seLinux user", inPod({ seLinuxOptions: { user: "u" } })],
  ["seLinux role", inPod({ seLinuxOptions: { role: "r" } })],
  ["seLinux all", inPod({ seLinuxOptions: { user: "u", role: "r", type: "t", level: "l" } })],
  ...everywhere("seLinux user and role", { seLinuxOptions: { user: "u", role: "r" } }),
  ...everywhere("procMount", { procMount: "Unmasked" }).map(
    ([name, { metadata, spec }]): [string, Pod] => [
      name,
      { metadata, spec: { ...spec!, hostUsers: false } },
    ],
  ),
  [
    "procMount with user namespaces",
    pod({ hostUsers: false, containers: [container({ procMount: "Unmasked" })] }),
  ],
  ["seccomp unconfined", inPod({ seccompProfile: { type: "Unconfined" } })],
  [
    "seccomp of the runtime",
    pod({
      securityContext: { seccompProfile: { type: "RuntimeDefault" } },
      containers: [container({ seccompProfile: undefined as never })],
    }),
  ],
  ["seccomp local", inPod({ seccompProfile: { type: "Localhost", localhostProfile: "a" } })],
  ...everywhere("seccomp unconfined", { seccompProfile: { type: "Unconfined" } }),
  ...everywhere("seccomp unsaid", { seccompProfile: undefined as never }),
  ["AppArmor unconfined", inPod({ appArmorProfile: { type: "Unconfined" } })],
  ["AppArmor of the runtime", inPod({ appArmorProfile: { type: "RuntimeDefault" } })],
  ["AppArmor local", inPod({ appArmorProfile: { type: "Localhost", localhostProfile: "a" } })],
  ...everywhere("AppArmor unconfined", { appArmorProfile: { type: "Unconfined" } }),
  ...sysctls.map((name): [string, Pod] => [
    `sysctl ${name}`,
    inPod({ sysctls: [{ name, value: "1" }] }),
  ]),
  [
    "sysctls",
    inPod({
      sysctls: [
        { name: "kernel.msgmax", value: "1" },
        { name: "net.core.somaxconn", value: "1" },
      ],
    }),
  ],
  ["runAsNonRoot false", inPod({ runAsNonRoot: false })],
  ["runAsNonRoot unsaid", pod({ containers: [container({ runAsNonRoot: undefined as never })] })],
  [
    "runAsNonRoot of the pod",
    pod({
      securityContext: { runAsNonRoot: true },
      containers: [container({ runAsNonRoot: undefined as never })],
    }),
  ],
  ...everywhere("runAsNonRoot false", { runAsNonRoot: false }),
  ["runAsUser 0", inPod({ runAsUser: 0 })],
  ["runAsUser 1000", inPod({ runAsUser: 1000 })],
  ...everywhere("runAsUser 0", { runAsUser: 0, runAsNonRoot: false }),
  [
    "root with user namespaces",
    pod({
      hostUsers: false,
      securityContext: { runAsUser: 0, runAsNonRoot: false },
      containers: [container({ runAsNonRoot: false, runAsUser: 0 })],
    }),
  ],
  [
    "hostProcess",
    pod({ hostNetwork: true, securityContext: { windowsOptions: { hostProcess: true } } }),
  ],
  [
    "hostProcess in a container",
    pod({ hostNetwork: true, containers: [container({ windowsOptions: { hostProcess: true } })] }),
  ],
  ["windows", pod({ ...windows, containers: [bare] })],
  [
    "windows as root",
    pod({ ...windows, containers: [{ ...bare, securityContext: { runAsNonRoot: false } }] }),
  ],
  ["linux", pod({ os: { name: "linux" }, containers: [bare] })],
  ...probes.map(([name, more]): [string, Pod] => [
    `host of ${name}`,
    pod({ containers: [container({}, more)] }),
  ]),
  [
    "everything",
    pod({
      hostPID: true,
      hostNetwork: true,
      volumes: [{ name: "v", hostPath: { path: "/" } }],
      securityContext: {
        sysctls: [{ name: "kernel.msgmax", value: "1" }],
        runAsUser: 0,
        seLinuxOptions: { type: "t" },
      },
      containers: [
        {
          ...bare,
          securityContext: { privileged: true, capabilities: { add: ["SYS_ADMIN"] } },
          ports: [{ containerPort: 1, hostPort: 1 }],
        },
      ],
    }),
  ],
];

/** Minor versions at which some rule begins, ends or changes, and those beside them. */
export const podSecurityVersions: readonly number[] = [
  0, 7, 8, 18, 19, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37,
];

export const podSecurityLevels = ["baseline", "restricted"] as const;
