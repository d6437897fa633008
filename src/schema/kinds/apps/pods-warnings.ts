// Warnings of kinds that make pods.
import { checkDnsLabel } from "../../names.ts";
import type { ObjectMeta } from "../../types/meta-v1.ts";

const advice =
  "this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended";

/** Names of pods begin with the name of what made them. */
export function nameWarnings({ name = "" }: ObjectMeta): string[] {
  const problems = checkDnsLabel(name);
  return problems.length === 0 ? [] : [`metadata.name: ${advice}: [${problems.join(" ")}]`];
}
