// The books of all quotas. Each namespace has a page on which writes are counted one after the other, many at once: what
// came while the last count was being stored is counted together and stored with one write. A write that was counted
// and is not visible yet stays on the page, so that a count anew of everything cannot lose it.
import type { Log } from "../../../lib/log.ts";
import type { ApiObject } from "../../../schema/kind.ts";
import { zeroQuantity } from "../../../schema/quantity.ts";
import { resourceQuotas } from "../../../schema/resources.ts";
import { StatusError } from "../../../schema/status-error.ts";
import type { ResourceQuota } from "../../../schema/types/core-v1.ts";
import { call, pathOf } from "../../call.ts";
import type { Core, View } from "../../context.ts";
import { type Amounts, amountsOf, listOf, only, plus, same } from "./amounts.ts";
import { type Account, type Ask, checkAsk, concerns } from "./check.ts";
import { Measured, type MeasuredChange } from "./measured.ts";

/** What was asked for, and where its object will be found: `resource` is `plural.group`. */
export type Charge = Ask & { readonly namespace: string; readonly resource: string };

/** Takes the charge back. */
export type Undo = () => void;

/** Times that counting starts again because somebody else changed a quota meanwhile. */
const attemptsMax = 20;

/** How long a counted write may take until it is visible; then it is believed to have failed. */
const pendingMsMax = 30_000;

/** Deletions of that time are counted together. */
const recountMs = 100;

type Waiting = {
  readonly charge: Charge;
  readonly resolve: (undo: Undo) => void;
  readonly reject: (error: unknown) => void;
};

type Page = {
  waiting: Waiting[];
  /** Counted writes that are on their way into the store. */
  readonly pending: Set<Charge>;
  recount: boolean;
  running: boolean;
  timer: (() => void) | undefined;
};

export class QuotaBook {
  readonly #core: Core;
  readonly #quotas: View<ResourceQuota>;
  readonly #measured: Measured;
  readonly #log: Log;
  readonly #pages = new Map<string, Page>();

