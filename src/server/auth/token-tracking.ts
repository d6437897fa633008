// When tokens that are kept in Secrets were last used, by day: a label of each Secret.
import type { Log } from "../../lib/log.ts";
import { secrets } from "../../schema/resources.ts";
import type { Secret } from "../../schema/types/core-v1.ts";
import { call, pathOf } from "../call.ts";
import type { Core } from "../context.ts";

const lastUsedLabel = "kubernetes.io/legacy-token-last-used";
const dayMs = 24 * 3600_000;

/** Undefined when the day stands there already. The use is good even when it cannot be noted. */
export function tokenTracking(
  core: Core,
  log: Log,
): (secret: Secret, now: number) => Promise<void> | undefined {
  const underWay = new Map<string, Promise<void>>();
  return ({ metadata }, now) => {
    const today = dayOf(now);
    const noted = metadata.labels?.[lastUsedLabel];
    // Another server's clock may be a little ahead.
    if (noted === today || noted === dayOf(now + dayMs)) return undefined;
    const { name = "", namespace = "", uid = "" } = metadata;
    const known = underWay.get(uid);
    if (known !== undefined) return known;
    const body = { metadata: { uid, labels: { [lastUsedLabel]: today } } };
    const path = pathOf(secrets, namespace, name);
    const contentType = "application/merge-patch+json";
    const done = call(core, { method: "PATCH", path, body, contentType }).then(
      () => void underWay.delete(uid),
      (error: unknown) => {
        underWay.delete(uid);
        log.warn("cannot note the use of a token", { secret: `${namespace}/${name}`, error });
      },
    );
    underWay.set(uid, done);
    return done;
  };
}

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
