// The API that a node serves to the API server (upstream's kubelet API).
import type { Api } from "../../schema/api-request.ts";
import type { NodeContext } from "../context.ts";
import type { NodeKeeper } from "../node-keeper.ts";
import type { PodWorker } from "../worker.ts";

export type KubeletParts = {
  context: NodeContext;
  workers: ReadonlyMap<string, PodWorker>;
  keeper: NodeKeeper;
};

export function kubeletApi(_parts: KubeletParts): Api {
  return async () => ({ status: 404, headers: {}, body: { is: "empty" } });
}
