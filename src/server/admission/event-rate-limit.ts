// EventRateLimit: so many events a second, of all, of a namespace, of a user, or about one object from one source.
import type { Clock } from "../../lib/clock.ts";
import { Lru } from "../../lib/lru.ts";
import { StatusError } from "../../schema/status-error.ts";
import type { Event } from "../../schema/types/core-v1.ts";
import type { Admission, AdmissionWrite, Context } from "../context.ts";

export type LimitType = "Server" | "Namespace" | "User" | "SourceAndObject";

export type EventLimit = {
  readonly type: LimitType;
  readonly qps: number;
  readonly burst: number;
  /** Keys that are remembered. */
  readonly cacheSize: number;
};

type Bucket = { tokens: number; atMs: number };

const keys: Readonly<Record<LimitType, (context: Context, write: AdmissionWrite) => string>> = {
  Server: () => "",
  Namespace: ({ attributes }) => attributes.namespace,
  User: ({ identity }) => identity.user,
  SourceAndObject(_context, { object }) {
    const { source, involvedObject: about } = object as Event;
    return [
      source?.component,
      source?.host,
      about?.kind,
      about?.namespace,
      about?.name,
      about?.uid,
      about?.apiVersion,
    ].join("");
  },
};

export function eventRateLimit(clock: Clock, limits: readonly EventLimit[]): Admission {
  const buckets = limits.map((limit) => ({
    limit,
    held: new Lru<string, Bucket>(limit.cacheSize),
  }));
  const takes = ({ qps, burst }: EventLimit, held: Lru<string, Bucket>, key: string): boolean => {
    const now = clock.monotonic();
    const bucket = held.get(key) ?? { tokens: burst, atMs: now };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.atMs) / 1000) * qps);
    bucket.atMs = now;
    held.set(key, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  };
  return {
    name: "EventRateLimit",
    handles: ({ plural, group, subresource }, { operation, dryRun }) =>
      plural === "events" &&
      subresource === "" &&
      (group === "" || group === "events.k8s.io") &&
      (operation === "CREATE" || operation === "UPDATE") &&
      !dryRun,
    validate(context, write) {
      const reached: string[] = [];
      for (const { limit, held } of buckets) {
        const key = keys[limit.type](context, write);
        if (!takes(limit, held, key))
          reached.push(`limit reached on type ${limit.type} for key ${key}`);
      }
      if (reached.length === 0) return;
      const why = reached.length === 1 ? reached[0]! : `[${reached.join(", ")}]`;
      throw new StatusError(429, "TooManyRequests", why);
    },
  };
}
