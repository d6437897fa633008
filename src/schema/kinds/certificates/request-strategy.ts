// What a write to a certificate signing request or to its subresources may touch.

import type { Write } from "../../kind.ts";
import { printTime } from "../../time.ts";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from "../../types/certificates-v1.ts";

export function prepareRequest(
  next: CertificateSigningRequest,
  old: CertificateSigningRequest | undefined,
  { subresource, identity, now }: Write,
): void {
  if (old === undefined) {
    const { username: _, uid, groups, extra, ...spec } = next.spec ?? {};
    next.spec = { ...(spec as typeof next.spec), username: identity?.user ?? "" };
    if (identity?.uid) next.spec.uid = identity.uid;
    if (identity?.groups?.length) next.spec.groups = [...identity.groups];
    if (identity?.extra && Object.keys(identity.extra).length > 0) {
      next.spec.extra = identity.extra as Record<string, string[]>;
    }
    next.status = {};
    return;
  }
  next.spec = old.spec;
  if (subresource !== "status" && subresource !== "approval") {
    next.status = old.status;
    return;
  }
  const conditions = [...(next.status?.conditions ?? [])];
  const before = old.status?.conditions ?? [];
  if (subresource === "status") {
    keepInstances(conditions, before, "Approved");
    keepInstances(conditions, before, "Denied");
  }
  const timed = conditions.map((condition) => withTimes(condition, before, now));
  next.status = { ...(subresource === "status" ? next.status : old.status), conditions: timed };
  if (timed.length === 0) delete next.status.conditions;
}

type Conditions = readonly CertificateSigningRequestCondition[];

/** A status write cannot change what an approver said. */
function keepInstances(
  conditions: CertificateSigningRequestCondition[],
  before: Conditions,
  kind: string,
): void {
  const kept = before.filter(({ type }) => type === kind);
  const places = conditions.flatMap(({ type }, i) => (type === kind ? [i] : []));
  if (kept.length !== places.length) return;
  for (const [i, place] of places.entries()) conditions[place] = kept[i]!;
}

function withTimes(
  condition: CertificateSigningRequestCondition,
  before: Conditions,
  now: number,
): CertificateSigningRequestCondition {
  const time = printTime(now);
  const same = before.find(
    ({ type, status, lastTransitionTime }) =>
      type === condition.type && status === condition.status && lastTransitionTime,
  );
  return {
    ...condition,
    lastUpdateTime: condition.lastUpdateTime || time,
    lastTransitionTime: condition.lastTransitionTime || same?.lastTransitionTime || time,
  };
}
