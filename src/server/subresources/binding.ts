// Binding a pod to a node: the scheduler's one write.
import type { ApiResponse } from "../../schema/api-request.ts";
import { invalidValue, notSupported, required } from "../../schema/field-error.ts";
import { checkDnsSubdomain } from "../../schema/names.ts";
import {
  badRequest,
  type Cause,
  conflict,
  notFound,
  type StatusError,
} from "../../schema/status-error.ts";
import type { Binding, Pod, PodCondition } from "../../schema/types/core-v1.ts";
import { admitMutating, admitValidating } from "../admit.ts";
import { statusAnswer } from "../answer.ts";
import { bodyKind } from "../body-kind.ts";
import { keyOf } from "../keys.ts";
import { isOutdated } from "../outdated.ts";
import { readObject } from "../read-object.ts";
import { type Scope, timeText, unclassified } from "../scope.ts";
import { optionsObject, writeOptions } from "../verbs/options.ts";
import { admissionOf, matchNamespace, warnOfRepeatedOwners, wipeSystemFields } from "../write.ts";
import { replaceStored } from "../write-store.ts";

/** `scope.kind` is the pod's. The name in the path is the pod's; the old path without one has it in the body. */
export async function bind(scope: Scope): Promise<ApiResponse> {
  const { parts, context } = scope;
  const options = writeOptions(context.query, "CreateOptions");
  const kind = bodyKind({ group: "", version: "v1", kind: "Binding" });
  const read = { kinds: parts.kinds, kind, validation: options.fieldValidation };
  const given = await readObject(context, read);
  // What the pod's own path says of the pod's identity is a precondition.
  if (context.attributes.subresource === "") wipeSystemFields(given);
  matchNamespace(scope, given);
  warnOfRepeatedOwners(scope, given, "");
  const write = admissionOf("CREATE", given, undefined, {
    dryRun: options.dryRun,
    options: optionsObject("CreateOptions", options),
  });
  await admitMutating(parts, context, write);
  const binding = (write.object ?? given) as Binding;
  const named = binding.metadata.name ?? "";
  const name = context.attributes.name || named;
  if (name !== named) throw badRequest("name in URL does not match name in Binding object");
  const causes = bindingCauses(binding);
  const why = causes.map((c) => `${c.field}: ${c.message}`);
  if (why.length > 0) throw unclassified(why.length > 1 ? `[${why.join(", ")}]` : why[0]!);
  if (name === "") throw badRequest("Name parameter required.");
  await admitValidating(parts, context, write);
  await assign(scope, name, binding, options.dryRun);
  const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
  return statusAnswer(status as Parameters<typeof statusAnswer>[0], context.request);
}

function bindingCauses({ target }: Binding): Cause[] {
  const causes: Cause[] = [];
  const isNode = (target.kind ?? "") === "" || target.kind === "Node";
  if (!isNode) causes.push(notSupported("target.kind", target.kind, ["Node", "<empty>"]));
  const name = target.name ?? "";
  if (name === "") causes.push(required("target.name"));
  else if (isNode)
    for (const message of checkDnsSubdomain(name))
      causes.push(invalidValue("target.name", name, message));
  return causes;
}

async function assign(
  scope: Scope,
  name: string,
  binding: Binding,
  dryRun: boolean,
): Promise<void> {
  const { parts, context, kind } = scope;
  const key = keyOf(kind, context.attributes.namespace, name);
  const { store } = parts;
  for (;;) {
    const entry = store.get(key);
    if (entry === undefined) {
      if (await isOutdated(store, key, entry)) continue;
      throw notFound({ group: "", plural: "pods", name });
    }
    const pod = parts.objects.parsed(kind, entry) as Pod;
    const failed = failedPrecondition(pod, binding);
    if (failed !== undefined) {
      if (await isOutdated(store, key, entry)) continue;
      // Upstream shows its own store's words and key.
      const path = `${dryRun ? "" : "/registry"}/pods/${context.attributes.namespace}/${name}`;
      throw conflict(
        { group: "", plural: "pods", name },
        `StorageError: invalid object, Code: 4, Key: ${path}, ResourceVersion: 0, ` +
          `AdditionalErrorMsg: Precondition failed: ${failed}`,
      );
    }
    const problem = whyNot(pod);
    if (problem !== undefined) throw refused(name, problem);
    const next = bound(pod, binding, timeText(context.now));
    if ((await replaceStored(scope, entry, next, dryRun)) !== "again") return;
  }
}

function failedPrecondition({ metadata }: Pod, { metadata: wanted }: Binding): string | undefined {
  const { uid, resourceVersion } = wanted;
  if (uid && uid !== metadata.uid)
    return `UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`;
  if (resourceVersion && resourceVersion !== metadata.resourceVersion)
    return (
      `ResourceVersion in precondition: ${resourceVersion}, ` +
      `ResourceVersion in object meta: ${metadata.resourceVersion}`
    );
  return undefined;
}

function whyNot({ metadata, spec }: Pod): string | undefined {
  if (metadata.deletionTimestamp !== undefined)
    return `pod ${metadata.name} is being deleted, cannot be assigned to a host`;
  if (spec.nodeName)
    return `pod ${metadata.name} is already assigned to node ${JSON.stringify(spec.nodeName)}`;
  if ((spec.schedulingGates?.length ?? 0) > 0)
    return `pod ${metadata.name} has non-empty .spec.schedulingGates`;
  return undefined;
}

const refused = (name: string, why: string): StatusError =>
  conflict({ group: "", plural: "pods/binding", name }, why);

function bound(pod: Pod, { metadata, target }: Binding, now: string): Pod {
  const { nominatedNodeName: _cleared, ...status } = pod.status ?? {};
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      annotations: { ...pod.metadata.annotations, ...metadata.annotations },
      labels: { ...pod.metadata.labels, ...metadata.labels },
    },
    spec: { ...pod.spec, nodeName: target.name },
    status: { ...status, conditions: withScheduled(status.conditions ?? [], now) },
  };
}

function withScheduled(conditions: readonly PodCondition[], now: string): PodCondition[] {
  const before = conditions.find((c) => c.type === "PodScheduled");
  const lastTransitionTime = before?.status === "True" ? before.lastTransitionTime : now;
  const scheduled: PodCondition = { type: "PodScheduled", status: "True", lastTransitionTime };
  if (before === undefined) return [...conditions, scheduled];
  return conditions.map((c) => (c === before ? scheduled : c));
}
