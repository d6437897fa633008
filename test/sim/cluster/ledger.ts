// A client that remembers what was acknowledged: one key has one writer, so every answer can be judged.
import assert from "node:assert/strict";
import type { Client } from "../../../src/client/client.ts";
import { compareVersions } from "../../../src/client/resource-version.ts";
import { type Random, randomInteger } from "../../../src/lib/random.ts";
import { configMaps } from "../../../src/schema/resources.ts";
import { StatusError } from "../../../src/schema/status-error.ts";
import type { ConfigMap } from "../../../src/schema/types/core-v1.ts";

export const ledgerNamespace = "ledger";
const ledgerLabels = { part: "ledger" };

/** What the object holds; undefined: there is none. */
type State = string | undefined;

/** The object `name` with all that it may hold now. */
export class Ledger {
  readonly #client: Client;
  readonly #random: Random;
  readonly #name: string;
  /** The last acknowledged state, and those of writes without an answer since then. */
  #known: State;
  #maybe = new Set<State>();
  #version = "0";
  #writes = 0;

  constructor(name: string, client: Client, random: Random) {
    this.#name = name;
    this.#client = client;
    this.#random = random;
  }

  /** Writes or deletes, whatever comes of it. */
  async step(): Promise<void> {
    if (this.#maybe.size > 0) await this.check();
    if (this.#known !== undefined && randomInteger(this.#random, 6) === 0)
      return this.#attempt(undefined, () => this.#remove());
    const next = `${this.#name}/${++this.#writes}`;
    const write = () => (this.#known === undefined ? this.#create(next) : this.#change(next));
    return this.#attempt(next, write);
  }

  /** Reads, and throws an AssertionError when the answer is none that there may be. */
  async check(): Promise<void> {
    const found = await this.#client.get(configMaps, this.#ref).catch((error: unknown) => {
      if (error instanceof StatusError && error.code === 404) return undefined;
      throw error;
    });
    const state = found?.data?.["state"];
    const allowed = [this.#known, ...this.#maybe];
    assert.ok(
      allowed.includes(state),
      `${this.#name} holds ${state}, acknowledged was ${this.#known}, unanswered ${[...this.#maybe]}`,
    );
    this.#settle(state, found?.metadata.resourceVersion);
  }

  get #ref(): { namespace: string; name: string } {
    return { namespace: ledgerNamespace, name: this.#name };
  }

  #create(state: string): Promise<ConfigMap> {
    const metadata = { ...this.#ref, labels: ledgerLabels };
    return this.#client.create(configMaps, { metadata, data: { state } });
  }

  #change(state: string): Promise<ConfigMap> {
    return this.#client.patch(configMaps, this.#ref, { data: { state } }, { type: "merge" });
  }

  async #remove(): Promise<undefined> {
    await this.#client.delete(configMaps, this.#ref);
  }

  async #attempt(state: State, work: () => Promise<ConfigMap | undefined>): Promise<void> {
    try {
      const answer = await work();
      this.#settle(state, answer?.metadata.resourceVersion);
    } catch (error) {
      const code = error instanceof StatusError ? error.code : 0;
      const told = `${this.#name}, acknowledged as ${this.#known}, was answered ${error}`;
      assert.ok(code !== 404 && code !== 409, told);
      // Every other clear refusal changed nothing.
      if (code < 400 || code >= 500) this.#maybe.add(state);
    }
  }

  #settle(state: State, version: string | undefined): void {
    this.#known = state;
    this.#maybe.clear();
    if (version === undefined) return;
    assert.ok(
      compareVersions(version, this.#version) >= 0,
      `${this.#name} went back from revision ${this.#version} to ${version}`,
    );
    this.#version = version;
  }
}
