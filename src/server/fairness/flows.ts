// The flow schemas in force, in the order in which they are tried.
import type { Identity } from "../../schema/api-request.ts";
import { fixedSchemas } from "../../schema/kinds/flowcontrol/fixed.ts";
import type { FlowSchema } from "../../schema/types/flowcontrol-v1.ts";
import type { Attributes } from "../context.ts";
import { FlowCounts } from "./counts.ts";
import type { Level } from "./level.ts";
import type { Levels } from "./levels.ts";
import { type Matcher, matcherOf } from "./match.ts";
import { RetryAfter } from "./retry-after.ts";

export type Flow = {
  readonly name: string;
  readonly level: Level;
  /** Most seats for one request; 0: the level sets no bound. */
  readonly seatsMax: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly matches: Matcher;
  /** What tells its flows from each other. */
  readonly distinguish: (identity: Identity, attributes: Attributes) => string;
  readonly retryAfter: RetryAfter;
  readonly counts: FlowCounts;
};

export class Flows {
  readonly #levels: Levels;
  readonly #retries = new Map<string, RetryAfter>();
  #all: readonly Flow[] = [];
  #last: Flow | undefined;

  constructor(levels: Levels) {
    this.#levels = levels;
  }

  get all(): readonly Flow[] {
    return this.#all;
  }

  /** Configured at least once. */
  of(identity: Identity, attributes: Attributes): Flow {
    for (const flow of this.#all) if (flow.matches(identity, attributes)) return flow;
    return this.#last!;
  }

  /** A schema whose level does not exist is as if it were not there. */
  configure(stored: readonly FlowSchema[]): void {
    const schemas = new Map<string, FlowSchema>();
    for (const [name, spec] of fixedSchemas) schemas.set(name, { metadata: { name }, spec });
    for (const schema of stored) schemas.set(schema.metadata.name ?? "", schema);
    const counts = new Map(
      this.#all.map(({ name, level, counts }) => [`${name} ${level.name}`, counts]),
    );
    this.#all = [...schemas.values()]
      .sort(inOrder)
      .flatMap((schema) => this.#flowOf(schema, counts) ?? []);
    this.#last = this.#all.find(({ name }) => name === "catch-all");
    for (const name of this.#retries.keys())
      if (this.#levels.get(name) === undefined) this.#retries.delete(name);
  }

  #flowOf(schema: FlowSchema, counts: ReadonlyMap<string, FlowCounts>): Flow | undefined {
    const { metadata, spec } = schema;
    const { name = "", uid = "" } = metadata;
    const known = this.#levels.get(spec.priorityLevelConfiguration.name);
    if (known === undefined) return undefined;
    return {
      name,
      level: known.level,
      seatsMax: known.seatsMax,
      headers: {
        "x-kubernetes-pf-flowschema-uid": uid,
        "x-kubernetes-pf-prioritylevel-uid": known.uid,
      },
      matches: matcherOf(schema),
      distinguish: distinguishers[spec.distinguisherMethod?.type ?? ""] ?? (() => ""),
      retryAfter: this.#retryOf(known.level.name),
      counts: counts.get(`${name} ${known.level.name}`) ?? new FlowCounts(),
    };
  }

  /** Of one level, whatever the schema. */
  #retryOf(level: string): RetryAfter {
    let retry = this.#retries.get(level);
    if (retry === undefined) {
      retry = new RetryAfter();
      this.#retries.set(level, retry);
    }
    return retry;
  }
}

const distinguishers: Readonly<Record<string, Flow["distinguish"]>> = {
  ByUser: ({ user }) => user,
  ByNamespace: (_, { namespace }) => namespace,
};

function inOrder(a: FlowSchema, b: FlowSchema): number {
  const [nameA = "", nameB = ""] = [a.metadata.name, b.metadata.name];
  return a.spec.matchingPrecedence - b.spec.matchingPrecedence || (nameA < nameB ? -1 : 1);
}
