// What a request carries through the server's steps: identify → authorize → queue → admit → verb → encode.
import type { Clock } from "../lib/clock.ts";
import type { Random } from "../lib/random.ts";
import type { Api, ApiRequest, ApiResponse, Identity } from "../schema/api-request.ts";
import type { ApiObject, Kind } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";
import type { Audit } from "./audit/audit.ts";
import type { AdmissionMeter } from "./metrics/admission-meter.ts";
import type { Turns } from "./turns.ts";

/** What is asked for, as authorization, admission and audit see it (upstream's request attributes). */
export type Attributes = {
  /** get list watch create update patch delete deletecollection, or the lower-case method for other paths. */
  readonly verb: string;
  readonly isResource: boolean;
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly subresource: string;
  /** "" for cluster-wide objects and for lists over all namespaces. */
  readonly namespace: string;
  /** "" for lists and creates. A single-name field selector on a list or watch sets it too, as upstream. */
  readonly name: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
};

export type Context = {
  readonly request: ApiRequest;
  readonly attributes: Attributes;
  /** Set by the identify step. */
  readonly identity: Identity;
  /** The kind that is asked for; undefined outside resources. */
  readonly kind: Kind | undefined;
  readonly query: URLSearchParams;
  /** Wall clock when the request came, ms. */
  readonly now: number;
  /** Texts for `Warning: 299` headers, without repeats. */
  readonly warnings: Set<string>;
  /** Annotations for the audit log. */
  readonly annotations: Map<string, string>;
  /** Given the object of the request's body as soon as it is decoded and defaulted; set by the audit log. */
  onRead?: (object: ApiObject, kind: Kind) => void;
  /** Absent: there are no others to wait for. */
  readonly turns?: Turns | undefined;
  /** Set as soon as something large was met: the steps that follow make way for others between them. */
  isLarge?: boolean;
};

/** What the way of a request adds to its answer and to the audit log. */
export type Notes = Pick<Context, "warnings" | "annotations">;

/**
 * "allow" and "deny" are final; "no opinion" passes the question on to the next one, and what it has to say is part
 * of the refusal when nobody allows.
 */
export type Decision = {
  readonly says: "allow" | "deny" | "no opinion";
  readonly reason: string;
};

/** Pure in-memory; called for every request. */
export type Authorizer = (identity: Identity, attributes: Attributes) => Decision;

/** As `Authorizer`, or one that asks another program; in memory it answers at once, without a promise. */
export type AnyAuthorizer = (
  identity: Identity,
  attributes: Attributes,
) => Decision | Promise<Decision>;

/** One write on its way into the store. `object` is a private copy that mutating plug-ins may change. */
export type AdmissionWrite = {
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  object: ApiObject | undefined;
  readonly old: ApiObject | undefined;
  readonly dryRun: boolean;
  /** Options object of the request, as upstream hands it to webhooks. */
  readonly options: Readonly<Record<string, unknown>>;
};

/**
 * Told once how a write ended that was given something: when it happened, the object itself holds that from then on,
 * else it is free again.
 */
export type Release = (happened: boolean) => void | Promise<void>;

/**
 * An admission plug-in. Throws a StatusError to refuse. `mutate` of all runs in order before validation of the
 * kind, `validate` of all after it. `charge` runs last and returns what takes the charge back when the write fails
 * (quota).
 */
export type Admission = {
  readonly name: string;
  /** Upstream has no plug-in of this name, so that metrics do not tell of it. */
  readonly uncounted?: true;
  readonly handles: (attributes: Attributes, write: AdmissionWrite) => boolean;
  readonly mutate?: (context: Context, write: AdmissionWrite) => void | Promise<void>;
  readonly validate?: (context: Context, write: AdmissionWrite) => void | Promise<void>;
  /**
   * Gives the object what only one may have (addresses, ports), after admission and before its rules are checked.
   */
  readonly allocate?: (context: Context, write: AdmissionWrite) => Release | Promise<Release>;
  readonly charge?: (context: Context, write: AdmissionWrite) => Promise<() => void>;
};

