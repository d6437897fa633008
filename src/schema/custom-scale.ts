// The scale of a custom resource: where its definition says that replicas and selector stand.

import { isObject } from "./clone.ts";
import { invalidValue } from "./field-error.ts";
import type { ApiObject, Kind } from "./kind.ts";
import { jsonText } from "./quoted.ts";
import type { Cause } from "./status-error.ts";
import type { CustomResourceSubresourceScale } from "./types/apiextensions-v1.ts";

type Json = Record<string, unknown>;

const shown = (value: unknown): string => (typeof value === "string" ? value : jsonText(value));

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
    set: (object, replicas) =>
      changed(object, namesOf(specReplicasPath), replicas) as unknown as ApiObject,
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
  const selector = at ? valueAt(object, at) : undefined;
  if (selector !== undefined && typeof selector !== "string")
    causes.push(
      invalidValue(
        at!,
        "",
        `${at} accessor error: ${shown(selector)} is of the type ${typeof selector}, expected string`,
      ),
    );
  return causes;
}

function replicaProblems(object: unknown, path: string): Cause[] {
  const replicas = valueAt(object, path);
  if (replicas === undefined) return [];
  if (typeof replicas !== "number" || !Number.isInteger(replicas)) {
    const why = `${path} accessor error: ${shown(replicas)} is of the type ${typeof replicas}, expected int64`;
    return [invalidValue(path, 0, why)];
  }
  if (replicas < 0) return [invalidValue(path, replicas, "should be a non-negative integer")];
  if (replicas <= replicasMax) return [];
  return [invalidValue(path, replicas, `should be less than or equal to ${replicasMax}`)];
}
