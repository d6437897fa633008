// The scale of what has replicas: one small kind for all of them.

import type { ApiResponse } from "../../schema/api-request.ts";
import { deepFreeze } from "../../schema/clone.ts";
import { invalidValue } from "../../schema/field-error.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { serverSideApply } from "../../schema/managed-fields/apply.ts";
import type { Fields } from "../../schema/managed-fields/ownership.ts";
import { printSelection, selectionFrom, selectionOf } from "../../schema/selectors.ts";
import type { ObjectShape } from "../../schema/shape.ts";
import { badRequest, conflict, invalid, notFound } from "../../schema/status-error.ts";
import type { Scale } from "../../schema/types/autoscaling-v1.ts";
import type { LabelSelector } from "../../schema/types/meta-v1.ts";
import { bodyKind } from "../body-kind.ts";
import { apiVersionOf } from "../codec.ts";
import { patchTypeOf } from "../negotiate.ts";
import { own } from "../ownership.ts";
import { readObject } from "../read-object.ts";
import { objectAnswer } from "../respond.ts";
import { keyIn, namedIn, type Scope } from "../scope.ts";
import { appliedBody } from "../verbs/apply.ts";
import { managerOf, optionsObject, patchOptions, writeOptions } from "../verbs/options.ts";
import { patchDocument, patched } from "../verbs/patch.ts";
import { checkOwnName } from "../verbs/update.ts";
import { changeObject } from "../write-change.ts";

const scaleKind = () => bodyKind({ group: "autoscaling", version: "v1", kind: "Scale" });

export async function getScale(scope: Scope): Promise<ApiResponse> {
  const { parts, context, kind } = scope;
  const entry = parts.store.get(keyIn(scope));
  if (entry === undefined) throw notFound(namedIn(context));
  return scaleAnswer(scope, parts.objects.parsed(kind, entry));
}

export async function updateScale(scope: Scope): Promise<ApiResponse> {
  const { parts, context } = scope;
  const options = writeOptions(context.query, "UpdateOptions");
  const manager = managerOf(options, context.request.headers["user-agent"]);
  const read = { kinds: parts.kinds, kind: scaleKind(), validation: options.fieldValidation };
  const wished = (await readObject(context, read)) as Scale;
  checkOwnName(scope, wished);
  const { object } = await changeObject(scope, {
    dryRun: options.dryRun,
    options: optionsObject("UpdateOptions", options),
    uid: "",
    mayCreate: false,
    next(old) {
      const next = scaled(scope, presentIn(scope, old), wished);
      ownReplicas(scope, manager, presentIn(scope, old), next);
      return next;
    },
  });
  return scaleAnswer(scope, object);
}

export async function patchScale(scope: Scope): Promise<ApiResponse> {
  const { context } = scope;
  const type = patchTypeOf(context.request.headers["content-type"]);
  if (type === "apply") return applyScale(scope);
  const options = patchOptions(context.query, type);
  const manager = managerOf(options, context.request.headers["user-agent"]);
  const document = await patchDocument(context, options);
  const { object } = await changeObject(scope, {
    dryRun: options.dryRun,
    options: optionsObject("UpdateOptions", options),
    uid: "",
    mayCreate: false,
    next(old) {
      const before = scaleOf(scope, presentIn(scope, old));
      const wished = patched({ ...scope, kind: scaleKind() }, type, options, document, before);
      checkOwnName(scope, wished);
      const next = scaled(scope, presentIn(scope, old), wished as Scale);
      ownReplicas(scope, manager, presentIn(scope, old), next);
      return next;
    },
  });
  return scaleAnswer(scope, object);
}

