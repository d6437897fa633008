// A patch that makes a custom resource say that it is another one: upstream finds that when it checks the object, not
// when it reads it.
import { invalidValue } from "../../schema/field-error.ts";
import type { Kind } from "../../schema/kind.ts";
import { apiVersionOf } from "../../schema/resource.ts";
import { invalid, type StatusError } from "../../schema/status-error.ts";

type Given = { readonly group: string; readonly version: string; readonly kind: string };

/** undefined: `kind` is none of a definition, or nothing is said that could be compared. */
export function strangerProblem(
  { resource }: Kind,
  given: Given,
  name: string,
): StatusError | undefined {
  if (resource.type !== "" || given.kind === "" || given.version === "") return undefined;
  const { group, version, kind } = given;
  const apiVersion = group === "" ? version : `${group}/${version}`;
  const wanted = apiVersionOf(resource);
  const causes = [
    ...(kind === resource.kind ? [] : [invalidValue("kind", kind, `must be ${resource.kind}`)]),
    ...(apiVersion === wanted ? [] : [invalidValue("apiVersion", apiVersion, `must be ${wanted}`)]),
  ];
  return invalid({ group, kind, name }, causes);
}
