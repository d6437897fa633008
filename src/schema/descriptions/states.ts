// What controllers and node agents report of the kinds that people write. In our own words.
export const states = `
io.k8s.api.core.v1
PersistentVolumeClaimCondition: One aspect of how a claim is.
  lastProbeTime: When it was last looked at.
  lastTransitionTime: When the status last changed.
  message: More about it, for people.
  reason: Why the status is what it is, as one word.
  status: True, False or Unknown.
  type: Resizing, FileSystemResizePending, ModifyingVolume or another.
NamespaceCondition: One aspect of how a namespace is.
  lastTransitionTime: When the status last changed.
  message: More about it, for people.
  reason: Why the status is what it is, as one word.
  status: True, False or Unknown.
  type: What holds its deletion up, such as NamespaceContentRemaining.
ReplicationControllerCondition: One aspect of how a replication controller is.
  lastTransitionTime: When the status last changed.
  message: More about it, for people.
  reason: Why the status is what it is, as one word.
  status: True, False or Unknown.
  type: ReplicaFailure or another.
PortStatus: Whether a load balancer has opened a port.
  error: Why it has not, as one word.
  port: The port.
  protocol: TCP, UDP or SCTP.
ModifyVolumeStatus: How far the change of a claim's attributes class is.
  status: Pending, InProgress or Infeasible.
  targetVolumeAttributesClassName: Class that is wanted.
ReplicationController: Keeps a number of equal pods running. ReplicaSet took its place.
  spec: What is wanted.
  status: What there is.
ReplicationControllerSpec: What a replication controller is to keep.
  minReadySeconds: Seconds that a pod must be ready before it counts as available.
  replicas: Number of pods. Default: 1.
  selector: Labels of its pods. Default: those of the template.
  template: The pods to make.
ReplicationControllerStatus: What a replication controller has.
  availableReplicas: Pods that have been ready long enough.
  conditions: Aspects of how it is.
  fullyLabeledReplicas: Pods with all labels of the template.
  observedGeneration: Generation that this is about.
  readyReplicas: Pods that are ready.
  replicas: Pods that there are.
Endpoints: Addresses behind a service. EndpointSlice took its place.
  subsets: Addresses that share ports.
EndpointSubset: Each of the addresses at each of the ports.
  addresses: Addresses that are ready.
  notReadyAddresses: Addresses that are not ready yet.
  ports: Ports of all addresses.
EndpointAddress: An address.
  hostname: Name of it below the service's.
  ip: The address.
  nodeName: Node where it is.
  targetRef: What has the address, a pod mostly.
EndpointPort: A port.
  appProtocol: Protocol that is spoken there, such as http.
  name: Name of the service's port.
  port: The port.
  protocol: TCP (default), UDP or SCTP.
PodTemplate: A pod to copy, kept under a name.
  template: The pod.
PodResourceClaimStatus: Which claim was made for a claim of the pod.
  name: Name in the pod's list of claims.
  resourceClaimName: The claim; none when none was needed.
ContainerUser: Who a container runs as.
  linux: Who it runs as on Linux.
LinuxContainerUser: Who a container runs as on Linux.
  gid: Its group.
  supplementalGroups: Its other groups.
  uid: Its user.
VolumeMountStatus: How a volume is mounted.
  mountPath: Path in the container.
  name: The volume.
  readOnly: Whether nothing can be written.
  recursiveReadOnly: Disabled, Enabled or IfPossible.
  volumeStatus: More about volumes of some kinds.
VolumeStatus: More about a volume.
  image: Of a volume from an image.
ImageVolumeStatus: The image that a volume shows.
  imageRef: The image, by digest.
ResourceStatus: How the devices of a container are.
  name: Kind of device, or the claim.
  resources: Each device.
ResourceHealth: How a device is.
  health: Healthy, Unhealthy or Unknown.
  message: More about it, for people.
  resourceID: The device.
NodeSystemInfo: What a node runs on.
  architecture: Its kind of processor, such as amd64.
  bootID: Another one after each start.
  containerRuntimeVersion: Its container runtime.
  kernelVersion: Its kernel.
  kubeProxyVersion: No longer filled in.
  kubeletVersion: Its node agent.
  machineID: Its identity, as it says itself.
  operatingSystem: linux or windows.
  osImage: Its operating system's name.
  runningInUserNamespace: Whether the node agent runs in a user namespace.
  swap: Its swap space.
  systemUUID: Its hardware's identity.
NodeSwapStatus: Swap space of a node.
  capacity: Bytes.
NodeDaemonEndpoints: Where the programs of a node listen.
  kubeletEndpoint: Its node agent.
DaemonEndpoint: Where a program listens.
  Port: The port.
NodeFeatures: What a node's runtime can do.
  supplementalGroupsPolicy: Whether it knows supplementalGroupsPolicy.
NodeRuntimeHandler: One way of a node's runtime to run containers.
  features: What it can do.
  name: Its name; empty for the default.
NodeRuntimeHandlerFeatures: What a way to run containers can do.
  recursiveReadOnlyMounts: Whether mounts can be read-only all the way down.
  userNamespaces: Whether containers can have user namespaces.
ContainerImage: An image on a node.
  names: Its names.
  sizeBytes: Its size.
AttachedVolume: A volume that is attached to a node.
  devicePath: Its device.
  name: The volume.

io.k8s.api.apps.v1
DaemonSetCondition: One aspect of how a daemon set is.
  lastTransitionTime: When the status last changed.
  message: More about it, for people.
  reason: Why the status is what it is, as one word.
  status: True, False or Unknown.
  type: Its kind.
ReplicaSetCondition: One aspect of how a replica set is.
  lastTransitionTime: When the status last changed.
  message: More about it, for people.
  reason: Why the status is what it is, as one word.
  status: True, False or Unknown.
  type: ReplicaFailure or another.
StatefulSetCondition: One aspect of how a stateful set is.
  lastTransitionTime: When the status last changed.
  message: More about it, for people.
  reason: Why the status is what it is, as one word.
  status: True, False or Unknown.
  type: Its kind.

io.k8s.api.batch.v1
UncountedTerminatedPods: Pods that are over and not yet part of the counts.
  failed: UIDs of those that failed.
  succeeded: UIDs of those that succeeded.

io.k8s.api.networking.v1
IngressLoadBalancerStatus: Where an ingress can be reached.
  ingress: Addresses.
IngressLoadBalancerIngress: An address of a load balancer.
  hostname: Its name.
  ip: Its address.
  ports: Whether its ports are open.
IngressPortStatus: Whether a load balancer has opened a port.
  error: Why it has not, as one word.
  port: The port.
  protocol: TCP, UDP or SCTP.

io.k8s.api.autoscaling.v2
HorizontalPodAutoscalerCondition: One aspect of how an autoscaler is.
  lastTransitionTime: When the status last changed.
  message: More about it, for people.
  observedGeneration: Generation that it is about.
  reason: Why the status is what it is, as one word.
  status: True, False or Unknown.
  type: AbleToScale, ScalingActive or ScalingLimited.
MetricStatus: What a metric last showed.
  containerResource: Of containers of that name.
  external: Of something outside of the cluster.
  object: Of one object.
  pods: Of all pods.
  resource: Of what pods use.
  type: Which of the others is set.
MetricValueStatus: What was measured.
  averageUtilization: Average of the pods, in percent of what they ask for.
  averageValue: Average of the pods.
  value: The value.
ContainerResourceMetricStatus: What containers of a name use.
  container: Their name.
  current: What was measured.
  name: The resource.
ExternalMetricStatus: A metric from outside.
  current: What was measured.
  metric: The metric.
ObjectMetricStatus: A metric of one object.
  current: What was measured.
  describedObject: The object.
  metric: The metric.
PodsMetricStatus: A metric of all pods.
  current: What was measured.
  metric: The metric.
ResourceMetricStatus: What pods use.
  current: What was measured.
  name: The resource.

io.k8s.api.autoscaling.v1
HorizontalPodAutoscaler: Fits the number of pods to their load.
  spec: What is wanted.
  status: What was last done.
HorizontalPodAutoscalerSpec: What is scaled, and how far.
  maxReplicas: Most pods.
  minReplicas: Fewest pods. Default: 1.
  scaleTargetRef: What is scaled.
  targetCPUUtilizationPercentage: Use of processors that is aimed at, in percent of what pods ask for.
HorizontalPodAutoscalerStatus: What an autoscaler last did.
  currentCPUUtilizationPercentage: Use of processors as last measured.
  currentReplicas: Pods that there were.
  desiredReplicas: Pods that are wanted.
  lastScaleTime: When the number was last changed.
  observedGeneration: Generation that this is about.
CrossVersionObjectReference: An object of the same namespace.
  apiVersion: Its version.
  kind: Its kind.
  name: Its name.

io.k8s.api.scheduling.v1
PriorityClass: How much pods matter when there is no room for all.
  description: When to use it.
  globalDefault: Whether pods without a class have this one. At most one does.
  preemptionPolicy: PreemptLowerPriority (default) lets pods drive others out, Never does not.
  value: The larger, the more it matters; people's classes go up to 1000000000.
`;
