// What an expression of a mutating policy makes of an object: operations of a JSON patch, or a part to be applied.
import { patchOperation } from "../../../schema/admission-environment.ts";
import { partsOf, type Expression as Tree } from "../../../schema/cel/ast.ts";
import { type CelType, typeText } from "../../../schema/cel/cel-type.ts";
import type { Environment } from "../../../schema/cel/environment.ts";
import { CelError, CelSyntaxError } from "../../../schema/cel/error.ts";
import {
  type CelValue,
  Duration,
  isList,
  isMap,
  Optional,
  QuantityValue,
  Timestamp,
  typeOf,
  Uint,
} from "../../../schema/cel/values.ts";
import { clone } from "../../../schema/clone.ts";
import { applyJsonPatch } from "../../../schema/json-patch.ts";
import type { ApiObject, Kind } from "../../../schema/kind.ts";
import { type Form, formOf } from "../../../schema/managed-fields/form.ts";
import { mergeApplied } from "../../../schema/managed-fields/merge.ts";
import { formProblem } from "../../../schema/managed-fields/validate.ts";
import type { ObjectShape } from "../../../schema/shape.ts";
import { StatusError } from "../../../schema/status-error.ts";
import type { Mutation } from "../../../schema/types/admissionregistration-v1.ts";
import { type Budget, expression, programOf } from "../cel.ts";

/** A mutation that cannot be made; its policy's `failurePolicy` decides. */
export class MutationError extends Error {
  override name = "MutationError";
}

export type Patcher = {
  /** The result is read strictly: a field that nobody knows is an error. */
  readonly isPatch: boolean;
  /** The object after the mutation, not yet read as its kind. Throws a MutationError or an ExpressionError. */
  readonly apply: (
    kind: Kind,
    object: ApiObject,
    variables: Readonly<Record<string, CelValue>>,
    budget: Budget,
  ) => unknown;
};

export function patcherOf(mutation: Mutation, environment: Environment): Patcher {
  const isPatch = mutation.patchType === "JSONPatch";
  const source = (isPatch ? mutation.jsonPatch : mutation.applyConfiguration)?.expression ?? "";
  const made = expression(source, environment);
  return {
    isPatch,
    apply(kind, object, variables, budget) {
      checkType(source, environment, isPatch);
      const value = made.run(variables, budget);
      return isPatch ? patched(object, value) : applied(kind, object, value);
    },
  };
}

/** What `source` has to give; undefined when it does. Throws a CelSyntaxError for what cannot be read. */
function wrongResult(type: CelType, isPatch: boolean): string | undefined {
  if (type.is === "dyn") return undefined;
  if (!isPatch)
    return type.is === "struct" && type.name === "Object"
      ? undefined
      : `must evaluate to Object but got ${typeText(type)}`;
  const item = type.is === "list" ? type.item : undefined;
  const fits =
    item !== undefined &&
    (item.is === "dyn" ||
      item.is === "parameter" ||
      (item.is === "struct" && item.name === patchOperation.name));
  return fits ? undefined : `must evaluate to list(JSONPatch) but got ${typeText(type)}`;
}

function checkType(source: string, environment: Environment, isPatch: boolean): void {
  try {
    const { type, expression: tree } = programOf(source, environment);
    const wrong = wrongResult(type, isPatch) ?? misnamed(tree);
    if (wrong !== undefined) throw new MutationError(wrong);
  } catch (error) {
    if (error instanceof CelSyntaxError || error instanceof CelError)
      throw new MutationError(`compilation error: compilation failed: ${error.message}`);
    throw error;
  }
}

