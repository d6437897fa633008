// What is asked of writes to definitions and to what they define.
import { loadPatterns } from "../../schema/custom-pattern.ts";
import { customResourceDefinitions } from "../../schema/resources.ts";
import { forbidden } from "../../schema/status-error.ts";
import type { CustomResourceDefinition } from "../../schema/types/apiextensions-v1.ts";
import type { Admission, Core } from "../context.ts";

const terminating = "create not allowed while custom resource definition is terminating";

/** No new objects of a definition that is on its way out. */
export function customResourceEnd(core: Core): Admission {
  const definitions = core.view<CustomResourceDefinition>(customResourceDefinitions);
  return {
    name: "CustomResourceEnd",
    handles: ({ group, plural }, { operation }) =>
      operation === "CREATE" &&
      definitions.get("", `${plural}.${group}`)?.metadata.deletionTimestamp !== undefined,
    mutate({ attributes: { group, plural } }, { object }) {
      throw forbidden({ group, plural, name: object?.metadata.name ?? "" }, terminating);
    },
  };
}

/**
 * The rules of definitions and policies try their patterns; the engine for these is loaded when first needed.
 */
export const definitionPatterns: Admission = {
  name: "DefinitionPatterns",
  handles: ({ group, plural }, { operation }) =>
    operation !== "DELETE" &&
    (group === "admissionregistration.k8s.io" ||
      (group === customResourceDefinitions.group && plural === customResourceDefinitions.plural)),
  mutate: () => loadPatterns(),
};
