// A process of the simulation: what it waits for never happens once it has died, as if its memory were gone.
import type { Clock } from "../../../src/lib/clock.ts";
import { type Random, seededRandom } from "../../../src/lib/random.ts";
import type { Runtime, RuntimeEvent } from "../../../src/node/runtime.ts";
import type { Api } from "../../../src/schema/api-request.ts";

export type Life = {
  readonly clock: Clock;
  readonly random: Random;
  readonly isDead: boolean;
  /** Resolves when the process dies. */
  readonly death: Promise<void>;
  /** What `work` comes to, as long as the process lives; nothing ever after that. */
  awaits<T>(work: Promise<T>): Promise<T>;
  die(): void;
};

export function beginLife(clock: Clock, seed: number): Life {
  const timers = new Set<() => void>();
  const { promise: death, resolve } = Promise.withResolvers<void>();
  let isDead = false;
  return {
    random: seededRandom(seed),
    death,
    get isDead() {
      return isDead;
    },
    clock: {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      after(delayMs, run) {
        if (isDead) return () => {};
        const cancel = clock.after(delayMs, () => {
          timers.delete(cancel);
          run();
        });
        timers.add(cancel);
        return () => {
          timers.delete(cancel);
          cancel();
        };
      },
    },
    awaits(work) {
      return new Promise((done, fail) => {
        work.then(
          (value) => isDead || done(value),
          (error: unknown) => isDead || fail(error),
        );
      });
    },
    die() {
      isDead = true;
      for (const cancel of timers) cancel();
      timers.clear();
      resolve();
    },
  };
}

/** `runtime` as a process uses it that may die: no answer and no event reaches it then. */
export function runtimeFor(life: Life, runtime: Runtime): Runtime {
  return new Proxy(runtime, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      if (name === "subscribe")
        return (listener: (event: RuntimeEvent) => void) =>
          target.subscribe((event) => {
            if (!life.isDead) listener(event);
          });
      return (...args: unknown[]) => {
        const answer: unknown = member.apply(target, args);
        return answer instanceof Promise ? life.awaits(answer) : answer;
      };
    },
  });
}

/** The same for what reaches the server. */
export const apiFor =
  (life: Life, api: Api): Api =>
  async (request) => {
    const answer = await life.awaits(api(request));
    const { body } = answer;
    if (body.is !== "events") return answer;
    return { ...answer, body: { is: "events", batches: batchesFor(life, body.batches) } };
  };

async function* batchesFor<T>(life: Life, source: AsyncIterable<T>): AsyncIterable<T> {
  const batches = source[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await life.awaits(batches.next());
      if (next.done) return;
      yield next.value;
    }
  } finally {
    void batches.return?.();
  }
}
