// What admission is asked before a connection is made. The options of the connection are the object; like upstream's,
// they have no metadata, and what webhooks and policies make of them is what is done.
import type { ApiObject } from "../../schema/kind.ts";
import { badRequest, type StatusError } from "../../schema/status-error.ts";
import { admitMutating, admitValidating } from "../admit.ts";
import { authorized } from "../authorized.ts";
import { truthy } from "../route.ts";
import type { Scope } from "../scope.ts";
import { admissionOf } from "../write.ts";

/** `PodExecOptions` and its siblings; of each only what it has. */
export type ConnectOptions = {
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly tty?: boolean;
  readonly container?: string;
  readonly command?: readonly string[];
  readonly ports?: readonly number[];
  /** What is asked for behind a proxy, with a slash before it; absent when nothing stands after `proxy`. */
  readonly path?: string;
};

/** The options as they are once everyone has agreed. Throws a StatusError. */
export async function admitConnect(
  { parts, context }: Scope,
  kind: string,
  options: ConnectOptions,
): Promise<ConnectOptions> {
  const object = { kind, apiVersion: "v1", ...options } as ApiObject;
  const write = admissionOf("CONNECT", object, undefined, { dryRun: false, options: {} });
  await admitMutating(parts, context, write);
  await admitValidating(parts, context, write);
  return (write.object ?? object) as ConnectOptions;
}

/** Nothing that lasts can be tried out. Throws StatusError(400). */
export function refuseDryRun({ context: { query } }: Scope): void {
  if (query.getAll("dryRun").length > 0) throw badRequest("dryRun is not supported");
}

/** As `admitConnect` for a pod: only who may create may connect, also by GET, which browsers need for WebSockets. */
export async function admitPodConnect(scope: Scope, kind: string): Promise<ConnectOptions> {
  const { parts, context } = scope;
  const { identity, attributes, query } = context;
  refuseDryRun(scope);
  if (attributes.verb !== "create")
    await authorized(parts, identity, { ...attributes, verb: "create" });
  return admitConnect(scope, kind, optionsIn(query));
}

/** What stands in a query. */
function optionsIn(query: URLSearchParams): ConnectOptions {
  const options: Record<string, unknown> = {};
  for (const flag of ["stdin", "stdout", "stderr", "tty"])
    if (truthy(query.get(flag))) options[flag] = true;
  const container = query.get("container");
  if (container) options["container"] = container;
  const command = query.getAll("command");
  if (command.length > 0) options["command"] = command;
  const ports = query.getAll("ports").flatMap((text) => text.split(","));
  if (ports.length > 0) options["ports"] = ports.map(portIn);
  return options;
}

const portMax = 2 ** 31 - 1;

/** Throws StatusError(400) in upstream's words, which are those of its number reader. */
function portIn(text: string): number {
  const refuse = (why: string): StatusError =>
    badRequest(
      `cannot convert to []int32: strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`,
    );
  if (!/^\d+$/.test(text)) throw refuse("invalid syntax");
  const port = Number(text);
  if (port > portMax) throw refuse("value out of range");
  return port;
}
