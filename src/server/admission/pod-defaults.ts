// What admission adds to new pods: priority, tolerations of a node's short absence, what their runtime class and node say.
import { equal } from "../../lib/equal.ts";
import { isOmitted } from "../../schema/given-empty.ts";
import { nodes, priorityClasses, runtimeClasses } from "../../schema/resources.ts";
import type { Binding, Pod, Toleration } from "../../schema/types/core-v1.ts";
import type { RuntimeClass } from "../../schema/types/node-v1.ts";
import type { PriorityClass } from "../../schema/types/scheduling-v1.ts";
import type { Admission, AdmissionWrite, Context, Core } from "../context.ts";
import { unclassified } from "../scope.ts";
import { about, refused } from "./refused.ts";

const isPod = about("pods");
const isBinding = about("pods/binding");
const isPriorityClass = about("priorityclasses.scheduling.k8s.io");

export function priority(core: Core): Admission {
  const view = core.view<PriorityClass>(priorityClasses);
  return {
    name: "Priority",
    handles: (a, { operation }) =>
      operation === "DELETE"
        ? isPriorityClass(a)
        : operation !== "CONNECT" && (isPod(a) || isPriorityClass(a)),
    mutate(context, write) {
      if (!isPod(context.attributes)) return;
      const { spec } = write.object as Pod;
      if (spec === undefined) return;
      if (write.operation === "CREATE") return setPriority(context, write, view.list());
      const { spec: old } = write.old as Pod;
      if (old?.priority !== undefined) spec.priority ??= old.priority;
      if (old?.preemptionPolicy !== undefined) spec.preemptionPolicy ??= old.preemptionPolicy;
    },
    validate(context, write) {
      if (!isPriorityClass(context.attributes)) return;
      if (write.operation === "DELETE") {
        if (!systemClasses.has(context.attributes.name)) return;
        throw refused(context, write, "this is a system priority class and cannot be deleted");
      }
      const next = write.object as PriorityClass;
      const other = next.globalDefault ? defaultPriority(view.list()) : undefined;
      if (other === undefined) return;
      if (write.operation === "UPDATE" && other.metadata.name === next.metadata.name) return;
      const why = `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`;
      throw refused(context, write, why);
    },
  };
}

const systemClasses = new Set(["system-cluster-critical", "system-node-critical"]);

