// The life of one certificate of a pod, as upstream's kubelet has it:
//
//   none ──asks──► asked ──issued──► held ──time to renew, asks──► held, and asked for the next ──issued──► held
//                    └──denied or failed──► refused ◄──────────────────────┘
//
// Nothing of it outlives the agent: a new agent asks anew for every pod.
import { toPem } from "../../lib/x509.ts";
import { pemBlocks } from "../../schema/kinds/pem.ts";
import { timeMs } from "../../schema/time.ts";
import type { PodCertificateRequest } from "../../schema/types/certificates-v1.ts";

export type Held = {
  /** PEM texts. */
  readonly key: string;
  readonly chain: string;
  readonly renewAtMs: number;
  readonly endMs: number;
};

export type Asked = {
  readonly key: string;
  /** Name of the request. */
  readonly name: string;
  /** A request that is not to be seen by then was deleted. */
  readonly lostAtMs: number;
  /** It was to be seen: when it is no more, it was deleted. */
  readonly seen: boolean;
};

export type Credential = {
  readonly held?: Held;
  readonly asked?: Asked;
  /** Why there will be none. */
  readonly refused?: string;
  /** What has been told of `held`. */
  readonly told: readonly Warning["reason"][];
};

export type Warning = {
  readonly reason: "Denied" | "Failed" | "CertificateOverdueForRefresh" | "CertificateExpired";
  readonly message: string;
};

export type Step = {
  readonly next: Credential;
  readonly warnings: readonly Warning[];
  /** A new request is to be made now. */
  readonly mustAsk: boolean;
  /** Moment of the next step (ms since 1970) when nothing else happens before. */
  readonly againAtMs?: number;
};

export const none: Credential = Object.freeze({ told: [] });

/** Upstream's. Both get up to `jitterMsMax` more, so that the pods of a node do not all ask at once. */
export const lostAfterMs = 10 * 60_000;
const overdueMs = 10 * 60_000;
export const jitterMsMax = 5 * 60_000;

/** `request`: the one that was asked for, as the API shows it. `jitterMs`: by chance, below `jitterMsMax`. */
export function step(
  credential: Credential,
  request: PodCertificateRequest | undefined,
  { nowMs, jitterMs }: { nowMs: number; jitterMs: number },
): Step {
  const { held, asked, refused } = credential;
  if (refused !== undefined) return { next: credential, warnings: [], mustAsk: false };
  const verdict = asked && request && verdictOf(request, asked, jitterMs);
  if (verdict !== undefined) {
    const renewAtMs = verdict.next.held?.renewAtMs;
    const again = renewAtMs === undefined ? {} : { againAtMs: Math.max(renewAtMs, nowMs) };
    return { ...verdict, mustAsk: false, ...again };
  }
  const late = held ? lateness(credential, held, nowMs) : [];
  const told = [...credential.told, ...late.map((w) => w.reason)];
  const warnings = late;
  if (asked === undefined) {
    const mustAsk = held === undefined || nowMs > held.renewAtMs;
    const again = mustAsk ? {} : { againAtMs: held.renewAtMs + 1 };
    return { next: { ...credential, told }, warnings, mustAsk, ...again };
  }
  if (request === undefined && (asked.seen || nowMs > asked.lostAtMs)) {
    return { next: { ...(held ? { held } : {}), told }, warnings, mustAsk: true };
  }
  const seen = asked.seen || request !== undefined;
  const moments = [asked.lostAtMs, ...(held ? [held.renewAtMs + overdueMs, held.endMs] : [])];
  const later = moments.filter((ms) => ms >= nowMs).map((ms) => ms + 1);
  return {
    next: { ...credential, asked: { ...asked, seen }, told },
    warnings,
    mustAsk: false,
    ...(later.length === 0 ? {} : { againAtMs: Math.min(...later) }),
  };
}

function verdictOf(
  { metadata, status = {} }: PodCertificateRequest,
  { key }: Asked,
  jitterMs: number,
): { next: Credential; warnings: Warning[] } | undefined {
  for (const { type, reason = "", message = "" } of status.conditions ?? []) {
    if (type === "Issued") {
      const held = {
        key,
        chain: cleaned(status.certificateChain ?? ""),
        renewAtMs: (timeMs(status.beginRefreshAt) ?? 0) + jitterMs,
        endMs: timeMs(status.notAfter) ?? 0,
      };
      return { next: { held, told: [] }, warnings: [] };
    }
    if (type !== "Denied" && type !== "Failed") continue;
    const what = type.toLowerCase();
    const why = `reason=${JSON.stringify(reason)}`;
    const said = `message=${JSON.stringify(message)}`;
    const verb = type === "Denied" ? "was denied" : "failed";
    const told = `PodCertificateRequest ${metadata.namespace}/${metadata.name} ${verb}, ${why}, ${said}`;
    const refused = `PodCertificateRequest was permanently ${what}: ${why} ${said}`;
    return { next: { refused, told: [] }, warnings: [{ reason: type, message: told }] };
  }
  return undefined;
}

/** What is late and was not told yet. */
function lateness({ told }: Credential, held: Held, nowMs: number): Warning[] {
  const all: (Warning & { afterMs: number })[] = [
    {
      reason: "CertificateOverdueForRefresh",
      message: "PodCertificate refresh overdue",
      afterMs: held.renewAtMs + overdueMs,
    },
    { reason: "CertificateExpired", message: "PodCertificate expired", afterMs: held.endMs },
  ];
  return all
    .filter(({ reason, afterMs }) => nowMs > afterMs && !told.includes(reason))
    .map(({ reason, message }) => ({ reason, message }));
}

/** Without headers, and without what stands between the certificates. */
const cleaned = (chain: string): string =>
  pemBlocks(chain)
    .map(({ base64 }) => toPem("CERTIFICATE", Buffer.from(base64, "base64")))
    .join("");
