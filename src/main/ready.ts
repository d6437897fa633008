// Asks a running cluster whether it is ready, as its administrator.
import { readFileSync } from "node:fs";
import type { DataDir } from "./data-dir.ts";
import { httpsApi } from "./https-api.ts";
import type { Running } from "./options.ts";
import { Refusal } from "./refusal.ts";

export type Ready = { ok: true } | { ok: false; why: string };

/** Longest wait for the answer. */
const askMsMax = 5000;

export async function askReady(dir: DataDir, { server }: Running): Promise<Ready> {
  let authority: string;
  try {
    ({ authority } = adminTarget(dir));
  } catch (error) {
    return { ok: false, why: (error as Error).message };
  }
  const { api, close } = httpsApi({ server, authority });
  try {
    const signal = AbortSignal.timeout(askMsMax);
    const body = () => Promise.resolve(new Uint8Array());
    const peer = { address: "" };
    const answer = await api({
      method: "GET",
      path: "/readyz",
      query: "",
      headers: {},
      body,
      peer,
      signal,
    });
    return answer.status === 200
      ? { ok: true }
      : { ok: false, why: `/readyz answers ${answer.status}` };
  } catch (error) {
    if (error instanceof Error && error.name === "TimeoutError")
      return { ok: false, why: `no answer within ${askMsMax / 1000} s` };
    return { ok: false, why: error instanceof Error ? error.message : `${error}` };
  } finally {
    close();
  }
}

/** The target of the cluster's administrator, from its kubeconfig. Throws a `Refusal` when it cannot be read. */
export function adminTarget(dir: DataDir): {
  server: string;
  authority: string;
  certificate: string;
  key: string;
} {
  const config = readConfig(dir.kubeconfig);
  const text = (base64 = ""): string => Buffer.from(base64, "base64").toString();
  const { cluster } = config.clusters[0];
  const { user } = config.users[0];
  return {
    server: cluster["server"] ?? "",
    authority: text(cluster["certificate-authority-data"]),
    certificate: text(user["client-certificate-data"]),
    key: text(user["client-key-data"]),
  };
}

type Config = {
  clusters: [{ cluster: Record<string, string> }];
  users: [{ user: Record<string, string> }];
};

function readConfig(file: string): Config {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Config;
  } catch (error) {
    throw new Refusal(
      5,
      `${file} cannot be read: ${(error as Error).message}; a start of the cluster writes it anew`,
      { cause: error },
    );
  }
}
