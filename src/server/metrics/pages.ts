// /metrics and /metrics/slis. Who may look is for authorization to say, as for every path.
import type { ApiResponse } from "../../schema/api-request.ts";
import { textAnswer } from "../answer.ts";
import type { Page } from "../context.ts";
import type { Checks } from "../health.ts";
import type { Parts } from "../scope.ts";
import { exposition, serverFamilies } from "./exposition.ts";
import { gauge } from "./family.ts";

export type MetricsOptions = {
  readonly parts: () => Parts;
  readonly checks: Checks;
  /** Wall clock, ms. */
  readonly startedAtMs: number;
};

export function metricsPages({ parts, checks, startedAtMs }: MetricsOptions): Page {
  const pages: Readonly<Record<string, () => Promise<Families>>> = {
    "/metrics": async () => serverFamilies(parts(), startedAtMs),
    "/metrics/slis": () => healthFamilies(checks),
  };
  return async ({ attributes }) => {
    const page = Object.hasOwn(pages, attributes.path) ? pages[attributes.path] : undefined;
    if (page === undefined) return undefined;
    const [text, type] = await exposition(await page());
    return metricsAnswer(text, type, startedAtMs);
  };
}

type Families = Parameters<typeof exposition>[0];

const metricsAnswer = (text: string, type: string, startedAtMs: number): ApiResponse => ({
  status: 200,
  headers: {
    ...textAnswer(200, "").headers,
    "content-type": type,
    "process-start-time-unix": String(Math.floor(startedAtMs / 1000)),
  },
  body: { is: "bytes", chunks: [Buffer.from(text)] },
});

async function healthFamilies(checks: Checks): Promise<Families> {
  const values: { labels: { name: string; type: string }; value: number }[] = [];
  for (const type of ["healthz", "livez", "readyz"] as const)
    for (const [name, check] of checks[type]()) {
      const well = await Promise.resolve()
        .then(check)
        .then((problem) => problem === undefined)
        .catch(() => false);
      values.push({ labels: { name, type }, value: well ? 1 : 0 });
    }
  return [gauge("kubernetes_healthcheck", "1: the check passed.", () => values)];
}
