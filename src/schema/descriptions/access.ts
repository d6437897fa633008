// What the fields of networking, rights, scaling and disruption are for, in our own words.
export const access = `
io.k8s.api.networking.v1
Ingress: Leads HTTP requests from outside to services, by host and path.
  spec: Which requests go where.
  status: Where it can be reached.
IngressSpec: Which requests go where.
  defaultBackend: Where requests go that no rule fits.
  ingressClassName: Which controller takes care of it.
  rules: What goes where, by host.
  tls: Hosts that speak TLS, and their certificates.
IngressRule: Requests for one host.
  host: The host, such as example.com or *.example.com; all when absent.
  http: Where they go, by path.
HTTPIngressRuleValue: Where requests go, by path.
  paths: The paths. The longest that fits counts.
HTTPIngressPath: Requests for one path.
  backend: Where they go.
  path: The path. Begins with a slash.
  pathType: Exact, Prefix or ImplementationSpecific.
IngressBackend: Where requests go. One of the two.
  resource: An object of another kind in this namespace.
  service: A service of this namespace.
IngressServiceBackend: A port of a service.
  name: Name of the service.
  port: The port.
ServiceBackendPort: A port, by name or number.
  name: Its name.
  number: Its number.
IngressTLS: Hosts that speak TLS.
  hosts: The hosts.
  secretName: Secret with certificate and key.
IngressStatus: Where an ingress can be reached.
  loadBalancer: Its addresses.
IngressClass: A kind of ingress: who takes care of it, and how.
  spec: Who, and with what settings.
IngressClassSpec: Who takes care of ingresses of the class.
  controller: Name of the controller. Fixed.
  parameters: Object with settings for it.
IngressClassParametersReference: An object with settings.
  apiGroup: Its group.
  kind: Its kind.
  name: Its name.
  namespace: Its namespace, for scope Namespace.
  scope: Cluster (default) or Namespace.
NetworkPolicy: Who may talk to pods, and to whom they may talk.
  spec: The rules.
NetworkPolicySpec: Rules for pods.
  egress: To whom they may talk. Empty: to nobody, when policyTypes names Egress.
  ingress: Who may talk to them. Empty: nobody.
  podSelector: The pods. Empty: all of the namespace.
  policyTypes: Ingress, Egress or both: in which directions only what is allowed is possible.
NetworkPolicyIngressRule: Connections that are allowed.
  from: From whom; from everybody when empty.
  ports: To which ports; to all when empty.
NetworkPolicyEgressRule: Connections that are allowed.
  ports: To which ports; to all when empty.
  to: To whom; to everybody when empty.
NetworkPolicyPeer: Somebody at the other end.
  ipBlock: Addresses. Stands alone.
  namespaceSelector: Namespaces of the pods, by their labels; this one when absent.
  podSelector: Pods, by their labels; all when absent.
NetworkPolicyPort: A port.
  endPort: The last one of a range that begins with port.
  port: Its number or name; all when absent.
  protocol: TCP (default), UDP or SCTP.
IPBlock: Addresses.
  cidr: The network, such as 192.0.2.0/24.
  except: Networks within it that are left out.

io.k8s.api.rbac.v1
Role: Rights within a namespace.
  rules: The rights.
ClusterRole: Rights in the whole cluster, or to be given within a namespace.
  aggregationRule: Cluster roles whose rules become those of this one.
  rules: The rights.
AggregationRule: Cluster roles to put together.
  clusterRoleSelectors: Which ones, by their labels.
PolicyRule: What may be done with what.
  apiGroups: Groups of the resources. Empty text: the core group. *: all.
  nonResourceURLs: Paths that name no resource, such as /healthz; * at the end for all below.
  resourceNames: Names of the objects; all when empty.
  resources: Resources in the plural, with subresources as pods/log. *: all.
  verbs: What may be done: get, list, watch, create, update, patch, delete and so on. *: all.
RoleBinding: Gives the rights of a role to somebody, within a namespace.
  roleRef: The role or cluster role. Fixed.
  subjects: Who gets them.
ClusterRoleBinding: Gives the rights of a cluster role to somebody, everywhere.
  roleRef: The cluster role. Fixed.
  subjects: Who gets them.
RoleRef: A role.
  apiGroup: rbac.authorization.k8s.io.
  kind: Role or ClusterRole.
  name: Its name.
Subject: Who gets rights.
  apiGroup: Empty for service accounts, else rbac.authorization.k8s.io.
  kind: User, Group or ServiceAccount.
  name: Name of the user, group or account.
  namespace: Namespace of the account.

io.k8s.api.autoscaling.v2
HorizontalPodAutoscaler: Changes the number of pods with their load.
  spec: Of what, between which bounds, by which metrics.
  status: What it last did.
HorizontalPodAutoscalerSpec: What is scaled, and how.
  behavior: How fast it goes up and down.
  maxReplicas: The largest number of pods.
  metrics: What is measured. The largest number that one of them asks for counts.
  minReplicas: The smallest number of pods. Default: 1.
  scaleTargetRef: The deployment or other object that is scaled.
CrossVersionObjectReference: An object in the same namespace.
  apiVersion: Its version.
  kind: Its kind.
  name: Its name.
MetricSpec: Something that is measured.
  containerResource: Use of a resource by one container of each pod.
  external: A number from outside of the cluster.
  object: A number about one object.
  pods: A number about each pod.
  resource: Use of a resource by each pod.
  type: Which of the others: Resource, ContainerResource, Pods, Object or External.
ResourceMetricSource: Use of a resource by pods.
  name: cpu or memory.
  target: What is aimed at.
ContainerResourceMetricSource: Use of a resource by one container of each pod.
  container: Name of the container.
  name: cpu or memory.
  target: What is aimed at.
PodsMetricSource: A number about each pod.
  metric: Which number.
  target: What is aimed at: averageValue.
ObjectMetricSource: A number about an object.
  describedObject: The object.
  metric: Which number.
  target: What is aimed at.
ExternalMetricSource: A number from outside.
  metric: Which number.
  target: What is aimed at.
MetricIdentifier: A number that somebody measures.
  name: Its name.
  selector: Labels that narrow it down.
MetricTarget: What is aimed at.
  averageUtilization: Percentage of what the pods ask for.
  averageValue: Amount for each pod.
  type: Utilization, Value or AverageValue.
  value: Amount of all.
HorizontalPodAutoscalerBehavior: How fast the number of pods changes.
  scaleDown: Downwards. Default: by any number, after 300 seconds of less load.
  scaleUp: Upwards. Default: by 4 pods or 100 % in 15 seconds.
HPAScalingRules: How fast the number of pods changes in one direction.
  policies: Bounds of a step.
  selectPolicy: Which of them counts: Max (default), Min or Disabled.
  stabilizationWindowSeconds: Seconds of the past that are looked at to avoid going to and fro.
  tolerance: How far from the target nothing is done.
HPAScalingPolicy: A bound of a step.
  periodSeconds: Seconds in which it holds.
  type: Pods or Percent.
  value: How many.
HorizontalPodAutoscalerStatus: What an autoscaler last did.
  conditions: Whether it is able to scale, and limited.
  currentMetrics: What was measured.
  currentReplicas: How many pods there are.
  desiredReplicas: How many there should be.
  lastScaleTime: When it last changed the number.
  observedGeneration: Generation that this status is about.

io.k8s.api.policy.v1
PodDisruptionBudget: How many pods may be missing when somebody drains nodes.
  spec: Which pods, and how many.
  status: How many may go now.
PodDisruptionBudgetSpec: A bound for evictions.
  maxUnavailable: How many pods may be missing, as number or percentage.
  minAvailable: How many pods must be there, as number or percentage. One of the two.
  selector: The pods. Empty: all of the namespace.
  unhealthyPodEvictionPolicy: IfHealthyBudget (default), or AlwaysAllow for pods that are not ready anyway.
PodDisruptionBudgetStatus: How many pods may go.
  conditions: How it is.
  currentHealthy: Pods that are healthy.
  desiredHealthy: Pods that must be healthy.
  disruptedPods: Pods that may go and are still counted.
  disruptionsAllowed: How many more may go now.
  expectedPods: Pods that are counted.
  observedGeneration: Generation that this status is about.
`;
