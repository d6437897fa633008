// The scale of what has replicas: one small kind for all of them.

import type { ApiResponse } from "../../schema/api-request.ts";
import { deepFreeze, isObject } from "../../schema/clone.ts";
import { invalidValue } from "../../schema/field-error.ts";
import type { ApiObject, Column, Kind } from "../../schema/kind.ts";
import { age } from "../../schema/kinds/cells.ts";
import { serverSideApply } from "../../schema/managed-fields/apply.ts";
import type { Fields } from "../../schema/managed-fields/ownership.ts";
import {
  parentEntries,
  type ReplicasPaths,
  scaleEntries,
} from "../../schema/managed-fields/scale.ts";
import { apiVersionOf } from "../../schema/resource.ts";
import { printSelection, selectionFrom, selectionOf } from "../../schema/selectors.ts";
import type { ObjectShape } from "../../schema/shape.ts";
import { badRequest, conflict, invalid, notFound, StatusError } from "../../schema/status-error.ts";
import type { Scale } from "../../schema/types/autoscaling-v1.ts";
import type { LabelSelector } from "../../schema/types/meta-v1.ts";
import { bodyKind } from "../body-kind.ts";
import { patchTypeOf } from "../negotiate.ts";
import { own } from "../ownership.ts";
import { decodePatched, readObject } from "../read-object.ts";
import { objectAnswer } from "../respond.ts";
import { keyIn, namedIn, type Scope } from "../scope.ts";
import { appliedBody, tellRepeated } from "../verbs/apply.ts";
import { managerOf, optionsObject, patchOptions, writeOptions } from "../verbs/options.ts";
import { patchDocument, patched } from "../verbs/patch.ts";
import { checkOwnName } from "../verbs/update.ts";
import { changeObject } from "../write-change.ts";

const scaleKind = (columns = scaleColumns) =>
  bodyKind({ group: "autoscaling", version: "v1", kind: "Scale" }, columns as Column<ApiObject>[]);

const scaleColumns: readonly Column<Scale>[] = [
  { name: "Name", format: "", cell: ({ metadata }) => metadata?.name ?? "" },
  { name: "Desired", type: "integer", cell: ({ spec }) => spec?.replicas ?? 0 },
  { name: "Available", type: "integer", cell: ({ status }) => status?.replicas ?? 0 },
  age as Column<Scale>,
];

/** Of a scale of a custom resource. */
const customColumns: readonly Column<Scale>[] = [
  { ...scaleColumns[0]!, format: "name" },
  ...scaleColumns.slice(1, -1),
  { ...(age as Column<Scale>), type: "date" },
];

export async function getScale(scope: Scope): Promise<ApiResponse> {
  const { parts, context, kind } = scope;
  const entry = parts.store.get(keyIn(scope));
  if (entry === undefined) throw notFound(namedIn(context));
  if (kind.convert !== undefined) await parts.objects.ready(kind, [entry]);
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
    uid: wished.metadata?.uid ?? "",
    mayCreate: false,
    async next(old) {
      const parent = presentIn(scope, old);
      const next = withoutNone({ ...wished, metadata: { ...wished.metadata } });
      await own(ofScale(scope), manager, trackedScale(scope, parent), next);
      return scaled(scope, parent, next);
    },
  });
  return scaleAnswer(scope, object);
}

export async function patchScale(scope: Scope): Promise<ApiResponse> {
  const { context, kind } = scope;
  const type = patchTypeOf(context.request.headers["content-type"], kind.resource.type === "");
  if (type === "apply") return applyScale(scope);
  const options = patchOptions(context.query, type);
  const manager = managerOf(options, context.request.headers["user-agent"]);
  const document = await patchDocument(context, type, options);
  const { object } = await changeObject(scope, {
    dryRun: options.dryRun,
    options: optionsObject("UpdateOptions", options),
    uid: "",
    mayCreate: false,
    async next(old) {
      const parent = presentIn(scope, old);
      const before = trackedScale(scope, parent);
      const wished = withoutNone(patched(ofScale(scope), type, options, document, before) as Scale);
      checkOwnName(scope, wished);
      await own(ofScale(scope), manager, before, wished);
      return scaled(scope, parent, wished);
    },
  });
  return scaleAnswer(scope, object);
}