/** The manager owns the replicas of the object itself, by way of its scale. */
async function applyScale(scope: Scope): Promise<ApiResponse> {
  const { context, kind } = scope;
  const options = patchOptions(context.query, "apply");
  const applied = (await appliedBody(context, options)) as Partial<Scale>;
  if (applied.apiVersion !== "autoscaling/v1" || applied.kind !== "Scale") {
    const version = applied.apiVersion ?? "";
    const shown = version.includes("/") ? version : `/${version}`;
    throw badRequest(`invalid object type: ${shown}, Kind=${applied.kind ?? ""}`);
  }
  const { object } = await changeObject(scope, {
    dryRun: options.dryRun,
    options: optionsObject("PatchOptions", options),
    uid: "",
    mayCreate: false,
    next(old) {
      const parent = presentIn(scope, old);
      const metadata = applied.metadata ?? {};
      const next = scaled(scope, parent, {
        ...scaleOf(scope, parent),
        metadata: { uid: metadata.uid, resourceVersion: metadata.resourceVersion },
        ...(applied.spec === undefined ? {} : { spec: applied.spec }),
      });
      const { managedFields } = serverSideApply({
        shape: kind.shape() as ObjectShape,
        apiVersion: apiVersionOf(kind.resource),
        kind: kind.resource.kind,
        live: withoutNoReplicas(parent) as Fields,
        applied: {
          apiVersion: apiVersionOf(kind.resource),
          kind: kind.resource.kind,
          ...(applied.spec === undefined ? {} : { spec: applied.spec }),
        },
        manager: options.fieldManager,
        force: options.force,
        subresource: "scale",
        now: context.now,
      });
      next.metadata.managedFields = managedFields;
      return next;
    },
  });
  return scaleAnswer(scope, object);
}

/** Owners of replicas are told apart by the scale, which does not mention none of them. */
function withoutNoReplicas(parent: ApiObject): object {
  const { replicas, ...spec } = (parent as Replicated).spec ?? {};
  return replicas === 0 ? { ...parent, spec } : parent;
}

/** A scale whose replicas nobody owns has no account of owners, and an update does not begin one. */
function ownReplicas(scope: Scope, manager: string, old: ApiObject, next: ApiObject): void {
  const owned = (old.metadata.managedFields ?? []).some(({ fieldsV1 }) => {
    const spec = (fieldsV1 as { "f:spec"?: object } | undefined)?.["f:spec"];
    return spec !== undefined && "f:replicas" in spec;
  });
  if (owned) own(scope, manager, old, next);
}

function presentIn({ context }: Scope, old: ApiObject | undefined): ApiObject {
  if (old === undefined) throw notFound(namedIn(context));
  return old;
}

const scaleAnswer = (scope: Scope, object: ApiObject): Promise<ApiResponse> =>
  objectAnswer({ ...scope, kind: scaleKind() }, 200, {
    entry: undefined,
    object: () => deepFreeze(scaleOf(scope, object)),
  });

type Replicated = ApiObject & {
  spec?: { replicas?: number; selector?: LabelSelector | Record<string, string> };
  status?: { replicas?: number };
};

/** The scale of `object`, a private copy. */
function scaleOf({ kind }: Scope, object: ApiObject): Scale {
  if (kind.scale !== undefined) return kind.scale.of(object);
  const { metadata, spec, status } = object as Replicated;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec?.replicas ?? 0 },
    status: { replicas: status?.replicas ?? 0, selector: selectorText(spec?.selector) },
  };
}

/** A replication controller's selector is but labels. */
function selectorText(selector: LabelSelector | Record<string, string> = {}): string {
  const structured = "matchLabels" in selector || "matchExpressions" in selector;
  return printSelection(
    structured
      ? selectionFrom(selector as LabelSelector)
      : selectionOf(selector as Record<string, string>),
  );
}

/** `old` with the replicas that `wished` asks for. Throws a StatusError for a scale that cannot be. */
function scaled({ context, kind }: Scope, old: ApiObject, { metadata, spec }: Scale): ApiObject {
  const { group, plural, name } = context.attributes;
  const replicas = spec?.replicas ?? 0;
  if (replicas < 0)
    throw invalid({ group: "autoscaling", kind: "Scale", name }, [
      invalidValue("spec.replicas", replicas, "must be greater than or equal to 0"),
    ]);
  const uid = metadata.uid ?? "";
  if (uid !== "" && uid !== old.metadata.uid)
    throw conflict(
      { group, plural: `${plural}/scale`, name },
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    );
  const next = kind.scale?.set(old, replicas) ?? {
    ...old,
    spec: { ...(old as Replicated).spec, replicas },
  };
  return {
    ...next,
    metadata: { ...next.metadata, resourceVersion: metadata.resourceVersion },
  };
}
