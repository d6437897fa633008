// A running pod is made larger only within what its node has.
import { compareQuantities, milliValue, parseQuantity, wholeValue } from "../../schema/quantity.ts";
import { nodes } from "../../schema/resources.ts";
import { StatusError } from "../../schema/status-error.ts";
import type { Node, Pod } from "../../schema/types/core-v1.ts";
import type { Admission, Core } from "../context.ts";
import { podRequests } from "./quota/pod-amounts.ts";
import { about, refused } from "./refused.ts";

const isResize = about("pods/resize");

export function podResizeValidator(core: Core): Admission {
  const view = core.view<Node>(nodes);
  return {
    name: "PodResizeValidator",
    handles: (a, { operation }) => operation === "UPDATE" && isResize(a),
    validate(context, write) {
      const pod = write.object as Pod;
      const name = pod.spec?.nodeName ?? "";
      if (name === "" || pod.metadata.generation === write.old?.metadata.generation) return;
      const node = view.get("", name);
      if (node === undefined)
        throw refused(context, write, `node ${JSON.stringify(name)} not found`);
      const system = node.metadata.labels?.["kubernetes.io/os"] ?? "linux";
      const platform =
        system === "linux"
          ? undefined
          : `pod resize is only supported on linux nodes, node ${JSON.stringify(name)} is ${JSON.stringify(system)}`;
      const why = platform ?? capacityProblem(pod, node);
      if (why === undefined) return;
      const error = refused(context, write, why);
      const cause = {
        reason: platform === undefined ? "NodeCapacity" : "UnsupportedPlatform",
      };
      const details = { ...error.details, causes: [cause] };
      throw new StatusError(error.code, error.reason, error.message, details as never);
    },
  };
}

function capacityProblem(pod: Pod, node: Node): string | undefined {
  const requests = podRequests(pod);
  const has = node.status?.allocatable ?? {};
  const texts: string[] = [];
  for (const [name, value] of [
    ["cpu", milliValue],
    ["memory", wholeValue],
  ] as const) {
    const asked = parseQuantity(requests[name] ?? "0");
    const there = parseQuantity(has[name] ?? "0");
    if (asked === undefined || there === undefined) continue;
    if (compareQuantities(asked, there) > 0)
      texts.push(`${name}, requested: ${value(asked)}, allocatable: ${value(there)}`);
  }
  if (texts.length === 0) return undefined;
  return `node didn't have enough allocatable resources: ${texts.join("; ")}`;
}
