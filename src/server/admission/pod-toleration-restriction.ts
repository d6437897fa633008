// PodTolerationRestriction: which taints the pods of a namespace tolerate by default, and which they may tolerate.
import { equal } from "../../lib/equal.ts";
import { qosClass } from "../../schema/kinds/core/pod/qos.ts";
import { namespaces } from "../../schema/resources.ts";
import { notFound, StatusError } from "../../schema/status-error.ts";
import type { Namespace, Pod, Toleration } from "../../schema/types/core-v1.ts";
import type { Admission, Core } from "../context.ts";
import { writesPod } from "./optional-pods.ts";

export type TolerationRules = {
  readonly default: readonly Toleration[];
  readonly whitelist: readonly Toleration[];
};

const defaultsKey = "scheduler.alpha.kubernetes.io/defaultTolerations";
const allowedKey = "scheduler.alpha.kubernetes.io/tolerationsWhitelist";

export function podTolerationRestriction(core: Core, rules: TolerationRules): Admission {
  const view = core.view<Namespace>(namespaces);
  const written = (namespace: string, key: string): readonly Toleration[] | undefined => {
    const found = view.get("", namespace);
    if (found === undefined) throw notFound({ group: "", plural: "namespaces", name: namespace });
    return tolerationsIn(found.metadata.annotations?.[key]);
  };
  return {
    name: "PodTolerationRestriction",
    handles: writesPod,
    mutate({ attributes: { namespace } }, write) {
      const { spec } = write.object as Pod;
      if (spec === undefined) return;
      const added: Toleration[] = [];
      if (write.operation === "CREATE")
        added.push(...(written(namespace, defaultsKey) ?? rules.default));
      if (qosClass(spec) !== "BestEffort") added.push(memoryPressure);
      if (added.length > 0) spec.tolerations = merged([...(spec.tolerations ?? []), ...added]);
    },
    validate({ attributes: { namespace } }, write) {
      const held = (write.object as Pod).spec?.tolerations ?? [];
      if (held.length === 0) return;
      const own = written(namespace, allowedKey);
      const allowed = own ?? rules.whitelist;
      if (allowed.length === 0) return;
      if (held.every((t) => allowed.some((wide) => covers(wide, t)))) return;
      const scope = own === undefined ? "cluster" : "namespace";
      throw new StatusError(
        500,
        "InternalError",
        "Internal error occurred: pod tolerations (possibly merged with namespace default " +
          `tolerations) conflict with its ${scope} whitelist`,
      );
    },
  };
}

const memoryPressure: Toleration = Object.freeze({
  key: "node.kubernetes.io/memory-pressure",
  operator: "Exists",
  effect: "NoSchedule",
});

/** Throws StatusError(500) for a text that is no list. */
function tolerationsIn(text: string | undefined): readonly Toleration[] | undefined {
  if (text === undefined) return undefined;
  if (text === "") return [];
  try {
    const found: unknown = JSON.parse(text);
    if (Array.isArray(found)) return found as Toleration[];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new StatusError(500, "InternalError", "Internal error occurred: tolerations are no list");
}

/** Each once, and none that another one covers. */
function merged(all: readonly Toleration[]): Toleration[] {
  const kept: Toleration[] = [];
  for (const [index, one] of all.entries()) {
    if (kept.some((k) => covers(k, one))) continue;
    if (all.slice(index + 1).some((later) => !equal(later, one) && covers(later, one))) continue;
    kept.push({ ...one });
  }
  return kept;
}

function covers(wide: Toleration, narrow: Toleration): boolean {
  if (equal(wide, narrow)) return true;
  const anyKey = !wide.key && wide.operator === "Exists";
  if ((wide.key ?? "") !== (narrow.key ?? "") && !anyKey) return false;
  if ((wide.effect ?? "") !== (narrow.effect ?? "") && wide.effect) return false;
  const { tolerationSeconds: longest } = wide;
  const { tolerationSeconds: seconds } = narrow;
  const bounded = wide.effect === "NoExecute" && longest !== undefined;
  if (bounded && (seconds === undefined || seconds > longest)) return false;
  if (wide.operator === "Exists") return true;
  return narrow.operator === "Equal" && (wide.value ?? "") === (narrow.value ?? "");
}
