// Certificates that are not what they say, and requests for more than is given.
import { sign } from "node:crypto";
import { systemRandom } from "../../../src/lib/system.ts";
import { makeSigningRequest, toPem } from "../../../src/lib/x509.ts";
import { issue, makeAuthority, makePersonKey } from "../../../src/main/pki/keys.ts";
import { asks, type Row, type Table, told } from "../row.ts";
import { attackers, seen, shows } from "./tokens.ts";

const dayMs = 86_400_000;

const client = (commonName: string, ...organizations: string[]) => ({
  subject: { commonName, organizations },
  usages: ["clientAuth"] as const,
});
const context = { nowMs: Date.now(), random: systemRandom };
const anonymous = /^(401 Unauthorized|403 Forbidden|as system:anonymous)/;

const certificateRows: readonly Row[] = [
  shows(
    "of another authority",
    () => issue(attackers, client("admin", "system:masters"), context),
    anonymous,
  ),
  shows(
    "of another authority with the same name",
    ({ pki }) => {
      const twin = makeAuthority(pki.authority.subject.commonName, context);
      return issue(twin, client("admin", "system:masters"), context);
    },
    anonymous,
  ),
  shows(
    "of the front proxy's authority",
    ({ pki }) => issue(pki.frontProxyAuthority, client("admin", "system:masters"), context),
    anonymous,
  ),
  shows(
    "issued by a client",
    (target) => {
      const own = target.certificateFor("mallory");
      return issue(
        { ...own, subject: { commonName: "mallory", organizations: [] } },
        client("admin", "system:masters"),
        context,
      );
    },
    anonymous,
  ),
  shows(
    "signed by itself",
    () => ({ certificate: attackers.certificate, key: attackers.key }),
    anonymous,
  ),
  shows(
    "expired",
    ({ pki }) =>
      issue(pki.authority, client("admin", "system:masters"), {
        ...context,
        nowMs: context.nowMs - 800 * dayMs,
      }),
    anonymous,
  ),
  shows(
    "not yet valid",
    ({ pki }) =>
      issue(pki.authority, client("admin", "system:masters"), {
        ...context,
        nowMs: context.nowMs + 100 * dayMs,
      }),
    anonymous,
  ),
  shows(
    "for servers",
    ({ pki }) =>
      issue(
        pki.authority,
        { ...client("admin", "system:masters"), usages: ["serverAuth"] },
        context,
      ),
    anonymous,
  ),
  shows(
    "without a name",
    ({ pki }) => issue(pki.authority, client("", "system:masters"), context),
    anonymous,
  ),
  ...[
    "a\nb",
    "a\0b",
    "admin\0.evil",
    " admin",
    "admin ",
    "ADMIN",
    "CN=admin",
    "O=system:masters",
    "admin,O=system:masters",
    "__proto__",
    "\u202enimda",
    "a/O=system:masters",
    "x".repeat(10_000),
  ].map(
    (name): Row => ({
      name: `named ${JSON.stringify(name.slice(0, 30))}`,
      answer: /^(401|403|as )/,
      async run(target) {
        const line = await seen(target, target.certificateFor(name));
        // Nobody but who the name says, and of no group but that of all who are known.
        const isHe = line === `as ${name} of system:authenticated`;
        return isHe || !line.startsWith("as ") ? line : `another: ${line}`;
      },
    }),
  ),
];

async function signingRequest(
  subject: { commonName: string; organizations: string[] },
  more: { dnsNames?: string[] },
): Promise<{ text: string }> {
  const pair = await makePersonKey();
  const bytes = makeSigningRequest(
    {
      algorithm: "rsa",
      subject,
      publicKey: new Uint8Array(pair.publicKey.export({ type: "spki", format: "der" })),
      dnsNames: more.dnsNames ?? [],
      ipAddresses: [],
    },
    (signed) => new Uint8Array(sign("sha256", signed, pair.privateKey)),
  );
  return { text: btoa(toPem("CERTIFICATE REQUEST", bytes)) };
}

const requests = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

/** Asked for by the administrator, so that only what is asked for is judged; approved; then signed or not. */
const wishes = (
  name: string,
  signerName: string,
  subject: { commonName: string; organizations: string[] },
  answer: Row["answer"],
  more: { usages?: string[]; dnsNames?: string[] } = {},
): Row => ({
  name,
  answer,
  async run(target) {
    const { text } = await signingRequest(subject, more);
    const spec = {
      request: text,
      signerName,
      usages: more.usages ?? ["digital signature", "client auth"],
    };
    const said = await target.ask(`POST ${requests}`, {
      as: "admin",
      body: { metadata: { generateName: "w-" }, spec },
    });
    if (said.status !== 201) return told(said);
    const path = `${requests}/${said.body.metadata.name}`;
    const conditions = [{ type: "Approved", status: "True", reason: "r", message: "m" }];
    await target.done(`PUT ${path}/approval`, { ...said.body, status: { conditions } });
    for (;;) {
      const { status } = await target.done(`GET ${path}`);
      if (status.certificate) return "signed";
      const failed = status.conditions.find((one: { type: string }) => one.type === "Failed");
      if (failed) return `not signed: ${failed.message}`;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  },
});

const userSigner = "kubernetes.io/kube-apiserver-client";
const nodeSigner = "kubernetes.io/kube-apiserver-client-kubelet";

export const certificates: Table = {
  title: "certificates",
  rows: [
    ...certificateRows,
    wishes(
      "a request for system:masters",
      userSigner,
      { commonName: "mallory", organizations: ["system:masters"] },
      "403 Forbidden",
    ),
    wishes(
      "a request for system:masters among others",
      userSigner,
      { commonName: "mallory", organizations: ["a", "system:masters"] },
      "403 Forbidden",
    ),
    wishes(
      "a node's request for system:masters",
      nodeSigner,
      { commonName: "system:node:n1", organizations: ["system:nodes", "system:masters"] },
      /^(422 Invalid|403|not signed)/,
    ),
    wishes(
      "a node's request for another name",
      nodeSigner,
      { commonName: "admin", organizations: ["system:nodes"] },
      /^(422|not signed)/,
    ),
    wishes(
      "a node's request with names of servers",
      nodeSigner,
      { commonName: "system:node:n1", organizations: ["system:nodes"] },
      /^(422|not signed)/,
      { dnsNames: ["kubernetes"] },
    ),
    wishes(
      "a client's request to be a server",
      userSigner,
      { commonName: "x", organizations: [] },
      /^(422|not signed)/,
      { usages: ["digital signature", "server auth"] },
    ),
    asks(
      "a request that is none",
      `POST ${requests}`,
      {
        as: "mallory",
        body: {
          metadata: { name: "x" },
          spec: { request: "AAAA", signerName: userSigner, usages: ["client auth"] },
        },
      },
      /^(403|422)/,
    ),
    asks(
      "a request of 1 MB",
      `POST ${requests}`,
      {
        as: "admin",
        body: {
          metadata: { name: "x" },
          spec: {
            request: Buffer.alloc(1_000_000, 0x30).toString("base64"),
            signerName: userSigner,
            usages: ["client auth"],
          },
        },
      },
      "422 Invalid",
    ),
    asks(
      "approval by who may not",
      `PUT ${requests}/x/approval`,
      { as: "mallory", body: { metadata: { name: "x" } } },
      "403 Forbidden",
    ),
  ],
};
