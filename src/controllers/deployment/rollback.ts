// A rollback that is asked for by the annotation into which extensions/v1beta1's `rollbackTo` is translated.
import { type Action, referenceTo } from "../../control/action.ts";
import { deployments } from "../../schema/resources.ts";
import type { Deployment, ReplicaSet } from "../../schema/types/apps-v1.ts";
import { type Annotations, memberActions, members, type Plan } from "./plan.ts";
import {
  annotationsOfRollback,
  lastRevision,
  parseRevision,
  revisionOf,
  rollbackAnnotation,
} from "./revision.ts";
import { hashLabel, hasTemplate } from "./template-hash.ts";

/** The revision that is asked for, 0 for the one before the current one; undefined when none is. */
export function askedRevision({ metadata }: Deployment): bigint | undefined {
  return parseRevision(metadata.annotations?.[rollbackAnnotation] ?? "");
}

export function rollback(plan: Plan, asked: bigint): Action[] {
  const { deployment } = plan;
  const { name } = deployment.metadata;
  const sets = members(plan).map((member) => member.set);
  const revision = asked === 0n ? lastRevision(sets) : asked;
  if (revision === 0n)
    return giveUp(plan, "DeploymentRollbackRevisionNotFound", "Unable to find last revision.");
  const set = sets.find((candidate) => revisionOf(candidate) === revision);
  if (!set) {
    const message = "Unable to find the revision to rollback to.";
    return giveUp(plan, "DeploymentRollbackRevisionNotFound", message);
  }
  if (hasTemplate(set, deployment)) {
    const message = `The rollback revision contains the same template as current deployment "${name}"`;
    return giveUp(plan, "DeploymentRollbackTemplateUnchanged", message);
  }
  const object = withTemplate(deployment, set);
  const done = {
    reason: "DeploymentRollback",
    message: () => `Rolled back deployment "${name}" to revision ${revision}`,
  };
  const report = { about: referenceTo(deployments, deployment), done };
  return [...memberActions(plan), { do: "update", resource: deployments, object, report }];
}

function giveUp(plan: Plan, reason: string, message: string): Action[] {
  const { deployment } = plan;
  const about = referenceTo(deployments, deployment);
  const annotations = withoutRequest(deployment.metadata.annotations ?? {});
  const object = { ...deployment, metadata: { ...deployment.metadata, annotations } };
  return [
    { do: "event", about, type: "Warning", reason, message },
    { do: "update", resource: deployments, object },
  ];
}

function withTemplate(deployment: Deployment, set: ReplicaSet): Deployment {
  const annotations = withoutRequest(annotationsOfRollback(deployment, set));
  const { [hashLabel]: _, ...labels } = set.spec?.template?.metadata?.labels ?? {};
  const template = {
    ...set.spec!.template!,
    metadata: { ...set.spec!.template?.metadata, labels },
  };
  return {
    ...deployment,
    metadata: { ...deployment.metadata, annotations },
    spec: { ...deployment.spec!, template },
  };
}

function withoutRequest({ [rollbackAnnotation]: _, ...annotations }: Annotations): Annotations {
  return annotations;
}
