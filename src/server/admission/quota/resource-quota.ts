// Refuses what a namespace has no quota left for, exactly, however many write at once.
import type { Log } from "../../../lib/log.ts";
import type { Admission, AdmissionWrite, Context, Core } from "../../context.ts";
import { refused } from "../refused.ts";
import { type Charge, QuotaBook, Refusal } from "./book.ts";
import { type LimitedResource, uncoveredProblem } from "./limited.ts";
import { meterOf } from "./usage.ts";

export function resourceQuota(
  core: Core,
  log: Log,
  limited: readonly LimitedResource[] = [],
): Admission {
  const book = new QuotaBook(core, log);
  const isLimited = (group: string, plural: string): boolean =>
    limited.some((l) => l.apiGroup === group && l.resource === plural);
  const refuseUncovered = (context: Context, write: AdmissionWrite): void => {
    const { group, plural, namespace, subresource } = context.attributes;
    if (subresource === "status" || !isLimited(group, plural)) return;
    const { meter, next: object, now } = chargeFor(context, write);
    const ask = { group, plural, meter, object, now };
    const why = uncoveredProblem(limited, book.quotas(namespace), ask);
    if (why !== undefined) throw refused(context, write, why);
  };
  return {
    name: "ResourceQuota",
    handles({ group, plural, subresource, namespace, isResource }, write) {
      if (!isResource || namespace === "" || write.object === undefined) return false;
      if (write.operation !== "CREATE" && write.operation !== "UPDATE") return false;
      if (uncounted.has(`${plural}.${group}`)) return false;
      if (!book.hasQuota(namespace) && !isLimited(group, plural)) return false;
      return meterOf(group, plural).charges(write.operation, subresource, write.object, write.old);
    },
    validate(context, write) {
      // A dry run is counted nowhere, and refused all the same.
      refuseUncovered(context, write);
      const why = write.dryRun ? book.check(chargeFor(context, write)) : undefined;
      if (why !== undefined) throw refused(context, write, why);
    },
    async charge(context, write) {
      try {
        return await book.charge(chargeFor(context, write));
      } catch (error) {
        if (error instanceof Refusal) throw refused(context, write, error.message);
        throw error;
      }
    },
  };
}

function chargeFor({ attributes, now }: Context, write: AdmissionWrite): Charge {
  const { group, plural, subresource, namespace } = attributes;
  return {
    meter: meterOf(group, plural),
    operation: write.operation === "CREATE" ? "CREATE" : "UPDATE",
    isStatus: subresource === "status",
    next: write.object!,
    old: write.old,
    now,
    namespace,
    resource: `${plural}.${group}`,
  };
}

/** Asked for and not kept, or kept for a short time only. */
const uncounted = new Set([
  "events.",
  "events.events.k8s.io",
  "bindings.",
  "localsubjectaccessreviews.authorization.k8s.io",
]);
