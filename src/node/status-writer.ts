// Writes the status of one pod to the API: the latest one wins, at most one write is under way, a failed one is tried
// again. Never in the way of the pod's own work.
import type { Client } from "../client/client.ts";
import { compareVersions } from "../client/resource-version.ts";
import { type Clock, pause } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { pods } from "../schema/resources.ts";
import { StatusError } from "../schema/status-error.ts";
import type { Pod, PodStatus } from "../schema/types/core-v1.ts";
import { statusPatch } from "./pod/status-patch.ts";

/** A status that will soon be out of date may wait so long for the next one. */
const passingMs = 20;
const retryMs = { first: 200, max: 10_000 };

export class StatusWriter {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #stopped: AbortSignal;
  #known: Pod;
  #wanted: PodStatus | undefined;
  /** `#wanted` has changed since the writing last looked at it. */
  #isDirty = false;
  #writing: Promise<void> | undefined;
  #cancelPassing: (() => void) | undefined;

  constructor(world: { client: Client; clock: Clock; log: Log; stopped: AbortSignal }, pod: Pod) {
    this.#client = world.client;
    this.#clock = world.clock;
    this.#log = world.log;
    this.#stopped = world.stopped;
    this.#known = pod;
  }

  /** The status that the API has, as far as is known. */
  get known(): PodStatus {
    return this.#known.status ?? {};
  }

  /** What was asked for last, else what the API has. */
  get latest(): PodStatus {
    return this.#wanted ?? this.known;
  }

  /** A version of the pod that came from the API. */
  seen(pod: Pod): void {
    const isNewer =
      compareVersions(pod.metadata.resourceVersion, this.#known.metadata.resourceVersion) > 0;
    if (!isNewer) return;
    this.#known = pod;
    // Someone else may have overwritten it.
    if (this.#wanted) this.write(this.#wanted);
  }

  /** `passing`: a better one will soon follow. */
  write(status: PodStatus, options: { passing?: boolean } = {}): void {
    this.#wanted = status;
    this.#isDirty = true;
    this.#cancelPassing?.();
    this.#cancelPassing = undefined;
    if (this.#writing) return;
    if (options.passing) {
      this.#cancelPassing = this.#clock.after(passingMs, () => this.#begin());
    } else this.#begin();
  }

  /** Resolves when the API has what was asked for, or has no such pod, or the agent stops. */
  async written(): Promise<void> {
    this.#cancelPassing?.();
    this.#begin();
    while (this.#writing) await this.#writing;
  }

  #begin(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      // What was asked for between its last look and its end.
      if (this.#isDirty && !this.#stopped.aborted) this.#begin();
    });
  }

  async #writeAll(): Promise<void> {
    for (let failures = 0; this.#wanted && !this.#stopped.aborted; ) {
      this.#isDirty = false;
      const patch = statusPatch(this.known, this.#wanted);
      if (!patch) return;
      try {
        await this.#send(patch, this.#wanted);
        failures = 0;
      } catch (error) {
        if (error instanceof StatusError && [404, 409].includes(error.code)) return;
        const waitMs = Math.min(retryMs.first * 2 ** failures++, retryMs.max);
        this.#log.warn("cannot write the status of a pod", { error, waitMs });
        await pause(this.#clock, waitMs, this.#stopped);
      }
    }
  }

  async #send(status: object, sent: PodStatus): Promise<void> {
    const { name = "", namespace, uid, resourceVersion: before } = this.#known.metadata;
    const patch = { metadata: { uid }, status };
    const options = { type: "strategic", subresource: "status" } as const;
    const answer = await this.#client.patch(pods, { namespace, name }, patch, options);
    const version = answer.metadata.resourceVersion;
    // The watch may have shown this version, or a newer one, before the answer came.
    if (compareVersions(version, this.#known.metadata.resourceVersion) >= 0) this.#known = answer;
    // A write that changed nothing must not be repeated for ever.
    if (version === before) this.#known = { ...this.#known, status: sent };
  }
}
