// Whoever changes an object on its way must leave the account of who owns its fields in a form that can be read.
import type { ApiObject } from "../../schema/kind.ts";
import type { ManagedFieldsEntry } from "../../schema/types/meta-v1.ts";
import type { Context } from "../context.ts";

/** Puts back what it was before where it cannot be read any more, with a warning in upstream's words. */
export function keepManagedFields(
  { warnings }: Context,
  object: ApiObject | undefined,
  before: ManagedFieldsEntry[] | undefined,
): void {
  const now = object?.metadata?.managedFields;
  if (object === undefined || now === undefined || now === before) return;
  const problem = now.map(problemOf).find((one) => one !== undefined);
  if (problem === undefined) return;
  if (before === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = before;
  warnings.add(
    ".metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating " +
      `admission controller; please fix your requests: ${problem}`,
  );
}

function problemOf({ operation, fieldsType }: ManagedFieldsEntry, at: number): string | undefined {
  if (operation !== "Apply" && operation !== "Update")
    return "operation must be `Apply` or `Update`";
  if (fieldsType === "FieldsV1") return undefined;
  const where = `in managed fields entry ${at}`;
  return fieldsType
    ? `invalid fieldsType ${JSON.stringify(fieldsType)} ${where}`
    : `missing fieldsType ${where}`;
}
