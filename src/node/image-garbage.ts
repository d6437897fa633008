// Images that nobody uses are removed when the disk runs full, those first that were used longest ago. The rules are
// upstream's (kubelet's image garbage collection), but that a large disk is left alone while gigabytes are free.
import type { NodeContext } from "./context.ts";
import { pauseImage } from "./oci/pause.ts";
import { fullName, parseImage } from "./pod/image-reference.ts";
import type { Signal } from "./pressure/signals.ts";
import type { RuntimeImage } from "./runtime.ts";
import type { PodWorker } from "./worker.ts";

const gibi = 2 ** 30;

/** Removal begins below `low` and ends at `enough`; the smaller of the two counts. */
const imageRoom = Object.freeze({
  low: { share: 0.15, bytesMax: 6 * gibi },
  enough: { share: 0.2, bytesMax: 8 * gibi },
});

/** An image that has just come will soon be used. */
const ageMsMin = 2 * 60_000;

/** Bytes that images should give back; 0: there is room. */
export function bytesToFree({ available, capacity }: Signal): number {
  const bound = ({ share, bytesMax }: { share: number; bytesMax: number }): number =>
    Math.min(capacity * share, bytesMax);
  if (available >= bound(imageRoom.low)) return 0;
  return Math.ceil(bound(imageRoom.enough) - available);
}

export type KnownImage = { readonly image: RuntimeImage; seenAt: number; usedAt: number };

/** Which to remove, in this order, to free so many bytes. */
export function imagesToRemove(
  known: readonly KnownImage[],
  isUsed: (image: RuntimeImage) => boolean,
  { bytes, now }: { bytes: number; now: number },
): RuntimeImage[] {
  const chosen: RuntimeImage[] = [];
  let freed = 0;
  const free = known
    .filter(({ image, seenAt }) => !image.pinned && !isUsed(image) && now - seenAt >= ageMsMin)
    .sort((a, b) => a.usedAt - b.usedAt || a.seenAt - b.seenAt);
  for (const { image } of free) {
    if (freed >= bytes) break;
    freed += image.sizeBytes;
    chosen.push(image);
  }
  return chosen;
}

export class ImageGarbage {
  readonly #context: NodeContext;
  readonly #workers: ReadonlyMap<string, PodWorker>;
  #known = new Map<string, KnownImage>();

  constructor(context: NodeContext, workers: ReadonlyMap<string, PodWorker>) {
    this.#context = context;
    this.#workers = workers;
  }

  /** Frees at least so many bytes where it can; without a number what the disk's state asks for. */
  async collect(wanted?: number): Promise<boolean> {
    const { runtime, host, clock, log } = this.#context;
    const isUsed = await this.#look();
    const signals = await host.signals();
    const bytes = wanted ?? (signals ? bytesToFree(signals.disk) : 0);
    if (bytes === 0) return false;
    const now = clock.monotonic();
    const chosen = imagesToRemove([...this.#known.values()], isUsed, { bytes, now });
    let freed = 0;
    for (const image of chosen) {
      try {
        await runtime.removeImage({ image: image.id });
        freed += image.sizeBytes;
        log.info("an image that nobody uses is removed", { image: image.repoTags[0] ?? image.id });
      } catch (error) {
        log.warn("cannot remove an image", { image: image.id, error });
      }
    }
    if (wanted === undefined && freed < bytes) this.#sayTooLittle(bytes, freed);
    return freed > 0;
  }

  /** Brings what is known of the images up to date. */
  async #look(): Promise<(image: RuntimeImage) => boolean> {
    const { runtime, clock } = this.#context;
    const [images, containers] = await Promise.all([
      runtime.listImages(),
      runtime.listContainers(),
    ]);
    const used = new Set([pauseImage, ...containers.map((c) => c.imageRef)]);
    for (const { pod, isEnded } of this.#workers.values()) {
      if (isEnded) continue;
      const { containers: regular, initContainers = [], volumes = [] } = pod.spec;
      const named = [...regular, ...initContainers].map((c) => c.image);
      for (const name of [...named, ...volumes.map((v) => v.image?.reference)]) {
        const reference = parseImage(name ?? "");
        if (typeof reference !== "string") used.add(fullName(reference));
      }
    }
    const isUsed = ({ id, repoTags, repoDigests }: RuntimeImage): boolean =>
      [id, ...repoTags, ...repoDigests].some((name) => used.has(name));
    const now = clock.monotonic();
    this.#known = new Map(
      images.map((image) => {
        const { seenAt = now, usedAt = 0 } = this.#known.get(image.id) ?? {};
        return [image.id, { image, seenAt, usedAt: isUsed(image) ? now : usedAt }];
      }),
    );
    return isUsed;
  }

  #sayTooLittle(wanted: number, freed: number): void {
    const { nodeName, record } = this.#context;
    record({
      about: { kind: "Node", name: nodeName, uid: nodeName },
      type: "Warning",
      reason: "FreeDiskSpaceFailed",
      message:
        "Failed to garbage collect required amount of images. " +
        `Attempted to free ${wanted} bytes, but only found ${freed} bytes eligible to free.`,
    });
  }
}
