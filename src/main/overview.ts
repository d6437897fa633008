// How much runs in a cluster, in a few numbers.
import { httpClient } from "../client/http.ts";
import { nodes, pods } from "../schema/resources.ts";
import type { DataDir } from "./data-dir.ts";
import { httpsApi } from "./https-api.ts";
import { adminTarget } from "./ready.ts";

export type Count = { readonly all: number; readonly ready: number };

export type Overview = {
  readonly nodes: Count;
  /** Those that have not ended. */
  readonly pods: Count;
};

type Conditioned = { status?: { conditions?: { type: string; status: string }[] } };

const isReady = ({ status }: Conditioned): boolean =>
  status?.conditions?.some((c) => c.type === "Ready" && c.status === "True") ?? false;

const count = (all: readonly Conditioned[]): Count => ({
  all: all.length,
  ready: all.filter(isReady).length,
});

/** Asks as the cluster's administrator. Throws when the cluster cannot answer. */
export async function askOverview(dir: DataDir): Promise<Overview> {
  const { api, close } = httpsApi(adminTarget(dir));
  try {
    const client = httpClient(api);
    const [nodeList, podList] = await Promise.all([
      client.list(nodes),
      client.list(pods, { fieldSelector: "status.phase!=Succeeded,status.phase!=Failed" }),
    ]);
    return {
      nodes: count(nodeList.items as readonly Conditioned[]),
      pods: count(podList.items as readonly Conditioned[]),
    };
  } finally {
    close();
  }
}
