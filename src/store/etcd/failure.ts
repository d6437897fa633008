// What etcd or the way to it says when a call fails, in terms of the store.
import { StoreError } from "../store.ts";

/** A call that failed: gRPC's status code and its text. */
export type CallFailure = { code: number; details: string };

const deadlineExceeded = 4;
const resourceExhausted = 8;
const failedPrecondition = 9;
const outOfRange = 11;

/** True when the same call can succeed at another member, or a little later. */
export function isPassing({ code, details }: CallFailure): boolean {
  if (code === resourceExhausted) return details.includes("too many requests");
  // Cancelled, unknown, deadline, aborted, internal (a stream cut amid an answer), unavailable.
  if ([1, 2, deadlineExceeded, 10, 13, 14].includes(code)) return true;
  return code === failedPrecondition && /not leader|not capable|learner/.test(details);
}

/** True when the call cannot have reached a member. */
export const isUnsent = ({ details }: CallFailure): boolean =>
  details.includes("No connection established") || details.includes("connect ECONNREFUSED");

/** True for the error of a call that asked for what was compacted, or to compact what was. */
export function isCompacted(error: unknown): boolean {
  const { code, details } = ((error as Error).cause ?? {}) as Partial<CallFailure>;
  return code === outOfRange && details !== undefined && details.includes("has been compacted");
}

/** The error of the store for a call that `endpoint` has refused for good. */
export function refused(endpoint: string, failure: CallFailure): StoreError {
  const { code, details } = failure;
  const cause = failure;
  if (code === resourceExhausted && details.includes("space exceeded"))
    return new StoreError(
      "full",
      `etcd at ${endpoint} is out of space (alarm NOSPACE): reads go on, writes will again once it ` +
        "was compacted and defragmented, or given a larger quota, and the alarm was disarmed",
      { cause },
    );
  if (details.includes("request is too large") || details.includes("larger than max"))
    return new StoreError(
      "too-large",
      `etcd at ${endpoint} takes no request of this size (its --max-request-bytes): ${details}`,
      { cause },
    );
  if (code === 7 || code === 16 || /auth|user name/.test(details))
    return new StoreError(
      "unavailable",
      `etcd at ${endpoint} does not let this server in: ${details}; give it a client certificate ` +
        "(--store-cert, --store-key) whose user may read and write all keys",
      { cause },
    );
  return new StoreError("unavailable", `etcd at ${endpoint}: ${details} (code ${code})`, { cause });
}

/** Why no member has answered, each with its own reason. */
export function unreachable(failures: ReadonlyMap<string, CallFailure>): StoreError {
  const reasons = [...failures].map(([endpoint, failure]) =>
    isCertificate(failure.details)
      ? certificateText(failure, endpoint)
      : `${endpoint}: ${short(failure)}`,
  );
  return new StoreError("unavailable", `no etcd member has answered: ${reasons.join("; ")}`);
}

/** True when the two sides do not believe each other's certificates: waiting does not help. */
export function isCertificate(details: string): boolean {
  return /certificate|CERT_|self-signed|altname|alert number (4[0-9]|116)|unknown ca|wrong version number|EPROTO/i.test(
    details,
  );
}

function certificateText({ details }: CallFailure, endpoint: string): string {
  const why = details.replace(/^.*Last error: /s, "");
  const side = /alert|EPROTO|required/i.test(details)
    ? "it does not accept this server's (--store-cert, --store-key)"
    : "its own is not accepted (--store-ca)";
  return `certificates of etcd at ${endpoint}: ${side}: ${why}`;
}

function short({ code, details }: CallFailure): string {
  if (code === deadlineExceeded) return "no answer in time";
  return details.replace(/^.*Last error: /s, "").replace(/\. Resolution note:.*$/s, "");
}
