import type { Api } from "../schema/api-request.ts";

/**
 * `api` as long as `end` is not aborted: from then on every request, also each that waits for its answer, is rejected
 * with the signal's reason. What was sent may still be done.
 */
export function apiUntil(end: AbortSignal, api: Api): Api {
  const waiting = new Set<(reason: unknown) => void>();
  const finish = (): void => {
    for (const reject of waiting) reject(end.reason);
  };
  end.addEventListener("abort", finish, { once: true });
  return (request) =>
    new Promise((resolve, reject) => {
      if (end.aborted) return reject(end.reason);
      waiting.add(reject);
      const answered = (): void => void waiting.delete(reject);
      api(request).then(resolve, reject).finally(answered);
    });
}
