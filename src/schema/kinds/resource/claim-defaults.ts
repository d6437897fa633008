// Defaults of what a claim or a template of claims asks for, and what it cannot ask for.
import type { ResourceClaimSpec } from "../../types/resource-v1.ts";

/** What is behind gates that are off by default. */
export function dropDisabled(spec: ResourceClaimSpec | undefined): void {
  for (const { exactly, firstAvailable } of spec?.devices?.requests ?? []) {
    delete exactly?.derivedAttributes;
    for (const alternative of firstAvailable ?? []) delete alternative.derivedAttributes;
  }
}

type Counted = { allocationMode?: string; count?: number };

export function defaultClaim(spec: ResourceClaimSpec | undefined): void {
  for (const { exactly, firstAvailable } of spec?.devices?.requests ?? []) {
    if (exactly) defaultCount(exactly);
    for (const alternative of firstAvailable ?? []) defaultCount(alternative);
  }
}

function defaultCount(request: Counted): void {
  request.allocationMode ||= "ExactCount";
  if (request.allocationMode === "ExactCount") request.count ||= 1;
}
