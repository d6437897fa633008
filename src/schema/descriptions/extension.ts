// What the fields of storage classes, definitions of custom resources and shared parts are for, in our own words.
export const extension = `
io.k8s.api.storage.v1
StorageClass: A kind of storage that claims can ask for.
  allowVolumeExpansion: Whether claims can grow.
  allowedTopologies: Where volumes can be made.
  mountOptions: Options with which volumes are mounted.
  parameters: Settings for the provisioner. Fixed.
  provisioner: Who makes the volumes. Fixed.
  reclaimPolicy: What becomes of a volume without its claim: Delete (default) or Retain.
  volumeBindingMode: Immediate (default), or WaitForFirstConsumer: when the pod's node is known.

io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1
CustomResourceDefinition: A kind of one's own, served like the others. Called <plural>.<group>.
  spec: Names, versions and schemas.
  status: Whether it is served.
CustomResourceDefinitionSpec: What is served.
  conversion: How versions become one another.
  group: The API group. Fixed.
  names: How the kind is called.
  preserveUnknownFields: Must be false; unknown fields are kept by the schema's own words.
  scope: Namespaced or Cluster. Fixed.
  versions: The versions. Exactly one is the one that is stored.
CustomResourceDefinitionNames: How a kind is called.
  categories: Groups of kinds that it belongs to, such as all.
  kind: Its name, such as CronTab.
  listKind: Name of its lists. Default: <kind>List.
  plural: Name in paths, in small letters.
  shortNames: Short names for kubectl.
  singular: Name of one. Default: the kind in small letters.
CustomResourceDefinitionVersion: One version of a kind.
  additionalPrinterColumns: Columns of its tables.
  deprecated: Whether callers are warned.
  deprecationWarning: The warning.
  name: Its name, such as v1beta1.
  schema: What its objects look like.
  selectableFields: Fields by which objects can be selected.
  served: Whether it is served.
  storage: Whether objects are stored in it.
  subresources: Parts with paths of their own.
CustomResourceValidation: What objects look like.
  openAPIV3Schema: The schema.
CustomResourceSubresources: Parts with paths of their own.
  scale: The number of replicas, for kubectl scale and autoscalers.
  status: The status, which then only its own path can write.
CustomResourceSubresourceScale: Where the numbers stand.
  labelSelectorPath: Field with the selector as text, such as .status.selector.
  specReplicasPath: Field with the wished number, such as .spec.replicas.
  statusReplicasPath: Field with the present number, such as .status.replicas.
CustomResourceColumnDefinition: A column of a table.
  description: What it shows.
  format: Format of the type, such as int32 or date-time.
  jsonPath: Where the value stands, such as .spec.schedule.
  name: Its title.
  priority: 0: always shown; more: only with -o wide.
  type: integer, number, string, boolean or date.
SelectableField: A field by which objects can be selected.
  jsonPath: Where it stands, such as .spec.color.
CustomResourceConversion: How versions become one another.
  strategy: None (default) changes the version alone, Webhook asks somebody.
  webhook: Whom to ask.
WebhookConversion: Whom to ask.
  clientConfig: How to reach it.
  conversionReviewVersions: Versions of the question that it understands.
WebhookClientConfig: How to reach a webhook. Either url or service.
  caBundle: Certificates that its certificate is checked with.
  service: A service of the cluster.
  url: An address outside.
ServiceReference: A service.
  name: Its name.
  namespace: Its namespace.
  path: Path to ask.
  port: Its port. Default: 443.
ValidationRule: A rule in CEL that values must obey.
  fieldPath: Field that is blamed.
  message: What is said when it is broken.
  messageExpression: Expression that makes the message.
  optionalOldSelf: Whether a rule about changes holds for new objects, too.
  reason: Reason that is told to programs.
  rule: The rule. self is the value, oldSelf the one before.
CustomResourceDefinitionStatus: Whether a kind is served.
  acceptedNames: Names that it has.
  conditions: Whether its names are its own and it is served.
  observedGeneration: Generation that this status is about.
  storedVersions: Versions in which objects may be stored.

io.k8s.apimachinery.pkg.apis.meta.v1
LabelSelector: Objects by their labels. All conditions must hold; empty: everything.
  matchExpressions: Conditions.
  matchLabels: Labels that must have these values.
LabelSelectorRequirement: A condition on one label.
  key: The label.
  operator: In, NotIn, Exists or DoesNotExist.
  values: Values for In and NotIn; none for the others.
OwnerReference: An object that another one depends on, in the same namespace or of the whole cluster.
  apiVersion: Its version.
  blockOwnerDeletion: Whether it waits for this one when it is deleted in the foreground.
  controller: Whether it takes care of this one. At most one does.
  kind: Its kind.
  name: Its name.
  uid: Its UID.
Condition: One aspect of how something is.
  lastTransitionTime: When the status last changed.
  message: More about it, for people.
  observedGeneration: Generation that it is about.
  reason: Why the status is what it is, as one word.
  status: True, False or Unknown.
  type: Which aspect.
`;
