// An operator as a program: finds its server, stands for election, answers health checks, ends when it is told to.
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { httpClient } from "../client/http.ts";
import type { Log } from "../lib/log.ts";
import { systemClock } from "../lib/system.ts";
import { httpsApi } from "../main/https-api.ts";
import { type Level, textLog } from "../main/text-log.ts";
import type { Api } from "../schema/api-request.ts";
import type { ApiObject } from "../schema/kind.ts";
import { type Connection, findConnection } from "./connection.ts";
import { serveHealth } from "./health.ts";
import type { OperatorDefinition } from "./operator.ts";
import { startOperator } from "./start.ts";

export type RunOptions = {
  /** A kubeconfig file, and the context in it. Absent: the pod's service account, else `$KUBECONFIG`, else `~/.kube/config`. */
  kubeconfig?: string;
  context?: string;
  /**
   * Whether to work only while holding the Lease called as the operator, so that several replicas do not work against
   * each other. Default: true in a pod, false outside. The Lease lies in the pod's namespace, or in `leaseNamespace`.
   */
  leaderElection?: boolean;
  leaseNamespace?: string;
  /** Port of `/healthz` (the process lives) and `/readyz` (the first lists are in), on all addresses; none when absent. */
  healthPort?: number;
  /** Least level of the log, which goes to standard error; "info" when absent. */
  logLevel?: Level;
  log?: Log;
  /** Ends the operator, as SIGTERM and SIGINT do. */
  signal?: AbortSignal;
};

/**
 * Runs until the process is asked to end, and resolves when all work has ended. Throws when no connection is
 * found.
 */
export async function runOperator<T extends ApiObject>(
  definition: OperatorDefinition<T>,
  options: RunOptions,
): Promise<void> {
  const { name } = definition;
  const log =
    options.log ??
    textLog(systemClock, (line) => void process.stderr.write(line), options.logLevel ?? "info");
  const connection = await findConnection(options);
  const { api, close } = httpsApi(connection.target);
  const client = httpClient(withToken(api, connection), { "user-agent": name });
  const { leaderElection = connection.inCluster } = options;
  const namespace = options.leaseNamespace ?? connection.namespace;
  const identity = `${hostname()}_${randomUUID()}`;
  const running = startOperator(definition, {
    client,
    log,
    ...(leaderElection && { leader: { lease: { namespace, name }, identity } }),
  });
  const health =
    options.healthPort === undefined
      ? undefined
      : await serveHealth(options.healthPort, () => running.isReady);
  log.info(`${name} runs`, { server: connection.target.server, health: health?.port });
  await untilAsked(options.signal);
  log.info(`${name} stops`);
  await health?.close();
  await running.stop();
  close();
}

/** The token of a pod changes while it runs, so each request asks for it. */
const withToken =
  (api: Api, { token }: Connection): Api =>
  (request) => {
    const current = token?.();
    if (current === undefined) return api(request);
    return api({ ...request, headers: { ...request.headers, authorization: `Bearer ${current}` } });
  };

function untilAsked(signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const asked = (): void => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.off(name, asked);
    resolve();
  };
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, asked);
  if (signal?.aborted) asked();
  else signal?.addEventListener("abort", asked, { once: true });
  return promise;
}
