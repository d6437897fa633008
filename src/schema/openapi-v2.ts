// The OpenAPI v2 document of everything that is served, which older clients and generators read.

import { knownVersions } from "./facts.ts";
import type { Body, Operation, Published } from "./openapi-operation.ts";
import { operationsOf } from "./openapi-operations.ts";
import type { Parameter } from "./openapi-parameters.ts";
import {
  discoveryOperation,
  groupOperation,
  groupsOperation,
  issuerKeysOperation,
  issuerOperation,
  versionOperation,
} from "./openapi-roots.ts";
import { Definitions, type GroupVersion, type Json } from "./openapi-schemas.ts";
import { bearerToken, bodySchema, codeTexts, type DocumentOptions, pathsOf } from "./openapi-v3.ts";

/** Group versions that upstream's server knows, served or not. */
const registeredVersions = (): GroupVersion[] => [
  ...knownVersions().filter(({ group }) => group !== "apidiscovery.k8s.io"),
  { group: "apiextensions.k8s.io", version: "v1beta1" },
  { group: "apiregistration.k8s.io", version: "v1beta1" },
];

/** The document as a tree; `JSON.stringify` writes it, `openapi-protobuf.ts` in the other form. */
export function openApiV2(published: readonly Published[], { release }: DocumentOptions): Json {
  const byVersion = new Map<string, Published[]>();
  for (const one of published) {
    const key = `${one.resource.group}/${one.resource.version}`;
    byVersion.set(key, [...(byVersion.get(key) ?? []), one]);
  }
  const definitions = new Definitions("v2", registeredVersions());
  const isCustom = (all: readonly Published[]) => all.every(({ resource }) => resource.type === "");
  const builtIn = [...byVersion.values()].filter((all) => !isCustom(all));
  const groups = new Set(builtIn.map(([first]) => first!.resource.group));
  const operations = [
    groupsOperation,
    versionOperation,
    issuerOperation,
    issuerKeysOperation,
    ...[...groups].map(groupOperation),
    ...builtIn.map(([first]) => discoveryOperation(versionOf(first!))),
    ...published.flatMap(operationsOf),
  ];
  const paths = pathsOf(
    operations,
    (operation, own) => renderOperation(operation, own, definitions),
    renderParameter,
  );
  return {
    swagger: "2.0",
    info: { title: "Kubernetes", version: release },
    paths,
    definitions: definitions.all(),
    securityDefinitions: bearerToken,
    security: [{ BearerToken: [] }],
  };
}

const versionOf = ({ resource }: Published): GroupVersion => ({
  group: resource.group,
  version: resource.version,
});

function renderParameter(parameter: Parameter): Json {
  return {
    uniqueItems: true,
    type: parameter.type,
    name: parameter.name,
    in: parameter.in,
    ...(parameter.in === "path" && { required: true }),
  };
}

function renderOperation(
  operation: Operation,
  own: readonly Parameter[],
  definitions: Definitions,
): Json {
  const { body, answer, action, kind, codes } = operation;
  const schemaOf = (value: Body): Json => bodySchema(value, "v2", definitions);
  const responses = codes.map((code) => [
    String(code),
    { description: codeTexts[code], schema: schemaOf(answer) },
  ]);
  const consumes = body?.types ?? operation.consumes ?? ["*/*"];
  const parameters = [
    ...(body
      ? [
          {
            name: "body",
            in: "body",
            ...(body.required && { required: true }),
            schema: schemaOf(body.value),
          },
        ]
      : []),
    ...own.map(renderParameter),
  ];
  return {
    ...(consumes.length > 0 && { consumes }),
    produces: operation.answerTypes,
    schemes: ["https"],
    tags: [operation.tag],
    operationId: operation.id,
    ...(parameters.length > 0 && { parameters }),
    responses: { ...Object.fromEntries(responses), "401": { description: "Unauthorized" } },
    ...(action && { "x-kubernetes-action": action }),
    ...(kind && { "x-kubernetes-group-version-kind": kind }),
  };
}
