// The loop of an operator on a client that is there already.
import { type Cache, makeCaches } from "../client/cache.ts";
import type { Client, Ref } from "../client/client.ts";
import { keyOfRef, refOfKey } from "../client/key.ts";
import { standardAct } from "../control/act.ts";
import type { Action } from "../control/action.ts";
import {
  type Controller,
  ownerKeys,
  ownKey,
  source,
  startController,
} from "../control/controller.ts";
import { startRecorder } from "../control/events.ts";
import { startLeader } from "../control/leader.ts";
import type { Written } from "../control/shown.ts";
import type { Clock } from "../lib/clock.ts";
import { type Log, silent } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import { systemClock, systemRandom } from "../lib/system.ts";
import type { ApiObject } from "../schema/kind.ts";
import type { Resource } from "../schema/resource.ts";
import type { OperatorDefinition } from "./operator.ts";
import { decide, type Observed } from "./pass.ts";

export type World = {
  client: Client;
  /** The system's when absent; a test gives that of its cluster. */
  clock?: Clock;
  random?: Random;
  log?: Log;
  /** Works only while it holds this Lease, under `identity`; always when absent. */
  leader?: { lease: Ref; identity: string };
};

export type RunningOperator = {
  /** True once the first lists are in: what is decided from then on rests on all there is. */
  readonly isReady: boolean;
  /** True when no object waits or is in work. */
  readonly isIdle: boolean;
  readonly isLeader: boolean;
  /** Looks at an object for a reason that the API does not tell. */
  wake(ref: Ref): void;
  /** Resolves when all work has ended and the lease is free. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
};

/** Each watch is asked anew after five to ten minutes, so that a connection that died unnoticed is found. */
const watchSeconds = 300;
const byController = "controllerUid";

/** Works in a process that goes on: a test, or a program with other parts. */
export function startOperator<T extends ApiObject>(
  definition: OperatorDefinition<T>,
  world: World,
): RunningOperator {
  const { client, clock = systemClock, random = systemRandom, log = silent, leader } = world;
  const { name, owns = [], reads = [] } = definition;
  const caches = makeCaches({ client, clock, random, log, watchSeconds });
  const place = definition.namespace === undefined ? {} : { namespace: definition.namespace };
  const { labelSelector } = definition;
  const own = caches.of(definition.resource, { ...place, ...(labelSelector && { labelSelector }) });
  const owned = new Map(owns.map((one) => [nameOf(one), caches.of(one, owners(place))]));
  const read = new Map(reads.map((one) => [nameOf(one), caches.of(one, place)]));
  const recorder = startRecorder({ client, clock, random, log, component: name });
  let controller: Controller | undefined;
  const begin = (): Controller => {
    const { resource } = definition;
    controller = startLoop(definition, {
      own,
      owned,
      client,
      clock,
      log,
      record: recorder.record,
      sources: [
        source(own, ownKey),
        ...[...owned.values()].map((cache) => source(cache, ownerKeys(resource))),
      ],
      reads: [...read.values()],
      readFrom: (one) => cacheOf(new Map([...read, ...owned]), one),
    });
    return controller;
  };
  const end = async (): Promise<void> => {
    const ending = controller;
    controller = undefined;
    await ending?.stop();
  };
  const election = leader
    ? startLeader({ client, clock, random, log, ...leader, lead: leading(begin, end) })
    : undefined;
  if (!election) begin();
  const all: readonly { isSynced: boolean }[] = [own, ...owned.values(), ...read.values()];
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      await election?.stop();
      await end();
      await recorder.stop();
      await caches.stop();
    })();
    return stopped;
  };
  return {
    get isReady() {
      return all.every((cache) => cache.isSynced);
    },
    get isIdle() {
      return controller?.isIdle ?? true;
    },
    get isLeader() {
      return election?.isLeader ?? true;
    },
    wake: (ref) => controller?.add(keyOfRef(ref)),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Works until `signal` is aborted. */
const leading =
  (begin: () => void, end: () => Promise<void>) =>
  async (signal: AbortSignal): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => resolve(), { once: true });
    begin();
    if (!signal.aborted) await promise;
    await end();
  };

type Loop<T extends ApiObject> = Pick<
  Parameters<typeof startController>[0],
  "client" | "clock" | "log" | "record" | "sources" | "reads"
> & {
  own: Cache<T>;
  owned: ReadonlyMap<string, Cache>;
  readFrom: (resource: Resource) => Cache;
};

function startLoop<T extends ApiObject>(
  definition: OperatorDefinition<T>,
  { own, owned, readFrom, ...loop }: Loop<T>,
): Controller {
  const { name, resource, workers } = definition;
  const finalizer = definition.finalizer ?? `${resource.group}/${name}`;
  const act = standardAct(loop);
  /** What the operator wrote by itself, beside the actions that it returned. */
  const alsoWritten = new WeakMap<readonly Action[], readonly Written[]>();
  return startController<Observed<T>>({
    ...loop,
    name,
    ...(workers !== undefined && { workers }),
    observe(key) {
      const object = own.get(refOfKey(key));
      if (object === undefined) return undefined;
      return {
        object,
        owned: <O extends ApiObject>(one: Resource<O>) =>
          cacheOf(owned, one).by(byController, object.metadata.uid ?? "") as O[],
        read: <O extends ApiObject>(one: Resource<O>, ref: Ref) =>
          readFrom(one).get(ref) as O | undefined,
        nowMs: loop.clock.now(),
        client: loop.client,
      };
    },
    async reconcile(observed) {
      const { actions, written } = await decide({ ...definition, finalizer }, observed);
      alsoWritten.set(actions, written);
      return actions;
    },
    async act(actions) {
      const acted = await act(actions);
      return { ...acted, written: [...acted.written, ...(alsoWritten.get(actions) ?? [])] };
    },
  });
}

const nameOf = ({ group, plural }: Resource): string => `${plural}.${group}`;

function cacheOf(caches: ReadonlyMap<string, Cache>, resource: Resource): Cache {
  const cache = caches.get(nameOf(resource));
  if (cache === undefined)
    throw new Error(`${nameOf(resource)} is not among the kinds that the operator owns or reads`);
  return cache;
}

const controllerOf = ({ metadata }: ApiObject) =>
  metadata.ownerReferences?.find(({ controller }) => controller);

const owners = (place: { namespace?: string }) => ({
  ...place,
  indexes: {
    [byController]: (object: ApiObject) => {
      const uid = controllerOf(object)?.uid;
      return uid === undefined ? [] : [uid];
    },
  },
});
