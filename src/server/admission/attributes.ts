// A write as webhooks and policies see it, in every served version in which one of them may want it.
import type { Decision } from "../../schema/cel/library/authorizer.ts";
import type { ApiObject, Kind } from "../../schema/kind.ts";
import { namespaces } from "../../schema/resources.ts";
import { StatusError } from "../../schema/status-error.ts";
import type { Namespace } from "../../schema/types/core-v1.ts";
import { bodyKind } from "../body-kind.ts";
import type { AdmissionWrite, AnyAuthorizer, Context, Core } from "../context.ts";
import { convertTo, equivalentKinds } from "../conversion.ts";

export type GroupVersionResource = {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
};

export type GroupVersionKind = {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
};

/** The objects of a write in one version. */
export type Versioned = {
  readonly resource: GroupVersionResource;
  readonly kind: GroupVersionKind;
  readonly object: ApiObject | undefined;
  readonly old: ApiObject | undefined;
};

/** One write, with what the matchers ask of it; made once for all webhooks and policies of a phase. */
export type Asked = {
  readonly core: Core;
  readonly context: Context;
  readonly write: AdmissionWrite;
  readonly resource: GroupVersionResource;
  readonly kind: GroupVersionKind;
  /** The name in the path, or that of a new object once it has one. */
  readonly name: string;
  readonly namespace: string;
  /** The same resource in other served versions. */
  readonly equivalents: readonly Kind[];
  /** For expressions that ask who may do what, and what they were answered. */
  readonly authorize: AnyAuthorizer;
  readonly answers: Map<string, Decision>;
};

/** What a plug-in needs to look at writes. */
export type Looking = { readonly core: Core; readonly authorize: AnyAuthorizer };

export function askedOf(
  { core, authorize }: Looking,
  context: Context,
  write: AdmissionWrite,
): Asked {
  const { group, version, plural, name, namespace } = context.attributes;
  const { kind } = context;
  return {
    core,
    context,
    write,
    resource: { group, version, resource: plural },
    kind: kindOf(context, write),
    name: write.operation === "CREATE" && name === "" ? (write.object?.metadata?.name ?? "") : name,
    namespace,
    equivalents: kind === undefined ? [] : equivalentKinds(core.kinds, kind),
    authorize,
    answers: new Map(),
  };
}

/** What the body is: of a subresource it may be another kind than the resource. */
function kindOf({ kind, attributes }: Context, write: AdmissionWrite): GroupVersionKind {
  const { apiVersion = "", kind: name = "" } = write.object ?? write.old ?? {};
  if (apiVersion !== "" && name !== "") {
    const slash = apiVersion.indexOf("/");
    return {
      group: apiVersion.slice(0, Math.max(slash, 0)),
      version: apiVersion.slice(slash + 1),
      kind: name,
    };
  }
  const { group, version } = attributes;
  return { group, version, kind: kind?.resource.kind ?? "" };
}

/** The kind whose codec writes the objects of `asked` as they are. */
export function bodyKindOf({ context, kind: { group, version, kind } }: Asked): Kind | undefined {
  const own = context.kind;
  const { resource } = own ?? {};
  if (resource?.group === group && resource.version === version && resource.kind === kind)
    return own;
  try {
    return bodyKind({ group, version, kind });
  } catch {
    // Options of a connection: they are written as they stand.
    return undefined;
  }
}

/** The objects of `asked` in the version of `target`, which is one of its equivalents. Throws a StatusError. */
export async function versionedAs(asked: Asked, target: Kind | undefined): Promise<Versioned> {
  const { write, context, resource, kind } = asked;
  if (target === undefined || target === context.kind)
    return { resource, kind, object: write.object, old: write.old };
  const { group, version, plural, kind: name } = target.resource;
  const into = async (object: ApiObject | undefined): Promise<ApiObject | undefined> =>
    object && convertTo(context.kind!, target, object);
  try {
    return {
      resource: { group, version, resource: plural },
      kind: { group, version, kind: name },
      object: await into(write.object),
      old: await into(write.old),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw internal(why);
  }
}

export const internal = (why: string): StatusError =>
  new StatusError(500, "InternalError", `Internal error occurred: ${why}`, {
    causes: [{ reason: "", message: why }],
  });

/** The namespace of the write; of a namespace that is written itself, what it is going to be. */
export function namespaceOf({ core, context, write, namespace }: Asked): Namespace | undefined {
  const { plural, group, subresource } = context.attributes;
  const itself = plural === "namespaces" && group === "" && subresource === "";
  if (itself && write.operation !== "DELETE") return write.object as Namespace | undefined;
  return namespace === "" ? undefined : core.view<Namespace>(namespaces).get("", namespace);
}

const reviews: ReadonlySet<string> = new Set([
  "selfsubjectreviews.authentication.k8s.io",
  "tokenreviews.authentication.k8s.io",
  "localsubjectaccessreviews.authorization.k8s.io",
  "selfsubjectaccessreviews.authorization.k8s.io",
  "selfsubjectrulesreviews.authorization.k8s.io",
  "subjectaccessreviews.authorization.k8s.io",
]);

const configurations: ReadonlySet<string> = new Set([
  "mutatingadmissionpolicies",
  "mutatingadmissionpolicybindings",
  "mutatingwebhookconfigurations",
  "validatingadmissionpolicies",
  "validatingadmissionpolicybindings",
  "validatingwebhookconfigurations",
]);

/**
 * What nobody may keep others from writing: the configuration of admission itself, and questions of who may do what.
 * Else a cluster could be locked for good.
 */
export function isExempt({ attributes: { group, plural } }: Context): boolean {
  if (group === "admissionregistration.k8s.io") return configurations.has(plural);
  return reviews.has(`${plural}.${group}`);
}
