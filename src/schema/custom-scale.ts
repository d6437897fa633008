// The scale of a custom resource: where its definition says that replicas and selector stand.

import { isObject } from "./clone.ts";
import { invalidValue } from "./field-error.ts";
import type { ApiObject, Kind } from "./kind.ts";
import { jsonText } from "./quoted.ts";
import type { Cause } from "./status-error.ts";
import type { CustomResourceSubresourceScale } from "./types/apiextensions-v1.ts";

type Json = Record<string, unknown>;

const shown = (value: unknown): string => (typeof value === "string" ? value : jsonText(value));

/** As Go calls it. */
function goType(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (isObject(value)) return "map[string]interface {}";
  if (typeof value === "bigint" || Number.isSafeInteger(value)) return "int64";
  return typeof value === "number" ? "float64" : typeof value === "boolean" ? "bool" : "string";
}

/** Why no value can stand at the path: one on the way has no fields. */
function accessProblem(object: unknown, path: string): string | undefined {
  let value = object;
  let at = "";
  for (const name of namesOf(path)) {
    at += `.${name}`;
    if (value === undefined || value === null) return undefined;
    if (!isObject(value))
      return `${at} accessor error: ${shown(value)} is of the type ${goType(value)}, expected map[string]interface{}`;
    value = Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return undefined;
}

/** `.spec.replicas` as the names of fields. */
const namesOf = (path: string): string[] => path.replace(/^\./, "").split(".");

function valueAt(object: unknown, path: string): unknown {
  let value = object;
  for (const name of namesOf(path)) {
    if (!isObject(value)) return undefined;
    value = Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}

function changed(object: unknown, [name, ...rest]: readonly string[], value: unknown): Json {
  const fields = isObject(object) ? object : {};
  const inner = rest.length === 0 ? value : changed(fields[name!], rest, value);
  return { ...fields, [name!]: inner };
}

export function customScale(paths: CustomResourceSubresourceScale): NonNullable<Kind["scale"]> {
  const { specReplicasPath, statusReplicasPath, labelSelectorPath } = paths;
  return {
    of(object) {
      const replicas = valueAt(object, specReplicasPath);
      const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
      const selector = labelSelectorPath ? valueAt(object, labelSelectorPath) : undefined;
      return {
        kind: "Scale",
        apiVersion: "autoscaling/v1",
        metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
        spec: replicas === undefined ? {} : { replicas: Number(replicas) },
        status: {
          replicas: Number(valueAt(object, statusReplicasPath) ?? 0),
          ...(typeof selector === "string" && selector !== "" && { selector }),
        },
      };
    },
    set: (object, replicas) => changed(object, namesOf(specReplicasPath), replicas) as ApiObject,
    path: namesOf(specReplicasPath),
  };
}

const replicasMax = 2 ** 31 - 1;

/** `withSpec`: false for a write to the status. */
export function scaleProblems(
  object: unknown,
  paths: CustomResourceSubresourceScale,
  withSpec: boolean,
): Cause[] {
  const causes: Cause[] = [];
  if (withSpec) causes.push(...replicaProblems(object, paths.specReplicasPath));
  causes.push(...replicaProblems(object, paths.statusReplicasPath));
  const at = paths.labelSelectorPath;
  const unreachable = at ? accessProblem(object, at) : undefined;
  if (unreachable !== undefined) causes.push(invalidValue(at!, "", unreachable));
  const selector = at ? valueAt(object, at) : undefined;
  if (selector !== undefined && typeof selector !== "string")
    causes.push(
      invalidValue(
        at!,
        "",
        `${at} accessor error: ${shown(selector)} is of the type ${goType(selector)}, expected string`,
      ),
    );
  return causes;
}

/** Go writes large floating numbers with an exponent, from a smaller one on than we do. */
const floatText = (value: unknown): string =>
  typeof value === "number" && Math.abs(value) >= 1e21
    ? value.toExponential()
    : typeof value === "number" && Math.abs(value) >= 2 ** 53
      ? value.toExponential().replace(/e\+(\d)$/, "e+0$1")
      : shown(value);

function replicaProblems(object: unknown, path: string): Cause[] {
  const unreachable = accessProblem(object, path);
  if (unreachable !== undefined) return [invalidValue(path, 0, unreachable)];
  const replicas = valueAt(object, path);
  if (replicas === undefined) return [];
  if (typeof replicas !== "bigint" && !Number.isSafeInteger(replicas)) {
    const why = `${path} accessor error: ${floatText(replicas)} is of the type ${goType(replicas)}, expected int64`;
    return [invalidValue(path, 0, why)];
  }
  if (typeof replicas !== "number" && typeof replicas !== "bigint") return [];
  if (replicas < 0) return [invalidValue(path, replicas, "should be a non-negative integer")];
  if (replicas <= replicasMax) return [];
  return [invalidValue(path, replicas, `should be less than or equal to ${replicasMax}`)];
}
