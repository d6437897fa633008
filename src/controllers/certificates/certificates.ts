// Approves the signing requests of nodes, and signs what is approved. Keys stay outside: `settings.certify` signs.
import { refOf } from "../../client/key.ts";
import { startQueue } from "../../control/queue.ts";
import { certificateSigningRequests, nodes, subjectAccessReviews } from "../../schema/resources.ts";
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from "../../schema/types/certificates-v1.ts";
import type { Parts, Running } from "../parts.ts";
import { nodeClientRight, readRequest, servesItself, signers, whyNotSigned } from "./rules.ts";

/** Least and default length of a certificate's life, as upstream. */
const secondsMin = 600;
const secondsDefault = 365 * 24 * 3600;

const has = ({ status }: CertificateSigningRequest, type: string): boolean =>
  status?.conditions?.some((c) => c.type === type && c.status === "True") ?? false;

type Condition = Pick<CertificateSigningRequestCondition, "type" | "reason" | "message">;

function withCondition(
  object: CertificateSigningRequest,
  condition: Condition,
  nowMs: number,
): CertificateSigningRequest {
  const now = new Date(nowMs).toISOString().replace(/\.\d+Z$/, "Z");
  const fresh = {
    ...condition,
    status: "True" as const,
    lastUpdateTime: now,
    lastTransitionTime: now,
  };
  return {
    ...object,
    status: { ...object.status, conditions: [...(object.status?.conditions ?? []), fresh] },
  };
}

export function startCertificateApproval({ client, caches, clock, log }: Parts): Running {
  const requests = caches.of(certificateSigningRequests);
  const nodeCache = caches.of(nodes);
  return follow(requests, { clock, log, name: "certificate approval" }, async (found) => {
    if (has(found, "Approved") || has(found, "Denied")) return;
    const read = readRequest(found);
    if (!read.ok) return;
    await nodeCache.synced;
    const right = nodeClientRight(found, read.request);
    const isServing = servesItself(found, read.request, (name) => nodeCache.get({ name }));
    if (!isServing && (right === undefined || !(await mayAsk(client, found, right)))) return;
    const message = isServing
      ? "Auto approving kubelet serving certificate: the node asks for itself."
      : right === "selfnodeclient"
        ? "Auto approving self kubelet client certificate after SubjectAccessReview."
        : "Auto approving kubelet client certificate after SubjectAccessReview.";
    const next = withCondition(
      found,
      { type: "Approved", reason: "AutoApproved", message },
      clock.now(),
    );
    await client.update(certificateSigningRequests, next, { subresource: "approval" });
  });
}

async function mayAsk(
  client: Parts["client"],
  { spec }: CertificateSigningRequest,
  subresource: string,
): Promise<boolean> {
  const answer = await client.create(subjectAccessReviews, {
    metadata: {},
    spec: {
      user: spec.username ?? "",
      groups: spec.groups ?? [],
      uid: spec.uid ?? "",
      extra: spec.extra ?? {},
      resourceAttributes: {
        group: "certificates.k8s.io",
        resource: "certificatesigningrequests",
        verb: "create",
        subresource,
      },
    },
  });
  return answer.status?.allowed ?? false;
}

export function startCertificateSigning({ client, caches, clock, log, settings }: Parts): Running {
  const { certify } = settings;
  const requests = caches.of(certificateSigningRequests);
  const known = new Set<string>(Object.values(signers));
  return follow(requests, { clock, log, name: "certificate signing" }, async (found) => {
    const { spec, status } = found;
    if (!certify || !known.has(spec.signerName) || status?.certificate || has(found, "Failed"))
      return;
    if (!has(found, "Approved") || has(found, "Denied")) return;
    const read = readRequest(found);
    const why = read.ok ? whyNotSigned(found, read.request) : read.why;
    const seconds = Math.max(spec.expirationSeconds ?? secondsDefault, secondsMin);
    const signed =
      read.ok && why === undefined ? certify(read.bytes, spec.usages ?? [], seconds) : undefined;
    const next =
      signed === undefined
        ? withCondition(
            found,
            {
              type: "Failed",
              reason: "SignerValidationFailure",
              message: why ?? "signature is wrong",
            },
            clock.now(),
          )
        : { ...found, status: { ...status, certificate: btoa(signed) } };
    await client.update(certificateSigningRequests, next, { subresource: "status" });
  });
}

type About = Pick<Parts, "clock" | "log"> & { name: string };
type Requests = ReturnType<Parts["caches"]["of"]>;

function follow(
  cache: Requests,
  { clock, log, name }: About,
  work: (found: CertificateSigningRequest) => Promise<void>,
): Running {
  const queue = startQueue({
    clock,
    workers: 2,
    async work(key) {
      const found = cache.get({ name: key }) as CertificateSigningRequest | undefined;
      if (found) await work(found);
      return undefined;
    },
    onError: (key, error) => log.debug(`${name} failed and is tried again`, { key, error }),
  });
  const end = cache.onChange(({ next }) => {
    const { name: key } = next ? refOf(next) : { name: "" };
    if (key !== "") queue.add(key);
  });
  return {
    async stop() {
      end();
      await queue.stop();
    },
  };
}
