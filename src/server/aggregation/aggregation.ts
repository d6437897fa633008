// API servers of others below our own paths: found by APIService, asked in the caller's name, shown in discovery.
import type { Log } from "../../lib/log.ts";
import type { ApiResponse } from "../../schema/api-request.ts";
import { isObject } from "../../schema/clone.ts";
import type { Context, Core } from "../context.ts";
import type { RemoteDocuments } from "../openapi.ts";
import { callsOf } from "../outbound-target.ts";
import { keepAvailability } from "./availability.ts";
import { askBackend, backendOf, type ProxyClient } from "./backend.ts";
import { proxied } from "./proxy.ts";
import { ownPart, RemoteDocumentSet, resourcesIn } from "./remote-documents.ts";
import { isAvailable, type RemoteService, remoteServices } from "./remote-services.ts";

export type Aggregation = {
  /** The answer of the server whose group version it is; undefined: it is one of ours. */
  answer(context: Context): Promise<ApiResponse> | undefined;
  /** For the pages that tell what is served. */
  readonly documents: RemoteDocumentSet & RemoteDocuments;
  /** Keeps the availability of all of them until the result is called. */
  start(): () => void;
};

/** Time for a server's own descriptions, and bytes of each. */
const documentMsMax = 15_000;
const documentBytesMax = 32 * 1024 * 1024;

export function aggregation(
  core: Core,
  { client, log }: { readonly client: ProxyClient | undefined; readonly log: Log },
): Aggregation {
  const services = remoteServices(core);
  const { targets } = callsOf(core);
  const known = new RemoteDocumentSet(services);
  const proxy = (context: Context, service: RemoteService): Promise<ApiResponse> =>
    proxied(core, context, service, { targets, client });
  const answered = (service: RemoteService, document: unknown): void => {
    const resources = resourcesIn(document);
    known.take(service, { resources });
    void describe(service, resources);
  };
  async function describe(
    service: RemoteService,
    resources: ReturnType<typeof resourcesIn>,
  ): Promise<void> {
    const { group = "", version = "" } = service.spec;
    const read = (path: string): Promise<unknown> => documentOf(core, service, path);
    try {
      const [list, whole] = await Promise.all([read("/openapi/v3"), read("/openapi/v2")]);
      const location = locationIn(list, `apis/${group}/${version}`);
      const openApi = ownPart(whole, group, version);
      known.take(service, {
        resources,
        ...(location === undefined ? {} : { location }),
        ...(openApi === undefined ? {} : { openApi }),
      });
    } catch (error) {
      log.info("an aggregated server does not describe itself", {
        name: service.metadata.name,
        error,
      });
    }
  }
  async function documentOf(asking: Core, service: RemoteService, path: string): Promise<unknown> {
    const api = backendOf(targets, service, client);
    const limits = { timeoutMs: documentMsMax, bytesMax: documentBytesMax };
    const { status, body } = await askBackend(asking, api, path, limits);
    return status === 200 ? JSON.parse(body.toString()) : undefined;
  }
  const documents = Object.assign(known, {
    answer(context: Context, name: string): Promise<ApiResponse> | undefined {
      const [root, group = "", version = "", rest] = name.split("/");
      if (root !== "apis" || version === "" || rest !== undefined) return undefined;
      const service = services.find(group, version);
      // Who cannot be asked has no document: the answer is that of a path that nobody knows.
      return service && isAvailable(service) ? proxy(context, service) : undefined;
    },
  });
  return {
    documents,
    answer(context) {
      const { isResource, group, version, path } = context.attributes;
      if (isResource) {
        const service = services.find(group, version);
        return service && proxy(context, service);
      }
      const place = /^\/apis\/([^/]+)\/([^/]+)\/?$/.exec(path);
      if (place === null) return undefined;
      const service = services.find(place[1]!, place[2]!);
      return service && proxy(context, service);
    },
    start: () => keepAvailability(core, { services, targets, client, log, answered }),
  };
}

function locationIn(list: unknown, name: string): string | undefined {
  const paths = isObject(list) ? list["paths"] : undefined;
  const place = isObject(paths) ? paths[name] : undefined;
  const url = isObject(place) ? place["serverRelativeURL"] : undefined;
  return typeof url === "string" && url.startsWith("/openapi/v3/") ? url : undefined;
}
