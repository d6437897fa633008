// What was done, by whom, and how it ended: one record accompanies each request that the policy wants, and hands an
// event to the sinks at each stage.
import type { Clock } from "../../lib/clock.ts";
import { type Random, uuid } from "../../lib/random.ts";
import type { ApiRequest, ApiResponse, Identity } from "../../schema/api-request.ts";
import type { ApiObject, Kind } from "../../schema/kind.ts";
import { StatusError } from "../../schema/status-error.ts";
import { impersonatorOf } from "../auth/impersonate.ts";
import { codecOf } from "../codec.ts";
import type { Attributes, Context, Decision, Kinds } from "../context.ts";
import { answerDocument, requestDocument } from "./document.ts";
import {
  type AuditEvent,
  agentOf,
  completedRef,
  microTime,
  type ObjectRef,
  type ResponseStatus,
  refOf,
  sourcesOf,
  statusOf,
  userOf,
  withoutManagedFields,
} from "./event.ts";
import type { AuditPolicy, Stage, Wanted } from "./policy.ts";

/** Takes an event; rejects when it could not be kept and the request must not go on. */
export type AuditSink = (event: AuditEvent) => void | Promise<void>;

export type AuditOptions = {
  readonly policy: AuditPolicy;
  readonly sinks: readonly AuditSink[];
  readonly clock: Clock;
  readonly random: Random;
};

export type Audited = Pick<
  Context,
  "request" | "attributes" | "identity" | "annotations" | "onRead"
>;

export type Audit = {
  /** Undefined when the policy wants nothing of it. Rejects with StatusError(500) when the event must be kept and cannot. */
  begin(request: Audited, kinds: Kinds): Promise<AuditRecord | undefined>;
  /** A request of which nobody knows who asks, or whose asker may not ask in another's name. */
  unidentified(refused: Unidentified): Promise<void>;
};

export type Unidentified = {
  readonly request: ApiRequest;
  readonly attributes: Attributes;
  readonly annotations: Map<string, string>;
  readonly kinds: Kinds;
  /** Who wanted to ask in another's name. */
  readonly asker: Identity | undefined;
  readonly answer: ApiResponse;
};

export type AuditRecord = {
  /** Told to the caller as `Audit-Id`. */
  readonly id: string;
  decided(decision: Decision): void;
  /** The answer to give; one that goes on for long is watched until it ends. */
  answered(answer: ApiResponse): Promise<ApiResponse>;
};

export function makeAudit(options: AuditOptions): Audit {
  return {
    async begin(request, kinds) {
      const wanted = options.policy(askerOf(request.identity), request.attributes);
      if (wanted.level === "None") return undefined;
      const record = new RequestRecord(options, { ...request, kinds }, wanted);
      request.onRead = (object, kind) => record.read(object, kind);
      await record.stage("RequestReceived");
      return record;
    },
    async unidentified({ request, attributes, annotations, kinds, asker, answer }) {
      const identity: Identity = asker ?? { user: "", groups: [] };
      const wanted = options.policy(identity, attributes);
      if (wanted.level === "None") return;
      const asked = { request, attributes, identity, annotations, kinds };
      const record = new RequestRecord(options, asked, wanted);
      if (asker === undefined) return record.refused(answer);
      await record.stage("RequestReceived");
      await record.answered(answer);
    },
  };
}

const askerOf = (identity: Identity): Identity => impersonatorOf(identity)?.asker ?? identity;

type Subject = Audited & { readonly kinds: Kinds };

class RequestRecord implements AuditRecord {
  readonly id: string;
  readonly #options: AuditOptions;
  readonly #subject: Subject;
  readonly #wanted: Wanted;
  readonly #head: Omit<AuditEvent, "stage" | "stageTimestamp">;
  #ref: ObjectRef | undefined;
  #status: ResponseStatus | undefined;
  #requestObject: unknown;
  #responseObject: unknown;

  constructor(options: AuditOptions, subject: Subject, wanted: Wanted) {
    this.#options = options;
    this.#subject = subject;
    this.#wanted = wanted;
    this.id = idOf(subject.request) ?? uuid(options.random);
    this.#ref = refOf(subject.attributes);
    this.#head = this.#headOf(subject);
  }

