// An operator: code that brings the world into the state that resources of a kind ask for. It runs on the same loop as
// our own controllers, in a pod or on a desk, and in a test against a cluster in the same process.
import type { ApiObject } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";
import type { Observed, Wish } from "./pass.ts";
import { type RunOptions, runOperator } from "./run.ts";
import { type RunningOperator, startOperator, type World } from "./start.ts";

export type OperatorDefinition<T extends ApiObject> = {
  /** Name of the program: its events, lease and finalizer carry it. A DNS label. */
  name: string;
  /** The kind whose objects say what is wanted. */
  resource: Resource<T>;
  /**
   * Kinds of the objects that it makes. They must name the object they are for as their controller (`controlledBy`),
   * then a change of one of them wakes that object, and they go when it goes.
   */
  owns?: readonly Resource<ApiObject>[];
  /** Kinds that `reconcile` looks at with `read`. Their changes wake nobody. */
  reads?: readonly Resource<ApiObject>[];
  /** Objects of one namespace only; all when absent. */
  namespace?: string;
  /** Objects of `resource` with these labels only. */
  labelSelector?: string;
  /**
   * What is to be done so that the world becomes as `observed.object` asks; called after each change of the object or
   * of what it owns, and again with a growing wait when it throws or an action fails. Not called before the caches show
   * what the last call for the object has written, nor twice at the same time for one object. Return actions, or write
   * through `observed.client` and return nothing.
   */
  reconcile: (observed: Observed<T>) => Wish | Promise<Wish>;
  /**
   * What is to be done before the object may go; called instead of `reconcile` once its deletion was asked for, until
   * it returns no action. While it is there each object carries the finalizer.
   */
  finalize?: (observed: Observed<T>) => Wish | Promise<Wish>;
  /** `<group of the resource>/<name>` when absent. */
  finalizer?: string;
  /** Objects in work at a time; 5 when absent. */
  workers?: number;
};

export type Operator = {
  /**
   * Runs as a program until SIGTERM or SIGINT, or until `options.signal` is aborted: finds the server (the service
   * account of its pod, else the kubeconfig), waits to be the leader, answers health checks. Resolves when all work
   * has ended; throws when no server is configured.
   */
  run(options?: RunOptions): Promise<void>;
  /** Starts on a client that is there already: in a test, `start(await startCluster(...))`. */
  start(world: World): RunningOperator;
};

/**
 * Defines an operator. A whole one:
 *
 *     const sites = customResource<Site>({ group: "example.com", version: "v1", kind: "Site", plural: "sites" });
 *
 *     await operator({
 *       name: "site-operator",
 *       resource: sites,
 *       owns: [deployments],
 *       reconcile: ({ object, owned }) =>
 *         owned(deployments).length > 0
 *           ? []
 *           : [{ do: "create", resource: deployments, object: controlledBy(sites, object, deploymentFor(object)) }],
 *     }).run();
 */
export function operator<T extends ApiObject>(definition: OperatorDefinition<T>): Operator {
  return {
    start: (world) => startOperator(definition, world),
    run: (options = {}) => runOperator(definition, options),
  };
}
