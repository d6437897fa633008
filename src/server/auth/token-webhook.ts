// Tokens that another program knows: it is asked by a TokenReview, and its answer is kept for a time.
import { createHash } from "node:crypto";
import { Lru } from "../../lib/lru.ts";
import type { Identity } from "../../schema/api-request.ts";
import { isRecord } from "../config/record.ts";
import { jsonAnswer, type Remote, type RemoteTarget } from "../remote.ts";
import type { TokenCheck, TokenOwner } from "./tokens.ts";

export type TokenWebhookOptions = {
  readonly target: RemoteTarget;
  readonly remote: Remote;
  readonly version: "v1" | "v1beta1";
  /** Names under which the API itself is meant by a token. */
  readonly audiences: readonly string[];
  /** 0: answers are not kept. */
  readonly keptMs: number;
  /** Durations are measured with it, ms. */
  readonly monotonic: () => number;
};

type Verdict = TokenOwner | string | undefined;

const keptMax = 4096;
/** Longest wait for the program, as upstream. */
const askMsMax = 30_000;

export function tokenWebhook(options: TokenWebhookOptions): TokenCheck {
  // By digest: no token is held longer than its request.
  const kept = new Lru<string, { verdict: Verdict; untilMs: number }>(keptMax);
  return async (token) => {
    const key = createHash("sha256").update(token).digest("base64");
    const known = kept.get(key);
    if (known !== undefined && known.untilMs > options.monotonic()) return known.verdict;
    const verdict = await ask(token, options);
    // What could not be told now may be told a moment later.
    if (verdict.is === "failed") return verdict.why;
    if (options.keptMs > 0)
      kept.set(key, { verdict: verdict.owner, untilMs: options.monotonic() + options.keptMs });
    return verdict.owner;
  };
}

type Asked = { is: "told"; owner: Verdict } | { is: "failed"; why: string };

async function ask(token: string, options: TokenWebhookOptions): Promise<Asked> {
  const { target, remote, version, audiences } = options;
  const body = JSON.stringify({
    apiVersion: `authentication.k8s.io/${version}`,
    kind: "TokenReview",
    metadata: {},
    spec: { token, audiences },
    status: { user: {} },
  });
  try {
    const answer = jsonAnswer(await remote(target, { body, timeoutMs: askMsMax }));
    const status = isRecord(answer) ? answer["status"] : undefined;
    if (!isRecord(status)) return { is: "failed", why: "webhook answered without a status" };
    return { is: "told", owner: ownerOf(status, audiences) };
  } catch (error) {
    return { is: "failed", why: error instanceof Error ? error.message : String(error) };
  }
}

function ownerOf(status: Record<string, unknown>, wanted: readonly string[]): Verdict {
  if (status["authenticated"] !== true) {
    const error = status["error"];
    return typeof error === "string" && error !== "" ? error : undefined;
  }
  const user = isRecord(status["user"]) ? status["user"] : {};
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
  const extra = isRecord(user["extra"]) ? user["extra"] : {};
  const identity: Identity = {
    user: text(user["username"]),
    groups: texts(user["groups"]),
    ...(text(user["uid"]) === "" ? {} : { uid: text(user["uid"]) }),
    ...(Object.keys(extra).length === 0
      ? {}
      : {
          extra: Object.fromEntries(Object.entries(extra).map(([k, v]) => [k, texts(v)])),
        }),
  };
  const told = texts(status["audiences"]);
  // A program that knows nothing of audiences means the API itself.
  return { identity, audiences: told.length === 0 ? wanted : told };
}
