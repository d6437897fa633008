// Which pods of a DaemonSet go, and which nodes get another, when its template has changed.
import type { DaemonSet } from "../../schema/types/apps-v1.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { scaledValue } from "../int-or-percent.ts";
import { isAvailable } from "../pods.ts";

export type Place = {
  node: string;
  /** By age. None of them is being deleted. */
  staying: Pod[];
  /** Pods that are there at all. */
  count: number;
  shouldRun: boolean;
};

export type Moves = { deletes: Pod[]; creates: string[] };

export type RolloutOptions = {
  set: DaemonSet;
  places: readonly Place[];
  isUpdated: (pod: Pod) => boolean;
  now: number;
};

function limitsOf({ spec }: DaemonSet, desired: number) {
  const { maxSurge, maxUnavailable } = spec.updateStrategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, desired, "up");
  const unavailable = scaledValue(maxUnavailable, desired, "up");
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

type Pair = { place: Place; fresh: Pod | undefined; old: Pod | undefined };

/** Undefined for a node with more pods than a rollout leaves there. */
function pairOf({ isUpdated }: RolloutOptions, place: Place): Pair | undefined {
  const fresh = place.staying.filter(isUpdated);
  const old = place.staying.filter((pod) => !isUpdated(pod));
  if (fresh.length > 1 || old.length > 1) return undefined;
  return { place, fresh: fresh[0], old: old[0] };
}

export function rollOut(options: RolloutOptions): Moves {
  const { set, places, now } = options;
  const desired = places.filter((place) => place.shouldRun).length;
  const { surge, unavailable } = limitsOf(set, desired);
  const isGood = (pod: Pod): boolean => isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
  const present = places.filter((place) => place.count > 0);
  const pairs = present.map((place) => pairOf(options, place));
  return surge === 0
    ? replace(pairs, unavailable, isGood)
    : replaceBeside(pairs, surge, desired, isGood);
}

/** An old pod goes first, its successor comes afterwards. */
function replace(
  pairs: readonly (Pair | undefined)[],
  max: number,
  isGood: (pod: Pod) => boolean,
): Moves {
  let unavailable = 0;
  const bad: Pod[] = [];
  const good: Pod[] = [];
  for (const pair of pairs) {
    const { fresh, old } = pair ?? {};
    if (!pair || !fresh === !old) unavailable++;
    else if (fresh && !isGood(fresh)) unavailable++;
    else if (old && isGood(old)) good.push(old);
    else if (old) {
      bad.push(old);
      unavailable++;
    }
  }
  return { deletes: [...bad, ...good.slice(0, Math.max(max - unavailable, 0))], creates: [] };
}

/** A successor comes first, the old pod goes when it is available. */
function replaceBeside(
  pairs: readonly (Pair | undefined)[],
  max: number,
  desired: number,
  isGood: (pod: Pod) => boolean,
): Moves {
  const moves: Moves = { deletes: [], creates: [] };
  const candidates: string[] = [];
  const unwanted: Pod[] = [];
  let surging = 0;
  let available = 0;
  for (const pair of pairs) {
    if (!pair) {
      surging++;
      continue;
    }
    const { place, fresh, old } = pair;
    const serving = old ?? fresh;
    if (serving && isGood(serving)) available++;
    if (!old) continue;
    if (fresh) {
      if (isGood(fresh)) moves.deletes.push(old);
      else surging++;
    } else if (!place.shouldRun) (isGood(old) ? unwanted : moves.deletes).push(old);
    else (isGood(old) ? candidates : moves.creates).push(place.node);
  }
  moves.deletes.push(...unwanted.slice(0, Math.max(available - desired, 0)));
  moves.creates.push(...candidates.slice(0, Math.max(max - surging, 0)));
  return moves;
}
