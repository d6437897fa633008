// What a write by a node is checked for, and where.
import { pods } from "../../schema/resources.ts";
import { notFound } from "../../schema/status-error.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import type { AdmissionWrite, AnyAuthorizer, Context, Core } from "../context.ts";

export type NodeWrite = {
  readonly node: string;
  readonly context: Context;
  readonly write: AdmissionWrite;
  readonly core: Core;
  readonly authorize: AnyAuthorizer;
};

/** Why the node may not; undefined when it may. */
export type NodeCheck = (question: NodeWrite) => string | undefined | Promise<string | undefined>;

/** Throws StatusError(404), in the singular as upstream's cache says it, for a pod that is not there. */
export function podNamed({ context, core }: NodeWrite, name: string): Pod {
  const found = core.view<Pod>(pods).get(context.attributes.namespace, name);
  if (found === undefined) throw notFound({ group: "", plural: "pod", name });
  return found;
}

export const unexpected = ({ operation }: AdmissionWrite): string =>
  `unexpected operation "${operation}"`;