/** Of several by mistake, the one that matters least. */
function defaultPriority(classes: readonly PriorityClass[]): PriorityClass | undefined {
  return classes.filter((c) => c.globalDefault).sort((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
}

function setPriority(
  context: Context,
  write: AdmissionWrite,
  classes: readonly PriorityClass[],
): void {
  const spec = (write.object as Pod).spec!;
  const name = spec.priorityClassName ?? "";
  const found =
    name === "" ? defaultPriority(classes) : classes.find((c) => c.metadata.name === name);
  if (name !== "" && found === undefined) {
    throw refused(context, write, `no PriorityClass with name ${name} was found`);
  }
  const value = found?.value ?? 0;
  const policy = found === undefined ? "PreemptLowerPriority" : found.preemptionPolicy;
  if (spec.priority !== undefined && spec.priority !== value) {
    const why =
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; ` +
      `priority admission controller computed ${value} from the given PriorityClass name`;
    throw refused(context, write, why);
  }
  spec.priority = value;
  if (found !== undefined) spec.priorityClassName = found.metadata.name!;
  if (policy === undefined) return;
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy) {
    const why =
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; ` +
      `priority admission controller computed ${policy} from the given PriorityClass name`;
    throw refused(context, write, why);
  }
  spec.preemptionPolicy = policy;
}

/** Seconds that a pod stays on a node that is away, unless it says otherwise. */
const awaySeconds = 300;
const absences = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

export const defaultTolerations: Admission = {
  name: "DefaultTolerationSeconds",
  handles: (a, { operation }) => (operation === "CREATE" || operation === "UPDATE") && isPod(a),
  mutate(_context, write) {
    const { spec } = write.object as Pod;
    if (spec === undefined) return;
    const held = spec.tolerations ?? [];
    const missing = absences.filter((key) => !held.some((t) => tolerates(t, key)));
    if (missing.length === 0) return;
    const added = missing.map(
      (key): Toleration => ({
        key,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: awaySeconds,
      }),
    );
    spec.tolerations = [...held, ...added];
  },
};

/** Without a key or an effect, a toleration is about all of them. */
const tolerates = ({ key, effect }: Toleration, absence: string): boolean =>
  (!key || key === absence) && (!effect || effect === "NoExecute");

export function runtimeClass(core: Core): Admission {
  const view = core.view<RuntimeClass>(runtimeClasses);
  const classOf = (context: Context, write: AdmissionWrite): RuntimeClass | undefined => {
    const name = (write.object as Pod).spec?.runtimeClassName;
    if (name === undefined) return undefined;
    if (name === "") throw unclassified("resource name may not be empty");
    const found = view.get("", name);
    if (found !== undefined) return found;
    throw refused(context, write, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
  };
  const mismatch = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
  return {
    name: "RuntimeClass",
    handles: (a, { operation }) => operation === "CREATE" && isPod(a),
    mutate(context, write) {
      const found = classOf(context, write);
      const { spec } = write.object as Pod;
      if (found === undefined || spec === undefined) return;
      const overhead = found.overhead?.podFixed;
      if (found.overhead !== undefined) {
        const own = Object.keys(spec.overhead ?? {}).length > 0;
        if (own && !equal(spec.overhead, overhead)) throw refused(context, write, mismatch);
        if (overhead !== undefined) spec.overhead = { ...overhead };
      }
      if (found.scheduling !== undefined) schedule(context, write, found.scheduling);
    },
    validate(context, write) {
      const found = classOf(context, write);
      const { spec } = write.object as Pod;
      if (found?.overhead !== undefined) {
        if (!equal(found.overhead.podFixed ?? {}, spec?.overhead ?? {})) {
          throw refused(context, write, mismatch);
        }
      } else if (spec?.overhead !== undefined || isOmitted(spec, "overhead")) {
        const why =
          "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead";
        throw refused(context, write, why);
      }
    },
  };
}

function schedule(
  context: Context,
  write: AdmissionWrite,
  { nodeSelector, tolerations }: NonNullable<RuntimeClass["scheduling"]>,
): void {
  const spec = (write.object as Pod).spec!;
  for (const [key, value] of Object.entries(nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value) {
      const why = `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`;
      throw refused(context, write, why);
    }
  }
  if (nodeSelector !== undefined) spec.nodeSelector = { ...spec.nodeSelector, ...nodeSelector };
  const held = spec.tolerations ?? [];
  const added = (tolerations ?? []).filter((t) => !held.some((h) => equal(h, t)));
  if (added.length > 0) spec.tolerations = [...held, ...added.map((t) => ({ ...t }))];
}

const topologyLabels = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

/** Tells a pod in which zone and region its node is. */
export function podTopologyLabels(core: Core): Admission {
  const view = core.view(nodes);
  const labelsOf = (node: string | undefined): Record<string, string> => {
    const labels = node === undefined ? undefined : view.get("", node)?.metadata.labels;
    const found = topologyLabels.filter((key) => labels?.[key] !== undefined);
    return Object.fromEntries(found.map((key) => [key, labels![key]!]));
  };
  return {
    name: "PodTopologyLabels",
    handles: (a, { operation }) => operation === "CREATE" && (isPod(a) || isBinding(a)),
    mutate(context, write) {
      const object = write.object!;
      const binding = isBinding(context.attributes);
      const target = binding ? (object as Binding).target : undefined;
      if (binding && target?.kind !== "Node") return;
      const labels = labelsOf(binding ? target?.name : (object as Pod).spec?.nodeName);
      if (Object.keys(labels).length === 0) return;
      object.metadata.labels = { ...object.metadata.labels, ...labels };
    },
  };
}
