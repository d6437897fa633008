// What the fields of the core group are for, pods apart. In our own words.
export const core = `
io.k8s.api.core.v1
Volume: Something that containers can mount. Exactly one source beside the name.
  awsElasticBlockStore: A disk of Amazon, which a CSI driver mounts.
  azureDisk: A disk of Azure, which a CSI driver mounts.
  azureFile: A share of Azure, which a CSI driver mounts.
  cephfs: No longer supported.
  cinder: A disk of OpenStack, which a CSI driver mounts.
  configMap: Files from a ConfigMap.
  csi: A volume that a CSI driver makes for this pod alone.
  downwardAPI: Files with fields of the pod.
  emptyDir: An empty directory that lives as long as the pod.
  ephemeral: A claim that is made for the pod and goes with it.
  fc: A disk over Fibre Channel.
  flexVolume: A volume of an old kind of driver.
  flocker: No longer supported.
  gcePersistentDisk: A disk of Google, which a CSI driver mounts.
  gitRepo: No longer supported.
  glusterfs: No longer supported.
  hostPath: A file or directory of the node. Dangerous: it reaches out of the container.
  image: The files of an image.
  iscsi: A disk over iSCSI.
  name: Name by which containers mount it.
  nfs: A directory of an NFS server.
  persistentVolumeClaim: A claim of this namespace.
  photonPersistentDisk: No longer supported.
  portworxVolume: A volume of Portworx, which a CSI driver mounts.
  projected: Files from several sources in one directory.
  quobyte: No longer supported.
  rbd: No longer supported.
  scaleIO: No longer supported.
  secret: Files from a Secret.
  storageos: No longer supported.
  vsphereVolume: A disk of vSphere, which a CSI driver mounts.
EmptyDirVolumeSource: A directory that is empty at first.
  medium: Memory keeps it in memory; the node's disk when empty.
  mode: Rights of the directory. Behind a gate that is off by default.
  sizeLimit: Size at which the pod is evicted.
HostPathVolumeSource: A file or directory of the node.
  path: Its path on the node.
  type: What must be there: Directory, DirectoryOrCreate, File, FileOrCreate, Socket, CharDevice, BlockDevice.
ConfigMapVolumeSource: Files from a ConfigMap.
  defaultMode: Rights of the files. Default: 0644.
  defaultUser: Owner of the files. Behind a gate that is off by default.
  items: Keys that become files; all of them when absent.
  name: Name of the ConfigMap.
  optional: Whether the pod may start without it.
SecretVolumeSource: Files from a Secret.
  defaultMode: Rights of the files. Default: 0644.
  defaultUser: Owner of the files. Behind a gate that is off by default.
  items: Keys that become files; all of them when absent.
  optional: Whether the pod may start without it.
  secretName: Name of the Secret.
KeyToPath: A key that becomes a file.
  key: The key.
  mode: Rights of the file.
  path: The file, from the root of the volume.
  user: Owner of the file. Behind a gate that is off by default.
DownwardAPIVolumeSource: Files with fields of the pod.
  defaultMode: Rights of the files. Default: 0644.
  defaultUser: Owner of the files. Behind a gate that is off by default.
  items: The files.
DownwardAPIVolumeFile: A file with one field of the pod.
  fieldRef: The field: labels, annotations, name, namespace or uid.
  mode: Rights of the file.
  path: The file, from the root of the volume.
  resourceFieldRef: A request or limit of a container.
  user: Owner of the file. Behind a gate that is off by default.
ProjectedVolumeSource: Several sources in one directory.
  defaultMode: Rights of the files. Default: 0644.
  defaultUser: Owner of the files. Behind a gate that is off by default.
  sources: The sources.
VolumeProjection: One source. Exactly one of these.
  clusterTrustBundle: Certificates to trust.
  configMap: Files from a ConfigMap.
  downwardAPI: Files with fields of the pod.
  podCertificate: A certificate for the pod, with its key.
  secret: Files from a Secret.
  serviceAccountToken: A token of the pod's service account.
ConfigMapProjection: Files from a ConfigMap.
  items: Keys that become files; all of them when absent.
  name: Name of the ConfigMap.
  optional: Whether the pod may start without it.
SecretProjection: Files from a Secret.
  items: Keys that become files; all of them when absent.
  name: Name of the Secret.
  optional: Whether the pod may start without it.
DownwardAPIProjection: Files with fields of the pod.
  items: The files.
ServiceAccountTokenProjection: A token that is renewed before it ends.
  audience: For whom the token is; the API server when absent.
  expirationSeconds: How long it is good, at least 600. Default: 3600.
  path: The file, from the root of the volume.
  user: Owner of the file. Behind a gate that is off by default.
PersistentVolumeClaimVolumeSource: A claim as a volume.
  claimName: Name of the claim.
  readOnly: Whether nothing can be written.
CSIVolumeSource: A volume that a driver makes for one pod.
  driver: Name of the driver.
  fsType: Kind of file system.
  nodePublishSecretRef: Secret that the driver is given.
  readOnly: Whether nothing can be written.
  volumeAttributes: Settings for the driver.
NFSVolumeSource: A directory of an NFS server.
  path: Directory that the server exports.
  readOnly: Whether nothing can be written.
  server: Name or address of the server.
EphemeralVolumeSource: A claim for one pod.
  volumeClaimTemplate: The claim. It is called <pod>-<volume>.
PersistentVolumeClaimTemplate: A claim to be made: labels, annotations and what it asks for.
  spec: What it asks for.
ImageVolumeSource: The files of an image, read-only.
  pullPolicy: When the image is fetched: Always, IfNotPresent or Never.
  reference: The image.
Service: One stable address and name for pods that come and go.
  spec: Which pods, which ports, and how they are reached.
  status: What was set up outside of the cluster.
ServiceSpec: Which pods a service leads to, and how it is reached.
  allocateLoadBalancerNodePorts: Whether a load balancer's ports are given node ports. Default: true.
  clusterIP: Address within the cluster. None: no address, DNS names the pods. Set by the server when empty.
  clusterIPs: Addresses within the cluster, at most one of each family.
  externalIPs: Addresses that lead here although the cluster does not manage them.
  externalName: Name in DNS that the service stands for, with type ExternalName.
  externalTrafficPolicy: Cluster spreads what comes from outside over all nodes; Local keeps it on the node.
  healthCheckNodePort: Port at which nodes tell a load balancer whether they have pods.
  internalTrafficPolicy: Cluster (default), or Local: only pods on the same node.
  ipFamilies: IPv4, IPv6 or both, the first one first.
  ipFamilyPolicy: SingleStack (default), PreferDualStack or RequireDualStack.
  loadBalancerClass: Who is to set up the load balancer; the usual one when absent.
  loadBalancerIP: An old wish for the balancer's address.
  loadBalancerSourceRanges: Networks whose clients may use the load balancer.
  ports: Ports that the service has.
  publishNotReadyAddresses: Whether pods that are not ready count, too.
  selector: Labels of the pods. Without it, somebody else writes the endpoints.
  sessionAffinity: None (default), or ClientIP: a client keeps its pod.
  sessionAffinityConfig: Settings of the affinity.
  trafficDistribution: A wish where requests go: PreferSameZone or PreferSameNode.
  type: ClusterIP (default), NodePort, LoadBalancer or ExternalName.
ServicePort: A port of a service.
  appProtocol: What is spoken there, such as kubernetes.io/h2c.
  name: Name of the port. Needed when there are several.
  nodePort: Port of every node that leads here. Set by the server when the type needs it.
  port: Number of the port.
  protocol: TCP (default), UDP or SCTP.
  targetPort: Number or name of the pods' port; the same number when absent.
ServiceStatus: What was set up for a service.
  conditions: How it is.
  loadBalancer: Addresses of the load balancer.
SessionAffinityConfig: Settings of the affinity.
  clientIP: Those of ClientIP.
ClientIPConfig: Settings of affinity by the client's address.
  timeoutSeconds: How long a client keeps its pod. Default: 10800.
LoadBalancerStatus: What a load balancer has.
  ingress: Its addresses.
LoadBalancerIngress: An address of a load balancer.
  hostname: Its name in DNS.
  ip: The address.
  ipMode: VIP or Proxy: whether packets arrive with the balancer's address.
  ports: What is known about its ports.
ConfigMap: Settings for programs, as text or bytes. At most 1 MiB.
  binaryData: Values that are no text, in base64.
  data: Values that are text.
  immutable: Whether nothing may change any more. Cannot be taken back.
Secret: Settings that not everybody may see. At most 1 MiB.
  data: Values in base64.
  immutable: Whether nothing may change any more. Cannot be taken back.
  stringData: Values as text, to write only: they are put into data.
  type: What it is for, which rules what keys it must have. Default: Opaque.
Namespace: A part of the cluster in which names are unique and rights can be given.
  spec: What holds its end back.
  status: Whether it is there or going.
NamespaceSpec: What holds the end of a namespace back.
  finalizers: Who has to be through before it goes.
NamespaceStatus: Whether a namespace is there.
  conditions: How far its end has come.
  phase: Active or Terminating.
Node: A machine that runs pods.
  spec: What administrators and controllers decide about it.
  status: What it reports.
NodeSpec: What is decided about a node.
  configSource: No longer supported.
  externalID: No longer used.
  podCIDR: Network of its pods.
  podCIDRs: Networks of its pods, at most one of each family.
  podPreemptionPolicy: Who may displace pods here. Behind a gate that is off by default.
  providerID: Name of the machine at its provider.
  taints: What keeps pods away that do not tolerate it.
  unschedulable: Whether no new pods come here. Set by kubectl cordon.
NodeStatus: What a node reports.
  addresses: How it can be reached.
  allocatable: What pods can have of it.
  capacity: What it has.
  conditions: Whether it is ready, and short of something.
  config: No longer used.
  daemonEndpoints: Ports of its agent.
  declaredFeatures: What its agent can do.
  features: What its container runtime can do.
  images: Images that it has.
  nodeInfo: Versions and names of its system.
  phase: No longer used.
  runtimeHandlers: Its container runtimes.
  volumesAttached: Volumes that are attached to it.
  volumesInUse: Volumes that its pods use.
NodeAddress: How a node can be reached.
  address: The name or address.
  type: Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS.
NodeCondition: One aspect of how a node is.
  lastHeartbeatTime: When it was last told.
  lastTransitionTime: When the status last changed.
  message: More about it, for people.
  reason: Why the status is what it is, as one word.
  status: True, False or Unknown.
  type: Ready, MemoryPressure, DiskPressure, PIDPressure or NetworkUnavailable.
Taint: What keeps pods away from a node.
  effect: NoSchedule, PreferNoSchedule or NoExecute, which ends pods that run.
  key: Its key.
  timeAdded: Since when it is there.
  value: Its value.
ServiceAccount: Who pods are when they talk to the API server.
  automountServiceAccountToken: Whether its pods get a token. A pod can say otherwise.
  imagePullSecrets: Passwords for registries that its pods get.
  secrets: Secrets that its pods may mount, where that is enforced.
ObjectReference: An object somewhere in the cluster.
  apiVersion: Its version.
  fieldPath: A part of it.
  kind: Its kind.
  name: Its name.
  namespace: Its namespace.
  resourceVersion: The version that is meant.
  uid: Its UID.
PersistentVolumeClaim: A wish for storage, and the storage once it is bound.
  spec: What is asked for.
  status: What was given.
PersistentVolumeClaimSpec: What a claim asks for.
  accessModes: ReadWriteOnce, ReadOnlyMany, ReadWriteMany or ReadWriteOncePod.
  dataSource: Snapshot or claim whose content it starts with.
  dataSourceRef: Any object that a populator can make the content from.
  resources: How much. Can grow where the class allows it.
  selector: Labels that the volume must have.
  storageClassName: Class that makes the volume. Empty: none is made; absent: the default class.
  volumeAttributesClassName: Class of attributes such as speed, which can change.
  volumeMode: Filesystem (default) or Block.
  volumeName: The volume that it is bound to.
PersistentVolumeClaimStatus: What a claim was given.
  accessModes: How the volume can be used.
  allocatedResourceStatuses: How far a change of size has come.
  allocatedResources: Size that is being made.
  capacity: Size of the volume.
  conditions: What happens to it.
  currentVolumeAttributesClassName: Attributes that the volume has.
  healthStatus: What is known about the volume. Behind a gate that is off by default.
  modifyVolumeStatus: How far a change of attributes has come.
  phase: Pending, Bound or Lost.
VolumeResourceRequirements: How much storage.
  limits: At most.
  requests: At least: storage.
TypedLocalObjectReference: An object in the same namespace.
  apiGroup: Its group.
  kind: Its kind.
  name: Its name.
TypedObjectReference: An object.
  apiGroup: Its group.
  kind: Its kind.
  name: Its name.
  namespace: Its namespace; this one when absent.
PersistentVolume: A piece of storage of the cluster.
  spec: Where it is and who may use it.
  status: Whether somebody does.
PersistentVolumeStatus: Whether a volume is used.
  lastPhaseTransitionTime: When the phase last changed.
  message: Why, for people.
  phase: Available, Bound, Released or Failed.
  reason: Why, as one word.
VolumeNodeAffinity: Nodes that reach a volume.
  required: The nodes.
LocalVolumeSource: A disk or directory of one node.
  fsType: Kind of file system.
  path: Its path on the node.
ResourceQuota: Bounds for all objects of a namespace together.
  spec: The bounds.
  status: What is used.
ResourceQuotaSpec: Bounds.
  hard: The largest amount of each resource, such as pods, requests.cpu or count/jobs.batch.
  scopeSelector: Which objects count, by scopes with values.
  scopes: Which objects count, such as Terminating or BestEffort.
ResourceQuotaStatus: What is used.
  hard: The bounds that are enforced.
  used: What is used of them.
ScopeSelector: Objects by their scopes.
  matchExpressions: Conditions that must all hold.
ScopedResourceSelectorRequirement: A condition on a scope.
  operator: In, NotIn, Exists or DoesNotExist.
  scopeName: The scope, such as PriorityClass.
  values: Values of the scope.
LimitRange: Bounds and defaults for each single object of a namespace.
  spec: The bounds.
LimitRangeSpec: Bounds.
  limits: One entry for each type.
LimitRangeItem: Bounds for one type of object.
  default: Limits of containers that have none.
  defaultRequest: Requests of containers that have none.
  max: Largest amounts.
  maxLimitRequestRatio: How many times a limit may exceed its request.
  min: Smallest amounts.
  type: Container, Pod or PersistentVolumeClaim.
`;
