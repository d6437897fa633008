// DeviceClass: a choice of devices that claims may name.
import { nameIsLongName, nameIsPathSegment } from "../../names.ts";
import { deviceClasses } from "../../resources.ts";
import type { DeviceClassSpec } from "../../types/resource-v1.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";
import { specOf, wholeObject } from "../strategy.ts";
import { configsMax } from "./claim-rules.ts";
import { type Found, findings } from "./found.ts";
import { checkExtendedResource, fits } from "./names.ts";
import { checkOpaque, checkSelectors } from "./selector-rules.ts";

export const deviceClass = defineKind(deviceClasses, {
  // Of what a name is made from, upstream asks no more than that it can stand in a path.
  nameRule: (name, prefix) => (prefix ? nameIsPathSegment : nameIsLongName)(name, prefix),
  prepare: wholeObject({ generationOf: specOf }),
  validate: ({ spec = {} }) => findings((found) => checkClass(found, spec)),
  columns: [age],
  returnsDeleted: true,
});

function checkClass(
  found: Found,
  { selectors, config = [], extendedResourceName }: DeviceClassSpec,
): void {
  checkSelectors(found, "spec.selectors", selectors);
  if (fits(found.declared, "spec.config", config, configsMax)) {
    for (const [i, { opaque }] of config.entries()) {
      checkOpaque(found, `spec.config[${i}].opaque`, opaque);
    }
  }
  if (extendedResourceName === undefined) return;
  checkExtendedResource(found.declared, "spec.extendedResourceName", extendedResourceName);
}
