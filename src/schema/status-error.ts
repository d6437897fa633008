// What the API answers when it refuses. Thrown anywhere below the edge; the edge writes it as it stands.

import { quoted } from "./quoted.ts";

/** One reason in `details.causes` of a Status. `field` is a path as in upstream's errors: `spec.containers[0].name`. */
export type Cause = { reason: string; message: string; field?: string };

export type StatusDetails = {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: Cause[];
  retryAfterSeconds?: number;
};

export type Status = {
  kind: "Status";
  apiVersion: "v1";
  metadata: Record<string, unknown>;
  status: "Success" | "Failure";
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
};

/** A refusal that the API promises: HTTP `code`, machine-readable `reason`, message for people. */
export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.name = "StatusError";
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** The body of the answer. */
  toStatus(): Status {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message: this.message,
      ...(this.reason === "" ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: shownDetails(this.details) }),
      code: this.code,
    };
  }
}

/** A cause without a reason says none. */
function shownDetails({ causes, ...details }: StatusDetails): StatusDetails {
  if (causes === undefined) return details;
  return {
    ...details,
    causes: causes.map(
      ({ reason, ...rest }) => (reason === "" ? rest : { reason, ...rest }) as Cause,
    ),
  };
}

/** Names a resource in messages the way upstream does: `pods "a"`, `deployments.apps "a"`. */
export type Named = { group: string; plural: string; name: string };

const qualified = ({ group, plural }: Named): string =>
  group === "" ? plural : `${plural}.${group}`;
const about = (n: Named): StatusDetails => ({
  name: n.name,
  ...(n.group === "" ? {} : { group: n.group }),
  kind: n.plural,
});

export const notFound = (n: Named): StatusError =>
  new StatusError(404, "NotFound", `${qualified(n)} "${n.name}" not found`, about(n));

export const alreadyExists = (n: Named): StatusError =>
  new StatusError(409, "AlreadyExists", `${qualified(n)} "${n.name}" already exists`, about(n));

export const conflict = (n: Named, why: string): StatusError =>
  new StatusError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(n)} "${n.name}": ${why}`,
    about(n),
  );

export const forbidden = (n: Named, why: string): StatusError =>
  new StatusError(
    403,
    "Forbidden",
    n.name === ""
      ? `${qualified(n)} is forbidden: ${why}`
      : `${qualified(n)} "${n.name}" is forbidden: ${why}`,
    about(n),
  );

export const badRequest = (message: string): StatusError =>
  new StatusError(400, "BadRequest", message);

/** Broken rules that are told of one object: each may be as long as its value, and the answer has each twice. */
export const causesMax = 1000;

/**
 * All broken rules of one object at once, worded as upstream's `Invalid`; a rule that is named twice is told once, and
 * beyond a thousand they are only counted. `kind` is the Kind: `Pod`.
 */
export function invalid(
  what: { group: string; kind: string; name: string },
  causes: Cause[],
): StatusError {
  const told = new Map(
    causes
      .slice(0, causesMax)
      .map((c) => [c.field === undefined ? c.message : `${c.field}: ${c.message}`, c]),
  );
  const texts = [...told.keys()];
  if (causes.length > causesMax) texts.push(`and ${causes.length - causesMax} more`);
  const joined = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  const full = what.group === "" ? what.kind : `${what.kind}.${what.group}`;
  return new StatusError(422, "Invalid", `${full} ${quoted(what.name)} is invalid: ${joined}`, {
    ...(what.name === "" ? {} : { name: what.name }),
    ...(what.group === "" ? {} : { group: what.group }),
    ...(what.kind === "" ? {} : { kind: what.kind }),
    causes: [...told.values()],
  });
}
