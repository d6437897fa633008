// Who may approve and sign certificate requests, and what no request may ask for.

import { equal } from "../../lib/equal.ts";
import { fromPem, readSigningRequest, type Subject } from "../../lib/x509.ts";
import type { Identity } from "../../schema/api-request.ts";
import type {
  CertificateSigningRequest,
  ClusterTrustBundle,
} from "../../schema/types/certificates-v1.ts";
import { mastersGroup } from "../auth/authorize.ts";
import type { Admission, AnyAuthorizer, Context } from "../context.ts";
import { about, refused } from "./refused.ts";

const isRequest = about("certificatesigningrequests.certificates.k8s.io");
const isApproval = about("certificatesigningrequests.certificates.k8s.io/approval");
const isStatus = about("certificatesigningrequests.certificates.k8s.io/status");
const isBundle = about("clustertrustbundles.certificates.k8s.io");

export function certificateApproval(authorize: AnyAuthorizer): Admission {
  return {
    name: "CertificateApproval",
    handles: (a, { operation }) => operation === "UPDATE" && isApproval(a),
    async validate(context, write) {
      const { signerName } = (write.old as CertificateSigningRequest).spec;
      if (await may(authorize, context, "approve", signerName)) return;
      const why = `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`;
      throw refused(context, write, why);
    },
  };
}

export function certificateSigning(authorize: AnyAuthorizer): Admission {
  return {
    name: "CertificateSigning",
    handles: (a, { operation }) => operation === "UPDATE" && isStatus(a),
    async validate(context, write) {
      const next = write.object as CertificateSigningRequest;
      const old = write.old as CertificateSigningRequest;
      const same =
        next.status?.certificate === old.status?.certificate &&
        equal(next.status?.conditions ?? [], old.status?.conditions ?? []);
      if (same || (await may(authorize, context, "sign", old.spec.signerName))) return;
      const why = `user not permitted to sign requests with signerName ${JSON.stringify(old.spec.signerName)}`;
      throw refused(context, write, why);
    },
  };
}

export function trustBundleAttest(authorize: AnyAuthorizer): Admission {
  return {
    name: "ClusterTrustBundleAttest",
    handles: (a, { operation }) =>
      (operation === "CREATE" || operation === "UPDATE") && isBundle(a),
    async validate(context, write) {
      const next = write.object as ClusterTrustBundle;
      const old = write.old as ClusterTrustBundle | undefined;
      const signer = next.spec.signerName ?? "";
      if (signer === "" || (old !== undefined && equal(old.spec, next.spec))) return;
      if (await may(authorize, context, "attest", signer)) return;
      const why = `user not permitted to attest for signerName ${JSON.stringify(signer)}`;
      throw refused(context, write, why);
    },
  };
}

/** Whether the user answers requests in the signer's name. */
export const maySign = (authorize: AnyAuthorizer, identity: Identity, signer: string) =>
  may(authorize, { identity }, "sign", signer);

/** Leave is given for one signer, or for all of a domain (`example.com/*`). */
async function may(
  authorize: AnyAuthorizer,
  { identity }: Pick<Context, "identity">,
  verb: string,
  signer: string,
): Promise<boolean> {
  const asks = async (name: string): Promise<boolean> => {
    const { says } = await authorize(identity, {
      verb,
      isResource: true,
      path: "",
      group: "certificates.k8s.io",
      version: "*",
      plural: "signers",
      subresource: "",
      namespace: "",
      name,
    });
    return says === "allow";
  };
  return (await asks(signer)) || asks(`${signer.split("/", 1)[0]}/*`);
}

const clientSigner = "kubernetes.io/kube-apiserver-client";

export const certificateSubjectRestriction: Admission = {
  name: "CertificateSubjectRestriction",
  handles: (a, { operation }) => operation === "CREATE" && isRequest(a),
  validate(context, write) {
    const { spec } = write.object as CertificateSigningRequest;
    if (spec.signerName !== clientSigner) return;
    const subject = subjectAsked(spec.request);
    if (typeof subject === "string") {
      throw refused(context, write, `failed to parse CSR: ${subject}`);
    }
    if (!subject.organizations.includes(mastersGroup)) return;
    const why = `use of ${clientSigner} signer with ${mastersGroup} group is not allowed`;
    throw refused(context, write, why);
  },
};

/** Of the request in `base64`; a text when it cannot be read. */
export function subjectAsked(base64: string): Subject | string {
  const text = Buffer.from(base64, "base64").toString("latin1");
  const der = fromPem("CERTIFICATE REQUEST", text);
  if (der === undefined) return "PEM block type must be CERTIFICATE REQUEST";
  try {
    return readSigningRequest(der).subject;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}
