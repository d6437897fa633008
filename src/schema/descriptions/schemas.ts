// What the server notes in metadata, and the language of the schemas of custom resources. In our own words.
export const schemas = `
io.k8s.apimachinery.pkg.apis.meta.v1
ObjectMeta: What every object has: its name and place, its labels, who owns it, and what the server notes about it.
ManagedFieldsEntry: The fields that one manager last set by one kind of request.
  apiVersion: Version whose fields are meant.
  fieldsType: FieldsV1.
  fieldsV1: The fields.
  manager: Program that set them.
  operation: Apply, or Update for all other writes.
  subresource: Part of the object that was written; empty for the object itself.
  time: When the set of fields last changed.

io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1
JSONSchemaProps: What a value may look like, by OpenAPI v3.
  $ref: Not allowed in custom resources.
  $schema: Not allowed in custom resources.
  additionalItems: Not allowed in custom resources.
  additionalProperties: Schema of the values of a map with any keys; excludes properties.
  allOf: Schemas that must all hold. They may not give types.
  anyOf: Schemas of which at least one must hold. They may not give types.
  default: Value of a field that is left out.
  definitions: Not allowed in custom resources.
  dependencies: Not allowed in custom resources.
  description: What it is for; kubectl explain shows it.
  enum: The only values that are allowed.
  example: An example, for people.
  exclusiveMaximum: Whether maximum itself is too much.
  exclusiveMinimum: Whether minimum itself is too little.
  externalDocs: Where more is written about it.
  format: Form of a text or a number, such as date-time, int32 or ipv4. Unknown ones are ignored.
  id: Not allowed in custom resources.
  items: Schema of the items of a list.
  maxItems: Most items of a list.
  maxLength: Most characters of a text.
  maxProperties: Most entries of a map.
  maximum: Largest number.
  minItems: Fewest items of a list.
  minLength: Fewest characters of a text.
  minProperties: Fewest entries of a map.
  minimum: Smallest number.
  multipleOf: The number is a multiple of it.
  not: Schema that must not hold. It may not give types.
  nullable: Whether null is allowed.
  oneOf: Schemas of which exactly one must hold. They may not give types.
  pattern: Regular expression that a text must have a match of.
  patternProperties: Not allowed in custom resources.
  properties: Fields of an object; fields that are not named are dropped.
  required: Fields that must be there.
  title: A short name, for people.
  type: object, array, string, integer, number or boolean. Every field must give it.
  uniqueItems: Only false is allowed.
  x-kubernetes-embedded-resource: Whether it is a whole object with apiVersion, kind and metadata.
  x-kubernetes-int-or-string: Whether it is a number or a text; takes the place of type.
  x-kubernetes-list-map-keys: Fields that tell the items of a list of type map apart.
  x-kubernetes-list-type: atomic (default): one manager owns the whole list; set: each value is there once; map: items are told apart by keys.
  x-kubernetes-map-type: granular (default): each field has an owner of its own; atomic: one manager owns all.
  x-kubernetes-preserve-unknown-fields: Whether fields that are not named are kept.
  x-kubernetes-validations: Rules in CEL.
ExternalDocumentation: A page about something.
  description: What the page tells.
  url: Its address.
CustomResourceSubresourceStatus: Turns the status subresource on.
CustomResourceDefinitionCondition: One aspect of how a definition is.
  lastTransitionTime: When the status last changed.
  message: More about it, for people.
  observedGeneration: Generation that it is about.
  reason: Why the status is what it is, as one word.
  status: True, False or Unknown.
  type: Established, NamesAccepted, NonStructuralSchema, Terminating or another.
`;
