// What admission plug-ins have in common: which writes concern them, and how they say no.
import { forbidden, type StatusError } from "../../schema/status-error.ts";
import type { AdmissionWrite, Attributes, Context } from "../context.ts";

/** Not this, for that reason: 403 about the object that is written. */
export function refused(context: Context, write: AdmissionWrite, why: string): StatusError {
  const { group, plural } = context.attributes;
  return forbidden({ group, plural, name: nameOf(context, write) }, why);
}

/** The name by which a refusal calls the object. Before it has one, that from which it is made. */
export function nameOf({ attributes }: Context, { object }: AdmissionWrite): string {
  if (attributes.name !== "") return attributes.name;
  return object?.metadata?.name || object?.metadata?.generateName || "Unknown";
}

/** `about("pods")`, `about("pods/status")`, `about("ingresses.networking.k8s.io")`. */
export function about(resource: string): (attributes: Attributes) => boolean {
  const [name = "", subresource = ""] = resource.split("/", 2);
  const [plural = "", ...group] = name.split(".");
  const groupName = group.join(".");
  return (a) => a.plural === plural && a.subresource === subresource && a.group === groupName;
}

/** Several errors in one text, as Go's aggregate prints them. */
export function aggregated(errors: readonly string[]): string {
  const texts = [...new Set(errors)];
  return texts.length === 1 ? texts[0]! : `[${texts.join(", ")}]`;
}
