// What a controller decides to do, as plain values, and what is said about it.
import type { PatchOptions, Ref } from "../client/client.ts";
import type { ApiObject } from "../schema/kind.ts";
import { apiVersionOf, type Resource } from "../schema/resource.ts";
import type { ObjectReference } from "../schema/types/core-v1.ts";

/**
 * Actions run in order. Neighbours that all create, all delete or all patch objects of one kind run side by side
 * (creates in batches of 1, 2, 4, … as upstream, so that a refusal is met by few). After a failure only `setStatus`,
 * `event` and `again` still run, then the key comes back after a wait.
 */
export type Action =
  | { do: "create"; resource: Resource<ApiObject>; object: ApiObject; report?: Report }
  /** Replaces the object as long as its resource version is the one that was observed. */
  | { do: "update"; resource: Resource<ApiObject>; object: ApiObject; report?: Report }
  | {
      do: "patch";
      resource: Resource<ApiObject>;
      ref: Ref;
      type: PatchOptions["type"];
      patch: unknown;
      subresource?: string;
      /** For `apply`: takes over fields of others, under this name. */
      force?: boolean;
      fieldManager?: string;
      /** That the server finds the patch invalid is no failure, as that the object is gone never is. */
      isOptional?: boolean;
      report?: Report;
    }
  | {
      do: "delete";
      resource: Resource<ApiObject>;
      ref: Ref;
      uid: string;
      resourceVersion?: string;
      graceSeconds?: number;
      propagation?: "Foreground" | "Background" | "Orphan";
      report?: Report;
    }
  /** Goes on only when the object, asked for anew, has this uid and is not being deleted. */
  | { do: "confirm"; resource: Resource<ApiObject>; ref: Ref; uid: string }
  /**
   * Writes the status of `object` unless it is equal. A function is given what failed before it, and the server's
   * answers to what did not.
   */
  | {
      do: "setStatus";
      resource: Resource<ApiObject>;
      object: ApiObject & { status?: unknown };
      status: unknown | ((failure: Failure | undefined, made: readonly ApiObject[]) => unknown);
      /** Replace those of the object with the same write, where the kind's status allows it. */
      annotations?: { [key: string]: string };
      report?: Report;
    }
  | ({ do: "event" } & Said)
  /** Looks at the key again no later than after so long. */
  | { do: "again"; afterMs: number };

export type Said = {
  about: ObjectReference;
  type: "Normal" | "Warning";
  reason: string;
  message: string;
  /** For recorders of events.k8s.io. */
  action?: string;
  related?: ObjectReference;
};

/** Events that tell how an action went. */
export type Report = {
  about: ObjectReference;
  /** `made` is the server's answer; undefined for deletes. */
  done?: {
    /** Normal when absent. */
    type?: "Normal" | "Warning";
    reason: string;
    message: (made: ApiObject | undefined) => string;
  };
  failed?: { reason: string; message: (why: string) => string };
};

/** The first failure among the actions that ran. */
export type Failure = { action: Action; error: Error };

/** A reference as events carry it. Objects of lists have no type of their own, so the resource tells it. */
export function referenceTo(resource: Resource, object: ApiObject): ObjectReference {
  const { kind } = resource;
  const { namespace, name, uid, resourceVersion } = object.metadata;
  return {
    kind,
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
    ...(uid ? { uid } : {}),
    apiVersion: apiVersionOf(resource),
    ...(resourceVersion ? { resourceVersion } : {}),
  };
}
