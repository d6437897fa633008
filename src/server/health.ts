// /healthz, /livez and /readyz: what is checked, and upstream's way to say it.
import type { ApiResponse } from "../schema/api-request.ts";
import { pageNotFound, textAnswer } from "./answer.ts";
import type { Context, Page } from "./context.ts";

/** Resolves with undefined when all is well, else with what is not. */
export type Check = () => string | undefined | Promise<string | undefined>;

/** By name (`etcd`, `poststarthook/rbac/bootstrap-roles`), in the order in which they are shown. */
type Named = ReadonlyMap<string, Check>;

/** Asked for at each request. */
export type Checks = Readonly<Record<"healthz" | "livez" | "readyz", () => Named>>;

export function healthPage(checks: Checks): Page {
  return (context) => {
    const match = /^\/(healthz|livez|readyz)(?:\/(.+))?$/.exec(context.attributes.path);
    if (match === null) return undefined;
    const [, page, one] = match as unknown as [string, keyof Checks, string | undefined];
    const known = checks[page]();
    if (one === undefined) return allChecks(page, known, context);
    const check = known.get(one);
    return check === undefined ? pageNotFound() : oneCheck(one, check);
  };
}

const plainType = { "content-type": "text/plain; charset=utf-8" };
const textType = {
  ...plainType,
  "x-content-type-options": "nosniff",
};

async function oneCheck(name: string, check: Check): Promise<ApiResponse> {
  const problem = await outcome(check);
  if (problem === undefined) return { ...textAnswer(200, "ok"), headers: plainType };
  return textAnswer(500, `internal server error: ${name} failed: ${problem}\n`, textType);
}

async function allChecks(page: string, checks: Named, { query }: Context): Promise<ApiResponse> {
  const excluded = new Set(query.getAll("exclude"));
  const lines: string[] = [];
  let failed = false;
  for (const [name, check] of checks) {
    if (excluded.delete(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    // The reason is for the log; who may ask for health may not know it.
    const well = (await outcome(check)) === undefined;
    failed ||= !well;
    lines.push(well ? `[+]${name} ok` : `[-]${name} failed: reason withheld`);
  }
  if (excluded.size > 0) lines.push(noneToExclude(excluded));
  const text = `${lines.join("\n")}\n${page} check ${failed ? "failed" : "passed"}\n`;
  if (failed) return textAnswer(500, text, textType);
  return textAnswer(200, query.has("verbose") ? text : "ok", textType);
}

const noneToExclude = (names: ReadonlySet<string>): string =>
  `warn: some health checks cannot be excluded: no matches for ${[...names].map((n) => `"${n}"`).join(",")}`;

async function outcome(check: Check): Promise<string | undefined> {
  try {
    return await check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
