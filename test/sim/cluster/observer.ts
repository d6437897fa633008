// A client that watches: events come in order and without a gap, over every crash, and end at what a list shows.
import assert from "node:assert/strict";
import type { Client } from "../../../src/client/client.ts";
import { compareVersions } from "../../../src/client/resource-version.ts";
import { type Clock, sleep } from "../../../src/lib/clock.ts";
import type { WatchEvent } from "../../../src/schema/api-request.ts";
import { configMaps } from "../../../src/schema/resources.ts";
import { StatusError } from "../../../src/schema/status-error.ts";
import type { ConfigMap } from "../../../src/schema/types/core-v1.ts";
import { ledgerNamespace } from "./ledger.ts";

export class Observer {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #fail: (error: unknown) => void;
  /** Versions of what there is, by name. */
  #shown = new Map<string, string>();
  #version = "";
  /** Events that were seen, and lists that had to be made. */
  events = 0;
  lists = 0;

  constructor(options: { client: Client; clock: Clock; fail: (error: unknown) => void }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#fail = options.fail;
  }

  /** Runs until `signal` is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#version === "") await this.#list();
        await this.#watch(signal);
      } catch (error) {
        if (error instanceof assert.AssertionError) return this.#fail(error);
        if (error instanceof StatusError && error.code === 410) this.#version = "";
        await sleep(this.#clock, 500, signal).catch(() => {});
      }
    }
  }

  /** Names and versions as the events have told them. */
  get shown(): ReadonlyMap<string, string> {
    return this.#shown;
  }

  async #list(): Promise<void> {
    const { items, metadata } = await this.#client.list(configMaps, { namespace: ledgerNamespace });
    this.lists++;
    this.#shown = new Map(items.map((item) => [nameOf(item), versionOf(item)]));
    this.#version = metadata.resourceVersion ?? "";
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const options = {
      namespace: ledgerNamespace,
      resourceVersion: this.#version,
      allowWatchBookmarks: true,
      timeoutSeconds: 60,
    };
    for await (const batch of this.#client.watch(configMaps, options, signal))
      for (const event of batch) this.#take(event);
  }

  #take({ type, object }: WatchEvent<ConfigMap>): void {
    if (type === "ERROR") return;
    const version = versionOf(object);
    const isBookmark = type === "BOOKMARK";
    const order = compareVersions(version, this.#version);
    assert.ok(isBookmark ? order >= 0 : order > 0, `event ${version} after ${this.#version}`);
    this.#version = version;
    if (isBookmark) return;
    this.events++;
    const name = nameOf(object);
    const before = this.#shown.get(name);
    assert.equal(before === undefined, type === "ADDED", `${type} of ${name}, shown was ${before}`);
    if (type === "DELETED") this.#shown.delete(name);
    else this.#shown.set(name, version);
  }
}

const nameOf = ({ metadata }: ConfigMap): string => metadata.name ?? "";
const versionOf = ({ metadata }: ConfigMap): string => metadata.resourceVersion ?? "";
