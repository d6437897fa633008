// The OpenAPI v3 document of one group version.

import { knownVersions } from "./facts.ts";
import { customListRef, customRef } from "./openapi-custom.ts";
import type { Body, Operation, Published } from "./openapi-operation.ts";
import { operationsOf } from "./openapi-operations.ts";
import type { Parameter } from "./openapi-parameters.ts";
import { discoveryOperation } from "./openapi-roots.ts";
import { Definitions, type GroupVersion, type Json } from "./openapi-schemas.ts";

export type DocumentOptions = {
  /** `1.37`. */
  readonly release: string;
};

/** The document of `api`, `apis`, `apis/<group>` and `version`: one operation each. */
export const openApiV3Root = (operation: Operation, options: DocumentOptions): string =>
  document([operation], new Definitions("v3", []), options, false);

/** JSON text. `published` are the resources of this group version. */
export function openApiV3(
  version: GroupVersion,
  published: readonly Published[],
  options: DocumentOptions,
): string {
  const custom = published.length > 0 && published.every(({ resource }) => resource.type === "");
  const operations = [
    ...(custom ? [] : [discoveryOperation(version)]),
    ...published.flatMap(operationsOf),
  ];
  return document(
    operations,
    new Definitions("v3", custom ? clientVersions() : [version]),
    options,
    custom,
  );
}

/** Upstream describes custom resources with the definitions of its clients, which are for all versions at once. */
const clientVersions = (): GroupVersion[] =>
  knownVersions().filter(({ group }) => !serverGroups.has(group));

const serverGroups: ReadonlySet<string> = new Set([
  "admission.k8s.io",
  "apidiscovery.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "imagepolicy.k8s.io",
]);

function document(
  operations: readonly Operation[],
  definitions: Definitions,
  { release }: DocumentOptions,
  custom: boolean,
): string {
  const paths = pathsOf(
    operations,
    (operation, own) => renderOperation(operation, own, definitions),
    renderParameter,
  );
  const schemas = definitions.all();
  return JSON.stringify({
    openapi: "3.0.0",
    info: custom
      ? { title: "Kubernetes CRD Swagger", version: "v0.1.0" }
      : { title: "Kubernetes", version: release },
    paths,
    components: {
      ...(Object.keys(schemas).length > 0 && { schemas }),
      ...(!custom && { securitySchemes: bearerToken }),
    },
  });
}

export const bearerToken: Json = {
  BearerToken: {
    type: "apiKey",
    description: "Bearer Token authentication",
    name: "authorization",
    in: "header",
  },
};

/**
 * Operations by path and method; parameters that all operations of a path share stand at the path.
 */
export function pathsOf(
  operations: readonly Operation[],
  render: (operation: Operation, parameters: readonly Parameter[]) => Json,
  renderOne: (parameter: Parameter) => Json,
): Json {
  const byPath = new Map<string, Operation[]>();
  for (const operation of operations) {
    byPath.set(operation.path, [...(byPath.get(operation.path) ?? []), operation]);
  }
  const entries = [...byPath].sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(
    entries.map(([path, all]) => {
      const [first, ...others] = all;
      const shared = first!.parameters.filter((parameter) =>
        others.every(({ parameters }) => parameters.some((other) => isSame(parameter, other))),
      );
      const item: Json = {};
      for (const operation of all) {
        const own = operation.parameters.filter(
          (one) => !shared.some((other) => isSame(one, other)),
        );
        item[operation.method] = render(operation, own);
      }
      if (shared.length > 0) item["parameters"] = shared.map(renderOne);
      return [path, item];
    }),
  );
}

const isSame = (a: Parameter, b: Parameter): boolean => a.name === b.name && a.in === b.in;

/** A reference, or the schema, of what a request or an answer holds. */
export function bodySchema(body: Body, dialect: "v2" | "v3", definitions: Definitions): Json {
  if (body.is === "text") return { type: "string" };
  if (body.is === "type") return definitions.ref(body.name);
  const { resource, schema } = body.of;
  if (resource.type !== "") {
    return definitions.ref(body.is === "list" ? `${resource.type}List` : resource.type);
  }
  const item = customRef(definitions, dialect, resource, schema);
  return body.is === "list" ? customListRef(definitions, resource, item) : item;
}

function renderParameter(parameter: Parameter): Json {
  return {
    name: parameter.name,
    in: parameter.in,
    ...(parameter.in === "path" && { required: true }),
    schema: { type: parameter.type, uniqueItems: true },
  };
}

function renderOperation(
  operation: Operation,
  own: readonly Parameter[],
  definitions: Definitions,
): Json {
  const { body, answer, answerTypes, action, kind } = operation;
  const content = (value: Body, types: readonly string[]): Json => {
    const schema = bodySchema(value, "v3", definitions);
    return Object.fromEntries(types.map((type) => [type, { schema }]));
  };
  const answered = content(answer, answerTypes);
  const responses = operation.codes.map((code) => [
    String(code),
    { description: codeTexts[code], content: answered },
  ]);
  return {
    tags: [operation.tag],
    operationId: operation.id,
    ...(own.length > 0 && { parameters: own.map(renderParameter) }),
    ...(body && {
      requestBody: {
        content: content(body.value, body.types),
        ...(body.required && { required: true }),
      },
    }),
    responses: { ...Object.fromEntries(responses), "401": { description: "Unauthorized" } },
    ...(action && { "x-kubernetes-action": action }),
    ...(kind && { "x-kubernetes-group-version-kind": kind }),
  };
}

export const codeTexts: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
};
