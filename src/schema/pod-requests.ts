// What pods ask for and nodes offer, as plain numbers: cpu in thousandths, everything else in whole units.
import { milliValue, parseQuantity, wholeValue } from "./quantity.ts";
import type { Container, Pod } from "./types/core-v1.ts";

export type Amounts = {
  cpuMilli: number;
  memoryBytes: number;
  ephemeralBytes: number;
  /** Extended resources and huge pages by name. */
  extended: Map<string, number>;
};

type Quantities = Readonly<Record<string, string>> | undefined;

export const noAmounts = (): Amounts => ({
  cpuMilli: 0,
  memoryBytes: 0,
  ephemeralBytes: 0,
  extended: new Map(),
});

export function amountsOf(quantities: Quantities): Amounts {
  const amounts = noAmounts();
  for (const [name, text] of Object.entries(quantities ?? {})) {
    const quantity = parseQuantity(text);
    if (!quantity) continue;
    if (name === "cpu") amounts.cpuMilli = milliValue(quantity);
    else if (name === "memory") amounts.memoryBytes = wholeValue(quantity);
    else if (name === "ephemeral-storage") amounts.ephemeralBytes = wholeValue(quantity);
    else if (name !== "pods") amounts.extended.set(name, wholeValue(quantity));
  }
  return amounts;
}

/** Adds `more`, `sign` times (1 or -1), to `sum`. */
export function addAmounts(sum: Amounts, more: Amounts, sign: 1 | -1): void {
  sum.cpuMilli += sign * more.cpuMilli;
  sum.memoryBytes += sign * more.memoryBytes;
  sum.ephemeralBytes += sign * more.ephemeralBytes;
  for (const [name, value] of more.extended) {
    sum.extended.set(name, (sum.extended.get(name) ?? 0) + sign * value);
  }
}

function raiseTo(sum: Amounts, other: Amounts): void {
  sum.cpuMilli = Math.max(sum.cpuMilli, other.cpuMilli);
  sum.memoryBytes = Math.max(sum.memoryBytes, other.memoryBytes);
  sum.ephemeralBytes = Math.max(sum.ephemeralBytes, other.ephemeralBytes);
  for (const [name, value] of other.extended) {
    sum.extended.set(name, Math.max(sum.extended.get(name) ?? 0, value));
  }
}

/**
 * Upstream's rule: the larger of what runs together (containers and restartable init containers) and what any
 * init container needs beside the restartable ones started before it; then the pod-level request, then overhead.
 */
export function requestsOf(pod: Pod, of: (container: Container) => Amounts = requestOf): Amounts {
  const { spec } = pod;
  const together = noAmounts();
  for (const container of spec.containers) addAmounts(together, of(container), 1);
  const started = noAmounts();
  const initially = noAmounts();
  for (const container of spec.initContainers ?? []) {
    const own = of(container);
    if (container.restartPolicy === "Always") {
      addAmounts(together, own, 1);
      addAmounts(started, own, 1);
      raiseTo(initially, started);
    } else {
      addAmounts(own, started, 1);
      raiseTo(initially, own);
    }
  }
  raiseTo(together, initially);
  overrideBy(together, spec.resources?.requests);
  addAmounts(together, amountsOf(spec.overhead), 1);
  return together;
}

const requestOf = (container: Container): Amounts => amountsOf(container.resources?.requests);

function overrideBy(sum: Amounts, podLevel: Quantities): void {
  if (!podLevel) return;
  const own = amountsOf(podLevel);
  if (podLevel["cpu"] !== undefined) sum.cpuMilli = own.cpuMilli;
  if (podLevel["memory"] !== undefined) sum.memoryBytes = own.memoryBytes;
  for (const [name, value] of own.extended) sum.extended.set(name, value);
}

/** What scores assume of a container that asks for nothing, so that such pods spread too. */
const assumed = { cpuMilli: 100, memoryBytes: 200 * 1024 * 1024 } as const;

export function scoredRequestsOf(pod: Pod): Amounts {
  return requestsOf(pod, (container) => {
    const own = requestOf(container);
    const asked = container.resources?.requests ?? {};
    if (asked["cpu"] === undefined) own.cpuMilli = assumed.cpuMilli;
    if (asked["memory"] === undefined) own.memoryBytes = assumed.memoryBytes;
    return own;
  });
}
