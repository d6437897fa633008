// A webhook of somebody else: a real HTTPS server on loopback, whose answers a test decides.
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { seededRandom } from "../../src/lib/random.ts";
import { issue, makeAuthority } from "../../src/main/pki/keys.ts";

// biome-ignore lint/suspicious/noExplicitAny: tests look at questions of all kinds
export type Asked = { readonly path: string; readonly body: any; readonly headers: any };

/** What a webhook answers: a document, or anything that is none. */
export type Reply =
  | { readonly json: unknown }
  | { readonly status: number; readonly text?: string; readonly headers?: Record<string, string> }
  /** Never. */
  | "hang"
  /** The connection ends. */
  | "drop";

export type WebhookServer = AsyncDisposable & {
  readonly port: number;
  readonly url: string;
  /** Base64 of the PEM of the authority that signed the server's certificate. */
  readonly caBundle: string;
  /** All questions so far, oldest first. */
  readonly asked: Asked[];
  /** Connections that were opened. */
  readonly connections: () => number;
};

const context = { nowMs: Date.now(), random: seededRandom(7) };
const authority = makeAuthority("webhooks", context);
const names = ["hook.default.svc", "sample.default.svc", "localhost"];
const certificate = issue(
  authority,
  {
    subject: { commonName: "hook", organizations: [] },
    usages: ["serverAuth"],
    dnsNames: names,
    ipAddresses: ["127.0.0.1"],
  },
  context,
);

/** PEM of another authority, which signed nothing. */
export const strangersBundle = Buffer.from(makeAuthority("stranger", context).certificate).toString(
  "base64",
);

export async function webhookServer(
  reply: (asked: Asked) => Reply | Promise<Reply>,
): Promise<WebhookServer> {
  const asked: Asked[] = [];
  let connections = 0;
  const server: Server = createServer(
    { key: certificate.key, cert: certificate.certificate },
    async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString();
      const one: Asked = {
        path: request.url ?? "",
        body: text.startsWith("{") ? JSON.parse(text) : text,
        headers: request.headers,
      };
      asked.push(one);
      const answer = await reply(one);
      if (answer === "hang") return;
      if (answer === "drop") return void request.socket.destroy();
      if ("json" in answer) {
        response.writeHead(200, { "content-type": "application/json" });
        return void response.end(JSON.stringify(answer.json));
      }
      response.writeHead(answer.status, answer.headers);
      response.end(answer.text ?? "");
    },
  );
  server.on("secureConnection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `https://127.0.0.1:${port}`,
    caBundle: Buffer.from(authority.certificate).toString("base64"),
    asked,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An AdmissionReview that answers `asked`. */
export const review = ({ body }: Asked, response: object): Reply => ({
  json: {
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: { uid: body.request.uid, ...response },
  },
});

/** One that allows, with a patch. */
export const patching = (asked: Asked, patch: readonly object[]): Reply =>
  review(asked, {
    allowed: true,
    patchType: "JSONPatch",
    patch: Buffer.from(JSON.stringify(patch)).toString("base64"),
  });

const untilMsMax = 30_000;

/** Looks again and again; throws when it has not come about in a time that is generous on any machine. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const end = performance.now() + untilMsMax;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`${what} did not come about`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
