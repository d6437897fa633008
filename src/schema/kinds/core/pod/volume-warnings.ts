// Files of one volume that would stand in each other's way.
import type { Volume, VolumeProjection } from "../../../types/core-v1.ts";

type File = { readonly path: string; readonly source: string };

export function pathWarnings(out: string[], volumes: readonly Volume[]): void {
  for (const { name, configMap, secret, downwardAPI, projected } of volumes) {
    const warn = (what: string, overlaps: readonly string[]) => {
      for (const overlap of overlaps) {
        out.push(`volume ${JSON.stringify(name)} (${what}): overlapping paths: ${overlap}`);
      }
    };
    if (configMap?.items) {
      warn(`ConfigMap ${JSON.stringify(configMap.name ?? "")}`, overlapsOf(files(configMap.items)));
    }
    if (secret?.items) {
      warn(`Secret ${JSON.stringify(secret.secretName ?? "")}`, overlapsOf(files(secret.items)));
    }
    if (downwardAPI?.items) warn("DownwardAPI", overlapsOf(files(downwardAPI.items)));
    const all: File[] = [];
    for (const source of projected?.sources ?? []) {
      if (Object.values(source).every((value) => value === undefined)) {
        out.push(`volume ${JSON.stringify(name)} (Projected) has no sources provided`);
      }
      all.push(...projectedFiles(source));
    }
    warn("Projected", overlapsOf(all));
  }
}

const files = (items: readonly { path: string }[], source = ""): File[] =>
  items.map(({ path }) => ({ path: path ?? "", source }));

function projectedFiles(projection: VolumeProjection): File[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle } = projection;
  const { podCertificate } = projection;
  if (configMap?.items) {
    return files(configMap.items, `ConfigMap ${JSON.stringify(configMap.name ?? "")}`);
  }
  if (secret?.items) return files(secret.items, `Secret ${JSON.stringify(secret.name ?? "")}`);
  if (downwardAPI?.items) return files(downwardAPI.items, "DownwardAPI");
  if (serviceAccountToken) {
    return [{ path: serviceAccountToken.path, source: "ServiceAccountToken" }];
  }
  if (clusterTrustBundle) {
    const { name, signerName, path } = clusterTrustBundle;
    return [{ path, source: `ClusterTrustBundle ${JSON.stringify(name ?? signerName ?? "")}` }];
  }
  const { certificateChainPath, keyPath, credentialBundlePath } = podCertificate ?? {};
  const named = [
    { path: certificateChainPath ?? "", source: "PodCertificate chain" },
    { path: keyPath ?? "", source: "PodCertificate key" },
    { path: credentialBundlePath ?? "", source: "PodCertificate credential bundle" },
  ];
  return named.filter(({ path }) => path !== "");
}

/** One text for each pair in which one path is, or leads through, the other. */
function overlapsOf(given: readonly File[]): string[] {
  const seen: File[] = [];
  const overlaps: string[] = [];
  for (const { path, source } of given) {
    const file = { path: path.replace(/\/+$/, ""), source };
    for (const other of seen) {
      if (meets(file.path, other.path)) overlaps.push(`${text(file)} with ${text(other)}`);
    }
    seen.push(file);
  }
  return overlaps;
}

const meets = (a: string, b: string): boolean =>
  a !== "" && b !== "" && (`${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`));

const text = ({ path, source }: File): string =>
  source === "" ? JSON.stringify(path) : `${JSON.stringify(path)} (${source})`;
