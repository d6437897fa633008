// One write against the quotas of its namespace: what it would use, and why it may not.
import type { ApiObject } from "../../../schema/kind.ts";
import type {
  ResourceQuota,
  ScopedResourceSelectorRequirement,
} from "../../../schema/types/core-v1.ts";
import { type Amounts, amountsText, beyond, excess, nonZero, only, plus } from "./amounts.ts";
import type { Meter } from "./usage.ts";

/** A quota as it is counted with just now. */
export type Account = {
  readonly quota: ResourceQuota;
  readonly hard: Amounts;
  readonly used: Amounts;
};

export type Ask = {
  readonly meter: Meter;
  readonly operation: "CREATE" | "UPDATE";
  /** Reports of what is so already are counted and never refused. */
  readonly isStatus: boolean;
  readonly next: ApiObject;
  readonly old: ApiObject | undefined;
  /** Wall clock, ms. */
  readonly now: number;
};

/** The accounts with the write counted in, in the same order; a text says why it is refused. */
export function checkAsk(accounts: readonly Account[], ask: Ask): readonly Account[] | string {
  const { meter, next, old, now } = ask;
  const concerned: Account[] = [];
  for (const account of accounts) {
    if (!concerns(account, meter, next)) continue;
    const names = [...account.hard.keys()].filter(meter.measures);
    const problem = demandProblem(account, ask, names);
    if (problem !== undefined) return problem;
    concerned.push(account);
  }
  if (concerned.length === 0) return accounts;
  const usage = meter.usage(next, now);
  const delta = old === undefined ? usage : excess(usage, meter.usage(old, now));
  const counted = new Map<Account, Account>();
  for (const account of concerned) {
    const own = old !== undefined && concerns(account, meter, old) ? delta : usage;
    const requested = only(nonZero(own), (name) => account.hard.has(name));
    if (requested.size === 0) continue;
    const used = plus(account.used, requested);
    const over = beyond(
      only(used, (name) => requested.has(name)),
      account.hard,
    );
    if (over.size > 0 && !ask.isStatus) return exceeded(account, requested, over);
    counted.set(account, { ...account, used });
  }
  return counted.size === 0 ? accounts : accounts.map((a) => counted.get(a) ?? a);
}

function demandProblem({ quota, used }: Account, ask: Ask, names: string[]): string | undefined {
  const missing = ask.meter.demands?.(ask.next, names);
  if (missing !== undefined) return `failed quota: ${quota.metadata.name}: ${missing}`;
  if (names.every((name) => used.has(name))) return undefined;
  const unknown = [...names].sort().join(",");
  return `status unknown for quota: ${quota.metadata.name}, resources: ${unknown}`;
}

function exceeded({ quota, used, hard }: Account, requested: Amounts, over: Set<string>): string {
  const text = (amounts: Amounts): string => amountsText(only(amounts, (n) => over.has(n)));
  return (
    `exceeded quota: ${quota.metadata.name}, requested: ${text(requested)}, ` +
    `used: ${text(used)}, limited: ${text(hard)}`
  );
}

/** Whether the quota limits what the object uses, and means objects like it. */
export function concerns({ quota, hard }: Account, meter: Meter, object: ApiObject): boolean {
  const measured = [...hard.keys()].some(meter.measures);
  return measured && scopesOf(quota).every((scope) => meter.inScope(object, scope));
}

export function scopesOf({ spec }: ResourceQuota): ScopedResourceSelectorRequirement[] {
  const named = (spec?.scopes ?? []).map((scopeName) => ({
    scopeName,
    operator: "Exists" as const,
  }));
  return [...named, ...(spec?.scopeSelector?.matchExpressions ?? [])];
}
