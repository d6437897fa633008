import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodCertificateRequest } from "../../schema/types/certificates-v1.ts";
import { type Asked, type Credential, type Held, none, step } from "./credential.ts";

const minute = 60_000;
const at = (ms: number): string => new Date(ms).toISOString();
const held: Held = { key: "K1", chain: "C1", renewAtMs: 100 * minute, endMs: 120 * minute };
const asked: Asked = { key: "K2", name: "req-b", lostAtMs: 10 * minute, seen: false };

function request(type?: "Issued" | "Denied" | "Failed"): PodCertificateRequest {
  const condition = { type: type ?? "", status: "True", reason: "R", message: "M" };
  return {
    apiVersion: "certificates.k8s.io/v1",
    kind: "PodCertificateRequest",
    metadata: { namespace: "ns", name: "req-b" },
    spec: {} as PodCertificateRequest["spec"],
    status: {
      ...(type ? { conditions: [{ ...condition, lastTransitionTime: at(0) }] } : {}),
      ...(type === "Issued"
        ? {
            certificateChain: "x\n-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\ny",
            beginRefreshAt: at(200 * minute),
            notAfter: at(240 * minute),
          }
        : {}),
    },
  };
}

const chain = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
const fresh: Held = { key: "K2", chain, renewAtMs: 203 * minute, endMs: 240 * minute };
const overdue = "CertificateOverdueForRefresh";
const refused = (what: string): string =>
  `PodCertificateRequest was permanently ${what}: reason="R" message="M"`;

type Row = {
  it: string;
  from: Credential;
  request?: PodCertificateRequest;
  minutes: number;
  to: Credential;
  asks?: true;
  warns?: string[];
  /** Minutes, and a millisecond where that is when something has become true. */
  again?: number;
};

const rows: Row[] = [
  { it: "a pod without one asks", from: none, minutes: 0, to: none, asks: true },
  {
    it: "what was asked for a moment ago may not be to be seen yet",
    from: { asked, told: [] },
    minutes: 1,
    to: { asked, told: [] },
    again: 10 * minute + 1,
  },
  {
    it: "a pending request is waited for",
    from: { asked, told: [] },
    request: request(),
    minutes: 1,
    to: { asked: { ...asked, seen: true }, told: [] },
    again: 10 * minute + 1,
  },
  {
    it: "a pending request is waited for longer than a lost one",
    from: { asked, told: [] },
    request: request(),
    minutes: 11,
    to: { asked: { ...asked, seen: true }, told: [] },
  },
  {
    it: "a lost request is asked again",
    from: { asked, told: [] },
    minutes: 11,
    to: none,
    asks: true,
  },
  {
    it: "a deleted request is asked again at once",
    from: { asked: { ...asked, seen: true }, told: [] },
    minutes: 1,
    to: none,
    asks: true,
  },
  {
    it: "an issued one is held, cleaned, with some time more before it is renewed",
    from: { asked, told: [] },
    request: request("Issued"),
    minutes: 1,
    to: { held: fresh, told: [] },
    again: 203 * minute,
  },
  {
    it: "a denied one ends it",
    from: { asked, told: [] },
    request: request("Denied"),
    minutes: 1,
    to: { refused: refused("denied"), told: [] },
    warns: ["Denied"],
  },
  {
    it: "a failed one ends it, also while another is held",
    from: { held, asked, told: [overdue] },
    request: request("Failed"),
    minutes: 1,
    to: { refused: refused("failed"), told: [] },
    warns: ["Failed"],
  },
  {
    it: "nothing comes after a refusal",
    from: { refused: refused("denied"), told: [] },
    minutes: 1000,
    to: { refused: refused("denied"), told: [] },
  },
  {
    it: "a held one rests until its time",
    from: { held, told: [] },
    minutes: 99,
    to: { held, told: [] },
    again: 100 * minute + 1,
  },
  {
    it: "a held one is renewed at its time",
    from: { held, told: [] },
    minutes: 101,
    to: { held, told: [] },
    asks: true,
  },
  {
    it: "while the next is waited for, what is late is told",
    from: { held, asked: { ...asked, lostAtMs: 300 * minute }, told: [] },
    request: request(),
    minutes: 111,
    to: { held, asked: { ...asked, lostAtMs: 300 * minute, seen: true }, told: [overdue] },
    warns: [overdue],
    again: 120 * minute + 1,
  },
  {
    it: "what was told is not told again, and an end is",
    from: { held, asked: { ...asked, seen: true }, told: [overdue] },
    request: request(),
    minutes: 121,
    to: { held, asked: { ...asked, seen: true }, told: [overdue, "CertificateExpired"] },
    warns: ["CertificateExpired"],
  },
  {
    it: "the held one stays when the request for the next is lost",
    from: { held, asked, told: [] },
    minutes: 105,
    to: { held, told: [] },
    asks: true,
  },
  {
    it: "the next takes the place of the held one, and its lateness is forgotten",
    from: { held, asked, told: [overdue] },
    request: request("Issued"),
    minutes: 115,
    to: { held: fresh, told: [] },
    again: 203 * minute,
  },
];

test("a pod's certificate is asked for, held and renewed", () => {
  for (const { it, from, request, minutes, to, asks, warns = [], again } of rows) {
    const now = { nowMs: minutes * minute, jitterMs: 3 * minute };
    const { next, warnings, mustAsk, againAtMs } = step(from, request, now);
    const got = { next, mustAsk, againAtMs, warns: warnings.map((w) => w.reason) };
    assert.deepEqual(got, { next: to, mustAsk: asks ?? false, againAtMs: again, warns }, it);
  }
});
