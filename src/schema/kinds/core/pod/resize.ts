// More or less cpu and memory for a running pod.
import { fieldForbidden, invalidValue } from "../../../field-error.ts";
import { semanticEqual } from "../../../semantic-equal.ts";
import type { Cause } from "../../../status-error.ts";
import type { Container, Pod, PodSpec, ResourceRequirements } from "../../../types/core-v1.ts";
import { forbidden, type Out } from "../../checks.ts";
import { isMirror } from "./annotations.ts";
import { qosClass } from "./qos.ts";
import type { ResourceList } from "./resource-list.ts";

const onlyResources = "only cpu and memory resources are mutable";

export function checkResize(out: Out, next: Pod, old: Pod): Cause[] {
  if (isMirror(old.metadata)) return [fieldForbidden("", "static pods cannot be resized")];
  if (old.spec.os?.name === "windows") {
    return [fieldForbidden("", "windows pods cannot be resized")];
  }
  if ((old.status?.qosClass || qosClass(old.spec)) !== qosClass(next.spec)) {
    const detail = "Pod QOS Class may not change as a result of resizing";
    out.push(invalidValue("spec", next.status?.qosClass ?? "", detail));
  }
  const running = old.status?.containerStatuses?.find(({ state }) => state?.running);
  if (running && !running.resources) {
    forbidden(out, "spec", "Pod running on node without support for resize");
  }
  const copy: PodSpec = { ...next.spec };
  checkPodLevel(out, copy, old.spec);
  if (!checkOrder(out, next.spec, old.spec)) return out;
  checkRemoved(out, next.spec, old.spec);
  checkOnlyResources(out, copy, old.spec);
  if (!semanticEqual(next.spec.volumes, old.spec.volumes)) {
    const detail =
      "volumes are immutable on resize when InPlacePodVerticalScalingMemoryBackedVolumes feature gate is disabled";
    forbidden(out, "spec.volumes", detail);
  }
  if (out.length === 0 && !semanticEqual(copy, old.spec)) forbidden(out, "spec", onlyResources);
  return out;
}

const asks = (resources: ResourceRequirements | undefined): boolean =>
  Object.keys({ ...resources?.requests, ...resources?.limits }).length > 0;

function checkPodLevel(out: Out, copy: PodSpec, old: PodSpec): void {
  if (!asks(old.resources) && !asks(copy.resources)) return;
  if (old.resources && !copy.resources) {
    forbidden(out, "spec.resources", "pod-level resources cannot be removed");
    return;
  }
  if (old.resources) {
    for (const side of ["requests", "limits"] as const) {
      if (!hasRemoved(copy.resources?.[side], old.resources[side])) continue;
      const detail = `pod-level resource ${side} cannot be removed`;
      forbidden(out, `spec.resources.${side}`, detail);
    }
  }
  copy.resources = putBack(copy.resources, old.resources);
  if (!old.resources && !asks(copy.resources)) delete copy.resources;
  if (!semanticEqual(copy.resources, old.resources)) {
    forbidden(out, "spec", "only cpu and memory resources are mutable at pod-level");
  }
}

const hasRemoved = (next: ResourceList = {}, old: ResourceList = {}): boolean =>
  Object.keys(old).some((name) => next[name] === undefined);

/** With cpu and memory as they were. */
function putBack(
  next: ResourceRequirements | undefined,
  old: ResourceRequirements | undefined,
): ResourceRequirements {
  const back: ResourceRequirements = {};
  for (const side of ["requests", "limits"] as const) {
    const { cpu: _c, memory: _m, ...others } = next?.[side] ?? {};
    const list: ResourceList = { ...others };
    for (const name of ["cpu", "memory"]) {
      const before = old?.[side]?.[name];
      if (before !== undefined) list[name] = before;
    }
    if (Object.keys(list).length > 0) back[side] = list;
  }
  if (next?.claims) back.claims = next.claims;
  return back;
}

const lists = ["containers", "initContainers"] as const;

function checkOrder(out: Out, next: PodSpec, old: PodSpec): boolean {
  const before = out.length;
  for (const list of lists) {
    const [now, then] = [next[list] ?? [], old[list] ?? []];
    if (now.length !== then.length) {
      forbidden(out, `spec.${list}`, `${list} may not be added or removed on resize`);
      continue;
    }
    for (const [i, { name }] of then.entries()) {
      if (now[i]!.name === name) continue;
      const detail = `${list} may not be renamed or reordered on resize`;
      forbidden(out, `spec.${list}[${i}].name`, detail);
    }
  }
  return out.length === before;
}

function checkRemoved(out: Out, next: PodSpec, old: PodSpec): void {
  for (const list of ["initContainers", "containers"] as const) {
    for (const [i, { resources }] of (old[list] ?? []).entries()) {
      const now = next[list]![i]!.resources;
      for (const side of ["requests", "limits"] as const) {
        if (!hasRemoved(now?.[side], resources?.[side])) continue;
        const detail = `resource ${side} cannot be removed`;
        forbidden(out, `spec.${list}[${i}].resources.${side}`, detail);
      }
    }
  }
}

function checkOnlyResources(out: Out, copy: PodSpec, old: PodSpec): void {
  const back = (container: Container, before: Container): Container => ({
    ...container,
    resources: putBack(container.resources, before.resources),
  });
  copy.containers = copy.containers.map((container, i) => {
    const same = back(container, old.containers[i]!);
    if (!semanticEqual(same, old.containers[i])) forbidden(out, "spec", onlyResources);
    return same;
  });
  copy.initContainers = copy.initContainers?.map((container, i) => {
    const before = old.initContainers![i]!;
    const same = back(container, before);
    const field = `spec.initContainers[${i}]`;
    if (!semanticEqual(same, before)) {
      const detail = "only cpu and memory resources for init or sidecar containers are mutable";
      forbidden(out, field, detail);
    }
    if (container.restartPolicy === "Always" || semanticEqual(container, before)) return same;
    for (const { restartPolicy } of container.resizePolicy ?? []) {
      if (restartPolicy !== "RestartContainer") continue;
      const detail =
        "non-sidecar init containers with a resize policy of RestartContainer cannot be resized";
      forbidden(out, field, detail);
    }
    return same;
  });
}
