// One look at one object: what is observed, and what is to be done before and after the operator's own decision.
import type { Client, Ref } from "../client/client.ts";
import { refOf } from "../client/key.ts";
import type { Action } from "../control/action.ts";
import type { Written } from "../control/shown.ts";
import type { ApiObject } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";
import type { OperatorDefinition } from "./operator.ts";

/** What `reconcile` wants done; nothing when it has done all by itself. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is welcome
export type Wish = readonly Action[] | void;

/** All objects in it are frozen: change a copy. */
export type Observed<T extends ApiObject> = {
  readonly object: T;
  /** The objects of one of the `owns` kinds that `object` controls; in no order. */
  owned<O extends ApiObject>(resource: Resource<O>): readonly O[];
  /** An object of one of the `reads` kinds, as it was last seen. */
  read<O extends ApiObject>(resource: Resource<O>, ref: Ref): O | undefined;
  /** Wall time, ms since 1970. */
  readonly nowMs: number;
  /** For work that no action describes. The loop waits until what it wrote can be seen. */
  readonly client: Client;
};

/** Actions, and what the operator wrote by itself meanwhile. */
export type Decided = { readonly actions: readonly Action[]; readonly written: readonly Written[] };

type Decision<T extends ApiObject> = Pick<
  OperatorDefinition<T>,
  "resource" | "reconcile" | "finalize"
> & { finalizer: string };

/** Adds the finalizer before the first reconcile, and takes it away when `finalize` has nothing left to do. */
export async function decide<T extends ApiObject>(
  { resource, reconcile, finalize, finalizer }: Decision<T>,
  observed: Observed<T>,
): Promise<Decided> {
  const { client, written } = recording(observed.client);
  const seen = { ...observed, client };
  const { metadata } = observed.object;
  const finalizers = metadata.finalizers ?? [];
  const held = finalizers.includes(finalizer);
  const only = (action: Action): Decided => ({ actions: [action], written });
  if (metadata.deletionTimestamp === undefined) {
    if (finalize !== undefined && !held)
      return only(finalizersPatch(resource, observed.object, [...finalizers, finalizer]));
    return { actions: (await reconcile(seen)) ?? [], written };
  }
  if (finalize === undefined || !held) return { actions: [], written };
  const actions = (await finalize(seen)) ?? [];
  if (actions.length > 0) return { actions, written };
  const others = finalizers.filter((one) => one !== finalizer);
  return only(finalizersPatch(resource, observed.object, others));
}

/** Refused when the object has changed meanwhile, so that nobody else's finalizer is lost. */
function finalizersPatch<T extends ApiObject>(
  resource: Resource<T>,
  object: T,
  finalizers: readonly string[],
): Action {
  const { resourceVersion } = object.metadata;
  return {
    do: "patch",
    resource: resource as Resource<ApiObject>,
    ref: refOf(object),
    type: "merge",
    patch: { metadata: { resourceVersion, finalizers } },
  };
}

/** `client`, and what has been written through it. */
function recording(client: Client): { client: Client; written: readonly Written[] } {
  const written: Written[] = [];
  const keep = <T extends ApiObject>(resource: Resource<T>, made: T): T => {
    const { uid, resourceVersion } = made.metadata;
    written.push({ resource, ref: refOf(made), uid, resourceVersion });
    return made;
  };
  return {
    written,
    client: {
      ...client,
      create: async (resource, object, options) =>
        keep(resource, await client.create(resource, object, options)),
      update: async (resource, object, options) =>
        keep(resource, await client.update(resource, object, options)),
      patch: async (resource, ref, patch, options) =>
        keep(resource, await client.patch(resource, ref, patch, options)),
      async delete(resource, ref, options) {
        await client.delete(resource, ref, options);
        written.push({ resource, ref, uid: options?.uid });
      },
    },
  };
}
