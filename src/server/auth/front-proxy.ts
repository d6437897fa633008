// A proxy that clients trust in our place may say in headers for whom it asks. Only one that shows a certificate of
// the front-proxy authority is believed.
import type { ApiRequest, Identity } from "../../schema/api-request.ts";
import type { CertificateCheck } from "./certificate.ts";
import { extraKey, listed } from "./impersonate.ts";

export type FrontProxyOptions = {
  readonly frontProxies?: CertificateCheck;
  /** Wall clock, ms. */
  readonly now: () => number;
};

/** Undefined: no proxy asks, or it says nothing. */
export function frontProxied(
  { peer, headers }: ApiRequest,
  { frontProxies, now }: FrontProxyOptions,
): Identity | undefined {
  const user = headers["x-remote-user"];
  if (user === undefined || user === "" || frontProxies === undefined) return undefined;
  if (peer.certificate === undefined) return undefined;
  const proxy = frontProxies(peer.certificate, now());
  if (!proxy.valid || proxy.identity.user !== proxyName) return undefined;
  const extra: Record<string, string[]> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (!name.startsWith(extraPrefix)) continue;
    extra[extraKey(name.slice(extraPrefix.length))] = listed(value);
  }
  const uid = headers["x-remote-uid"];
  return {
    user,
    groups: listed(headers["x-remote-group"]),
    ...(uid === undefined || uid === "" ? {} : { uid }),
    ...(Object.keys(extra).length === 0 ? {} : { extra }),
  };
}

const extraPrefix = "x-remote-extra-";

/** The common name in the certificate of our own proxy. */
const proxyName = "front-proxy-client";
