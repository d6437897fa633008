import type { Container, PodSpec } from "../../../types/core-v1.ts";

/** Gives `visit` each container of each of the three lists, with its field below `at`, the spec's. */
export function eachContainer(
  at: string,
  spec: PodSpec,
  visit: (field: string, container: Container) => void,
): void {
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const) {
    for (const [i, one] of (spec[list] ?? []).entries()) visit(`${at}.${list}[${i}]`, one);
  }
}