  constructor(core: Core, log: Log) {
    this.#core = core;
    this.#log = log;
    this.#measured = new Measured(core, (change) => this.#changed(change));
    this.#quotas = core.view(resourceQuotas);
    this.#quotas.onChange((namespace, _name, quota) => {
      if (quota !== undefined && isOutdated(quota)) this.#recountNow(namespace);
    });
    for (const { metadata } of this.#quotas.list()) this.#recountNow(metadata.namespace!);
  }

  hasQuota(namespace: string): boolean {
    return this.quotas(namespace).length > 0;
  }

  /** Those of a namespace, as they are stored. */
  quotas(namespace: string): readonly ResourceQuota[] {
    return this.#quotas.list(namespace);
  }

  /** Why the write would be refused now; undefined when it would not. Nothing is counted. */
  check(charge: Charge): string | undefined {
    const result = checkAsk(this.#accounts(charge.namespace, false), charge);
    return typeof result === "string" ? result : undefined;
  }

  /** Counts the write. Resolves once the count is stored; rejects with a `Refusal` when there is too little left. */
  charge(charge: Charge): Promise<Undo> {
    this.#measured.follow(charge.resource);
    return new Promise((resolve, reject) => {
      this.#page(charge.namespace).waiting.push({ charge, resolve, reject });
      this.#run(charge.namespace);
    });
  }

  #changed({ namespace, resource, name, frees }: MeasuredChange): void {
    const page = this.#pages.get(namespace);
    for (const charge of page?.pending ?? []) {
      if (charge.resource === resource && charge.next.metadata.name === name) {
        page!.pending.delete(charge);
      }
    }
    if (frees && this.hasQuota(namespace)) this.#recountSoon(namespace);
  }

  #recountSoon(namespace: string): void {
    const page = this.#page(namespace);
    if (page.recount || page.timer !== undefined) return;
    page.timer = this.#core.clock.after(recountMs, () => {
      page.timer = undefined;
      this.#recountNow(namespace);
    });
  }

  #recountNow(namespace: string): void {
    this.#page(namespace).recount = true;
    this.#run(namespace);
  }

  #page(namespace: string): Page {
    const found = this.#pages.get(namespace);
    if (found !== undefined) return found;
    const made: Page = {
      waiting: [],
      pending: new Set(),
      recount: false,
      running: false,
      timer: undefined,
    };
    this.#pages.set(namespace, made);
    return made;
  }

  #run(namespace: string): void {
    const page = this.#page(namespace);
    if (page.running) return;
    page.running = true;
    this.#work(namespace, page)
      .catch((error: unknown) => this.#log.error("quotas cannot be counted", { namespace, error }))
      .finally(() => {
        page.running = false;
        if (page.waiting.length > 0) this.#run(namespace);
        else if (page.pending.size === 0 && page.timer === undefined) this.#pages.delete(namespace);
      });
  }

  async #work(namespace: string, page: Page): Promise<void> {
    while (page.waiting.length > 0 || page.recount) {
      await this.#gathered();
      const batch = page.waiting;
      page.waiting = [];
      const recount = page.recount;
      page.recount = false;
      try {
        await this.#count(namespace, page, batch, recount);
      } catch (error) {
        for (const { reject } of batch) reject(error);
        if (batch.length === 0) throw error;
      }
    }
  }

  /** A count is stored with a write of its own: those who come together share it. */
  async #gathered(): Promise<void> {
    const { turnEnd } = this.#core;
    if (turnEnd !== undefined) await new Promise<void>(turnEnd);
  }

  /** Counts the batch, and everything else anew when `recount` is set, until all of it is stored. */
  async #count(namespace: string, page: Page, batch: Waiting[], recount: boolean): Promise<void> {
    let open = batch;
    // Quotas in which the whole batch is counted already: others failed, and are tried again alone.
    const done = new Set<string>();
    for (let attempt = 1; ; attempt++) {
      const before = this.#accounts(namespace, recount);
      let accounts: readonly Account[] = before.filter((a) => !done.has(a.quota.metadata.name!));
      open = open.filter(({ charge, reject }) => {
        const result = checkAsk(accounts, charge);
        if (typeof result !== "string") accounts = result;
        else {
          reject(new Refusal(result));
          // What other quotas have counted for it is taken back by counting anew.
          if (done.size > 0) this.#recountSoon(namespace);
        }
        return typeof result !== "string";
      });
      const stored = await Promise.all(accounts.map((account) => this.#store(account)));
      accounts.forEach((account, index) => {
        if (stored[index]) done.add(account.quota.metadata.name!);
      });
      if (stored.every((ok) => ok)) break;
      if (attempt === attemptsMax) throw new Error("quotas change too often to be counted");
    }
    for (const { charge, resolve } of open) {
      page.pending.add(charge);
      resolve(() => {
        page.pending.delete(charge);
        this.#recountSoon(namespace);
      });
    }
  }

  /** The quotas with what is used: what their status says, or everything counted anew. */
  #accounts(namespace: string, recount: boolean): Account[] {
    return this.#quotas.list(namespace).map((quota) => {
      if (recount || isOutdated(quota)) return this.#counted(namespace, quota);
      const { hard, used } = quota.status!;
      return { quota, hard: amountsOf(hard), used: amountsOf(used) };
    });
  }

  /** What everything in the namespace uses of the quota, whatever was counted before. */
  #counted(namespace: string, quota: ResourceQuota): Account {
    const now = this.#core.clock.now();
    const hard = amountsOf(quota.spec?.hard);
    const account: Account = { quota, hard, used: new Map() };
    const names = [...hard.keys()];
    let used: Amounts = new Map(names.map((name) => [name, zeroQuantity]));
    const pending = this.#pages.get(namespace)?.pending ?? new Set<Charge>();
    for (const { meter, resource, objects } of this.#measured.in(namespace, names)) {
      for (const object of withPending(objects, resource, pending, now)) {
        if (!concerns(account, meter, object)) continue;
        used = plus(
          used,
          only(meter.usage(object, now), (name) => hard.has(name)),
        );
      }
    }
    return { ...account, used };
  }

  /** True when the quota holds the count now; false when it has changed meanwhile. */
  async #store({ quota, hard, used }: Account): Promise<boolean> {
    const { status } = quota;
    if (same(used, amountsOf(status?.used)) && same(hard, amountsOf(status?.hard))) return true;
    const { namespace = "", name = "" } = quota.metadata;
    try {
      await call(this.#core, {
        method: "PUT",
        path: `${pathOf(resourceQuotas, namespace, name)}/status`,
        body: { ...quota, status: { hard: listOf(hard), used: listOf(used) } },
      });
      return true;
    } catch (error) {
      if (error instanceof StatusError && (error.code === 409 || error.code === 404)) return false;
      throw error;
    }
  }
}

/** Too little is left of a quota. */
export class Refusal extends Error {}

/** The wanted limits are not those that are counted with. */
function isOutdated({ spec, status }: ResourceQuota): boolean {
  return !same(amountsOf(spec?.hard), amountsOf(status?.hard)) || status?.used === undefined;
}

/** The objects as they will be when everything that was counted is stored. */
function withPending(
  objects: readonly ApiObject[],
  resource: string,
  pending: Set<Charge>,
  now: number,
): readonly ApiObject[] {
  const coming = new Map<string | undefined, ApiObject>();
  for (const charge of pending) {
    if (now - charge.now > pendingMsMax) pending.delete(charge);
    else if (charge.resource === resource) coming.set(charge.next.metadata.name, charge.next);
  }
  if (coming.size === 0) return objects;
  const known = new Set(objects.map((o) => o.metadata.name));
  const more = [...coming].filter(([name]) => !known.has(name)).map(([, object]) => object);
  return [...objects.map((o) => coming.get(o.metadata.name) ?? o), ...more];
}