/** The kinds that are served now: built-in ones and those of custom resource definitions. */
export type Kinds = {
  /** By what stands in a path. */
  find(group: string, version: string, plural: string): Kind | undefined;
  all(): readonly Kind[];
  /** Raised with each change, so that discovery and OpenAPI know when to be made anew. */
  readonly revision: number;
  onChange(listener: () => void): () => void;
  /** Replaces all kinds of one custom resource definition (by its name); an empty list removes them. */
  setCustom(definition: string, kinds: readonly Kind[]): void;
};

/**
 * The current objects of a kind for the server's own use (authorization, admission, custom resource definitions):
 * parsed, frozen, in step with the store: what was acknowledged is seen.
 */
export type View<T extends ApiObject = ApiObject> = {
  get(namespace: string, name: string): T | undefined;
  /** The same when everything that other servers have written is seen. */
  newest(namespace: string, name: string): Promise<T | undefined>;
  list(namespace?: string): readonly T[];
  /** Raised with each change of any object of the kind. */
  readonly revision: number;
  onChange(listener: (namespace: string, name: string, object: T | undefined) => void): () => void;
};

export type Claim = { readonly name: string; readonly atMs: number };

/** What only one may have, and no object of the API says who: claimed by name, whichever server asks. */
export type Claims = {
  /** False: somebody has it. */
  take(name: string): Promise<boolean>;
  /** Gives back what this server sees claimed; not what was claimed anew since. */
  free(name: string): Promise<void>;
  all(): readonly Claim[];
};

/** What the server gives to its edge: authentication, authorization, admission, discovery, custom resources. */
export type Core = {
  readonly kinds: Kinds;
  /** One view per resource, filled from the store on first use and kept in step from then on. */
  view<T extends ApiObject = ApiObject>(resource: Resource<T>): View<T>;
  /** Calls with any rights: the request carries its `identity`. Runs the whole way, admission included. */
  readonly api: Api;
  readonly claims: (sort: string) => Claims;
  /** What admission took. */
  readonly admitted: AdmissionMeter;
  readonly clock: Clock;
  readonly random: Random;
  /** Calls what it is given when all has been looked at that had come before. Absent: nothing comes beside. */
  readonly turnEnd?: ((run: () => void) => void) | undefined;
};

/** Computes the answer of a create that stores nothing. `body` is decoded and defaulted; `old` is the parent object of a subresource. */
export type Compute = (
  context: Context,
  body: ApiObject,
  old: ApiObject | undefined,
) => ApiObject | Promise<ApiObject>;

/** Answers a path that names no resource (discovery, OpenAPI, OpenID); undefined: it is another page's. */
export type Page = (context: Context) => ApiResponse | undefined | Promise<ApiResponse | undefined>;

/** The edge's parts as the server's composition wants them. */
export type Edge = {
  /**
   * Who asks, impersonation included. Throws StatusError(401) for credentials that are wrong; a request without
   * any is `system:anonymous`. Headers that came several times are joined by ", ".
   */
  readonly identify: (
    request: ApiRequest,
    attributes: Attributes,
    notes: Notes,
  ) => Identity | Promise<Identity>;
  /** Asked in order until one has an opinion; nobody has: refused. */
  readonly authorizers: readonly AnyAuthorizer[];
  readonly admissions: readonly Admission[];
  readonly pages: readonly Page[];
  /** Other servers below our own paths. */
  readonly aggregation?: {
    /** The answer of another server whose group version it is; undefined: it is one of ours. */
    readonly answer: (context: Context) => Promise<ApiResponse> | undefined;
    /** Goes on until the result is called. */
    readonly start: () => () => void;
  };
  /** By `plural.group` (`tokenreviews.authentication.k8s.io`) or `plural/subresource` (`serviceaccounts/token`). */
  readonly computed: Readonly<Record<string, Compute>>;
  /** Writes down what was done; absent: nobody wants it. */
  readonly audit?: Audit;
};
