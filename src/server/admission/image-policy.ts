// ImagePolicyWebhook: another program says which images may run.
import type { Clock } from "../../lib/clock.ts";
import type { Log } from "../../lib/log.ts";
import { Lru } from "../../lib/lru.ts";
import type { Pod } from "../../schema/types/core-v1.ts";
import { isRecord } from "../config/record.ts";
import type { Admission, AdmissionWrite, Context } from "../context.ts";
import { jsonAnswer, type Remote, type RemoteTarget } from "../remote.ts";
import { about, refused } from "./refused.ts";

export type ImagePolicy = {
  readonly target: RemoteTarget;
  readonly allowedMs: number;
  readonly refusedMs: number;
  readonly retryMs: number;
  /** What counts when no answer comes. */
  readonly defaultAllow: boolean;
};

type Answer = { readonly allowed: boolean; readonly reason: string; readonly notes: Notes };
type Notes = Readonly<Record<string, string>>;
type Parts = { readonly clock: Clock; readonly remote: Remote; readonly log: Log };

const isPod = about("pods");
const isEphemeral = about("pods/ephemeralcontainers");
const prefix = "imagepolicywebhook.image-policy.k8s.io/";
const keptMax = 1024;
const askMsMax = 30_000;

export function imagePolicyWebhook(policy: ImagePolicy, { clock, remote, log }: Parts): Admission {
  const kept = new Lru<string, { answer: Answer; untilMs: number }>(keptMax);
  const ask = async (spec: string): Promise<Answer> => {
    const known = kept.get(spec);
    if (known !== undefined && known.untilMs > clock.monotonic()) return known.answer;
    const head = '"apiVersion":"imagepolicy.k8s.io/v1alpha1","kind":"ImageReview","metadata":{}';
    const body = `{${head},"spec":${spec},"status":{"allowed":false}}`;
    const answer = answerOf(jsonAnswer(await remote(policy.target, { body, timeoutMs: askMsMax })));
    const ms = answer.allowed ? policy.allowedMs : policy.refusedMs;
    kept.set(spec, { answer, untilMs: clock.monotonic() + ms });
    return answer;
  };
  return {
    name: "ImagePolicyWebhook",
    handles: (a, { operation }) =>
      (operation === "CREATE" || operation === "UPDATE") && (isPod(a) || isEphemeral(a)),
    async validate(context, write) {
      let answer: Answer;
      try {
        answer = await ask(specOf(context, write));
      } catch (error) {
        log.warn("the image policy webhook gave no answer", { error });
        if (!policy.defaultAllow)
          throw refused(context, write, error instanceof Error ? error.message : String(error));
        context.annotations.set(`${prefix}failed-open`, "true");
        return;
      }
      for (const [key, text] of Object.entries(answer.notes))
        context.annotations.set(prefix + key, text);
      if (answer.allowed) return;
      const why =
        answer.reason === ""
          ? "one or more images rejected by webhook backend"
          : `image policy webhook backend denied one or more images: ${answer.reason}`;
      throw refused(context, write, why);
    },
  };
}

function specOf({ attributes }: Context, { object }: AdmissionWrite): string {
  const { metadata, spec } = object as Pod;
  const images =
    attributes.subresource === ""
      ? [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])]
      : (spec?.ephemeralContainers ?? []);
  const annotations = Object.entries(metadata.annotations ?? {}).filter(([key]) =>
    key.includes(".image-policy.k8s.io/"),
  );
  return JSON.stringify({
    containers: images.map(({ image }) => ({ image })),
    ...(annotations.length === 0 ? {} : { annotations: Object.fromEntries(annotations) }),
    namespace: attributes.namespace,
  });
}

function answerOf(review: unknown): Answer {
  const status = isRecord(review) ? review["status"] : undefined;
  if (!isRecord(status)) throw new Error("the image policy webhook answered without a status");
  const notes = isRecord(status["auditAnnotations"]) ? status["auditAnnotations"] : {};
  return {
    allowed: status["allowed"] === true,
    reason: typeof status["reason"] === "string" ? status["reason"] : "",
    notes: Object.fromEntries(Object.entries(notes).map(([k, v]) => [k, String(v)])),
  };
}
