// A request for a group and version that another server answers: passed on in the caller's name, and its answer back.

import type { ApiRequest, ApiResponse } from "../../schema/api-request.ts";
import { StatusError } from "../../schema/status-error.ts";
import { textAnswer } from "../answer.ts";
import type { Context, Core } from "../context.ts";
import type { Targets } from "../outbound-target.ts";
import { truthy } from "../route.ts";
import { backendOf, inNameOf, type ProxyClient } from "./backend.ts";
import { isAvailable, type RemoteService } from "./remote-services.ts";

/** Time for an answer to begin, except to requests that last (watches, upgrades), as upstream bounds all requests. */
const answerMsMax = 60_000;

export async function proxied(
  core: Core,
  context: Context,
  service: RemoteService,
  { targets, client }: { readonly targets: Targets; readonly client: ProxyClient | undefined },
): Promise<ApiResponse> {
  if (!isAvailable(service)) return unavailable("service unavailable");
  const { request, identity } = context;
  let api: ReturnType<typeof backendOf>;
  try {
    api = backendOf(targets, service, client);
  } catch {
    // Nobody is behind the service, which the condition is going to tell.
    return unavailable("service unavailable");
  }
  const asked: ApiRequest = {
    ...request,
    headers: {
      ...inNameOf(identity, request.headers),
      "x-forwarded-for": request.peer.address,
    } as ApiRequest["headers"],
  };
  const lasting = isLasting(context);
  const aborting = new AbortController();
  const abort = (): void => aborting.abort();
  request.signal.addEventListener("abort", abort, { once: true });
  let late = false;
  const cancel = lasting
    ? (): void => {}
    : core.clock.after(answerMsMax, () => {
        late = true;
        aborting.abort();
      });
  try {
    const answer = await api({ ...asked, signal: aborting.signal });
    if (isNoUpgrade(request, answer)) {
      aborting.abort();
      return unavailable(`invalid upgrade response: status code ${answer.status}`);
    }
    return isRedirect(answer) ? refusedRedirect : answer;
  } catch (error) {
    if (late) throw tooLate();
    if (error instanceof StatusError) return unavailable(error.message);
    throw error;
  } finally {
    cancel();
  }
}

function isLasting({ request, query, attributes }: Context): boolean {
  return (
    request.upgradable === true ||
    attributes.verb === "watch" ||
    truthy(query.get("watch")) ||
    truthy(query.get("follow"))
  );
}

/** The other protocol was asked for, and an answer came that neither grants nor refuses it. */
const isNoUpgrade = ({ upgradable }: ApiRequest, { status, body }: ApiResponse): boolean =>
  upgradable === true && body.is !== "upgrade" && status < 400;

const isRedirect = ({ status, headers }: ApiResponse): boolean =>
  status >= 300 && status <= 399 && headers["location"] !== undefined;

const refusedRedirect = textAnswer(
  502,
  "the backend attempted to redirect this request, which is not permitted",
);

const unavailable = (why: string): ApiResponse => textAnswer(503, `${why}\n`);

const tooLate = (): StatusError =>
  new StatusError(
    504,
    "Timeout",
    "Timeout: request did not complete within the allotted timeout",
    {},
  );
