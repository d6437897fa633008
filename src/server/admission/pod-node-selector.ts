// PodNodeSelector: pods of a namespace run on the nodes that belong to it.
import { namespaces } from "../../schema/resources.ts";
import { notFound, StatusError } from "../../schema/status-error.ts";
import type { Namespace, Pod } from "../../schema/types/core-v1.ts";
import type { Admission, Context, Core } from "../context.ts";
import { forbiddenPod, writesPod } from "./optional-pods.ts";

/** Selectors as texts, `a=b,c=d`: of the cluster under `clusterDefaultNodeSelector`, and what a namespace may use. */
export type NodeSelectors = Readonly<Record<string, string>>;

const annotation = "scheduler.alpha.kubernetes.io/node-selector";

export function podNodeSelector(core: Core, selectors: NodeSelectors): Admission {
  const view = core.view<Namespace>(namespaces);
  const ofNamespace = ({ attributes }: Context): Record<string, string> => {
    const { namespace } = attributes;
    const found = view.get("", namespace);
    if (found === undefined) throw notFound({ group: "", plural: "namespaces", name: namespace });
    const own = found.metadata.annotations?.[annotation];
    return labelsOf(own ?? selectors["clusterDefaultNodeSelector"] ?? "");
  };
  return {
    name: "PodNodeSelector",
    handles: (a, write) => write.operation === "CREATE" && writesPod(a, write),
    mutate(context, write) {
      const { spec } = write.object as Pod;
      const wanted = ofNamespace(context);
      if (spec === undefined) return;
      if (conflicts(wanted, spec.nodeSelector)) throw forbiddenPod(context, write, conflict);
      const merged = { ...wanted, ...spec.nodeSelector };
      if (Object.keys(merged).length > 0) spec.nodeSelector = merged;
    },
    validate(context, write) {
      const { nodeSelector } = (write.object as Pod).spec ?? {};
      if (conflicts(ofNamespace(context), nodeSelector))
        throw forbiddenPod(context, write, conflict);
      const allowed = labelsOf(selectors[context.attributes.namespace] ?? "");
      if (Object.keys(allowed).length === 0) return;
      const outside = Object.entries(nodeSelector ?? {}).some(([k, v]) => allowed[k] !== v);
      if (!outside) return;
      const why = "pod node label selector labels conflict with its namespace whitelist";
      throw forbiddenPod(context, write, why);
    },
  };
}

const conflict = "pod node label selector conflicts with its namespace node label selector";

const conflicts = (
  wanted: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> | undefined,
): boolean =>
  Object.entries(wanted).some(([key, value]) => own?.[key] !== undefined && own[key] !== value);

/** Throws StatusError(500) for a text that is no list of labels. */
function labelsOf(selector: string): Record<string, string> {
  const labels: Record<string, string> = Object.create(null);
  for (const term of selector.split(",")) {
    if (term.trim() === "") continue;
    const parts = term.split("=");
    if (parts.length !== 2) throw new StatusError(500, "", `invalid selector: ${selector}`);
    labels[parts[0]!.trim()] = parts[1]!.trim();
  }
  return labels;
}
