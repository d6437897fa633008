// Writes an image as an OCI archive: what `ctr images import`, `skopeo` and `coxswain image load` read.
import { createHash } from "node:crypto";
import { type TarEntry, tar } from "./tar.ts";

export type ImageConfig = {
  Entrypoint?: readonly string[];
  Cmd?: readonly string[];
  Env?: readonly string[];
  WorkingDir?: string;
  User?: string;
  StopSignal?: string;
  ExposedPorts?: Readonly<Record<string, object>>;
};

export type ImageAsk = {
  /** Full names with tag: `registry.k8s.io/pause:3.10`. */
  readonly names: readonly string[];
  /** As Go names it: amd64, arm64. */
  readonly architecture: string;
  readonly config: ImageConfig;
  /** Tar of the root file system, not compressed. */
  readonly layer: Uint8Array;
  /** Whole seconds since 1970, for every time in the archive. */
  readonly createdSeconds: number;
};

const media = "application/vnd.oci.image";
const encoder = new TextEncoder();

/** The same ask gives the same bytes. */
export function imageArchive(ask: ImageAsk): Uint8Array {
  const blobs = new Map<string, Uint8Array>();
  const put = (mediaType: string, data: Uint8Array) => {
    const hex = createHash("sha256").update(data).digest("hex");
    blobs.set(hex, data);
    return { mediaType, digest: `sha256:${hex}`, size: data.length };
  };
  const created = new Date(ask.createdSeconds * 1000).toISOString().replace(".000Z", "Z");
  const platform = { architecture: ask.architecture, os: "linux" };
  const layer = put(`${media}.layer.v1.tar`, ask.layer);
  const config = put(
    `${media}.config.v1+json`,
    json({
      created,
      ...platform,
      config: ask.config,
      rootfs: { type: "layers", diff_ids: [layer.digest] },
      history: [{ created, created_by: "coxswain" }],
    }),
  );
  const mediaType = `${media}.manifest.v1+json`;
  const manifest = put(mediaType, json({ schemaVersion: 2, mediaType, config, layers: [layer] }));
  const manifests = ask.names.map((name) => ({
    ...manifest,
    platform,
    annotations: {
      "io.containerd.image.name": name,
      "org.opencontainers.image.ref.name": name.slice(name.lastIndexOf(":") + 1),
    },
  }));
  const index = { schemaVersion: 2, mediaType: `${media}.index.v1+json`, manifests };
  const time = { modifiedSeconds: ask.createdSeconds };
  const file = (path: string, data: Uint8Array): TarEntry => ({
    is: "file",
    path,
    mode: 0o644,
    data,
    ...time,
  });
  const folder = (path: string): TarEntry => ({ is: "folder", path, mode: 0o755, ...time });
  return tar([
    file("oci-layout", json({ imageLayoutVersion: "1.0.0" })),
    file("index.json", json(index)),
    folder("blobs"),
    folder("blobs/sha256"),
    ...[...blobs]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([h, d]) => file(`blobs/sha256/${h}`, d)),
  ]);
}

const json = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));
