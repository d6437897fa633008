import type { Api, Identity } from "../schema/api-request.ts";
import { clientOver } from "./call.ts";
import type { Client } from "./client.ts";

/**
 * A client that calls the server's function directly: no socket, no bytes. Objects that are handed in
 * belong to the server from then on (it may freeze them); those that come back are frozen and shared.
 */
export function inProcessClient(api: Api, identity: Identity, userAgent = "coxswain"): Client {
  return clientOver({ api, identity, objects: true, headers: { "user-agent": userAgent } });
}
