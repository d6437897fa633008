// What the fields of the groups apps and batch are for, in our own words.
export const workloads = `
io.k8s.api.apps.v1
Deployment: Keeps a number of equal pods running and replaces them step by step when they change.
  spec: Which pods, how many, and how they are replaced.
  status: How far it has come.
DeploymentSpec: Pods to keep running.
  minReadySeconds: Seconds that a new pod must be ready for to count as available.
  paused: Whether changes of the template wait.
  progressDeadlineSeconds: Seconds without progress after which it counts as failed. Default: 600.
  replicas: How many pods. Default: 1.
  revisionHistoryLimit: How many old replica sets are kept to go back to. Default: 10.
  selector: Which pods belong to it. Must match the template's labels. Fixed.
  strategy: How old pods are replaced by new ones.
  template: The pods. A change of it begins a rollout.
DeploymentStrategy: How old pods are replaced.
  rollingUpdate: Settings of RollingUpdate.
  type: RollingUpdate (default), or Recreate: first all go, then new ones come.
RollingUpdateDeployment: Bounds of a rollout.
  maxSurge: How many pods more than wished there may be, as number or percentage. Default: 25%.
  maxUnavailable: How many pods may be missing, as number or percentage. Default: 25%.
DeploymentStatus: How far a deployment has come.
  availableReplicas: Pods that have been ready for minReadySeconds.
  collisionCount: How often a name for a replica set was taken.
  conditions: Whether it is available and goes on.
  observedGeneration: Generation that this status is about.
  readyReplicas: Pods that are ready.
  replicas: Pods that are there.
  terminatingReplicas: Pods that are on their way out.
  unavailableReplicas: Pods that are missing.
  updatedReplicas: Pods of the present template.
DeploymentCondition: One aspect of how a deployment is.
  lastTransitionTime: When the status last changed.
  lastUpdateTime: When the condition was last written.
  message: More about it, for people.
  reason: Why the status is what it is, as one word.
  status: True, False or Unknown.
  type: Available, Progressing or ReplicaFailure.
ReplicaSet: Keeps a number of equal pods running. Mostly made by a deployment.
  spec: Which pods, and how many.
  status: How many there are.
ReplicaSetSpec: Pods to keep running.
  minReadySeconds: Seconds that a new pod must be ready for to count as available.
  replicas: How many pods. Default: 1.
  selector: Which pods belong to it. Must match the template's labels. Fixed.
  template: The pods.
ReplicaSetStatus: How many pods there are.
  availableReplicas: Pods that have been ready for minReadySeconds.
  conditions: How it is.
  fullyLabeledReplicas: Pods that have all labels of the template.
  observedGeneration: Generation that this status is about.
  readyReplicas: Pods that are ready.
  replicas: Pods that are there.
  terminatingReplicas: Pods that are on their way out.
StatefulSet: Keeps numbered pods running, each with its own name and storage.
  spec: Which pods, how many, and their storage.
  status: How far it has come.
StatefulSetSpec: Numbered pods to keep running.
  minReadySeconds: Seconds that a new pod must be ready for to count as available.
  ordinals: With which number to begin.
  persistentVolumeClaimRetentionPolicy: What becomes of the claims when pods or the set go.
  podManagementPolicy: OrderedReady (default) makes one pod after the other, Parallel all at once.
  replicas: How many pods. Default: 1.
  revisionHistoryLimit: How many old revisions are kept to go back to. Default: 10.
  selector: Which pods belong to it. Must match the template's labels. Fixed.
  serviceName: Service without an address that gives the pods their names in DNS.
  template: The pods. They are called <name>-<number>.
  updateStrategy: How pods are replaced when the template changes.
  volumeClaimTemplates: Claims of each pod, which outlive it. Fixed.
StatefulSetUpdateStrategy: How pods are replaced.
  rollingUpdate: Settings of RollingUpdate.
  type: RollingUpdate (default), or OnDelete: when somebody deletes them.
RollingUpdateStatefulSetStrategy: Bounds of a rollout.
  maxUnavailable: How many pods may be missing, as number or percentage. Default: 1.
  partition: Pods with a smaller number stay as they are.
StatefulSetOrdinals: Numbers of the pods.
  start: The first one. Default: 0.
StatefulSetPersistentVolumeClaimRetentionPolicy: What becomes of claims.
  whenDeleted: Retain (default) or Delete, when the set is deleted.
  whenScaled: Retain (default) or Delete, when there are to be fewer pods.
StatefulSetStatus: How far a stateful set has come.
  availableReplicas: Pods that have been ready for minReadySeconds.
  collisionCount: How often a name for a revision was taken.
  conditions: How it is.
  currentReplicas: Pods of the present revision.
  currentRevision: The revision that pods have so far.
  observedGeneration: Generation that this status is about.
  readyReplicas: Pods that are ready.
  replicas: Pods that are there.
  updateRevision: The revision that pods are to have.
  updatedReplicas: Pods of that revision.
DaemonSet: Runs one pod on every node, or on some of them.
  spec: Which pod, on which nodes.
  status: How far it has come.
DaemonSetSpec: A pod for each node.
  minReadySeconds: Seconds that a new pod must be ready for to count as available.
  revisionHistoryLimit: How many old revisions are kept to go back to. Default: 10.
  selector: Which pods belong to it. Must match the template's labels. Fixed.
  template: The pod. Its node selector and affinity choose the nodes.
  updateStrategy: How pods are replaced when the template changes.
DaemonSetUpdateStrategy: How pods are replaced.
  rollingUpdate: Settings of RollingUpdate.
  type: RollingUpdate (default), or OnDelete: when somebody deletes them.
RollingUpdateDaemonSet: Bounds of a rollout.
  maxSurge: On how many nodes there may be two pods, as number or percentage. Default: 0.
  maxUnavailable: On how many nodes the pod may be missing, as number or percentage. Default: 1.
DaemonSetStatus: How far a daemon set has come.
  collisionCount: How often a name for a revision was taken.
  conditions: How it is.
  currentNumberScheduled: Nodes that have the pod and should.
  desiredNumberScheduled: Nodes that should have the pod.
  numberAvailable: Nodes whose pod is available.
  numberMisscheduled: Nodes that have the pod and should not.
  numberReady: Nodes whose pod is ready.
  numberUnavailable: Nodes whose pod is missing or not available.
  observedGeneration: Generation that this status is about.
  updatedNumberScheduled: Nodes whose pod is of the present template.

io.k8s.api.batch.v1
Job: Pods that run to their end, as often as it takes.
  spec: What is to be done.
  status: How far it has come.
JobSpec: Work to be done.
  activeDeadlineSeconds: Seconds after which the job is ended and counts as failed.
  backoffLimit: Failures after which the job counts as failed. Default: 6.
  backoffLimitPerIndex: Failures after which one index counts as failed.
  completionMode: NonIndexed (default), or Indexed: each pod has a number.
  completions: How many pods must succeed.
  managedBy: Who takes care of the job; the usual controller when absent. Fixed.
  manualSelector: Whether the selector is the caller's own business.
  maxFailedIndexes: Failed indexes after which the whole job counts as failed.
  parallelism: How many pods may run at the same time. Default: 1.
  podFailurePolicy: What failures of a kind mean.
  podReplacementPolicy: When a pod is replaced: TerminatingOrFailed or Failed.
  scheduling: How its pods are scheduled together. Behind a gate that is off by default.
  selector: Which pods belong to it. Set by the server.
  successPolicy: When the job counts as done before all pods have succeeded.
  suspend: Whether no pods run for now.
  template: The pods. Their restart policy is OnFailure or Never.
  ttlSecondsAfterFinished: Seconds after its end at which the job is deleted; never when absent.
JobStatus: How far a job has come.
  active: Pods that run or wait.
  completedIndexes: Indexes that are done, such as 1,3-5.
  completionTime: When it was done.
  conditions: Whether it is complete, failed or suspended.
  failed: Pods that failed.
  failedIndexes: Indexes that failed, such as 1,3-5.
  ready: Pods that are ready.
  startTime: When it began.
  succeeded: Pods that succeeded.
  terminating: Pods that are on their way out.
  uncountedTerminatedPods: Pods that have ended and are not counted yet.
JobCondition: One aspect of how a job is.
  lastProbeTime: When it was last looked at.
  lastTransitionTime: When the status last changed.
  message: More about it, for people.
  reason: Why the status is what it is, as one word.
  status: True, False or Unknown.
  type: Complete, Failed, Suspended, SuccessCriteriaMet or FailureTarget.
PodFailurePolicy: What failures mean.
  rules: Asked in order; the first that fits counts.
PodFailurePolicyRule: What one kind of failure means.
  action: FailJob, FailIndex, Ignore or Count.
  onExitCodes: Exit codes that it is about.
  onPodConditions: Conditions of the pod that it is about.
PodFailurePolicyOnExitCodesRequirement: A set of exit codes.
  containerName: Container whose code counts; any when absent.
  operator: In or NotIn.
  values: The codes.
PodFailurePolicyOnPodConditionsPattern: A condition of a pod.
  status: Its status. Default: True.
  type: Its type, such as DisruptionTarget.
SuccessPolicy: When a job counts as done.
  rules: One of them is enough.
SuccessPolicyRule: Indexes that must succeed.
  succeededCount: How many of them.
  succeededIndexes: Which ones, such as 1,3-5.
JobTemplateSpec: Jobs to be made: labels, annotations and what they do.
  spec: What they do.
CronJob: Makes a job again and again, by the clock.
  spec: When, and what.
  status: When it last did.
CronJobSpec: When jobs are made, and which.
  concurrencyPolicy: While the last job still runs: Allow (default), Forbid or Replace it.
  failedJobsHistoryLimit: How many failed jobs are kept. Default: 1.
  jobTemplate: The job.
  schedule: Minute, hour, day, month and weekday, as in cron, or @hourly and the like.
  startingDeadlineSeconds: Seconds after which a missed time is given up.
  successfulJobsHistoryLimit: How many good jobs are kept. Default: 3.
  suspend: Whether no jobs are made for now.
  timeZone: Time zone of the schedule, such as Europe/Berlin; the controller's when absent.
CronJobStatus: When a cron job last did something.
  active: Jobs that run.
  lastScheduleTime: When it last made a job.
  lastSuccessfulTime: When a job last succeeded.
`;
