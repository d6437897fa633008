// Upstream's agreement on compaction: each server tries, once an interval, to raise the version of one key, and the
// one that succeeds compacts what was the newest revision an interval ago. So etcd is compacted once an interval
// however many servers there are, kube-apiservers among them.
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import { isCompacted } from "./failure.ts";
import type { Members } from "./members.ts";

/** Its version counts the compactions; its value is the revision that was compacted last. */
export const compactionKey = Buffer.from("compact_rev_key");

type Options = { members: Members; clock: Clock; log: Log; intervalMs: number };

export class Compactor {
  readonly #options: Options;
  /** The version that nobody has raised as far as we know, and the newest revision at that time. */
  #version = 0;
  #revision = 0;
  #cancel: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(options: Options) {
    this.#options = options;
  }

  start(): void {
    if (this.#stopped) return;
    const { clock, intervalMs, log } = this.#options;
    this.#cancel = clock.after(intervalMs, () => {
      this.#running = this.#once()
        .catch((error) => log.warn("etcd cannot be compacted at present", { error }))
        .finally(() => {
          this.#running = undefined;
          this.start();
        });
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel?.();
    await this.#running;
  }

  async #once(): Promise<void> {
    const { members, log } = this.#options;
    const { answer } = await members.call("txn", {
      compare: [{ result: 0, target: 0, key: compactionKey, version: this.#version }],
      success: [{ requestPut: { key: compactionKey, value: Buffer.from(String(this.#revision)) } }],
      failure: [{ requestRange: { key: compactionKey } }],
    });
    const due = this.#revision;
    this.#revision = answer.header.revision;
    if (!answer.succeeded) {
      this.#version = answer.responses[0]?.responseRange?.kvs[0]?.version ?? 0;
      return;
    }
    this.#version++;
    // The first round only notes how far things are.
    if (due === 0) return;
    try {
      await members.call("compact", { revision: due, physical: false });
      log.debug("etcd was compacted", { revision: due });
    } catch (error) {
      if (!isCompacted(error)) throw error;
    }
  }
}
