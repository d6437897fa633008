// DeviceClass: a choice of devices that claims may name.
import { nameIsLongName } from "../../names.ts";
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
  // Upstream looks at the finished name alone.
  nameRule: (name, prefix) => (prefix ? [] : nameIsLongName(name, false)),
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
