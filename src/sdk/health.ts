import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** `port` 0: a free one. Rejects when the port is taken. */
export async function serveHealth(
  port: number,
  isReady: () => boolean,
): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer(({ url }, response) => {
    const path = (url ?? "").split("?")[0];
    const status = path === "/healthz" ? 200 : path !== "/readyz" ? 404 : isReady() ? 200 : 503;
    const text = { 200: "ok", 404: "not found", 503: "the first lists are not in yet" }[status];
    response.writeHead(status, { "content-type": "text/plain" }).end(text);
  });
  server.listen(port);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
