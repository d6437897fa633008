// What were fields of a node before there were fields: they mean nothing any more, but must still be readable.
import { DecodeError } from "../../decode-place.ts";
import { invalidValue, required } from "../../field-error.ts";
import { readJson } from "../../scan.ts";
import type { AvoidPods, Taint } from "../../types/core-v1.ts";
import type { Out } from "../checks.ts";
import { checkTaints } from "./taints.ts";

const at = "metadata.annotations";
const taints = "scheduler.alpha.kubernetes.io/taints";
const avoidPods = "scheduler.alpha.kubernetes.io/preferAvoidPods";

export function checkNodeAnnotations(
  out: Out,
  annotations: Readonly<Record<string, string>> | undefined,
): void {
  if (annotations === undefined) return;
  if (annotations[taints]) {
    const given = read(out, { field: at, key: taints, text: annotations[taints] });
    checkTaints(out, `${at}.${taints}`, (given ?? []) as readonly Taint[]);
  }
  if (annotations[avoidPods]) {
    const text = annotations[avoidPods];
    const given = read(out, { field: `${at}.AvoidPods`, key: avoidPods, text });
    checkAvoided(out, (given ?? {}) as AvoidPods);
  }
}

/** Undefined, and a cause, for what is no JSON. */
function read(
  out: Out,
  { field, key, text }: { readonly field: string; readonly key: string; readonly text: string },
): unknown {
  try {
    return readJson(new TextEncoder().encode(text), { duplicates: false }).value;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    out.push(invalidValue(field, key, error.message));
    return undefined;
  }
}

function checkAvoided(out: Out, { preferAvoidPods = [] }: AvoidPods): void {
  for (const [i, entry] of preferAvoidPods.entries()) {
    const field = `${at}.${avoidPods}[${i}].PodSignature`;
    const owner = entry?.podSignature?.podController;
    if (owner === undefined) out.push(required(field));
    else if (owner.controller !== true) {
      const detail = "must point to a controller";
      out.push(invalidValue(`${field}.PodController.Controller`, false, detail));
    }
  }
}
