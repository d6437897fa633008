// Resources of a running container that its spec has changed, without the container being made anew. Pure.
import { compareQuantities, parseQuantity, zeroQuantity } from "../../schema/quantity.ts";
import type { Container, Pod, ResourceRequirements } from "../../schema/types/core-v1.ts";
import { labels } from "./labels.ts";
import type { ObservedContainer } from "./observed.ts";

/** What a container has been given; undefined when that is not known. */
export type Applied = (container: ObservedContainer) => ResourceRequirements | undefined;

const resizable = ["cpu", "memory"] as const;

/** "restart" when a resource changed whose policy asks for it; undefined when nothing changed. */
export function resizeOf(
  container: Container,
  applied: ResourceRequirements | undefined,
): "update" | "restart" | undefined {
  if (!applied) return undefined;
  const changed = resizable.filter(
    (name) =>
      differs(container.resources?.requests?.[name], applied.requests?.[name]) ||
      differs(container.resources?.limits?.[name], applied.limits?.[name]),
  );
  if (changed.length === 0) return undefined;
  const restarts = changed.some((name) =>
    container.resizePolicy?.some(
      (p) => p.resourceName === name && p.restartPolicy === "RestartContainer",
    ),
  );
  return restarts ? "restart" : "update";
}

function differs(a: string | undefined, b: string | undefined): boolean {
  if (a === b) return false;
  const [x, y] = [a, b].map((text) => (text === undefined ? undefined : parseQuantity(text)));
  return (
    (x === undefined) !== (y === undefined) ||
    compareQuantities(x ?? zeroQuantity, y ?? zeroQuantity) !== 0
  );
}

/** What the annotation of a container says that it was made with. */
export function madeWith(container: ObservedContainer): ResourceRequirements | undefined {
  const text = container.annotations[labels.resources];
  return text === undefined ? undefined : (JSON.parse(text) as ResourceRequirements);
}

/** The message of the events that tell of a resize. */
export function resizeText(what: string, pod: Pod, error?: string): string {
  const shown = (containers: readonly Container[] | undefined) =>
    (containers ?? []).map(({ name, resources = {} }) => ({ name, resources }));
  const init = shown(pod.spec.initContainers);
  const summary = {
    ...(init.length > 0 ? { initContainers: init } : {}),
    containers: shown(pod.spec.containers),
    generation: pod.metadata.generation ?? 0,
    ...(error === undefined ? {} : { error }),
  };
  return `${what}: ${JSON.stringify(summary)}`;
}
