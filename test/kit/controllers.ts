// Plain objects for the tests of controllers, and what they decide in words.
import type { Action } from "../../src/control/action.ts";
import type { ApiObject } from "../../src/schema/kind.ts";
import { printTime } from "../../src/schema/time.ts";
import type { Pod } from "../../src/schema/types/core-v1.ts";
import type { OwnerReference } from "../../src/schema/types/meta-v1.ts";

export const now = Date.UTC(2026, 0, 1, 12);
export const secondsAgo = (seconds: number): string => printTime(now - seconds * 1000);

export const ownedBy = (kind: string, uid: string, apiVersion = "apps/v1"): OwnerReference => ({
  apiVersion,
  kind,
  name: uid,
  uid,
  controller: true,
  blockOwnerDeletion: true,
});

export type PodOptions = {
  phase?: "Pending" | "Running" | "Succeeded" | "Failed";
  /** Seconds since the pod became ready; absent: it is not. */
  readyFor?: number;
  node?: string;
  deleted?: boolean;
  labels?: { [key: string]: string };
  annotations?: { [key: string]: string };
  owner?: OwnerReference;
  finalizers?: string[];
  age?: number;
};

export function pod(name: string, options: PodOptions = {}): Pod {
  const { phase = "Running", readyFor, node, deleted, labels, owner, age = 100 } = options;
  return {
    metadata: {
      name,
      namespace: "default",
      uid: name,
      resourceVersion: "1",
      creationTimestamp: secondsAgo(age),
      ...(deleted ? { deletionTimestamp: secondsAgo(0), deletionGracePeriodSeconds: 0 } : {}),
      labels: labels ?? { app: "a" },
      ...(options.annotations ? { annotations: options.annotations } : {}),
      ...(owner ? { ownerReferences: [owner] } : {}),
      ...(options.finalizers ? { finalizers: options.finalizers } : {}),
    },
    spec: { containers: [{ name: "c", image: "i" }], ...(node ? { nodeName: node } : {}) },
    status: {
      phase,
      conditions: [
        readyFor === undefined
          ? { type: "Ready", status: "False", lastTransitionTime: secondsAgo(age) }
          : { type: "Ready", status: "True", lastTransitionTime: secondsAgo(readyFor) },
      ],
    },
  };
}

/** One short text for each action: `create Pod`, `delete b`, `setStatus`, `again 5000`, `event Reason`. */
export function words(actions: readonly Action[]): string[] {
  return actions.map((action) => {
    switch (action.do) {
      case "create":
        return `create ${action.resource.kind}${name(action.object)}`;
      case "update":
        return `update ${action.object.metadata.name}`;
      case "event":
        return `event ${action.reason}`;
      case "again":
        return `again ${action.afterMs}`;
      case "setStatus":
        return "setStatus";
      default:
        return `${action.do} ${action.ref.name}`;
    }
  });
}

const name = ({ metadata }: ApiObject): string => (metadata.name ? ` ${metadata.name}` : "");

/** The status that actions write when nothing fails. */
export function statusOf<S>(actions: readonly Action[], made: ApiObject[] = []): S {
  const action = actions.findLast((a) => a.do === "setStatus");
  if (action?.do !== "setStatus") throw new Error(`no status in ${words(actions)}`);
  return (
    typeof action.status === "function" ? action.status(undefined, made) : action.status
  ) as S;
}
