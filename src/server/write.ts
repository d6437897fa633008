// What every write to an object has in common, whatever the verb.
import type { ApiObject, Write } from "../schema/kind.ts";
import { badRequest, type Cause, invalid } from "../schema/status-error.ts";
import type { Entry } from "../store/store.ts";
import type { AdmissionWrite } from "./context.ts";
import { dropRepeatedOwners } from "./owners.ts";
import type { Scope } from "./scope.ts";

/** What a write left behind. */
export type Outcome = {
  /** What is stored now; undefined after a dry run and when the object is gone. */
  readonly entry: Entry | undefined;
  /** Frozen, in the version of the request. */
  readonly object: ApiObject;
  readonly created: boolean;
};

export type WriteRequest = {
  readonly dryRun: boolean;
  /** The options object for admission. */
  readonly options: Readonly<Record<string, unknown>>;
};

export function refuse(
  { group, kind }: Scope["kind"]["resource"],
  object: ApiObject,
  causes: Cause[],
): void {
  if (causes.length === 0) return;
  throw invalid({ group: ownGroup(group), kind, name: object.metadata.name ?? "" }, causes);
}

/** Events of both groups are the core group's to upstream's storage, which names them in errors. */
const ownGroup = (group: string): string => (group === "events.k8s.io" ? "" : group);

export const writeOf = (
  subresource: string,
  operation: Write["operation"],
  { identity, now }: Scope["context"],
): Write => ({ operation, subresource, user: identity.user, identity, now });

export const admissionOf = (
  operation: AdmissionWrite["operation"],
  object: ApiObject | undefined,
  old: ApiObject | undefined,
  { dryRun, options }: WriteRequest,
): AdmissionWrite => ({ operation, object, old, dryRun, options });

export function wipeSystemFields({ metadata }: ApiObject): void {
  delete metadata.creationTimestamp;
  delete metadata.uid;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
}

/** The object lives where the path says; one that says otherwise is refused. */
export function matchNamespace({ context, kind }: Scope, { metadata }: ApiObject): void {
  const wanted = kind.resource.scope === "Namespaced" ? context.attributes.namespace : "";
  if (wanted === "") delete metadata.namespace;
  else if (!metadata.namespace) metadata.namespace = wanted;
  else if (metadata.namespace !== wanted)
    throw badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
}

export const afterAdmission = " after mutating admission happens";

export function warnOfRepeatedOwners({ context }: Scope, object: ApiObject, when: string): void {
  const dropped = dropRepeatedOwners(object.metadata);
  if (dropped.length === 0) return;
  context.warnings.add(
    `.metadata.ownerReferences contains duplicate entries${when}; API server dedups owner references in 1.20+, ` +
      `and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ` +
      dropped.join(", "),
  );
}
