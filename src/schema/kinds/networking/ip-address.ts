// IPAddress: an address that is taken, and by what.

import { ipAddresses } from "../../resources.ts";
import type { IPAddress } from "../../types/networking-v1.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";
import { nameIsAddress, validateIpAddress } from "./ip-address-rules.ts";

export const ipAddress = defineKind(ipAddresses, {
  rechecksNames: true,
  shortNames: ["ip"],
  nameRule: nameIsAddress,
  validate: validateIpAddress,
  columns: [
    { name: "ParentRef", cell: parent },
    { ...age, headless: true },
  ],
});

function parent({ spec }: IPAddress): string {
  if (!spec?.parentRef) return "<none>";
  const { group, resource, namespace, name } = spec.parentRef;
  const what = `${resource}${group ? `.${group}` : ""}`.toLowerCase();
  return [what, ...(namespace ? [namespace] : []), name].join("/");
}
