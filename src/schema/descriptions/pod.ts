// What the fields of pods are for, in our own words. A type stands at the beginning of a line, its fields below it.
export const pod = `
io.k8s.api.core.v1
Pod: Containers that run together on one node and share its network address and volumes.
  spec: What is to run, and how.
  status: What the node and the controllers report of it.
PodTemplateSpec: The pods that a controller makes: their labels and what they run.
  spec: What each of the pods runs.
PodSpec: What a pod runs, where it may run, and what it may use.
  activeDeadlineSeconds: Seconds after which the pod is ended and counts as failed, whatever it does.
  affinity: Wishes about the node, and about pods to be near to or far from.
  automountServiceAccountToken: Whether a token of the service account is mounted into every container.
  containers: The programs that run side by side. At least one; only their images may change later.
  dnsConfig: Name servers, search domains and options beside or instead of those of dnsPolicy.
  dnsPolicy: Where names are looked up: ClusterFirst (default), ClusterFirstWithHostNet, Default or None.
  enableServiceLinks: Whether the services of the namespace stand in the environment. Default: true.
  ephemeralContainers: Containers that were added for debugging. They are added by a path of their own.
  evictionResponders: Who is asked when the pod is to be evicted. Behind a gate that is off by default.
  hostAliases: Lines for the hosts file of the containers.
  hostIPC: Whether the containers share the node's inter-process communication.
  hostNetwork: Whether the containers use the node's own network. Ports then are ports of the node.
  hostPID: Whether the containers see the processes of the node.
  hostUsers: False gives the pod user IDs of its own, so that root within is nobody on the node.
  hostname: Host name within the pod; the name of the pod when absent.
  hostnameOverride: Host name within the pod, which DNS does not know.
  imagePullSecrets: Secrets in this namespace with passwords for the registries of the images.
  initContainers: Containers that run to their end, one after the other, before the others start.
  nodeName: Node that the pod runs on. The scheduler sets it; who sets it goes around the scheduler.
  nodeSelector: Labels that a node must have.
  os: Operating system that the pod is made for. It rules out fields of the other one.
  overhead: What running the pod costs beside its containers. Set from the runtime class.
  preemptionPolicy: Whether the pod may displace others: PreemptLowerPriority (default) or Never.
  priority: The number behind priorityClassName. Set by the server.
  priorityClassName: How important the pod is beside others, by the name of a priority class.
  readinessGates: Conditions that must hold, beside ready containers, for the pod to be ready.
  resourceClaims: Devices that the pod needs, by the name of a claim or of a template of claims.
  resources: What all containers together ask for and may use.
  restartPolicy: What happens when a container ends: Always (default), OnFailure or Never.
  runtimeClassName: Which container runtime of the node runs the pod; the usual one when absent.
  schedulerName: Which scheduler chooses the node. Default: default-scheduler.
  schedulingGates: Names that hold the pod back from being scheduled until they are taken away.
  schedulingGroup: The group that is scheduled together. Behind a gate that is off by default.
  securityContext: Users, groups and privileges for all containers.
  serviceAccount: Old name of serviceAccountName.
  serviceAccountName: Account as which the pod talks to the API server. Default: default.
  setHostnameAsFQDN: Whether the host name within the pod is its full name in DNS.
  shareProcessNamespace: Whether the containers see each other's processes.
  subdomain: Names the pod <hostname>.<subdomain>.<namespace>.svc when a service of that name selects it.
  terminationGracePeriodSeconds: Seconds between the request to end and the kill. Default: 30.
  tolerations: Taints of nodes that do not keep the pod away.
  topologySpreadConstraints: How evenly pods are to be spread over zones, nodes or other domains.
  volumes: Directories and devices that the containers can mount.
PodStatus: What is known about a pod that has been made. Written by the node that runs it.
  allocatedResources: What the node has set aside for the whole pod.
  conditions: Whether the pod is scheduled, initialized, ready and so on.
  containerStatuses: One entry for each container: its state, restarts and image.
  ephemeralContainerStatuses: One entry for each container that was added for debugging.
  extendedResourceClaimStatus: The claim that stands for devices asked for as extended resources.
  hostIP: Address of the node.
  hostIPs: Addresses of the node, at most one of each family.
  initContainerStatuses: One entry for each init container.
  message: Why the pod is in its condition, for people.
  nodeAllocatableResourceClaimStatuses: What claims take of the node's ordinary resources.
  nominatedNodeName: Node on which room is being made for the pod.
  observedGeneration: Generation of the pod that this status is about.
  phase: Pending, Running, Succeeded, Failed or Unknown: a short summary.
  podIP: Address of the pod; empty until it has one.
  podIPs: Addresses of the pod, at most one of each family.
  qosClass: Guaranteed, Burstable or BestEffort: who goes first when the node runs out of memory.
  reason: Why the pod is in its condition, as one word.
  resize: How far a change of resources has come. Conditions tell it now.
  resourceClaimStatuses: Names of the claims that were made for the pod.
  resources: What the whole pod asks for and may use at present.
  startTime: When the node took note of the pod, before it pulled images.
  volumeHealth: What is known about the volumes of the pod.
PodCondition: One aspect of how a pod is.
  lastProbeTime: When it was last looked at.
  lastTransitionTime: When the status last changed.
  message: More about it, for people.
  observedGeneration: Generation of the pod that the condition is about.
  reason: Why the status is what it is, as one word.
  status: True, False or Unknown.
  type: Which aspect, such as PodScheduled, Initialized, ContainersReady or Ready.
PodIP: An address of a pod.
  ip: IPv4 or IPv6.
HostIP: An address of a node.
  ip: IPv4 or IPv6.
Container: One program: an image, what to run in it, and what it may use.
  args: Arguments for the command. $(NAME) stands for a variable of the environment.
  command: What to run, instead of the image's entry point. No shell unless it is named.
  env: Variables of the environment.
  envFrom: ConfigMaps and Secrets all of whose keys become variables.
  image: Image to run, with its registry and tag or digest.
  imagePullPolicy: When the image is fetched: Always, IfNotPresent or Never. Always for :latest.
  lifecycle: What to do after the start and before the end.
  livenessProbe: Asks whether the program still works; it is restarted when not.
  name: Name within the pod, by the rules of a DNS label. Fixed.
  ports: Ports that the program listens on. For information, but for host ports and names.
  readinessProbe: Asks whether the program can serve; services leave the pod out when not.
  resizePolicy: Which resources can change without a restart.
  resources: What the container asks for and may use at most. Can be changed while it runs.
  restartPolicy: Always makes an init container a sidecar, which runs beside the others.
  restartPolicyRules: Exit codes for which something else holds than restartPolicy.
  securityContext: User, privileges and capabilities, in place of those of the pod.
  startupProbe: Asks whether the program has started. The other probes wait for it.
  stdin: Whether there is something to read from at standard input.
  stdinOnce: Whether standard input is closed after the first one who was attached to it left.
  terminationMessagePath: File whose end is told when the container has ended. Default: /dev/termination-log.
  terminationMessagePolicy: File, or FallbackToLogsOnError, which takes the log when the file is empty.
  tty: Whether there is a terminal. Needs stdin.
  volumeDevices: Volumes that the container uses as raw devices.
  volumeMounts: Where volumes of the pod appear among the container's files.
  workingDir: Directory in which the command starts; the image's own when absent.
EphemeralContainer < Container: A container that was put into a running pod to look at it.
  targetContainerName: Container whose processes it sees.
ContainerPort: A port that a container listens on.
  containerPort: Number of the port, 1 to 65535.
  hostIP: Address of the node to which hostPort belongs; all when absent.
  hostPort: Port of the node that leads here. Only one pod on a node can have it.
  name: Name that services and probes can use. At most 15 letters.
  protocol: TCP (default), UDP or SCTP.
ContainerResizePolicy: Whether one resource can change while the container runs.
  resourceName: cpu or memory.
  restartPolicy: NotRequired (default) or RestartContainer.
ContainerRestartRule: What happens when a container ends in one way.
  action: What to do: Restart.
  exitCodes: The exit codes for which the rule holds.
ContainerRestartRuleOnExitCodes: A set of exit codes.
  operator: In or NotIn.
  values: The codes, 0 to 255.
EnvVar: One variable of the environment.
  name: Name of the variable.
  value: Its text. $(NAME) stands for an earlier variable, $$ for a dollar sign.
  valueFrom: Where the text comes from, instead of value.
EnvVarSource: Where a variable's text comes from. Exactly one of these.
  configMapKeyRef: A key of a ConfigMap.
  fieldRef: A field of the pod, such as metadata.name or status.podIP.
  fileKeyRef: A key in a file of a volume.
  resourceFieldRef: A request or limit of a container.
  secretKeyRef: A key of a Secret.
EnvFromSource: A set of variables.
  configMapRef: ConfigMap whose keys are the names.
  prefix: Text before each name.
  secretRef: Secret whose keys are the names.
ConfigMapEnvSource: A ConfigMap whose keys become variables.
  name: Name of the ConfigMap.
  optional: Whether the container may start without it.
SecretEnvSource: A Secret whose keys become variables.
  name: Name of the Secret.
  optional: Whether the container may start without it.
ConfigMapKeySelector: One key of a ConfigMap.
  key: The key.
  name: Name of the ConfigMap.
  optional: Whether the container may start without it.
SecretKeySelector: One key of a Secret.
  key: The key.
  name: Name of the Secret.
  optional: Whether the container may start without it.
FileKeySelector: One key in a file with lines of the form KEY=value.
  key: The key.
  optional: Whether the container may start without it.
  path: The file, from the root of the volume.
  volumeName: The volume.
ObjectFieldSelector: A field of the pod itself.
  apiVersion: Version in which the field has its name. Default: v1.
  fieldPath: Path of the field.
ResourceFieldSelector: A request or limit of a container.
  containerName: Container; needed in volumes, the container itself in variables.
  divisor: Unit in which the amount is told. Default: 1.
  resource: Such as limits.cpu or requests.memory.
ResourceRequirements: What something asks for and may use.
  claims: Claims of the pod that the container uses.
  limits: What may be used at most.
  requests: What is set aside. Same as the limits when absent.
ResourceClaim: A claim of the pod that a container uses.
  name: Name of the entry in the pod's resourceClaims.
  request: One request of the claim; all of them when absent.
VolumeMount: Where a volume appears among the files of a container.
  bindMountOptions: More options for the mount. Behind a gate that is off by default.
  mountPath: Path within the container. No colon.
  mountPropagation: Whether mounts pass between node and container: None (default), HostToContainer, Bidirectional.
  name: Name of a volume of the pod.
  readOnly: Whether nothing can be written.
  recursiveReadOnly: Whether mounts below it are read-only, too: Disabled (default), IfPossible, Enabled.
  subPath: Part of the volume to mount instead of its root.
  subPathExpr: As subPath, with $(NAME) for variables of the environment.
VolumeDevice: A volume as a raw device.
  devicePath: Path of the device within the container.
  name: Name of a volume of the pod that is a claim.
Probe: A question that is asked again and again. Exactly one of exec, grpc, httpGet and tcpSocket.
  exec: A command in the container; exit code 0 is good.
  failureThreshold: Failures in a row that count. Default: 3.
  grpc: A health check over gRPC.
  httpGet: An HTTP request; an answer from 200 to 399 is good.
  initialDelaySeconds: Seconds after the start before the first time.
  periodSeconds: Seconds from one time to the next. Default: 10.
  successThreshold: Successes in a row that count. Default: 1.
  tcpSocket: A connection; it is good when it can be opened.
  terminationGracePeriodSeconds: Grace for a container that this probe ends, instead of the pod's.
  timeoutSeconds: Seconds until an answer is too late. Default: 1.
ExecAction: A command to run in a container.
  command: The program and its arguments. No shell unless it is named.
HTTPGetAction: An HTTP request.
  host: Host to ask; the pod's address when absent.
  httpHeaders: Headers to send.
  path: Path to ask for. Default: /.
  port: Number or name of the port.
  protocol: Version of HTTP. Behind a gate that is off by default.
  scheme: HTTP (default) or HTTPS. Certificates are not checked.
HTTPHeader: One header of a request.
  name: Name of the header.
  value: Its text.
TCPSocketAction: A connection to open.
  host: Host to connect to; the pod's address when absent.
  port: Number or name of the port.
GRPCAction: A health check over gRPC.
  mode: How the connection is made. Behind a gate that is off by default.
  port: Number of the port.
  service: Name of the service to ask about.
SleepAction: A pause.
  seconds: How long.
Lifecycle: What to do at the beginning and the end of a container.
  postStart: Done right after the start. The container counts as started when it is through.
  preStop: Done before the container is asked to end. Counts towards the grace period.
  stopSignal: Signal that asks the container to end, instead of the image's.
LifecycleHandler: What to do. Exactly one of these.
  exec: A command in the container.
  httpGet: An HTTP request.
  sleep: A pause.
  tcpSocket: Not supported; kept for old objects.
SecurityContext: What a container may do. It goes before that of the pod.
  allowPrivilegeEscalation: Whether a process may gain more rights than its parent has.
  appArmorProfile: AppArmor profile to run under.
  capabilities: Capabilities of the kernel to add and to drop.
  privileged: Whether the container is root on the node. Default: false.
  procMount: How /proc appears: Default or Unmasked.
  readOnlyRootFilesystem: Whether the container's own files cannot be written.
  runAsGroup: Group ID of the process.
  runAsNonRoot: Whether the container may not start as root.
  runAsUser: User ID of the process; the image's when absent.
  seLinuxOptions: SELinux labels of the process.
  seccompProfile: Which system calls are allowed.
  windowsOptions: The like for Windows.
PodSecurityContext: What all containers of a pod may do, unless they say otherwise.
  appArmorProfile: AppArmor profile to run under.
  fsGroup: Group that owns the files of volumes, and that every process is in.
  fsGroupChangePolicy: When the owners of files are changed: Always (default) or OnRootMismatch.
  runAsGroup: Group ID of the processes.
  runAsNonRoot: Whether no container may start as root.
  runAsUser: User ID of the processes; the image's when absent.
  seLinuxChangePolicy: How volumes get their SELinux labels: MountOption or Recursive.
  seLinuxOptions: SELinux labels of the processes.
  seccompProfile: Which system calls are allowed.
  supplementalGroups: More groups that every process is in.
  supplementalGroupsPolicy: Whether groups of the image count, too: Merge (default) or Strict.
  sysctls: Settings of the kernel for the pod.
  windowsOptions: The like for Windows.
Capabilities: Capabilities of the kernel.
  add: Those that the process has beside the usual ones.
  drop: Those that it has not. ALL: none of them.
SELinuxOptions: An SELinux label.
  level: Its level.
  role: Its role.
  type: Its type.
  user: Its user.
SeccompProfile: A profile of allowed system calls.
  localhostProfile: File on the node, for type Localhost.
  type: RuntimeDefault, Localhost or Unconfined.
AppArmorProfile: An AppArmor profile.
  localhostProfile: Name of a profile that the node has loaded, for type Localhost.
  type: RuntimeDefault, Localhost or Unconfined.
WindowsSecurityContextOptions: What a Windows container may do.
  gmsaCredentialSpec: The group managed account itself.
  gmsaCredentialSpecName: Name of the group managed account.
  hostProcess: Whether it runs as a process of the host.
  runAsUserName: User name of the process.
Sysctl: A setting of the kernel.
  name: Its name.
  value: Its text.
Affinity: Where a pod wants to be, and with whom.
  nodeAffinity: Labels that the node has to have or should have.
  podAffinity: Pods that it has to be or should be near to.
  podAntiAffinity: Pods that it has to be or should be far from.
NodeAffinity: Labels of nodes that matter.
  preferredDuringSchedulingIgnoredDuringExecution: Wishes with weights. The best sum wins.
  requiredDuringSchedulingIgnoredDuringExecution: What a node must match. Later changes of labels move nobody.
NodeSelector: Nodes by their labels.
  nodeSelectorTerms: Terms of which one must match.
NodeSelectorTerm: Conditions that must all hold.
  matchExpressions: Conditions on labels.
  matchFields: Conditions on fields: metadata.name.
NodeSelectorRequirement: A condition.
  key: The label or field.
  operator: In, NotIn, Exists, DoesNotExist, Gt or Lt.
  values: One or more for In and NotIn, one number for Gt and Lt, none for the others.
PreferredSchedulingTerm: A wish.
  preference: Nodes that fulfil it.
  weight: How much it counts, 1 to 100.
PodAffinity: Pods to be near to.
  preferredDuringSchedulingIgnoredDuringExecution: Wishes with weights.
  requiredDuringSchedulingIgnoredDuringExecution: Terms that must all hold.
PodAntiAffinity: Pods to be far from.
  preferredDuringSchedulingIgnoredDuringExecution: Wishes with weights.
  requiredDuringSchedulingIgnoredDuringExecution: Terms that must all hold.
PodAffinityTerm: Pods, and the domain in which they count as near.
  labelSelector: The pods, by their labels.
  matchLabelKeys: Labels in which the pods must equal this one.
  mismatchLabelKeys: Labels in which the pods must differ from this one.
  namespaceSelector: Namespaces of the pods, by their labels. Empty: all of them.
  namespaces: Namespaces of the pods, by name. This one when both are absent.
  topologyKey: Label of nodes: those with the same value are one domain.
WeightedPodAffinityTerm: A wish.
  podAffinityTerm: The pods.
  weight: How much it counts, 1 to 100.
Toleration: A taint that does not keep the pod away.
  effect: NoSchedule, PreferNoSchedule or NoExecute; all of them when empty.
  key: Key of the taint; all of them when empty, with operator Exists.
  operator: Equal (default), Exists, Lt or Gt.
  tolerationSeconds: Seconds that the pod stays under a NoExecute taint; forever when absent.
  value: Value of the taint, for Equal.
TopologySpreadConstraint: How evenly pods are to be spread.
  labelSelector: The pods that are counted.
  matchLabelKeys: Labels in which counted pods must equal this one.
  maxSkew: Largest difference between two domains.
  minDomains: Number of domains that there must be at least.
  nodeAffinityPolicy: Whether nodes that affinity rules out count: Honor (default) or Ignore.
  nodeTaintsPolicy: Whether nodes whose taints are not tolerated count: Honor or Ignore (default).
  topologyKey: Label of nodes: those with the same value are one domain.
  whenUnsatisfiable: DoNotSchedule or ScheduleAnyway.
HostAlias: A line of the hosts file.
  hostnames: Names for the address.
  ip: The address.
PodDNSConfig: How names are looked up.
  nameservers: Addresses of name servers, at most 3.
  options: Options for the resolver.
  searches: Domains to search for short names, at most 32.
PodDNSConfigOption: An option for the resolver.
  name: Its name.
  value: Its value, if it has one.
PodReadinessGate: A condition that must hold.
  conditionType: Type of a condition in the pod's status.
PodSchedulingGate: What holds a pod back.
  name: Its name.
PodOS: An operating system.
  name: linux or windows.
PodResourceClaim: Devices that a pod needs. Exactly one of the two references.
  name: Name by which containers refer to it.
  resourceClaimName: A claim of this namespace.
  resourceClaimTemplateName: A template from which a claim is made for the pod.
LocalObjectReference: An object in the same namespace.
  name: Its name.
ContainerStatus: How a container is.
  allocatedResources: What the node has set aside for it.
  allocatedResourcesStatus: What is known about its devices.
  containerID: <runtime>://<id>.
  image: Image that runs.
  imageID: Digest of that image.
  lastState: How it ended the last time.
  name: Name of the container.
  ready: Whether it passes its readiness probe.
  resources: What it asks for and may use at present.
  restartCount: How often it has been restarted.
  started: Whether it has started, by its startup probe.
  state: How it is now.
  stopSignal: Signal that asks it to end.
  user: Users and groups that it started with.
  volumeMounts: How its volumes are mounted.
ContainerState: Waiting, running or terminated: one of them is set.
  running: It runs.
  terminated: It has ended.
  waiting: It has not started yet.
ContainerStateRunning: A container that runs.
  startedAt: Since when.
ContainerStateTerminated: A container that has ended.
  containerID: <runtime>://<id>.
  exitCode: Its exit code.
  finishedAt: When it ended.
  message: What it left behind.
  reason: Why it ended, as one word.
  signal: Signal that ended it.
  startedAt: When it started.
ContainerStateWaiting: A container that has not started yet.
  message: What it waits for, for people.
  reason: What it waits for, as one word.
`;
