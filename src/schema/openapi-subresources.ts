// The operations of subresources.

import type { Subresource } from "./kind.ts";
import { gvk, isCustom, type Part, patch, placeOf, read, write } from "./openapi-object.ts";
import {
  type Body,
  capital,
  type Operation,
  objectTypes,
  type Published,
  tagOf,
} from "./openapi-operation.ts";
import { optionsQuery, pathParameter, sorted } from "./openapi-parameters.ts";

export function subresourceOperations(of: Published, subresource: Subresource): Operation[] {
  const connect = connections[`${of.resource.plural}/${subresource.name}`];
  const at = placeOf(of);
  const path = `${at.object}/${subresource.name}`;
  if (connect) return connectOperations(of, path, subresource, connect);
  if (of.resource.plural === "pods" && subresource.name === "log") return [logOperation(of, path)];
  const part = partOf(of, subresource);
  const found: Operation[] = [];
  for (const verb of subresource.verbs) {
    if (verb === "get") found.push(read(of, path, part.suffix, part));
    else if (verb === "update") found.push(write(of, "put", "replace", path, at.inObject, part));
    else if (verb === "patch") found.push(patch(of, path, at.inObject, part));
    else if (verb === "create") found.push(write(of, "post", "create", path, at.inObject, part));
  }
  return found;
}

function partOf(of: Published, { name, body }: Subresource): Part {
  const suffix = capital(name);
  if (!body) return { suffix, value: { is: "object", of }, kind: gvk(of.resource) };
  const pack = body.group === "" ? "core" : body.group.split(".")[0];
  const value: Body = { is: "type", name: `io.k8s.api.${pack}.${body.version}.${body.kind}` };
  return { suffix, value, kind: isCustom(of) ? gvk(of.resource) : body };
}

type Connection = { readonly options: string; readonly methods: readonly Operation["method"][] };

const streamMethods = ["get", "post"] as const;
const proxyMethods = ["get", "put", "post", "delete", "options", "head", "patch"] as const;

/** Subresources that hand over the connection; their options are in the query. */
const connections: Readonly<Record<string, Connection>> = {
  "pods/exec": { options: "PodExecOptions", methods: streamMethods },
  "pods/attach": { options: "PodAttachOptions", methods: streamMethods },
  "pods/portforward": { options: "PodPortForwardOptions", methods: streamMethods },
  "pods/proxy": { options: "PodProxyOptions", methods: proxyMethods },
  "nodes/proxy": { options: "NodeProxyOptions", methods: proxyMethods },
  "services/proxy": { options: "ServiceProxyOptions", methods: proxyMethods },
};

function connectOperations(
  of: Published,
  path: string,
  { name }: Subresource,
  { options, methods }: Connection,
): Operation[] {
  const at = placeOf(of);
  const around = at.inObject.filter((parameter) => parameter.name !== "pretty");
  const paths = [{ path, suffix: "", parameters: around }];
  if (name === "proxy") {
    const further = [...around, pathParameter("path")];
    paths.push({ path: `${path}/{path}`, suffix: "WithPath", parameters: further });
  }
  return paths.flatMap((each) =>
    methods.map(
      (method): Operation => ({
        tag: tagOf(of.resource),
        path: each.path,
        method,
        id: `connect${at.stem}${capital(method)}${at.tail}${capital(name)}${each.suffix}`,
        action: "connect",
        kind: { group: "", version: "v1", kind: options },
        parameters: sorted(each.parameters, optionsQuery(`io.k8s.api.core.v1.${options}`)),
        answer: { is: "text" },
        answerTypes: ["*/*"],
        codes: [200],
      }),
    ),
  );
}

function logOperation(of: Published, path: string): Operation {
  return {
    ...read(of, path, "Log"),
    parameters: sorted(placeOf(of).inObject, optionsQuery("io.k8s.api.core.v1.PodLogOptions")),
    answer: { is: "text" },
    answerTypes: ["text/plain", ...objectTypes],
  };
}
