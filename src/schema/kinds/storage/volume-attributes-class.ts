// VolumeAttributesClass: settings of volumes that may change while they are used.
import { required } from "../../field-error.ts";
import { volumeAttributesClasses } from "../../resources.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import { age } from "../cells.ts";
import { forbidden, type Out } from "../checks.ts";
import { defineKind } from "../define.ts";
import { checkParameters, checkProvisioner } from "./parameters.ts";

export const volumeAttributesClass = defineKind(volumeAttributesClasses, {
  rechecksNames: true,
  shortNames: ["vac"],
  validate(next, old) {
    const out: Out = [];
    const { driverName = "", parameters = {} } = next;
    if (old && driverName !== old.driverName) {
      forbidden(out, "driverName", "updates to driverName are forbidden.");
    }
    if (old && !semanticEqual(parameters, old.parameters)) {
      forbidden(out, "parameters", "updates to parameters are forbidden.");
    }
    if (driverName === "") out.push(required("driverName"));
    checkProvisioner(out, "driverName", driverName);
    checkParameters(out, "parameters", parameters, false);
    return out;
  },
  columns: [{ name: "DriverName", cell: ({ driverName }) => driverName ?? "" }, age],
  returnsDeleted: true,
});
