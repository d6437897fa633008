// The rules of a priority level.
import { fieldForbidden, notSupported, required } from "../../field-error.ts";
import type { Write } from "../../kind.ts";
import { semanticEqual } from "../../semantic-equal.ts";
import type { Cause } from "../../status-error.ts";
import type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from "../../types/flowcontrol-v1.ts";
import { invalid, type Out } from "../checks.ts";
import { checkTypes } from "./conditions.ts";
import { fixedLevels } from "./fixed.ts";

const zeroAnnotation = "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares";

export function validatePriorityLevel(
  { metadata, spec, status }: PriorityLevelConfiguration,
  _old: PriorityLevelConfiguration | undefined,
  { subresource }: Write,
): Cause[] {
  const out: Out = [];
  const { name = "", annotations } = metadata;
  if (subresource !== "") {
    checkTypes(out, status?.conditions);
    return out;
  }
  if (annotations?.[zeroAnnotation] !== undefined) {
    const detail = `annotation '${zeroAnnotation}' is forbidden`;
    out.push(fieldForbidden("metadata.annotations", detail));
  }
  const last: Out = [];
  checkSpec(out, last, name, spec ?? ({} as PriorityLevelConfigurationSpec));
  checkFixed(out, name, spec);
  checkTypes(out, status?.conditions);
  return [...out, ...last];
}

/** How much an exempt level lends is all that may change. */
function checkFixed(
  out: Out,
  name: string,
  spec: PriorityLevelConfigurationSpec | undefined,
): void {
  const fixed = fixedLevels.get(name);
  if (fixed === undefined) return;
  const isExempt = name === "exempt";
  const same = semanticEqual(isExempt ? { ...spec, exempt: fixed.exempt } : spec, fixed);
  if (same) return;
  const but = isExempt ? " except the 'spec.exempt' field" : "";
  invalid(out, "spec", spec, `spec of '${name}'${but} must equal the fixed value`);
}

const types = ["Exempt", "Limited"];

/** `last`: what upstream's newer kind of rules says, behind everything else. */
function checkSpec(
  out: Out,
  last: Out,
  name: string,
  { type = "", limited, exempt }: PriorityLevelConfigurationSpec,
): void {
  if ((name === "exempt") !== (type === "Exempt")) {
    invalid(out, "spec.type", type, "must be 'Exempt' if and only if `name` is 'exempt'");
  }
  checkMode(last, { at: "spec.limited", isSet: limited !== undefined, is: type, of: "Limited" });
  if (exempt !== undefined && type !== "Exempt") last.push(forbiddenHere("spec.exempt"));
  if (type === "Exempt") {
    if (exempt) checkExempt(out, "spec.exempt", exempt);
  } else if (type === "Limited") {
    if (limited) checkLimited(out, last, limited);
  } else if (type === "") last.push(required("spec.type"));
  else out.push(notSupported("spec.type", type, types));
}

type Mode = {
  readonly at: string;
  readonly isSet: boolean;
  readonly is: string;
  readonly of: string;
};

/** A part that goes with one value of the type and with no other. */
function checkMode(last: Out, { at, isSet, is, of }: Mode): void {
  if (is === of && !isSet) last.push(required(at));
  if (is !== of && isSet) last.push(forbiddenHere(at));
}

/** Rules of upstream's newer kind say no more. */
const forbiddenHere = (field: string): Cause => ({
  reason: "FieldValueForbidden",
  message: "Forbidden",
  field,
});

const shareProblem = "must be a non-negative integer";
const percentProblem = "must be between 0 and 100, inclusive";

function checkShares(
  out: Out,
  at: string,
  part: LimitedPriorityLevelConfiguration | ExemptPriorityLevelConfiguration,
): void {
  const { nominalConcurrencyShares: shares = 0 } = part;
  if (shares < 0) invalid(out, `${at}.nominalConcurrencyShares`, shares, shareProblem);
}

function checkLendable(
  out: Out,
  at: string,
  { lendablePercent: percent = 0 }: { lendablePercent?: number },
): void {
  if (percent >= 0 && percent <= 100) return;
  invalid(out, `${at}.lendablePercent`, percent, percentProblem);
}

function checkExempt(out: Out, at: string, exempt: ExemptPriorityLevelConfiguration): void {
  checkShares(out, at, exempt);
  checkLendable(out, at, exempt);
}

function checkLimited(out: Out, last: Out, limited: LimitedPriorityLevelConfiguration): void {
  const at = "spec.limited";
  checkShares(out, at, limited);
  checkResponse(out, last, `${at}.limitResponse`, limited.limitResponse ?? { type: "" });
  checkLendable(out, at, limited);
  const { borrowingLimitPercent: percent = 0 } = limited;
  if (percent >= 0) return;
  const detail = "if specified, must be a non-negative integer";
  invalid(out, `${at}.borrowingLimitPercent`, percent, detail);
}

const responses = ["Queue", "Reject"];

function checkResponse(
  out: Out,
  last: Out,
  at: string,
  { type = "", queuing }: LimitResponse,
): void {
  const isSet = queuing !== undefined;
  checkMode(last, { at: `${at}.queuing`, isSet, is: type, of: "Queue" });
  if (type === "Queue" && queuing) checkQueuing(out, `${at}.queuing`, queuing);
  if (type === "") last.push(required(`${at}.type`));
  else if (!responses.includes(type)) out.push(notSupported(`${at}.type`, type, responses));
}

const queuesMax = 10_000_000;
const hashBitsMax = 60;

function checkQueuing(out: Out, at: string, queuing: QueuingConfiguration): void {
  const { queueLengthLimit: length = 0, queues = 0, handSize: hand = 0 } = queuing;
  if (length <= 0) invalid(out, `${at}.queueLengthLimit`, length, "must be positive");
  if (queues <= 0) invalid(out, `${at}.queues`, queues, "must be positive");
  else if (queues > queuesMax) {
    invalid(out, `${at}.queues`, queues, `must not be greater than ${queuesMax}`);
  }
  const field = `${at}.handSize`;
  if (hand <= 0) invalid(out, field, hand, "must be positive");
  else if (hand > queues) {
    invalid(out, field, hand, `should not be greater than queues (${queues})`);
  } else if (Math.ceil(Math.log2(queues) * hand) > hashBitsMax) {
    const what = `required entropy bits of deckSize ${queues} and handSize ${hand}`;
    invalid(out, field, hand, `${what} should not be greater than ${hashBitsMax}`);
  }
}
