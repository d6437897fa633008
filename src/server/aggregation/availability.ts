// Whether the servers behind APIServices answer: a condition of each, kept true by asking.
import type { Log } from "../../lib/log.ts";
import { apiServices, endpointSlices, services } from "../../schema/resources.ts";
import { StatusError } from "../../schema/status-error.ts";
import type { APIService } from "../../schema/types/apiregistration-v1.ts";
import type { Service } from "../../schema/types/core-v1.ts";
import type { EndpointSlice } from "../../schema/types/discovery-v1.ts";
import { call, pathOf } from "../call.ts";
import type { Core } from "../context.ts";
import type { Targets } from "../outbound-target.ts";
import { timeText } from "../scope.ts";
import { askBackend, backendOf, type ProxyClient } from "./backend.ts";
import type { RemoteService, RemoteServices } from "./remote-services.ts";

/** Time between two looks at a server that answers. */
const lookMs = 30_000;
/** Waits after failures: the first, doubled up to the longest. */
const retryMsMin = 100;
const retryMsMax = 30_000;
/** Time for one answer, and bytes of it. */
const answerMsMax = 5000;
const answerBytesMax = 4 * 1024 * 1024;

type Condition = { readonly status: string; readonly reason: string; readonly message: string };

export type AvailabilityOptions = {
  readonly services: RemoteServices;
  readonly targets: Targets;
  readonly client: ProxyClient | undefined;
  readonly log: Log;
  /** Called with the document of a server that answers: the resources of its group and version. */
  readonly answered: (service: RemoteService, document: unknown) => void;
};

/** Goes on until the result is called. */
export function keepAvailability(core: Core, options: AvailabilityOptions): () => void {
  const looks = new Map<string, Look>();
  let stopped = false;
  const wake = (name: string): void => {
    if (stopped) return;
    const service = options.services.all().find(({ metadata }) => metadata.name === name);
    let look = looks.get(name);
    if (service === undefined) {
      look?.stop();
      if (looks.delete(name)) void look?.local();
      return;
    }
    if (look === undefined) {
      look = new Look(core, options, name);
      looks.set(name, look);
    }
    look.now();
  };
  const wakeFor = (namespace: string, name: string): void => {
    for (const { metadata, spec } of options.services.all())
      if (spec.service.namespace === namespace && spec.service.name === name) wake(metadata.name!);
  };
  const ends = [
    core.view<APIService>(apiServices).onChange((_namespace, name, object) => {
      const wasOurs = looks.has(name);
      if (wasOurs || object?.spec?.service !== undefined) wake(name);
    }),
    core.view<Service>(services).onChange(wakeFor),
    core.view<EndpointSlice>(endpointSlices).onChange((namespace, _name, slice) => {
      const service = slice?.metadata.labels?.["kubernetes.io/service-name"];
      if (service !== undefined) wakeFor(namespace, service);
    }),
  ];
  for (const { metadata } of options.services.all()) wake(metadata.name!);
  return () => {
    stopped = true;
    for (const end of ends) end();
    for (const look of looks.values()) look.stop();
  };
}

/** One APIService that is looked at again and again, never twice at once. */
class Look {
  readonly #core: Core;
  readonly #options: AvailabilityOptions;
  readonly #name: string;
  #running = false;
  #again = false;
  #stopped = false;
  #failures = 0;
  #cancel: () => void = () => {};