  #headOf({
    request,
    attributes,
    identity,
  }: Subject): Omit<AuditEvent, "stage" | "stageTimestamp"> {
    const impersonator = impersonatorOf(identity);
    const { asker, constraint = "" } = impersonator ?? {};
    const agent = agentOf({ request });
    return {
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      level: this.#wanted.level,
      auditID: this.id,
      requestURI: request.query === "" ? request.path : `${request.path}?${request.query}`,
      verb: attributes.verb,
      user: userOf(asker ?? identity),
      ...(asker === undefined ? {} : { impersonatedUser: userOf(identity) }),
      ...(constraint === ""
        ? {}
        : { authenticationMetadata: { impersonationConstraint: constraint } }),
      sourceIPs: sourcesOf({ request }),
      ...(agent === "" ? {} : { userAgent: agent }),
      requestReceivedTimestamp: microTime(this.#options.clock.now()),
    };
  }

  /** The object as it was asked for, before admission. */
  read(object: ApiObject, kind: Kind): void {
    if (this.#ref !== undefined) this.#ref = completedRef(this.#ref, object);
    if (this.#wanted.level === "Metadata") return;
    const document: unknown = JSON.parse(codecOf(kind).encode(object));
    this.#requestObject = this.#shown(document);
  }

  #shown(document: unknown): unknown {
    return this.#wanted.omitManagedFields ? withoutManagedFields(document) : document;
  }

  decided({ says, reason }: Decision): void {
    const { annotations } = this.#subject;
    annotations.set("authorization.k8s.io/decision", says === "allow" ? "allow" : "forbid");
    annotations.set("authorization.k8s.io/reason", reason);
  }

  /** Nobody knows who asked: that is all there is to tell. */
  async refused(answer: ApiResponse): Promise<void> {
    this.#status = statusOf(answer.status, await answerDocument(answer, this.#subject.kinds));
    await this.stage("ResponseStarted");
  }

  async answered(answer: ApiResponse): Promise<ApiResponse> {
    await this.#noteObjects(answer);
    const { body } = answer;
    const isLong = body.is === "stream" || body.is === "events" || body.is === "upgrade";
    if (!isLong || !isLongRunning(this.#subject.attributes)) {
      await this.stage("ResponseComplete");
      return answer;
    }
    await this.stage("ResponseStarted");
    const ended = (): Promise<void> => this.stage("ResponseComplete");
    if (body.is === "upgrade") {
      const run: typeof body.run = (connection) => body.run(connection).finally(ended);
      return { ...answer, body: { is: "upgrade", run } };
    }
    if (body.is === "stream")
      return { ...answer, body: { is: "stream", batches: until(body.batches, ended) } };
    return { ...answer, body: { is: "events", batches: until(body.batches, ended) } };
  }

  async #noteObjects(answer: ApiResponse): Promise<void> {
    const { request, attributes, kinds } = this.#subject;
    const { level } = this.#wanted;
    const failed = answer.status >= 400;
    const wantsAnswer = level === "RequestResponse" && attributes.isResource;
    const deletes = request.method === "DELETE";
    const given =
      failed || wantsAnswer || deletes ? await answerDocument(answer, kinds) : undefined;
    this.#status = statusOf(answer.status, given);
    if (wantsAnswer) this.#responseObject = this.#shown(given);
    // What is read as an object has been noted; patches and options are told as they came.
    const isPlain = request.method === "PATCH" || deletes;
    if (!attributes.isResource || !isPlain || level === "Metadata") return;
    this.#requestObject ??= await requestDocument(request, kinds);
  }

  /** Hands an event to every sink, unless the policy leaves out the stage. */
  async stage(stage: Stage): Promise<void> {
    if (this.#wanted.omitStages.has(stage)) return;
    const { annotations } = this.#subject;
    const { requestReceivedTimestamp, kind, apiVersion, level, auditID, ...head } = this.#head;
    const event: AuditEvent = {
      kind,
      apiVersion,
      level,
      auditID,
      stage,
      ...head,
      ...(this.#ref === undefined ? {} : { objectRef: this.#ref }),
      ...(this.#status === undefined ? {} : { responseStatus: this.#status }),
      ...(this.#requestObject === undefined ? {} : { requestObject: this.#requestObject }),
      ...(this.#responseObject === undefined ? {} : { responseObject: this.#responseObject }),
      requestReceivedTimestamp,
      stageTimestamp: microTime(this.#options.clock.now()),
      ...(annotations.size === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    };
    try {
      for (const sink of this.#options.sinks) await sink(event);
    } catch (error) {
      throw new StatusError(
        500,
        "InternalError",
        "Internal error occurred: failed to store audit event",
        { cause: error } as never,
      );
    }
  }
}

/** What a caller wants the request to be called, as upstream when it is no longer than this. */
const idLettersMax = 64;

function idOf({ headers }: ApiRequest): string | undefined {
  const id = headers["audit-id"] ?? "";
  return id === "" || id.length > idLettersMax ? undefined : id;
}

const longSubresources: ReadonlySet<string> = new Set([
  "attach",
  "exec",
  "proxy",
  "log",
  "portforward",
]);

const isLongRunning = ({ verb, subresource }: Attributes): boolean =>
  verb === "watch" || verb === "proxy" || longSubresources.has(subresource);

async function* until<T>(batches: AsyncIterable<T>, ended: () => Promise<void>): AsyncIterable<T> {
  try {
    yield* batches;
  } finally {
    await ended();
  }
}
