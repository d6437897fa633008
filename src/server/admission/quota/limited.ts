// What may be used only where a quota says how much: resources, and pods of some scopes.

import { equal } from "../../../lib/equal.ts";
import type { ApiObject } from "../../../schema/kind.ts";
import { signOfQuantity } from "../../../schema/quantity.ts";
import type {
  ResourceQuota,
  ScopedResourceSelectorRequirement,
} from "../../../schema/types/core-v1.ts";
import { amountsOf } from "./amounts.ts";
import { concerns, scopesOf } from "./check.ts";
import type { Meter } from "./usage.ts";

export type LimitedResource = {
  readonly apiGroup: string;
  readonly resource: string;
  /** Parts of names of limits, such as `requests.storage`. */
  readonly matchContains: readonly string[];
  readonly matchScopes: readonly ScopedResourceSelectorRequirement[];
};

type Ask = {
  readonly group: string;
  readonly plural: string;
  readonly meter: Meter;
  readonly object: ApiObject;
  /** Wall clock, ms. */
  readonly now: number;
};

/** Why no quota covers what the object uses; undefined when it needs none or has one. */
export function uncoveredProblem(
  limited: readonly LimitedResource[],
  quotas: readonly ResourceQuota[],
  { group, plural, meter, object, now }: Ask,
): string | undefined {
  const own = limited.filter((l) => l.apiGroup === group && l.resource === plural);
  const covered = new Set<string>();
  const scopes: ScopedResourceSelectorRequirement[] = [];
  for (const quota of quotas) {
    scopes.push(...scopesOf(quota).filter((scope) => meter.inScope(object, scope)));
    const hard = amountsOf(quota.status?.hard);
    const used = amountsOf(quota.status?.used);
    if (!concerns({ quota, hard, used }, meter, object)) continue;
    for (const name of hard.keys()) if (meter.measures(name)) covered.add(name);
  }
  const needed = [...meter.usage(object, now)]
    .filter(([, amount]) => signOfQuantity(amount) > 0)
    .map(([name]) => name)
    .filter((name) => own.some((l) => l.matchContains.some((part) => name.includes(part))));
  const missing = needed.filter((name) => !covered.has(name)).sort();
  if (missing.length > 0) return `insufficient quota to consume: ${missing.join(",")}`;
  const open = own
    .flatMap((l) => l.matchScopes)
    .filter((scope) => meter.inScope(object, scope))
    .filter((scope) => !scopes.some((s) => equal(s, scope)));
  if (open.length === 0) return undefined;
  return `insufficient quota to match these scopes: [${open.map(printed).join(" ")}]`;
}

const printed = ({ scopeName, operator, values = [] }: ScopedResourceSelectorRequirement): string =>
  `{${scopeName} ${operator} [${values.join(" ")}]}`;
