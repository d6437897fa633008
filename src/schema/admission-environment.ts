// What expressions of admission can name: webhooks' match conditions and the expressions of policies.

import {
  bool,
  type CelType,
  dyn,
  int,
  listOf,
  mapOf,
  opaque,
  type StructType,
  string,
  struct,
  timestamp,
} from "./cel/cel-type.ts";
import { type Environment, environment, mutationFunctions } from "./cel/environment.ts";

export type Declared = {
  /** `params` of a policy's binding. */
  readonly params?: boolean;
  readonly authorizer?: boolean;
  /** Of each field of `variables`; undefined: there is no such name. */
  readonly variables?: ReadonlyMap<string, CelType> | undefined;
  /** `object`, `oldObject` and `params` where a policy is judged by the types that it is about. */
  readonly types?: {
    readonly object: CelType;
    readonly params?: CelType | undefined;
  };
  /** Objects and operations of a patch can be made. */
  readonly mutation?: boolean;
};

export function admissionEnvironment({
  params,
  authorizer,
  variables,
  types,
  mutation,
}: Declared): Environment {
  return environment(
    {
      object: types?.object ?? dyn,
      oldObject: types?.object ?? dyn,
      request: requestType,
      namespaceObject: namespaceType,
      ...(params ? { params: types?.params ?? dyn } : {}),
      ...(authorizer ? authorizers : {}),
      ...(variables
        ? { variables: struct("kubernetes.variables", (name) => variables.get(name)) }
        : {}),
    },
    mutation ? { functions: mutationFunctions, structs: mutationStruct } : {},
  );
}

const authorizers = {
  authorizer: opaque("kubernetes.authorization.Authorizer"),
  "authorizer.requestResource": opaque("kubernetes.authorization.ResourceCheck"),
};

const typed = (name: string, fields: Readonly<Record<string, CelType>>): StructType =>
  struct(name, (field) => (Object.hasOwn(fields, field) ? fields[field] : undefined));

const kindType = typed("kubernetes.GroupVersionKind", {
  group: string,
  version: string,
  kind: string,
});
const resourceType = typed("kubernetes.GroupVersionResource", {
  group: string,
  version: string,
  resource: string,
});

const requestType = typed("kubernetes.AdmissionRequest", {
  kind: kindType,
  resource: resourceType,
  subResource: string,
  requestKind: kindType,
  requestResource: resourceType,
  requestSubResource: string,
  name: string,
  namespace: string,
  operation: string,
  userInfo: typed("kubernetes.UserInfo", {
    username: string,
    uid: string,
    groups: listOf(string),
    extra: mapOf(string, listOf(string)),
  }),
  dryRun: bool,
  options: dyn,
});

const namespaceType = typed("kubernetes.Namespace", {
  metadata: typed("kubernetes.NamespaceMetadata", {
    name: string,
    generateName: string,
    namespace: string,
    labels: mapOf(string, string),
    annotations: mapOf(string, string),
    UID: string,
    creationTimestamp: timestamp,
    deletionGracePeriodSeconds: int,
    deletionTimestamp: timestamp,
    generation: int,
    resourceVersion: string,
    finalizers: listOf(string),
  }),
  spec: typed("kubernetes.NamespaceSpec", { finalizers: listOf(string) }),
  status: typed("kubernetes.NamespaceStatus", { phase: string }),
});

/** What an expression of JSONPatch gives is a list of these. */
export const patchOperation = struct(
  "JSONPatch",
  (field) => operationFields.get(field) ?? nameless,
);

const operationFields: ReadonlyMap<string, CelType> = new Map([
  ["op", string],
  ["path", string],
  ["from", string],
  ["value", dyn],
]);

/** What upstream's checker takes a field to be that an operation does not have. */
const nameless = opaque("");

/** `Object` and its parts, called by their paths: `Object.spec.template`. */
const mutationStruct = (name: string): StructType | undefined => {
  if (name === patchOperation.name) return patchOperation;
  return name === "Object" || name.startsWith("Object.") ? struct(name, () => dyn) : undefined;
};
