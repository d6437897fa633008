// Who may speak to a node's agent: who shows a certificate of the cluster's authority or a token that the API server
// knows, and has leave for the part of the node that is asked for. The API server is asked both, as upstream's kubelet
// asks it.
import { createHash } from "node:crypto";
import type { Client } from "../client/client.ts";
import type { Clock } from "../lib/clock.ts";
import { Lru } from "../lib/lru.ts";
import type { Api, ApiRequest, Identity } from "../schema/api-request.ts";
import { subjectAccessReviews, tokenReviews } from "../schema/resources.ts";
import { StatusError } from "../schema/status-error.ts";
import type { TokenReview } from "../schema/types/authentication-v1.ts";
import type { SubjectAccessReview } from "../schema/types/authorization-v1.ts";
import { certificateCheck } from "../server/auth/certificate.ts";
import { authenticated } from "../server/auth/identify.ts";
import { bearerToken } from "../server/auth/tokens.ts";

export type GuardOptions = {
  readonly nodeName: string;
  /** PEM. */
  readonly authority: string;
  readonly client: Client;
  readonly clock: Clock;
};

/** As upstream's kubelet keeps them. */
const tokenMs = 2 * 60_000;
const allowedMs = 5 * 60_000;
const refusedMs = 30_000;
/** Askers and questions that are remembered. */
const keptMax = 1024;

type Kept<T> = { readonly value: T; readonly untilMs: number };

/** Throws StatusError(401) for whom nobody knows, StatusError(403) for who may not. */
export function guarded(api: Api, options: GuardOptions): Api {
  const { nodeName, client, clock } = options;
  const certificates = certificateCheck(options.authority);
  const tokens = new Lru<string, Kept<Identity | undefined>>(keptMax);
  const decisions = new Lru<string, Kept<boolean>>(keptMax);

  const identify = async (request: ApiRequest): Promise<Identity> => {
    const { certificate } = request.peer;
    const shown = certificate && certificates(certificate, clock.now());
    if (shown?.valid) return authenticated(shown.identity);
    const token = bearerToken(request.headers["authorization"]);
    const owner =
      token === undefined
        ? undefined
        : await kept(tokens, digest(token), async () => {
            const value = await ownerOf(client, token);
            return { value, untilMs: clock.monotonic() + tokenMs };
          });
    if (owner === undefined) throw new StatusError(401, "Unauthorized", "Unauthorized");
    return owner;
  };

  const kept = async <T>(
    memory: Lru<string, Kept<T>>,
    key: string,
    find: () => Promise<Kept<T>>,
  ): Promise<T> => {
    const known = memory.get(key);
    if (known !== undefined && known.untilMs > clock.monotonic()) return known.value;
    const found = await find();
    memory.set(key, found);
    return found.value;
  };

  const may = (who: Identity, verb: string, subresource: string): Promise<boolean> =>
    kept(decisions, JSON.stringify([who, verb, subresource]), async () => {
      const value = await isAllowed(client, who, { nodeName, verb, subresource });
      return { value, untilMs: clock.monotonic() + (value ? allowedMs : refusedMs) };
    });

  return async (request) => {
    const who = await identify(request);
    const verb = verbs[request.method] ?? "";
    for (const subresource of partsOf(request.path))
      if (await may(who, verb, subresource)) return api(request);
    const asked = `user=${who.user}, verb=${verb}, resource=nodes`;
    const parts = partsOf(request.path).join(" ");
    throw new StatusError(403, "Forbidden", `Forbidden (${asked}, subresource(s)=[${parts}])`);
  };
}

const digest = (text: string): string => createHash("sha256").update(text).digest("base64");

const verbs: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

const own: Readonly<Record<string, string>> = {
  stats: "stats",
  metrics: "metrics",
  logs: "log",
  checkpoint: "checkpoint",
};
/** Leave for these is given alone, or with leave for everything behind the proxy. */
const fine: Readonly<Record<string, string>> = {
  pods: "pods",
  runningpods: "pods",
  healthz: "healthz",
  configz: "configz",
};

/** Parts of the node, leave for any of which is enough. */
function partsOf(path: string): readonly string[] {
  const [first = ""] = path.split("/").filter((part) => part !== "");
  if (Object.hasOwn(own, first)) return [own[first]!];
  return Object.hasOwn(fine, first) ? [fine[first]!, "proxy"] : ["proxy"];
}

async function ownerOf(client: Client, token: string): Promise<Identity | undefined> {
  const review = { metadata: {}, spec: { token } } as TokenReview;
  const { status } = await client.create<TokenReview>(tokenReviews, review);
  if (status?.authenticated !== true) return undefined;
  const { username = "", uid, groups = [], extra } = status.user ?? {};
  return {
    user: username,
    groups,
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
}

async function isAllowed(
  client: Client,
  { user, uid, groups, extra }: Identity,
  { nodeName, verb, subresource }: { nodeName: string; verb: string; subresource: string },
): Promise<boolean> {
  const resourceAttributes = {
    verb,
    version: "v1",
    resource: "nodes",
    subresource,
    name: nodeName,
  };
  const review = {
    metadata: {},
    spec: {
      user,
      groups: [...groups],
      resourceAttributes,
      ...(uid === undefined ? {} : { uid }),
      ...(extra === undefined ? {} : { extra: extra as Record<string, string[]> }),
    },
  } as SubjectAccessReview;
  const { status } = await client.create<SubjectAccessReview>(subjectAccessReviews, review);
  return status?.allowed === true;
}
