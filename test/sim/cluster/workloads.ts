// What people do with a cluster: they apply workloads, change them, delete pods, and expect that it comes out right.
import type { Client } from "../../../src/client/client.ts";
import { type Random, randomInteger } from "../../../src/lib/random.ts";
import type { ApiObject } from "../../../src/schema/kind.ts";
import type { Resource } from "../../../src/schema/resource.ts";
import { deployments, jobs, pods, services, statefulSets } from "../../../src/schema/resources.ts";
import { StatusError } from "../../../src/schema/status-error.ts";

export const workNamespace = "work";

export type Kind = "deployment" | "statefulSet" | "job";

/** What is wanted of a workload in the end. */
export type Wish = { kind: Kind; name: string; replicas: number; image: string };

const resources: Readonly<Record<Kind, Resource<ApiObject>>> = {
  deployment: deployments,
  statefulSet: statefulSets,
  job: jobs,
};

/** Workloads of each kind at a time. */
const perKind: Readonly<Record<Kind, number>> = { deployment: 3, statefulSet: 2, job: 4 };

export class Workloads {
  /** By kind and name; those whose deletion was asked for are not in it. */
  readonly wishes = new Map<string, Wish>();
  readonly #client: Client;
  readonly #random: Random;

  constructor(client: Client, random: Random) {
    this.#client = client;
    this.#random = random;
  }

  /** One random deed, repeated until it is answered: an administrator does not give up. */
  async step(persist: (work: () => Promise<unknown>) => Promise<void>): Promise<void> {
    const deed = randomInteger(this.#random, 10);
    const kind = (["deployment", "statefulSet", "job"] as const)[randomInteger(this.#random, 3)]!;
    const name = `${kind.toLowerCase()}-${randomInteger(this.#random, perKind[kind])}`;
    const key = `${kind}/${name}`;
    const old = this.wishes.get(key);
    if (deed === 0) return persist(() => this.#deletePod({}));
    if (deed === 2) return persist(() => this.#deletePod({ graceSeconds: 0 }));
    if (deed === 1 && old) {
      this.wishes.delete(key);
      const options = { propagation: "Background" as const };
      const ref = { namespace: workNamespace, name };
      return persist(() => settled(this.#client.delete(resources[kind], ref, options), 404));
    }
    if (kind === "job" && old) return;
    const image = `app:${1 + randomInteger(this.#random, 3)}`;
    const wish = { kind, name, image, replicas: randomInteger(this.#random, 5) };
    this.wishes.set(key, wish);
    await persist(() => this.#apply(wish));
  }

  /** The Service over every Deployment. */
  async makeServices(persist: (work: () => Promise<unknown>) => Promise<void>): Promise<void> {
    for (let i = 0; i < perKind.deployment; i++) {
      const name = `deployment-${i}`;
      const object = {
        metadata: { namespace: workNamespace, name },
        spec: { selector: { app: name }, ports: [{ port: 80 }] },
      };
      await persist(() => settled(this.#client.create(services, object), 409));
    }
  }

  /** Without grace never one of a StatefulSet: its name might run twice then, as everybody is warned. */
  async #deletePod(options: { graceSeconds?: 0 }): Promise<void> {
    const { items } = await this.#client.list(pods, { namespace: workNamespace });
    const victims = items.filter(
      ({ metadata }) =>
        options.graceSeconds === undefined || !metadata.name?.startsWith("stateful"),
    );
    const victim = victims[randomInteger(this.#random, Math.max(victims.length, 1))];
    if (!victim) return;
    const { name = "", uid = "" } = victim.metadata;
    const ref = { namespace: workNamespace, name };
    await settled(this.#client.delete(pods, ref, { ...options, uid }), 404, 409);
  }

  #apply(wish: Wish): Promise<unknown> {
    const { name, kind } = wish;
    const object = kind === "job" ? jobOf(wish) : replicated(wish);
    const options = { type: "apply", fieldManager: "sim", force: true } as const;
    const ref = { namespace: workNamespace, name };
    return this.#client.patch(resources[kind], ref, object, options);
  }
}

async function settled(work: Promise<unknown>, ...allowed: number[]): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof StatusError) || !allowed.includes(error.code)) throw error;
  }
}

function replicated({ kind, name, replicas, image }: Wish): unknown {
  const labels = { app: name };
  const template = {
    metadata: { labels },
    spec: { terminationGracePeriodSeconds: 5, containers: [{ name: "main", image }] },
  };
  return {
    apiVersion: "apps/v1",
    kind: kind === "deployment" ? "Deployment" : "StatefulSet",
    metadata: { name, namespace: workNamespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template,
      ...(kind === "statefulSet" ? { serviceName: name } : {}),
    },
  };
}

const jobOf = ({ name, replicas, image }: Wish): unknown => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name, namespace: workNamespace },
  spec: {
    completions: replicas + 1,
    parallelism: 2,
    backoffLimit: 1000,
    template: {
      spec: {
        restartPolicy: "Never",
        containers: [{ name: "main", image, command: ["sh", "-c", `sleep ${3 + replicas}`] }],
      },
    },
  },
});
