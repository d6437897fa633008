// One entry of the audit log, in upstream's form.
import type { Identity } from "../../schema/api-request.ts";
import type { Attributes, Context } from "../context.ts";
import type { Level, Stage } from "./policy.ts";

export type AuditEvent = {
  readonly kind: "Event";
  readonly apiVersion: "audit.k8s.io/v1";
  readonly level: Level;
  readonly auditID: string;
  readonly stage: Stage;
  readonly requestURI: string;
  readonly verb: string;
  readonly user: object;
  readonly impersonatedUser?: object;
  readonly authenticationMetadata?: { readonly impersonationConstraint: string };
  readonly sourceIPs?: readonly string[];
  readonly userAgent?: string;
  readonly objectRef?: ObjectRef;
  readonly responseStatus?: ResponseStatus;
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
  readonly requestReceivedTimestamp: string;
  readonly stageTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
};

export type ObjectRef = {
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly apiGroup?: string;
  readonly apiVersion: string;
  readonly resourceVersion?: string;
  readonly subresource?: string;
};

export type ResponseStatus = {
  readonly metadata: object;
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly details?: object;
  readonly code: number;
};

/** Microseconds are written, milliseconds are known. */
export const microTime = (ms: number): string => new Date(ms).toISOString().replace("Z", "000Z");

export const userOf = ({ user, uid, groups, extra }: Identity): object => ({
  ...(user === "" ? {} : { username: user }),
  ...(uid === undefined || uid === "" ? {} : { uid }),
  ...(groups.length === 0 ? {} : { groups }),
  ...(extra === undefined || Object.keys(extra).length === 0 ? {} : { extra }),
});

const agentLettersMax = 1024;

export function agentOf({ request }: Pick<Context, "request">): string {
  const agent = request.headers["user-agent"] ?? "";
  return agent.length > agentLettersMax ? `${agent.slice(0, agentLettersMax)}...TRUNCATED` : agent;
}

const address = /^[0-9a-fA-F.:]{2,45}$/;

/** What proxies say, which anybody can write, and at the end the address that the connection came from. */
export function sourcesOf({ request }: Pick<Context, "request">): string[] {
  const said = (request.headers["x-forwarded-for"] ?? "")
    .split(",")
    .map((one) => one.trim())
    .filter((one) => address.test(one));
  const real = (request.headers["x-real-ip"] ?? "").trim();
  if (address.test(real) && !said.includes(real)) said.push(real);
  const peer = request.peer.address;
  if (peer !== "" && said.at(-1) !== peer) said.push(peer);
  return said;
}

export function refOf(asked: Attributes): ObjectRef | undefined {
  if (!asked.isResource) return undefined;
  const { plural, namespace, name, group, version, subresource } = asked;
  return {
    resource: plural,
    ...(namespace === "" ? {} : { namespace }),
    ...(name === "" ? {} : { name }),
    ...(group === "" ? {} : { apiGroup: group }),
    apiVersion: version,
    ...(subresource === "" ? {} : { subresource }),
  };
}

type Metadata = { name?: string; namespace?: string; uid?: string; resourceVersion?: string };

/** The reference with what the request's own object adds to it. */
export function completedRef(ref: ObjectRef, document: unknown): ObjectRef {
  const metadata = (document as { metadata?: Metadata } | undefined)?.metadata;
  if (typeof metadata !== "object" || metadata === null) return ref;
  const name = ref.name ?? metadata.name;
  const namespace = ref.namespace ?? metadata.namespace;
  const { uid, resourceVersion } = metadata;
  return {
    resource: ref.resource,
    ...(namespace ? { namespace } : {}),
    ...(name ? { name } : {}),
    ...(uid ? { uid } : {}),
    ...(ref.apiGroup === undefined ? {} : { apiGroup: ref.apiGroup }),
    apiVersion: ref.apiVersion,
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(ref.subresource === undefined ? {} : { subresource: ref.subresource }),
  };
}

/** Of a Status its bounded fields, of anything else the code. */
export function statusOf(code: number, document: unknown): ResponseStatus {
  const found = document as Record<string, unknown> | undefined;
  if (found?.["kind"] !== "Status") return { metadata: {}, code };
  const { status, message, reason, details } = found as Partial<ResponseStatus>;
  return {
    metadata: {},
    ...(status === undefined ? {} : { status }),
    ...(message === undefined ? {} : { message }),
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
}

/** A copy without `managedFields`, of an object, a list or a table. */
export function withoutManagedFields(document: unknown): unknown {
  if (typeof document !== "object" || document === null) return document;
  const { metadata, items, rows, ...rest } = document as Record<string, unknown>;
  const stripped = (list: unknown, of: (item: unknown) => unknown): unknown =>
    Array.isArray(list) ? list.map(of) : list;
  const bare = (m: unknown): unknown => {
    if (typeof m !== "object" || m === null) return m;
    const { managedFields: _, ...kept } = m as Record<string, unknown>;
    return kept;
  };
  return {
    ...rest,
    ...(metadata === undefined ? {} : { metadata: bare(metadata) }),
    ...(items === undefined ? {} : { items: stripped(items, withoutManagedFields) }),
    ...(rows === undefined
      ? {}
      : {
          rows: stripped(rows, (row) => {
            const { object, ...cells } = row as Record<string, unknown>;
            return { ...cells, object: withoutManagedFields(object) };
          }),
        }),
  };
}
