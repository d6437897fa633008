// The API server in the test's own process, with everything at its edge.
import { generateKeyPairSync } from "node:crypto";
import { serverIdentity } from "../../src/server/call.ts";
import { makeEdge } from "../../src/server/edge.ts";
import { type ApiServer, type ApiServerOptions, apiServer } from "./api-server.ts";

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** The headers `user` and `groups` say who asks; without them the server itself does. */
export const guardedServer = (options: Pick<ApiServerOptions, "store"> = {}): ApiServer =>
  apiServer({
    ...options,
    edge: (core) => ({
      ...makeEdge(core, {
        clientAuthorities: "",
        serviceAccounts: { keys: [pem], issuer: "https://issuer" },
        address: () => "",
      }),
      identify: ({ headers }) =>
        headers["user"] === undefined
          ? serverIdentity
          : {
              user: String(headers["user"]),
              groups: `${headers["groups"] ?? ""} system:authenticated`.trim().split(" "),
            },
    }),
  });