/** An object below the field `a` of `Object.x` is called `Object.x.a`. */
function misnamed(tree: Tree): string | undefined {
  if (tree.is === "struct" && tree.name !== patchOperation.name)
    for (const { name, value } of tree.fields) {
      const wanted = `${tree.name}.${name}`;
      const wrong = structsIn(value).find((one) => one.name !== wanted);
      if (wrong !== undefined)
        return (
          `type mismatch: unexpected type name ${JSON.stringify(wrong.name)}, expected ` +
          `${JSON.stringify(wanted)}, which matches field name path from root Object type`
        );
    }
  for (const part of partsOf(tree)) {
    const wrong = misnamed(part);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

type Struct = Extract<Tree, { is: "struct" }>;

/** Structs that are the value itself, an item of it, or what it chooses from. */
function structsIn(tree: Tree): readonly Struct[] {
  if (tree.is === "struct") return [tree];
  if (tree.is === "list") return tree.items.flatMap(structsIn);
  if (tree.is === "map") return tree.entries.flatMap(({ value }) => structsIn(value));
  return tree.is === "call" && tree.name === "_?_:_" ? tree.args.slice(1).flatMap(structsIn) : [];
}

function patched(object: ApiObject, value: CelValue): unknown {
  if (!isList(value))
    throw new MutationError("type mismatch: JSONPatchType.expression should evaluate to array");
  const operations = value.map(operationOf);
  try {
    return applyJsonPatch(object, operations);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    // An operation that tests and fails leaves the object as it is.
    if (isFailedTest(error)) return clone(object);
    throw new MutationError(`JSON Patch: ${error.cause ?? error.message}`);
  }
}

const isFailedTest = ({ cause }: StatusError): boolean =>
  typeof cause === "string" && cause.startsWith("testing value");

function operationOf(value: CelValue): Record<string, unknown> {
  if (!isMap(value))
    throw new MutationError(
      `type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch, got element of ${typeOf(value)}`,
    );
  const operation: Record<string, unknown> = {
    op: value.get("op") ?? "",
    path: value.get("path") ?? "",
  };
  const from = value.get("from");
  if (from) operation["from"] = from;
  const given = value.get("value");
  if (given !== undefined) operation["value"] = jsonOf(given);
  return operation;
}

function applied(kind: Kind, object: ApiObject, value: CelValue): unknown {
  if (!isMap(value))
    throw new MutationError(
      `unsupported return type from ApplyConfiguration expression: ${typeOf(value)}`,
    );
  const { apiVersion, kind: name } = object;
  const part = { ...(jsonOf(value) as object), apiVersion, kind: name };
  const form = formOf(kind.shape() as ObjectShape);
  const problem = formProblem(form, part);
  if (problem !== undefined)
    throw new MutationError(
      `error applying patch: failed to convert patch object to typed object: ${problem}`,
    );
  const whole = atomics(form, part, "");
  if (whole.length > 0)
    throw new MutationError(
      `error applying patch: invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${whole.join(", ")}`,
    );
  return clone(mergeApplied(form, object, part));
}

/** Lists, maps and objects that could only be replaced as a whole. */
function atomics(form: Form, value: unknown, path: string): string[] {
  if (Array.isArray(value)) {
    if (form.kind !== "list") return [];
    if (form.type === "atomic") return [path];
    return value.flatMap((item, i) => atomics(form.item(), item, `${path}[${i}]`));
  }
  if (!isFields(value)) return [];
  if ((form.kind === "struct" || form.kind === "map") && form.atomic) return [path];
  return Object.entries(value).flatMap(([key, part]) => {
    if (path === "" && isTypeField(key)) return [];
    const known =
      form.kind === "struct"
        ? (form.part(key)?.form ?? form.rest)
        : form.kind === "map"
          ? form.value()
          : undefined;
    return known === undefined ? [] : atomics(known, part, `${path}.${key}`);
  });
}

const isTypeField = (name: string): boolean => name === "apiVersion" || name === "kind";

const isFields = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A value as JSON. Throws a MutationError for one that has no such form. */
function jsonOf(value: CelValue): unknown {
  switch (typeof value) {
    case "boolean":
    case "string":
    case "number":
      return value;
    case "bigint":
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }
  if (value === null) return null;
  if (isList(value)) return value.map(jsonOf);
  if (isMap(value))
    return Object.fromEntries(
      [...value].map(([key, part]) => {
        if (typeof key === "string") return [key, jsonOf(part)];
        throw new MutationError(`a map's key is ${typeOf(key)}, and not a text`);
      }),
    );
  if (value instanceof Uint) return jsonOf(value.value);
  if (value instanceof Optional) return value.value === undefined ? null : jsonOf(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Timestamp) return new Date(value.ms).toISOString().replace(/\.?0*Z$/, "Z");
  if (value instanceof Duration) return `${Number(value.nanos) / 1e9}s`;
  if (value instanceof QuantityValue) return String(value.quantity);
  throw new MutationError(
    `JSONPath valueExpression evaluated to a type that could not marshal to JSON: ${typeOf(value)}`,
  );
}
