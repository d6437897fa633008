// The rules of a block for services' addresses.
import { required } from "../../field-error.ts";
import { isOmitted } from "../../given-empty.ts";
import { checkCidr, parseCidr } from "../../ip.ts";
import type { Write } from "../../kind.ts";
import type { Cause } from "../../status-error.ts";
import type { ServiceCIDR } from "../../types/networking-v1.ts";
import { immutableProblem, invalid, type Out } from "../checks.ts";

const at = "spec.cidrs";

export function validateServiceCidr(
  { spec }: ServiceCIDR,
  old: ServiceCIDR | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  const cidrs = spec?.cidrs ?? [];
  if (subresource === "status") return out;
  if (old === undefined) checkBlocks(out, cidrs);
  else {
    const empty = isOmitted(spec, "cidrs") ? [] : null;
    checkUpdate(out, { next: cidrs, old: old.spec?.cidrs ?? [], empty });
  }
  return out;
}

function checkBlocks(out: Out, cidrs: readonly string[]): void {
  if (cidrs.length === 0) {
    out.push(required(at, "at least one CIDR required"));
    return;
  }
  if (cidrs.length > 2) {
    // Upstream shows its own struct, whose fields have names of Go.
    invalid(out, at, { CIDRs: cidrs }, "may only hold up to 2 values");
    return;
  }
  for (const [i, cidr] of cidrs.entries()) out.push(...checkCidr(`${at}[${i}]`, cidr));
  const [first, second] = cidrs.map((cidr) => parseCidr(cidr)?.address.bytes.length);
  if (first === undefined || first !== second) return;
  const example = "i.e 192.168.0.0/24 and 2001:db8::/64";
  invalid(out, at, cidrs, `may specify no more than one IP for each IP family, ${example}`);
}

type Blocks = {
  readonly next: readonly string[];
  readonly old: readonly string[];
  /** How `next` is shown when nothing is in it. */
  readonly empty: readonly string[] | null;
};

/** A second family may be added. */
function checkUpdate(out: Out, { next, old, empty }: Blocks): void {
  const same = (i: number) => {
    if (next[i] !== old[i]) invalid(out, `${at}[${i}]`, next[i], immutableProblem);
  };
  if (old.length === next.length) for (const i of old.keys()) same(i);
  else if (old.length === 1 && next.length === 2) {
    same(0);
    checkBlocks(out, next);
  } else invalid(out, at, next.length === 0 ? empty : next, immutableProblem);
}
