// A running pod is changed only in ways that its node says it can follow (`status.declaredFeatures`).

import { nodes } from "../../schema/resources.ts";
import { semanticEqual } from "../../schema/semantic-equal.ts";
import type { Container, Node, Pod } from "../../schema/types/core-v1.ts";
import type { Admission, Core } from "../context.ts";
import { about, refused } from "./refused.ts";

type Spec = Pod["spec"];
type Feature = readonly [name: string, isNeeded: (next: Spec, old: Spec) => boolean];

/** What a change of a pod may need, by upstream's names and in their order. */
const features: readonly Feature[] = [
  [
    "InPlacePodLevelResourcesVerticalScaling",
    (next, old) => !semanticEqual(next.resources, old.resources),
  ],
  ["InPlacePodVerticalScalingInitContainers", resizesInit],
  ["InPlacePodVerticalScalingMemoryBackedVolumes", resizesMemory],
];

const isPod = about("pods");
const isResize = about("pods/resize");

export function nodeFeatureValidator(core: Core): Admission {
  const view = core.view<Node>(nodes);
  return {
    name: "NodeDeclaredFeatureValidator",
    handles: (a, { operation }) => operation === "UPDATE" && (isPod(a) || isResize(a)),
    validate(context, write) {
      const next = write.object as Pod;
      const old = write.old as Pod;
      const name = next.spec?.nodeName ?? "";
      if (name === "" || next.metadata.generation === old.metadata.generation) return;
      const needed = features.flatMap(([feature, isNeeded]) =>
        isNeeded(next.spec, old.spec) ? [feature] : [],
      );
      if (needed.length === 0) return;
      const node = view.get("", name);
      if (node === undefined) {
        throw refused(context, write, `node ${JSON.stringify(name)} not found`);
      }
      const declared = node.status?.declaredFeatures ?? [];
      const missing = needed.filter((feature) => !declared.includes(feature));
      if (missing.length === 0) return;
      const why = `pod update requires features ${missing.join(", ")} which are not available on node ${JSON.stringify(name)}`;
      throw refused(context, write, why);
    },
  };
}

const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === "Always";

function resizesInit(next: Spec, old: Spec): boolean {
  const after = next.initContainers ?? [];
  return (old.initContainers ?? []).some(
    (c, i) => !isSidecar(c) && !semanticEqual(c.resources ?? {}, after[i]?.resources ?? {}),
  );
}

function resizesMemory(next: Spec, old: Spec): boolean {
  const [after = [], before = []] = [next.volumes, old.volumes];
  if (after.length !== before.length) return false;
  return after.some(({ name, emptyDir }, i) => {
    const [limit, was] = [emptyDir?.sizeLimit, before[i]?.emptyDir?.sizeLimit];
    if (name !== before[i]?.name || emptyDir?.medium !== "Memory") return false;
    return limit !== undefined && was !== undefined && !semanticEqual(limit, was);
  });
}
