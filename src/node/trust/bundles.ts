// Trust bundles of the cluster, for the pods that mount them. Watched as a whole, once the first pod asks.
import type { Cache, Caches } from "../../client/cache.ts";
import { clusterTrustBundles } from "../../schema/resources.ts";
import type { ClusterTrustBundle } from "../../schema/types/certificates-v1.ts";
import type { ClusterTrustBundleProjection, Pod } from "../../schema/types/core-v1.ts";
import { isChosen, trustAnchors } from "./anchors.ts";

export type TrustBundles = {
  /** PEM of the certificates to trust. Rejects with an Error when there are none and that is not allowed. */
  anchors(ask: ClusterTrustBundleProjection): Promise<string>;
  /** `changed` is called when a bundle that the pod mounts changes, until the returned function is called. */
  hold(pod: Pod, changed: () => void): () => void;
};

export function trustBundles(caches: Caches): TrustBundles {
  const cache = (): Cache<ClusterTrustBundle> => caches.of(clusterTrustBundles);
  return {
    async anchors(ask) {
      await cache().synced;
      return trustAnchors(ask, cache().list());
    },
    hold(pod, changed) {
      const asks = bundlesOf(pod);
      if (asks.length === 0) return () => {};
      let isFirst = true;
      const stop = cache().onChange(({ old, next }) => {
        const matters = [old, next].some((b) => b && asks.some((ask) => isChosen(ask, b)));
        if (!isFirst && matters) changed();
      });
      isFirst = false;
      return stop;
    },
  };
}

const bundlesOf = ({ spec }: Pod): ClusterTrustBundleProjection[] =>
  (spec.volumes ?? []).flatMap((volume) =>
    (volume.projected?.sources ?? []).flatMap((s) => s.clusterTrustBundle ?? []),
  );
