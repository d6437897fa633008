// What of a caller's request goes on to a node, a pod or a service.
import { BlockList, isIP } from "node:net";
import type { ApiRequest } from "../../schema/api-request.ts";
import { tokenProtocol } from "../socket.ts";

/** `request` meant for another: who asks, and in whose name, is this server's business. */
export function forwarded(
  request: ApiRequest,
  to: { readonly method?: string; readonly path: string; readonly query: string },
): ApiRequest {
  return {
    method: to.method ?? request.method,
    path: to.path,
    query: to.query,
    headers: withoutCredentials(request.headers),
    body: request.body,
    peer: request.peer,
    signal: request.signal,
    ...(request.upgradable === undefined ? {} : { upgradable: request.upgradable }),
  };
}

function withoutCredentials(headers: ApiRequest["headers"]): ApiRequest["headers"] {
  const kept: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) {
    const aboutCaller = name.startsWith("impersonate-") || name.startsWith("x-remote-");
    if (!name.startsWith(":") && !aboutCaller && name !== "authorization") kept[name] = value;
  }
  const protocols = kept["sec-websocket-protocol"];
  if (protocols?.includes(tokenProtocol))
    kept["sec-websocket-protocol"] = protocols
      .split(",")
      .map((name) => name.trim())
      .filter((name) => !name.startsWith(tokenProtocol))
      .join(", ");
  return kept;
}

const unreachable = new BlockList();
unreachable.addAddress("0.0.0.0");
unreachable.addAddress("255.255.255.255");
unreachable.addSubnet("127.0.0.0", 8);
unreachable.addSubnet("169.254.0.0", 16);
unreachable.addSubnet("224.0.0.0", 4);
unreachable.addAddress("::", "ipv6");
unreachable.addAddress("::1", "ipv6");
unreachable.addSubnet("fe80::", 10, "ipv6");
unreachable.addSubnet("ff00::", 8, "ipv6");

/** False for what is no address, and for those of the server's own machine and link: nobody gets there through it. */
export function isProxyable(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && !unreachable.check(address, family === 6 ? "ipv6" : "ipv4");
}
