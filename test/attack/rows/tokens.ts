// Tokens and headers that are not what they say.
import { createHmac, createPrivateKey, createPublicKey, createSign, sign } from "node:crypto";
import { systemRandom } from "../../../src/lib/system.ts";
import { makeAuthority } from "../../../src/main/pki/keys.ts";
import { asks, type Row, type Table, told } from "../row.ts";
import { type As, issuer, type Target } from "../target.ts";

const who = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const review = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
const bots = "/api/v1/namespaces/evil/serviceaccounts/bot";
const hourSeconds = 3600;

/** Whom the server takes the asker for: `401 …`, or `as NAME of GROUPS`. */
export async function seen(target: Target, as: As, headers = {}): Promise<string> {
  const said = await target.ask(`POST ${who}`, { as, body: review, headers });
  if (said.status !== 201) return told(said);
  const { username, groups = [] } = said.body.status.userInfo;
  return `as ${username} of ${groups.join(",")}`;
}

export const shows = (
  name: string,
  make: (target: Target) => Promise<As> | As,
  answer: Row["answer"],
): Row => ({ name, answer, run: async (target) => seen(target, await make(target)) });

const encoded = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

type Parts = { header: Record<string, unknown>; claims: Record<string, unknown>; signed: string };

const opened = (token: string): Parts => {
  const [header = "", claims = "", signed = ""] = token.split(".");
  const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
  return { header: read(header), claims: read(claims), signed };
};

async function tokenOf(target: Target, spec: object = {}, account = bots): Promise<string> {
  const body = { spec: { expirationSeconds: hourSeconds, ...spec } };
  const { status } = await target.done(`POST ${account}/token`, body);
  return status.token;
}

/** A token with other claims, signed with the cluster's own key. */
async function own(target: Target, change: (parts: Parts) => Partial<Parts>): Promise<As> {
  const parts = opened(await tokenOf(target));
  const { header, claims } = { ...parts, ...change(parts) };
  const text = `${encoded(header)}.${encoded(claims)}`;
  const key = createPrivateKey(target.pki.tokenKeys[0]!);
  const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
  return { bearer: `${text}.${signature.toString("base64url")}` };
}

/** A token whose text was changed, under the signature that it had. */
const forged = (
  name: string,
  change: (parts: Parts, target: Target) => { header?: unknown; claims?: unknown; signed?: string },
): Row =>
  shows(
    name,
    async (target) => {
      const parts = opened(await tokenOf(target));
      const { header, claims, signed } = { ...parts, ...change(parts, target) };
      return { bearer: `${encoded(header)}.${encoded(claims)}.${signed}` };
    },
    "401 Unauthorized",
  );

const publicPem = ({ pki }: Target): string =>
  createPublicKey(pki.tokenKeys[0]!).export({ type: "spki", format: "pem" }).toString();

/** Keys of an attacker, who says in the header that they are to be believed. */
export const attackers = makeAuthority("attacker", { nowMs: 0, random: systemRandom });

const unauthorized = "401 Unauthorized";
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

const withKey =
  (header: object): Row["run"] =>
  async (target) => {
    const { claims } = opened(await tokenOf(target));
    const text = `${encoded({ alg: "ES256", ...header })}.${encoded(claims)}`;
    const signer = createSign("sha256").update(text);
    const signature = signer.sign({ key: attackers.key, dsaEncoding: "ieee-p1363" });
    return seen(target, { bearer: `${text}.${signature.toString("base64url")}` });
  };
const jwk = createPublicKey(attackers.certificate).export({ format: "jwk" });
const attackersKey = (name: string, header: object): Row => ({
  name,
  answer: unauthorized,
  run: withKey(header),
});

/** Used once while its object lived, then shown again. */
const revoked = (
  name: string,
  make: (target: Target) => Promise<{ token: string; end: string }>,
): Row => ({
  name,
  answer: `as system:serviceaccount:evil:${name.includes("account") ? "short" : "bot"}, then 401 Unauthorized`,
  async run(target) {
    const { token, end } = await make(target);
    const before = await seen(target, { bearer: token });
    await target.ask(`DELETE ${end}`, { as: "admin", body: { gracePeriodSeconds: 0 } });
    const after = await seen(target, { bearer: token });
    return `${before.replace(/ of .*/, "")}, then ${after}`;
  },
});

const boundTo = (kind: string, path: string, object: object) => async (target: Target) => {
  const made = await target.done(`POST ${path}`, object);
  const { name, uid } = made.metadata;
  const boundObjectRef = { kind, apiVersion: "v1", name, uid };
  return { token: await tokenOf(target, { boundObjectRef }), end: `${path}/${name}` };
};

