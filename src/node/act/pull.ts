// Sees to it that a container's image is there, as its pull policy says. Events and reasons are upstream's.
import type { Clock } from "../../lib/clock.ts";
import type { Container, Pod, Secret } from "../../schema/types/core-v1.ts";
import { Backoff, pullLimits } from "../pod/backoff.ts";
import { type ImageReference, parseImage } from "../pod/image-reference.ts";
import { type Runtime, RuntimeError, type RuntimeImage, type SandboxConfig } from "../runtime.ts";
import { authsFor } from "./pull-secrets.ts";

/** A container cannot start now: `reason` and message are those of its status. */
export class StartError extends Error {
  readonly reason: string;
  /** Try again so many ms from now; absent: as after any failure. */
  readonly retryMs: number | undefined;

  constructor(
    reason: string,
    message: string,
    options: { retryMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "StartError";
    this.reason = reason;
    this.retryMs = options.retryMs;
  }
}

export type PullAsk = {
  pod: Pod;
  container: Container;
  sandbox: SandboxConfig;
  runtimeHandler: string;
  secrets: () => Promise<readonly Secret[]>;
  /** Says an event about the container. */
  say: (type: "Normal" | "Warning", reason: string, message: string) => void;
};

export type Pulled = { ref: string; image: RuntimeImage };

/** Pods and images whose last error is remembered. */
const rememberedMax = 1000;

export class ImagePuller {
  readonly #runtime: Runtime;
  readonly #clock: Clock;
  readonly #backoff = new Backoff(pullLimits);
  readonly #failures = new Map<string, { at: number; message: string }>();

  constructor(runtime: Runtime, clock: Clock) {
    this.#runtime = runtime;
    this.#clock = clock;
  }

  /** Rejects with a StartError. */
  async ensure(ask: PullAsk): Promise<Pulled> {
    const { container, say } = ask;
    const asked = container.image ?? "";
    const reference = parseImage(asked);
    if (typeof reference === "string") {
      const message = `Failed to apply default image tag "${asked}": couldn't parse image name "${asked}": ${reference}`;
      say("Warning", "InspectFailed", message);
      throw new StartError("InvalidImageName", message);
    }
    const policy = container.imagePullPolicy ?? "IfNotPresent";
    if (policy !== "Always") {
      const present = await this.#inspect(reference, ask);
      if (present) {
        const message = `Container image "${asked}" already present on machine and can be accessed by the pod`;
        say("Normal", "Pulled", message);
        return { ref: present.id, image: present };
      }
      if (policy === "Never") {
        const message = `Container image "${asked}" is not present with pull policy of Never`;
        say("Warning", "ErrImageNeverPull", message);
        throw new StartError("ErrImageNeverPull", message);
      }
    }
    return await this.#pull(reference, ask);
  }

  async #inspect(reference: ImageReference, ask: PullAsk): Promise<RuntimeImage | undefined> {
    try {
      return await this.#runtime.imageStatus({ image: reference.text });
    } catch (error) {
      const message = `Failed to inspect image "${ask.container.image}": ${errorText(error)}`;
      ask.say("Warning", "InspectFailed", message);
      throw new StartError("ImageInspectError", message, { cause: error });
    }
  }

  async #pull(reference: ImageReference, ask: PullAsk): Promise<Pulled> {
    const { pod, container, say } = ask;
    const key = `${pod.metadata.uid}_${container.image}`;
    const failure = this.#failures.get(key);
    const waitMs = failure ? this.#backoff.left(key, failure.at, this.#clock.monotonic()) : 0;
    if (failure && waitMs > 0) {
      const message = `Back-off pulling image "${container.image}"`;
      say("Normal", "BackOff", message);
      throw new StartError("ImagePullBackOff", `${message}: ${failure.message}`, {
        retryMs: waitMs,
      });
    }
    say("Normal", "Pulling", `Pulling image "${container.image}"`);
    const startedAt = this.#clock.monotonic();
    try {
      const ref = await this.#pullWithAny(reference, ask);
      const image = await this.#runtime.imageStatus({ image: ref });
      if (!image) throw new RuntimeError(5, `image ${ref} is gone after its pull`);
      const took = pullTime(this.#clock.monotonic() - startedAt);
      say(
        "Normal",
        "Pulled",
        `Successfully pulled image "${container.image}" in ${took} (${took} including waiting). Image size: ${image.sizeBytes} bytes.`,
      );
      this.#failures.delete(key);
      return { ref, image };
    } catch (error) {
      const message = errorText(error);
      say("Warning", "Failed", `Failed to pull image "${container.image}": ${message}`);
      const now = this.#clock.monotonic();
      this.#backoff.next(key, now, now);
      this.#remember(key, { at: now, message: `ErrImagePull: ${message}` });
      const retryMs = this.#backoff.waitMs(key);
      throw new StartError("ErrImagePull", message, { retryMs, cause: error });
    }
  }

  /** With each credential that fits, then without any. */
  async #pullWithAny(reference: ImageReference, ask: PullAsk): Promise<string> {
    const auths = authsFor(reference, await ask.secrets());
    const image = { image: reference.text, runtimeHandler: ask.runtimeHandler };
    const errors: unknown[] = [];
    for (const auth of auths.length > 0 ? auths : [undefined]) {
      try {
        return await this.#runtime.pullImage(image, auth, ask.sandbox);
      } catch (error) {
        errors.push(error);
      }
    }
    throw errors.at(-1);
  }

  #remember(key: string, failure: { at: number; message: string }): void {
    if (this.#failures.size >= rememberedMax) {
      const oldest = this.#failures.keys().next().value as string;
      this.#failures.delete(oldest);
      this.#backoff.delete(oldest);
    }
    this.#failures.set(key, failure);
  }
}

/** Runtimes' refusals are shown as upstream shows errors of gRPC. */
export function errorText(error: unknown): string {
  if (error instanceof RuntimeError) {
    return `rpc error: code = ${codeNames[error.code] ?? "Unknown"} desc = ${error.message}`;
  }
  return error instanceof Error ? error.message : String(error);
}

const codeNames: Readonly<Record<number, string>> = {
  2: "Unknown",
  3: "InvalidArgument",
  4: "DeadlineExceeded",
  5: "NotFound",
  6: "AlreadyExists",
  9: "FailedPrecondition",
  12: "Unimplemented",
  14: "Unavailable",
};

/** As Go prints a duration rounded to ms: `523ms`, `1.234s`, `1m2.5s`. */
function pullTime(ms: number): string {
  const whole = Math.floor(ms);
  if (whole < 1000) return `${whole}ms`;
  const seconds = String((whole % 60_000) / 1000);
  return whole < 60_000 ? `${seconds}s` : `${Math.floor(whole / 60_000)}m${seconds}s`;
}
