// CSIStorageCapacity: how much room a class of storage has where.
import { nameIsDnsSubdomain } from "../../names.ts";
import { csiStorageCapacities } from "../../resources.ts";
import { checkLabelSelector, hasInvalidValue } from "../../selectors.ts";
import { checkUnchanged, invalid, negativeProblem, type Out, objectName } from "../checks.ts";
import { nodeSelectorWarnings } from "../core/node-labels.ts";
import { isNegative } from "../core/resource-names.ts";
import { defineKind } from "../define.ts";

export const csiStorageCapacity = defineKind(csiStorageCapacities, {
  rechecksNames: true,
  validate(next, old) {
    const out: Out = [];
    const { nodeTopology, storageClassName = "", capacity } = next;
    const keepsValues = hasInvalidValue(old?.nodeTopology);
    out.push(...checkLabelSelector("nodeTopology", nodeTopology, { keepsValues }));
    objectName(out, "storageClassName", storageClassName, nameIsDnsSubdomain);
    if (isNegative(capacity)) invalid(out, "capacity", capacity, negativeProblem);
    if (old === undefined) return out;
    checkUnchanged(out, "nodeTopology", nodeTopology, old.nodeTopology);
    checkUnchanged(out, "storageClassName", storageClassName, old.storageClassName ?? "");
    return out;
  },
  warnings: ({ nodeTopology }) => nodeSelectorWarnings("nodeTopology", nodeTopology),
  unconditionalUpdate: false,
});