export const tokensTable: Table = {
  title: "tokens",
  rows: [
    shows(
      "a good one",
      async (t) => ({ bearer: await tokenOf(t) }),
      "as system:serviceaccount:evil:bot of",
    ),
    shows(
      "of another audience",
      async (t) => ({ bearer: await tokenOf(t, { audiences: ["vault"] }) }),
      unauthorized,
    ),
    shows(
      "of no audience",
      (t) => own(t, ({ claims }) => ({ claims: { ...claims, aud: [] } })),
      unauthorized,
    ),
    shows(
      "expired",
      (t) => own(t, ({ claims }) => ({ claims: { ...claims, exp: nowSeconds() - hourSeconds } })),
      unauthorized,
    ),
    shows(
      "not yet valid",
      (t) => own(t, ({ claims }) => ({ claims: { ...claims, nbf: nowSeconds() + hourSeconds } })),
      unauthorized,
    ),
    shows(
      "issued tomorrow",
      (t) => own(t, ({ claims }) => ({ claims: { ...claims, iat: nowSeconds() + hourSeconds } })),
      unauthorized,
    ),
    shows(
      "an expiry that is a text",
      (t) => own(t, ({ claims }) => ({ claims: { ...claims, exp: "never" } })),
      unauthorized,
    ),
    shows(
      "an expiry beyond all numbers",
      (t) => own(t, ({ claims }) => ({ claims: { ...claims, exp: -1e308 } })),
      unauthorized,
    ),
    shows(
      "no expiry",
      (t) => own(t, ({ claims: { exp: _, ...claims } }) => ({ claims })),
      /^(401 Unauthorized|as system:serviceaccount:evil:bot of)/,
    ),
    shows(
      "of another issuer",
      (t) => own(t, ({ claims }) => ({ claims: { ...claims, iss: "https://evil.example" } })),
      unauthorized,
    ),
    shows(
      "an issuer with a slash more",
      (t) => own(t, ({ claims }) => ({ claims: { ...claims, iss: `${issuer}/` } })),
      unauthorized,
    ),
    shows(
      "issuers in a list",
      (t) => own(t, ({ claims }) => ({ claims: { ...claims, iss: [issuer] } })),
      unauthorized,
    ),
    shows(
      "a subject that differs from its account",
      (t) =>
        own(t, ({ claims }) => ({
          claims: { ...claims, sub: "system:serviceaccount:kube-system:root" },
        })),
      /^(401 Unauthorized|as system:serviceaccount:evil:bot of)/,
    ),
    shows(
      "an account's UID of another",
      (t) =>
        own(t, ({ claims }) => ({
          claims: {
            ...claims,
            "kubernetes.io": { namespace: "evil", serviceaccount: { name: "bot", uid: "other" } },
          },
        })),
      unauthorized,
    ),
    shows(
      "an account that is not there",
      (t) =>
        own(t, ({ claims }) => ({
          claims: {
            ...claims,
            "kubernetes.io": { namespace: "evil", serviceaccount: { name: "gone", uid: "x" } },
          },
        })),
      unauthorized,
    ),
    shows(
      "an account named __proto__",
      (t) =>
        own(t, ({ claims }) => ({
          claims: {
            ...claims,
            "kubernetes.io": { namespace: "__proto__", serviceaccount: { name: "constructor" } },
          },
        })),
      unauthorized,
    ),
    shows("claims that are null", (t) => own(t, () => ({ claims: null as never })), unauthorized),
    shows(
      "claims without an account",
      (t) => own(t, ({ claims: { "kubernetes.io": _, ...claims } }) => ({ claims })),
      unauthorized,
    ),
    shows(
      "a critical extension that nobody knows",
      (t) => own(t, ({ header }) => ({ header: { ...header, crit: ["exp"] } })),
      unauthorized,
    ),
    forged("alg: none", ({ header }) => ({ header: { ...header, alg: "none" }, signed: "" })),
    forged("alg: none, with its signature", ({ header }) => ({
      header: { ...header, alg: "none" },
    })),
    forged("alg: nOnE", ({ header }) => ({ header: { ...header, alg: "nOnE" }, signed: "" })),
    forged("alg: RS256 over an EC key", ({ header }) => ({ header: { ...header, alg: "RS256" } })),
    forged("no algorithm", ({ header: { alg: _, ...header } }) => ({ header })),
    forged("other claims", ({ claims }) => ({
      claims: { ...claims, sub: "system:serviceaccount:kube-system:x" },
    })),
    forged("a signature of zeros", () => ({ signed: Buffer.alloc(64).toString("base64url") })),
    forged("no signature", () => ({ signed: "" })),
    forged("a signature of 100,000 letters", () => ({ signed: "A".repeat(100_000) })),
    forged("a header that is null", () => ({ header: null })),
    forged("a header that pollutes", () => ({
      header: '{"alg":"ES256","__proto__":{"polluted":1}}',
    })),
    forged("a kid that is a path", ({ header }) => ({
      header: { ...header, kid: "../../../dev/null" },
      signed: "",
    })),
    forged("a kid that is an object", ({ header }) => ({
      header: { ...header, kid: { a: 1 } },
      signed: "AA",
    })),
    shows(
      "alg: HS256 with the public key as the secret",
      async (t) => {
        const { header, claims } = opened(await tokenOf(t));
        const text = `${encoded({ ...header, alg: "HS256" })}.${encoded(claims)}`;
        const mac = createHmac("sha256", publicPem(t)).update(text).digest("base64url");
        return { bearer: `${text}.${mac}` };
      },
      unauthorized,
    ),
    attackersKey("a key in its own header", { jwk }),
    attackersKey("a certificate in its own header", {
      x5c: [attackers.certificate.replace(/-----.*?-----|\n/g, "")],
    }),
    attackersKey("an address of keys in its own header", {
      jku: "https://127.0.0.1:1/keys",
      kid: "x",
    }),
    attackersKey("a kid that nobody has", { kid: "nobody" }),
    attackersKey("another's kid", { kid: "__proto__" }),
    revoked(
      "of a deleted Secret",
      boundTo("Secret", "/api/v1/namespaces/evil/secrets", { metadata: { name: "bound" } }),
    ),
    revoked(
      "of a deleted pod",
      boundTo("Pod", "/api/v1/namespaces/evil/pods", {
        metadata: { name: "bound" },
        spec: { serviceAccountName: "bot", containers: [{ name: "c", image: "i" }] },
      }),
    ),
    revoked("of a deleted account", async (target) => {
      const path = "/api/v1/namespaces/evil/serviceaccounts";
      await target.done(`POST ${path}`, { metadata: { name: "short" } });
      return { token: await tokenOf(target, {}, `${path}/short`), end: `${path}/short` };
    }),
    asks(
      "bound to another's pod",
      `POST ${bots}/token`,
      {
        as: "mallory",
        body: {
          spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "on-n1", uid: "x" } },
        },
      },
      /^(404|403|409)/,
    ),
    asks(
      "for another namespace's account",
      "POST /api/v1/namespaces/quiet/serviceaccounts/default/token",
      { as: "mallory", body: { spec: {} } },
      "403 Forbidden",
    ),
    asks(
      "for a hundred years",
      `POST ${bots}/token`,
      { as: "mallory", body: { spec: { expirationSeconds: 3_153_600_000 } } },
      /^(201|422)/,
    ),
    asks(
      "for a second",
      `POST ${bots}/token`,
      { as: "mallory", body: { spec: { expirationSeconds: 1 } } },
      "422 Invalid",
    ),
    ...[
      "Basic YWRtaW46YWRtaW4=",
      "Bearer",
      "Bearer  ",
      "bearer token-of-nobody",
      `Bearer ${"a".repeat(500_000)}`,
      "Negotiate AAAA",
      "Bearer a b c",
      "Bearer __proto__",
      "Bearer token-of-admin\u00ff",
      "Bearer abcdef.0123456789abcdef",
    ].map(
      (authorization): Row => ({
        name: `Authorization: ${authorization.slice(0, 30)}`,
        answer: /^(401 Unauthorized|403 Forbidden)/,
        run: (target) => seen(target, undefined, { authorization }),
      }),
    ),
    {
      name: "two Authorization headers",
      answer: /^(401|403|as val|400)/,
      run: (target) =>
        seen(target, undefined, {
          authorization: ["Bearer token-of-val", "Bearer token-of-admin"],
        }),
    },
    ...["x-remote-user", "X-Remote-User", "impersonate-user"].map(
      (name): Row => ({
        name: `${name}: admin, without leave`,
        answer: /^(403 Forbidden|401 Unauthorized|as val of)/,
        run: (target) =>
          seen(target, "val", { [name]: "admin", "x-remote-group": "system:masters" }),
      }),
    ),
    ...[
      { "impersonate-group": "system:masters" },
      { "impersonate-user": "val", "impersonate-group": "system:masters" },
      { "impersonate-uid": "1" },
      { "impersonate-extra-scopes": "all" },
      { "impersonate-user": "system:serviceaccount:kube-system:default" },
      { "impersonate-user": "system:node:n1" },
      { "impersonate-user": "" },
      { "impersonate-user": "a\u00ffb" },
      { "impersonate-extra-%zz": "x", "impersonate-user": "val" },
    ].map(
      (headers): Row => ({
        name: `impersonation without leave: ${JSON.stringify(headers)}`,
        answer: /^(403 Forbidden|400|500 InternalError|as mallory of|500 .*without|422)/,
        run: (target) => seen(target, "mallory", headers),
      }),
    ),
    {
      name: "front proxy headers with a certificate of the cluster's clients",
      answer: "as val of system:authenticated",
      run: (target) =>
        seen(target, target.certificateFor("val"), {
          "x-remote-user": "admin",
          "x-remote-group": "system:masters",
        }),
    },
  ],
};
