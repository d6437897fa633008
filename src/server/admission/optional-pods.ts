// Plug-ins about pods that are on by a flag only.

import { quoted } from "../../schema/quoted.ts";
import { forbidden } from "../../schema/status-error.ts";
import type { Container, Pod, PodSpec, Toleration } from "../../schema/types/core-v1.ts";
import type { Admission, AdmissionWrite, Attributes, Context } from "../context.ts";
import { about, refused } from "./refused.ts";

const isPod = about("pods");

/** Creates and updates of pods themselves. */
export const writesPod = (a: Attributes, { operation }: AdmissionWrite): boolean =>
  (operation === "CREATE" || operation === "UPDATE") && isPod(a);

type ContainerLike = Pick<Container, "image" | "imagePullPolicy">;

/** Every container with its place in the pod. */
function* containersOf(spec: PodSpec | undefined): Iterable<[string, ContainerLike]> {
  for (const list of ["initContainers", "containers", "ephemeralContainers"] as const)
    for (const [index, container] of (spec?.[list] ?? []).entries())
      yield [`spec.${list}[${index}]`, container as ContainerLike];
}

/** Nobody uses an image of a node's store without the registry's leave. */
export const alwaysPullImages: Admission = {
  name: "AlwaysPullImages",
  handles: (a, write) => writesPod(a, write) && !keepsImages(write),
  mutate(_context, write) {
    const { spec } = write.object as Pod;
    for (const [, container] of containersOf(spec)) container.imagePullPolicy = "Always";
    for (const { image } of spec?.volumes ?? []) if (image) image.pullPolicy = "Always";
  },
  validate(context, write) {
    const { spec } = write.object as Pod;
    const wrong: [string, string][] = [];
    for (const [at, { imagePullPolicy = "" }] of containersOf(spec))
      if (imagePullPolicy !== "Always") wrong.push([`${at}.imagePullPolicy`, imagePullPolicy]);
    for (const [index, { image }] of (spec?.volumes ?? []).entries())
      if (image && image.pullPolicy !== "Always")
        wrong.push([`spec.volumes[${index}].image.pullPolicy`, image.pullPolicy ?? ""]);
    const [first] = wrong;
    if (first === undefined) return;
    const why = `${first[0]}: Unsupported value: ${quoted(first[1])}: supported values: "Always"`;
    throw refused(context, write, why);
  },
};

function keepsImages({ operation, object, old }: AdmissionWrite): boolean {
  if (operation !== "UPDATE") return false;
  const imagesOf = (pod: Pod): (string | undefined)[] =>
    [...containersOf(pod.spec)].map(([, { image }]) => image);
  const known = new Set(imagesOf(old as Pod));
  return imagesOf(object as Pod).every((image) => known.has(image));
}

const hostName = "kubernetes.io/hostname";

export const limitAntiAffinity: Admission = {
  name: "LimitPodHardAntiAffinityTopology",
  handles: writesPod,
  validate(context, write) {
    const { affinity } = (write.object as Pod).spec ?? {};
    const terms = affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const wrong = terms.find((term) => term.topologyKey !== hostName);
    if (wrong === undefined) return;
    const why =
      `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${wrong.topologyKey} ` +
      `but only key ${hostName} is allowed`;
    throw forbiddenPod(context, write, why);
  },
};

/** Some of upstream's plug-ins call a pod by its own name, "" before it has one. */
export function forbiddenPod({ attributes }: Context, { object }: AdmissionWrite, why: string) {
  const { group, plural } = attributes;
  return forbidden({ group, plural, name: object?.metadata.name ?? "" }, why);
}

/** A node with rare devices is tainted by their name: pods that ask for them may go there. */
export const extendedResourceToleration: Admission = {
  name: "ExtendedResourceToleration",
  handles: writesPod,
  mutate(_context, write) {
    const { spec } = write.object as Pod;
    if (spec === undefined) return;
    const all = [...(spec.containers ?? []), ...(spec.initContainers ?? [])];
    const names = new Set(all.flatMap((c) => Object.keys(c.resources?.requests ?? {})));
    for (const key of [...names].filter(isExtendedResource).sort())
      tolerate(spec, { key, operator: "Exists", effect: "NoSchedule" });
  },
};

function tolerate(spec: PodSpec, added: Toleration): void {
  const same = (t: Toleration): boolean =>
    t.key === added.key &&
    t.effect === added.effect &&
    (t.operator ?? "") === added.operator &&
    (t.value ?? "") === "";
  const held = spec.tolerations ?? [];
  if (!held.some(same)) spec.tolerations = [...held, added];
}

/** `example.com/device`: of another domain than Kubernetes' own. */
const isExtendedResource = (name: string): boolean =>
  name.includes("/") && !name.includes("kubernetes.io/") && !name.startsWith("requests.");
