// Expressions about one device. What attributes a driver gives it is not known, so their types are not judged.

import {
  bool,
  type CelType,
  dyn,
  mapOf,
  opaque,
  string,
  struct,
  typeText,
} from "../../cel/cel-type.ts";
import { environment } from "../../cel/environment.ts";
import { CelError, CelSyntaxError, placed, placedProblems } from "../../cel/error.ts";
import { compileExpression } from "../../cel/evaluate.ts";

/** By domain, then by name. */
const byName = (value: CelType): CelType => mapOf(string, mapOf(string, value));

const fields = new Map<string, CelType>([
  ["driver", string],
  ["attributes", byName(dyn)],
  ["capacity", byName(opaque("kubernetes.Quantity"))],
  ["allowMultipleAllocations", bool],
]);

const device = struct("kubernetes.DRADevice", (name) => fields.get(name));

/** Why the expression cannot be compiled, in upstream's words; undefined when it can. */
export function deviceProblem(expression: string): string | undefined {
  try {
    const { type } = compileExpression(expression, environment({ device }));
    if (type.is === "bool" || type.is === "dyn") return undefined;
    return `must evaluate to bool or the unknown type, not ${typeText(type)}`;
  } catch (error) {
    if (error instanceof CelSyntaxError) {
      return `compilation failed: ${placedProblems(expression, error.problems)}`;
    }
    if (error instanceof CelError) {
      return `compilation failed: ${placed(expression, 0, error.message)}`;
    }
    throw error;
  }
}