/** The manager owns the replicas of the object itself, by way of its scale. */
async function applyScale(scope: Scope): Promise<ApiResponse> {
  const { parts, context } = scope;
  const options = patchOptions(context.query, "apply");
  const body = await appliedBody(context, options);
  const applied = body.value;
  const kind = scaleKind();
  const read = { kinds: parts.kinds, kind, validation: "Ignore" as const };
  const { object } = await changeObject(scope, {
    dryRun: options.dryRun,
    options: optionsObject("UpdateOptions", options),
    uid: "",
    mayCreate: false,
    async next(old) {
      const parent = presentIn(scope, old);
      const live = trackedScale(scope, parent);
      checkTracked(scope, live, applied);
      const merged = serverSideApply({
        shape: kind.shape() as ObjectShape,
        apiVersion: apiVersionOf(kind.resource),
        kind: kind.resource.kind,
        live: live as Fields,
        applied,
        manager: options.fieldManager,
        force: options.force,
        subresource: "scale",
        now: context.now,
      });
      const shown = (): string => JSON.stringify(applied);
      const patch = { value: merged.object, strict: [], shown };
      const wished = decodePatched(context, read, patch) as Scale;
      wished.metadata.managedFields = merged.managedFields;
      tellRepeated(context, options, body.duplicates);
      return scaled(scope, parent, wished);
    },
  });
  return scaleAnswer(scope, object);
}

const ofScale = (scope: Scope): Scope => ({ ...scope, kind: scaleKind() });

/** The scale of `parent` as ownership sees it: with its owners, and without a word about no replicas. */
function trackedScale(scope: Scope, parent: ApiObject): Scale {
  const scale = scaleOf(scope, parent);
  scale.spec!.replicas ??= replicasUnset;
  const managedFields = scaleEntries(parent.metadata.managedFields, replicasPaths(scope));
  return withoutNone({
    ...scale,
    metadata: { ...scale.metadata, ...(managedFields.length > 0 && { managedFields }) },
  });
}

/** What upstream lets patches see, and ownership, where an object has no replicas yet. */
const replicasUnset = -(2 ** 31);

const replicasPath = ({ scale }: Kind): string =>
  `.${(scale?.path ?? ["spec", "replicas"]).join(".")}`;

/** Nobody owns the replicas of a custom resource yet: upstream cannot tell then who has set what there is. */
function checkTracked({ kind }: Scope, live: Scale, applied: unknown): void {
  if (kind.scale === undefined || live.metadata?.managedFields !== undefined) return;
  if (!isObject(applied) || applied["apiVersion"] !== "autoscaling/v1") return;
  if (applied["kind"] !== "Scale") return;
  throw new StatusError(
    500,
    "",
    "failed to create manager for existing fields: failed to convert live object (/; autoscaling/v1, Kind=Scale) " +
      "to proper version: request to convert CR to an invalid group/version: autoscaling/v1",
  );
}

/** No replicas are not written, and therefore nobody's. */
const withoutNone = (scale: Scale): Scale =>
  scale.spec?.replicas ? scale : { ...scale, spec: {} };

function replicasPaths({ parts, kind }: Scope): ReplicasPaths {
  const { group, plural } = kind.resource;
  const versions = parts.kinds
    .all()
    .filter(({ resource }) => resource.group === group && resource.plural === plural);
  return Object.fromEntries(
    versions.map(({ resource, scale }) => [
      apiVersionOf(resource),
      (scale?.path ?? ["spec", "replicas"]).map((name) => `f:${name}`),
    ]),
  );
}

function presentIn({ context }: Scope, old: ApiObject | undefined): ApiObject {
  if (old === undefined) throw notFound(namedIn(context));
  return old;
}

function scaleAnswer(scope: Scope, object: ApiObject): Promise<ApiResponse> {
  const scale = scaleOf(scope, object);
  if (scale.spec?.replicas === undefined) {
    const why = `the spec replicas field ${JSON.stringify(replicasPath(scope.kind))} does not exist`;
    throw new StatusError(500, "InternalError", `Internal error occurred: ${why}`, {
      causes: [{ reason: "", message: why }],
    });
  }
  const columns = scope.kind.resource.type === "" ? customColumns : scaleColumns;
  return objectAnswer({ ...scope, kind: scaleKind(columns) }, 200, {
    entry: undefined,
    object: () => deepFreeze(scale),
  });
}

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

/**
 * `old` with the replicas that `wished` asks for, and their owners. Throws a StatusError for a scale that cannot be.
 */
function scaled(scope: Scope, old: ApiObject, { metadata, spec }: Scale): ApiObject {
  const { context, kind } = scope;
  const { group, plural, name } = context.attributes;
  const replicas = spec?.replicas ?? 0;
  if (replicas === replicasUnset)
    throw badRequest(
      `the spec replicas field ${JSON.stringify(replicasPath(kind))} cannot be empty`,
    );
  // A custom resource's own rules tell more.
  if (replicas < 0 && kind.resource.type !== "")
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
  const { managedFields: _, ...kept } = next.metadata;
  const managedFields = parentEntries(
    old.metadata.managedFields,
    metadata.managedFields ?? [],
    apiVersionOf(kind.resource),
    replicasPaths(scope),
  );
  return {
    ...next,
    metadata: {
      ...kept,
      // Who names no version means any.
      resourceVersion: metadata.resourceVersion || old.metadata.resourceVersion,
      ...(managedFields.length > 0 && { managedFields }),
    },
  };
}
