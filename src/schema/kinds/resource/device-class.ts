// DeviceClass: a choice of devices that claims may name.
import { deviceClasses } from "../../resources.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";
import { specOf, wholeObject } from "../strategy.ts";

export const deviceClass = defineKind(deviceClasses, {
  prepare: wholeObject({ generationOf: specOf }),
  columns: [age],
  returnsDeleted: true,
});
