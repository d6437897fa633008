// All descriptions, so that they are loaded together.
import { access } from "./access.ts";
import { core } from "./core.ts";
import { extension } from "./extension.ts";
import { pod } from "./pod.ts";
import { schemas } from "./schemas.ts";
import { states } from "./states.ts";
import { volumes } from "./volumes.ts";
import { workloads } from "./workloads.ts";

export const all: readonly string[] = [
  core,
  volumes,
  pod,
  workloads,
  access,
  extension,
  schemas,
  states,
];
