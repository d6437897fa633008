// ResourceClaim: the wish for devices.

import { invalidValue } from "../../field-error.ts";
import { resourceClaims } from "../../resources.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { ResourceClaim } from "../../types/resource-v1.ts";
import { age } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus } from "../strategy.ts";
import { defaultClaim, dropDisabled } from "./claim-defaults.ts";
import { checkDeviceClaim } from "./claim-rules.ts";
import { checkClaimStatus } from "./claim-status.ts";
import { findings } from "./found.ts";

const prepare = specAndStatus<ResourceClaim>({ statusKeepsMetadata: true });

export const resourceClaim = defineKind(resourceClaims, {
  rechecksNames: true,
  subresources: [statusSubresource],
  unowned: { status: ["metadata", "spec"] },
  applyDefaults: ({ spec }) => defaultClaim(spec),
  prepare(next, old, write) {
    prepare(next, old, write);
    if (write.subresource === "") dropDisabled(next.spec);
    if (old !== undefined && write.subresource === "status") dropFreedDevices(next, old);
  },
  validate: (next, old, { subresource }) =>
    findings((found) => {
      if (old === undefined) checkDeviceClaim(found, "spec.devices", next.spec?.devices ?? {});
      else if (subresource === "status") checkClaimStatus(found, next, old);
      else if (!semanticEqual(next.spec, old.spec)) {
        found.declared.push(invalidValue("spec", null, "field is immutable"));
      }
    }),
  columns: [{ name: "State", cell: state }, age],
  returnsDeleted: true,
});

function state({ metadata, status }: ResourceClaim): string {
  const states = metadata.deletionTimestamp ? ["deleted"] : [];
  if (status?.allocation) {
    states.push("allocated");
    if (status.reservedFor?.length) states.push("reserved");
  } else if (!metadata.deletionTimestamp) states.push("pending");
  return states.join(",");
}

type Device = { driver: string; pool: string; device: string; shareID?: string };

const key = ({ driver, pool, device, shareID }: Device): string =>
  `${driver}/${pool}/${device}/${shareID ?? ""}`;

/** The status of a device goes with its allocation. */
function dropFreedDevices(next: ResourceClaim, old: ResourceClaim): void {
  const { status } = next;
  if (!status?.devices) return;
  const freed = new Set((old.status?.allocation?.devices?.results ?? []).map(key));
  for (const result of status.allocation?.devices?.results ?? []) {
    delete result.skipNodeOperations;
    freed.delete(key(result));
  }
  status.devices = status.devices.filter((device) => !freed.has(key(device)));
  if (status.devices.length === 0) delete status.devices;
}
