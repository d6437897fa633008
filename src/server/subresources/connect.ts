// What a pod's container says and does, through the agent of the node where it runs: log, exec, attach, port-forward.
import type { Api, ApiResponse } from "../../schema/api-request.ts";
import { fieldForbidden, invalidValue } from "../../schema/field-error.ts";
import { nodes } from "../../schema/resources.ts";
import {
  badRequest,
  type Cause,
  invalid,
  notFound,
  StatusError,
} from "../../schema/status-error.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { truthy } from "../route.ts";
import { keyIn, namedIn, type Scope } from "../scope.ts";
import { wantsSocket } from "../socket.ts";
import { integerOption } from "../verbs/options.ts";
import { admitPodConnect } from "./connect-admission.ts";
import { forwarded } from "./forward.ts";
import { logSocket } from "./log-socket.ts";

/** What the container said, whole or as it comes. */
export async function log(scope: Scope): Promise<ApiResponse> {
  const { context } = scope;
  const query = logQuery(context.attributes.name, context.query);
  const pod = podIn(scope);
  const container = containerIn(pod, context.query.get("container") ?? "");
  // A pod without a node has said nothing yet.
  if (!pod.spec.nodeName) return logAnswer(scope, { is: "bytes", chunks: [] });
  const path = `/containerLogs/${pathOf(pod)}/${container}`;
  const node = await nodeOf(scope, pod);
  const asked = forwarded(context.request, { method: "GET", path, query: query.toString() });
  // The agent gives bytes; a WebSocket is between the caller and this server.
  const answer = await node({ ...asked, upgradable: false });
  if (answer.status >= 200 && answer.status <= 206) return logAnswer(scope, answer.body);
  throw await refusal(scope, answer);
}

async function logAnswer(
  { context: { request } }: Scope,
  body: ApiResponse["body"],
): Promise<ApiResponse> {
  if (wantsSocket(request)) return logSocket(request, body);
  return { status: 200, headers: { "content-type": "text/plain" }, body };
}

/** A two-way connection with a process in the container: the caller's protocol goes through as it is. */
export async function stream(scope: Scope, verb: "exec" | "attach"): Promise<ApiResponse> {
  const kind = verb === "exec" ? "PodExecOptions" : "PodAttachOptions";
  const asked = await admitPodConnect(scope, kind);
  const params = new URLSearchParams();
  for (const [name, kubelet] of streams) if (asked[name]) params.set(kubelet, "1");
  const pod = podIn(scope);
  const container = containerIn(pod, asked.container ?? "");
  if (verb === "exec") for (const word of asked.command ?? []) params.append("command", word);
  return passOn(scope, pod, `/${verb}/${pathOf(pod)}/${container}`, params);
}

const streams = [
  ["stdin", "input"],
  ["stdout", "output"],
  ["stderr", "error"],
  ["tty", "tty"],
] as const;

export async function portForward(scope: Scope): Promise<ApiResponse> {
  const { ports = [] } = await admitPodConnect(scope, "PodPortForwardOptions");
  const pod = podIn(scope);
  const params = new URLSearchParams();
  for (const port of ports) params.append("port", String(port));
  return passOn(scope, pod, `/portForward/${pathOf(pod)}`, params);
}

async function passOn(
  scope: Scope,
  pod: Pod,
  path: string,
  params: URLSearchParams,
): Promise<ApiResponse> {
  const { request } = scope.context;
  if (!pod.spec.nodeName)
    throw badRequest(`pod ${pod.metadata.name} does not have a host assigned`);
  const node = await nodeOf(scope, pod);
  return node(forwarded(request, { path, query: params.toString() }));
}

const pathOf = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;

/** Upstream says of a node that is not there that it is no such pod. */
async function nodeOf({ parts, context }: Scope, { spec: { nodeName = "" } }: Pod): Promise<Api> {
  if (parts.view(nodes).get("", nodeName) === undefined) throw notFound(namedIn(context, nodeName));
  return parts.connectNode(nodeName);
}

function podIn({ parts, context, kind }: Scope): Pod {
  const entry = parts.store.get(keyIn({ parts, context, kind } as Scope));
  if (entry === undefined) throw notFound(namedIn(context));
  return parts.objects.parsed(kind, entry) as Pod;
}

/** The named container, or the only one. Throws StatusError(400) in upstream's words. */
function containerIn({ metadata, spec }: Pod, asked: string): string {
  const names = [
    ...(spec.initContainers ?? []),
    ...spec.containers,
    ...(spec.ephemeralContainers ?? []),
  ].map(({ name }) => name);
  if (asked !== "") {
    if (names.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${metadata.name}`);
  }
  if (spec.containers.length === 1) return spec.containers[0]!.name;
  throw badRequest(
    `a container name must be specified for pod ${metadata.name}, choose one of: [${names.join(" ")}]`,
  );
}

/** The agent's query. Throws a StatusError for options that cannot be. */
function logQuery(name: string, query: URLSearchParams): URLSearchParams {
  const params = new URLSearchParams();
  for (const flag of ["follow", "previous", "timestamps"])
    if (truthy(query.get(flag))) params.set(flag, "true");
  const causes: Cause[] = [];
  for (const [option, least] of counts) {
    const value = integerOption(query, option);
    if (value === undefined) continue;
    // Of two that exclude each other, neither is looked at.
    const unread = option === "sinceSeconds" && query.has("sinceTime");
    if (value < least && !unread) causes.push(invalidValue(option, value, tooSmall[least]));
    params.set(option, String(value));
  }
  const since = query.get("sinceTime");
  if (since !== null) {
    if (Number.isNaN(Date.parse(since)))
      throw badRequest(
        `parsing time ${JSON.stringify(since)} as "2006-01-02T15:04:05Z07:00": cannot parse`,
      );
    params.set("sinceTime", since);
  }
  if (since !== null && query.has("sinceSeconds"))
    causes.push({
      reason: "FieldValueForbidden",
      message: "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
      field: "[]",
    });
  // Upstream has the choice of a stream, but off by default.
  if (query.has("stream")) causes.push(fieldForbidden("stream", "may not be specified"));
  if (causes.length > 0) throw invalid({ group: "", kind: "PodLogOptions", name }, causes);
  return params;
}

const counts = [
  ["tailLines", 0],
  ["limitBytes", 1],
  ["sinceSeconds", 1],
] as const;

const tooSmall = ["must be greater than or equal to 0", "must be greater than 0"] as const;

/** Bytes of an agent's refusal that become part of ours. */
const refusalBytesMax = 2048;

async function refusal({ context }: Scope, { status, body }: ApiResponse): Promise<StatusError> {
  const text = (await textOf(body)).trim();
  if (status === 400) return badRequest(text);
  if (status === 404) {
    const { name, plural } = context.attributes;
    return new StatusError(
      404,
      "NotFound",
      `the server could not find the requested resource: ${text}`,
      {
        name,
        kind: plural,
      },
    );
  }
  return new StatusError(500, "InternalError", `Internal error occurred: ${text}`, {
    causes: [{ reason: "", message: text }],
  });
}

async function textOf(body: ApiResponse["body"]): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const add = (chunk: Uint8Array): boolean => {
    chunks.push(chunk);
    size += chunk.length;
    return size < refusalBytesMax;
  };
  if (body.is === "bytes") body.chunks.every(add);
  if (body.is === "stream") for await (const batch of body.batches) if (!batch.every(add)) break;
  return Buffer.concat(chunks).toString().slice(0, refusalBytesMax);
}