  constructor(core: Core, options: AvailabilityOptions, name: string) {
    this.#core = core;
    this.#options = options;
    this.#name = name;
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  now(): void {
    if (this.#stopped) return;
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  /** What a server behind it was is now for this server to answer. */
  async local(): Promise<void> {
    const service = this.#core.view<APIService>(apiServices).get("", this.#name);
    if (service === undefined || service.spec?.service !== undefined) return;
    try {
      await writeCondition(this.#core, service, localCondition);
    } catch (error) {
      this.#options.log.warn("an APIService cannot be told to be local", {
        name: this.#name,
        error,
      });
    }
  }

  async #run(): Promise<void> {
    const { log } = this.#options;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        const good = await this.#look();
        this.#failures = good ? 0 : this.#failures + 1;
      } catch (error) {
        this.#failures++;
        log.warn("the availability of an APIService is not known", { name: this.#name, error });
      }
    }
    this.#running = false;
    if (this.#stopped) return;
    this.#cancel();
    const wait = this.#failures === 0 ? lookMs : retryMsMin * 2 ** Math.min(this.#failures, 12);
    this.#cancel = this.#core.clock.after(Math.min(wait, retryMsMax), () => this.now());
  }

  /** True when the server answers. */
  async #look(): Promise<boolean> {
    const service = this.#service();
    if (service === undefined) return true;
    const condition = conditionOf(this.#core, service) ?? (await this.#asked(service));
    // It may have been changed while it was asked; the change has woken us.
    const current = this.#service();
    if (current !== undefined) await writeCondition(this.#core, current, condition);
    return condition.status === "True";
  }

  #service(): RemoteService | undefined {
    return this.#options.services.all().find(({ metadata }) => metadata.name === this.#name);
  }

  async #asked(service: RemoteService): Promise<Condition> {
    const { targets, client, answered } = this.#options;
    const { group, version } = service.spec;
    const path = `/apis/${group}/${version}`;
    const { namespace, name, port } = service.spec.service;
    let shown = `https://${name}.${namespace}.svc:${port}${path}`;
    try {
      const { host, port: at } = targets.address({ namespace, name, port });
      shown = `https://${host}:${at}${path}`;
      const api = backendOf(targets, service, client);
      const limits = { timeoutMs: answerMsMax, bytesMax: answerBytesMax };
      const { status, body } = await askBackend(this.#core, api, path, limits);
      if (status < 200 || status > 299) throw new Error(`bad status from ${shown}: ${status}`);
      answered(service, parsed(body));
      return { status: "True", reason: "Passed", message: "all checks passed" };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const plain = why.replace(/^error trying to reach service: /, "");
      const message = `failing or missing response from ${shown}: ${withGet(shown, plain)}`;
      return { status: "False", reason: "FailedDiscoveryCheck", message };
    }
  }
}

/** As Go's client names the request that failed, but for an answer that came. */
const withGet = (url: string, why: string): string =>
  why.startsWith("bad status") ? why : `Get ${JSON.stringify(url)}: ${why}`;

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

const localCondition: Condition = {
  status: "True",
  reason: "Local",
  message: "Local APIServices are always available",
};

/** What can be said without asking; undefined: the server has to be asked. */
function conditionOf(core: Core, { spec }: RemoteService): Condition | undefined {
  const { namespace, name, port } = spec.service;
  const service = core.view<Service>(services).get(namespace, name);
  const bad = (reason: string, message: string): Condition => ({
    status: "False",
    reason,
    message,
  });
  const about = `service/${name} in ${JSON.stringify(namespace)}`;
  if (service === undefined) return bad("ServiceNotFound", `${about} is not present`);
  if ((service.spec?.type ?? "ClusterIP") !== "ClusterIP") return undefined;
  const found = service.spec?.ports?.find((one) => one.port === port);
  if (found === undefined)
    return bad("ServicePortError", `${about} is not listening on port ${port}`);
  const slices = core
    .view<EndpointSlice>(endpointSlices)
    .list(namespace)
    .filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name);
  if (slices.length === 0)
    return bad("EndpointsNotFound", `cannot find endpointslices for ${about}`);
  const portName = found.name ?? "";
  const active = slices.some(
    ({ endpoints, ports }) =>
      endpoints?.some(({ conditions }) => conditions?.ready !== false) &&
      ports?.some((one) => (one.name ?? "") === portName && one.port !== undefined),
  );
  if (active) return undefined;
  const where = `endpointslices for ${about} have no addresses with port name`;
  return bad("MissingEndpoints", `${where} ${JSON.stringify(portName)}`);
}

async function writeCondition(
  core: Core,
  service: APIService,
  condition: Condition,
): Promise<void> {
  const conditions = service.status?.conditions ?? [];
  const before = conditions.find(({ type }) => type === "Available");
  const same =
    before?.status === condition.status &&
    before.reason === condition.reason &&
    before.message === condition.message;
  if (same) return;
  const time = timeText(core.clock.now());
  const lastTransitionTime =
    before?.status === condition.status ? (before.lastTransitionTime ?? time) : time;
  const next = { type: "Available", lastTransitionTime, ...condition };
  const others = conditions.filter(({ type }) => type !== "Available");
  const body = { ...service, status: { ...service.status, conditions: [...others, next] } };
  try {
    await call(core, {
      method: "PUT",
      path: `${pathOf(apiServices, "", service.metadata.name)}/status`,
      body,
    });
  } catch (error) {
    // Who was quicker wakes us again.
    if (!(error instanceof StatusError) || ![404, 409].includes(error.code)) throw error;
  }
}
