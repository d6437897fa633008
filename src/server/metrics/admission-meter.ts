// How long admission takes and how it ends: each phase, each plug-in, each webhook. Counted for every write, so by
// places in short lists, and given labels only when somebody looks.
import { counter, type Family, histogram, type Observed, type Value } from "./family.ts";
import { Histogram } from "./histogram.ts";

/** Upstream's names of the phases; those of webhooks differ. */
export type AdmissionType = "admit" | "validate" | "validating";
export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

export type Admitted = {
  readonly type: AdmissionType;
  readonly operation: Operation;
  readonly rejected: boolean;
};

export type WebhookAsked = Admitted & {
  /** The webhook's own, without that of its configuration. */
  readonly name: string;
  readonly seconds: number;
  /** HTTP's, of the webhook or of what it refused with; 0: the server's own fault. */
  readonly code: number;
  /** Why it was no answer; absent where it was one. */
  readonly fault?: "calling_webhook_error" | "apiserver_internal_error";
};

const types: readonly AdmissionType[] = ["admit", "validate", "validating"];
const operations: readonly Operation[] = ["CREATE", "UPDATE", "DELETE", "CONNECT"];

/** Upstream's. */
const phaseBounds = [0.005, 0.025, 0.1, 0.5, 1, 2.5] as const;
const webhookBounds = [...phaseBounds, 10, 25] as const;

/** Names that are told apart, as users may call webhooks what they like; the others are counted without one. */
export const admissionNamesMax = 1000;

/** Larger codes are counted as this one, as upstream. */
const codeMax = 600;

/** Histograms by name, and of each name by its type, operation and end. */
class Durations {
  readonly #byName = new Map<string, (Histogram | undefined)[]>();
  readonly #bounds: readonly number[];

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
  }

  /** The name under which it is counted. */
  observe(wanted: string, { type, operation, rejected }: Admitted, seconds: number): string {
    const known = this.#byName.has(wanted) || this.#byName.size < admissionNamesMax;
    const name = known ? wanted : "";
    let all = this.#byName.get(name);
    if (all === undefined) {
      all = [];
      this.#byName.set(name, all);
    }
    const end = rejected ? 1 : 0;
    const at = (types.indexOf(type) * operations.length + operations.indexOf(operation)) * 2 + end;
    all[at] ??= new Histogram(this.#bounds);
    all[at].observe(seconds);
    return name;
  }

  observed(isNamed: boolean): Observed[] {
    return [...this.#byName].flatMap(([name, all]) =>
      all.flatMap((of, at) => {
        if (of === undefined) return [];
        const place = Math.floor(at / 2);
        const operation = operations[place % operations.length]!;
        const type = types[Math.floor(place / operations.length)]!;
        const labels = { operation, rejected: String(at % 2 === 1), type };
        return [{ labels: isNamed ? { name, ...labels } : labels, of }];
      }),
    );
  }
}

/** Counters by their labels. */
class Counts {
  readonly #values = new Map<string, { labels: Value["labels"]; value: number }>();

  add(labels: Value["labels"]): void {
    const key = Object.values(labels).join(" ");
    const found = this.#values.get(key);
    if (found === undefined) this.#values.set(key, { labels, value: 1 });
    else found.value++;
  }

  get all(): Value[] {
    return [...this.#values.values()];
  }
}

export class AdmissionMeter {
  readonly #steps = new Durations(phaseBounds);
  readonly #plugins = new Durations(phaseBounds);
  readonly #webhooks = new Durations(webhookBounds);
  readonly #requests = new Counts();
  readonly #rejections = new Counts();
  readonly #failedOpen = new Counts();

  /** A whole phase of one write. */
  step(admitted: Admitted, seconds: number): void {
    this.#steps.observe("", admitted, seconds);
  }

  plugin(name: string, admitted: Admitted, seconds: number): void {
    this.#plugins.observe(name, admitted, seconds);
  }

  /** One webhook was asked. A fault that rejects nothing is one that the webhook's `failurePolicy` lets pass. */
  webhook({ seconds, code: given, fault, ...asked }: WebhookAsked): void {
    const { type, operation, rejected } = asked;
    const name = this.#webhooks.observe(asked.name, asked, seconds);
    const code = String(Math.min(given, codeMax));
    this.#requests.add({ code, name, operation, rejected: String(rejected), type });
    if (rejected) {
      const error = fault ?? "no_error";
      this.#rejections.add({ error_type: error, name, operation, rejection_code: code, type });
    } else if (fault !== undefined) this.#failedOpen.add({ name, type });
  }

  families(): Family[] {
    const name = (rest: string): string => `apiserver_admission_${rest}`;
    return [
      histogram(name("step_admission_duration_seconds"), "Time of a phase of admission.", () =>
        this.#steps.observed(false),
      ),
      histogram(name("controller_admission_duration_seconds"), "Time of a plug-in.", () =>
        this.#plugins.observed(true),
      ),
      histogram(name("webhook_admission_duration_seconds"), "Time of a webhook.", () =>
        this.#webhooks.observed(true),
      ),
      counter(
        name("webhook_request_total"),
        "Webhooks that were asked, and how that ended.",
        () => this.#requests.all,
      ),
      counter(
        name("webhook_rejection_count"),
        "Writes that a webhook or its fault refused.",
        () => this.#rejections.all,
      ),
      counter(
        name("webhook_fail_open_count"),
        "Faults of webhooks that refused nothing.",
        () => this.#failedOpen.all,
      ),
    ];
  }
}
