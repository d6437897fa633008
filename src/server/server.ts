// The server put together: store, kinds, edge and verbs behind one function, and the socket for those outside.
import type { Clock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import type { Api } from "../schema/api-request.ts";
import type { ApiObject, Kind } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";
import type { Store } from "../store/store.ts";
import { makeClaims } from "./claims.ts";
import type { Core, Edge, Kinds, Page, View } from "./context.ts";
import { serveDefinitions } from "./custom/definitions.ts";
import { inTime } from "./deadline.ts";
import { makeFairness } from "./fairness/turn.ts";
import { handle } from "./handle.ts";
import { type Check, type Checks, healthPage } from "./health.ts";
import { makeKinds } from "./kinds.ts";
import { type Listener, listen, type TlsFiles } from "./listen.ts";
import { Messages } from "./messages.ts";
import { AdmissionMeter } from "./metrics/admission-meter.ts";
import { Meter } from "./metrics/meter.ts";
import { metricsPages } from "./metrics/pages.ts";
import { zpages } from "./metrics/zpages.ts";
import { Objects } from "./objects.ts";
import type { Parts, Scope } from "./scope.ts";
import { makeTurns } from "./turns.ts";
import { type Build, versionPage } from "./version.ts";
import { makeView } from "./view.ts";
import { SharedBatches } from "./watch-batches.ts";
import { Lines } from "./watch-frames.ts";
import { WatchRounds } from "./watch-rounds.ts";
import { ZippedLists } from "./zipped-list.ts";

export type ServerOptions = {
  /** Opened with `stampOffset` as its stamp. */
  readonly store: Store;
  readonly kinds: readonly Kind[];
  readonly clock: Clock;
  readonly random: Random;
  /** Makes the edge; called once, when views and the API are there. */
  readonly edge: (core: Core) => Edge;
  readonly build: Build;
  /** What /flagz shows: settings by name. */
  readonly flags?: () => Readonly<Record<string, string>>;
  /** The agent of a node, which answers the kubelet's paths. Throws StatusError(404, 503). */
  readonly connectNode: (name: string) => Promise<Api>;
  readonly log: Log;
  /** Told of each version that a request has written. Called for every write: it does little and does not throw. */
  readonly noteWrite?: (scope: Scope, revision: number) => void;
  /**
   * Calls what it is given when all has been looked at that had come before. Absent: work on large objects is done in
   * one go, and nobody waits for others that come at the same time.
   */
  readonly turnEnd?: (run: () => void) => void;
};

export type Server = {
  readonly api: Api;
  readonly core: Core;
  /** What must be over before `/readyz` says ok, by name; each is done when its promise resolves. */
  readonly awaitHook: (name: string, done: Promise<unknown>) => void;
  /** The custom resources whose definitions were stored are served. */
  readonly synced: Promise<void>;
  /** Opens a port. Rejects when it cannot be opened. */
  listen(where: { host: string; port: number; tls: TlsFiles }): Promise<Listener>;
  /** New connections to any open port get these certificates. */
  renew(tls: TlsFiles): void;
  /** Not ready from now on; ends watches, lets requests end for at most `graceMs`, closes the ports. */
  stop(graceMs: number): Promise<void>;
};

/** The store stays open: it is its owner's to close. */
export function makeServer(options: ServerOptions): Server {
  const { store, clock, random, log } = options;
  const stopping = new AbortController();
  const kinds = makeKinds(options.kinds);
  const objects = new Objects(kinds);
  const views = makeViews(store, objects, kinds);
  const core: Core = {
    kinds,
    view: views.of,
    api: (request) => handle(parts, request),
    claims: (sort) => makeClaims(store, clock, sort),
    admitted: new AdmissionMeter(),
    clock,
    random,
    turnEnd: options.turnEnd,
  };
  const hooks = makeHooks();
  const edge = options.edge(core);
  const pages = [...edge.pages, ...ownPages(options, hooks.checks, stopping.signal, () => parts)];
  const parts: Parts = {
    ...core,
    store,
    objects,
    messages: new Messages(),
    lines: new Lines(),
    batches: new SharedBatches(),
    rounds: options.turnEnd && new WatchRounds(options.turnEnd),
    zipped: new ZippedLists(),
    edge: { ...edge, pages },
    fairness: makeFairness(core, stopping.signal),
    meter: new Meter(),
    turns: options.turnEnd && makeTurns(options.turnEnd),
    log,
    noteWrite: options.noteWrite,
    connectNode: options.connectNode,
    stopping: stopping.signal,
  };
  const definitions = serveDefinitions(core, log);
  const stopAggregation = edge.aggregation?.start();
  hooks.awaitHook("crd-informer-synced", definitions.ready);
  const ports = makePorts(core, log);
  return {
    synced: definitions.ready,
    awaitHook: hooks.awaitHook,
    api: core.api,
    core,
    listen: ports.open,
    renew: ports.renew,
    async stop(graceMs) {
      stopping.abort();
      definitions.stop();
      stopAggregation?.();
      await ports.close(graceMs);
      views.close();
    },
  };
}

/** What the server says of itself. `parts` are complete when the first request comes. */
function ownPages(
  { build, clock, flags = () => ({}), store }: ServerOptions,
  hooks: ReadonlyMap<string, Check>,
  stopping: AbortSignal,
  parts: () => Parts,
): Page[] {
  const checks = checksOf(store, hooks, stopping);
  const startedAtMs = clock.now();
  return [
    versionPage(build),
    healthPage(checks),
    metricsPages({ parts, checks, startedAtMs }),
    zpages({ now: () => clock.now(), startedAtMs, flags }),
  ];
}

type Hooks = { readonly checks: ReadonlyMap<string, Check>; awaitHook: Server["awaitHook"] };

/** Each hook has a check of its own, which has a problem until its promise resolves. */
function makeHooks(): Hooks {
  const checks = new Map<string, Check>();
  return {
    checks,
    awaitHook(name, done) {
      let problem: string | undefined = "not finished";
      checks.set(`poststarthook/${name}`, () => problem);
      done.then(
        () => {
          problem = undefined;
        },
        (error: unknown) => {
          problem = String(error);
        },
      );
    },
  };
}

type Ports = {
  open: Server["listen"];
  renew: Server["renew"];
  close(graceMs: number): Promise<void>;
};

/** The ports at which the server answers: none, one, or one for each network. */
function makePorts({ api, clock, random }: Core, log: Log): Ports {
  const listeners: Listener[] = [];
  return {
    async open({ host, port, tls }) {
      const listener = await listen({
        api: inTime(api, clock, random),
        tls,
        host,
        port,
        clock,
        log,
      });
      listeners.push(listener);
      return listener;
    },
    renew(tls) {
      for (const listener of listeners) listener.renew(tls);
    },
    async close(graceMs) {
      await Promise.all(listeners.map((listener) => listener.stop(graceMs)));
    },
  };
}

type Views = { of: Core["view"]; close(): void };

function makeViews(store: Store, objects: Objects, kinds: Kinds): Views {
  const made = new Map<string, ReturnType<typeof makeView>>();
  return {
    of<T extends ApiObject>({ group, version, plural }: Resource<T>): View<T> {
      const name = `${group}/${version}/${plural}`;
      let view = made.get(name);
      if (view === undefined) {
        const kind = kinds.find(group, version, plural);
        if (kind === undefined) throw new Error(`no kind is served as ${name}`);
        view = makeView(store, objects, kind);
        made.set(name, view);
      }
      return view as unknown as View<T>;
    },
    close() {
      for (const view of made.values()) view.close();
    },
  };
}

const well: Check = () => undefined;

/** Read at each request, since hooks come and go. */
function checksOf(store: Store, hooks: ReadonlyMap<string, Check>, stopping: AbortSignal): Checks {
  const etcd: Check = async () => {
    await store.latest();
    return undefined;
  };
  const base: [string, Check][] = [
    ["ping", well],
    ["log", well],
    ["etcd", etcd],
  ];
  const notStopping: Check = () => (stopping.aborted ? "process is shutting down" : undefined);
  const alive = (): Map<string, Check> => new Map([...base, ...hooks]);
  return {
    healthz: alive,
    livez: alive,
    readyz: () => new Map([...base, ["etcd-readiness", etcd], ...hooks, ["shutdown", notStopping]]),
  };
}
