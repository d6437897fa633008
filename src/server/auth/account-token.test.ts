import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { test } from "node:test";
import { openView } from "../../../test/kit/views.ts";
import { seededRandom } from "../../lib/random.ts";
import type { Node, Pod, Secret, ServiceAccount } from "../../schema/types/core-v1.ts";
import { accountTokens, type Statement } from "./account-token.ts";
import { tokenKey } from "./token-keys.ts";

const start = Date.parse("2026-11-23T12:00:00Z");
const seconds = start / 1000;
const minute = 60_000;

const elliptic = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const stranger = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const pem = elliptic.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const publicPem = elliptic.publicKey.export({ type: "spki", format: "pem" }).toString();
const key = tokenKey(pem);
const keys = [key];

function cluster() {
  const inDev = (name: string, uid: string) => ({ metadata: { name, namespace: "dev", uid } });
  const views = {
    accounts: openView<ServiceAccount>(inDev("bot", "a1")),
    pods: openView<Pod>({ ...inDev("web", "p1"), spec: { containers: [], nodeName: "n1" } }),
    secrets: openView<Secret>(inDev("key", "s1")),
    nodes: openView<Node>({ metadata: { name: "n1", uid: "m1" }, spec: {} }),
  };
  const tokens = accountTokens({
    keys: () => keys,
    issuers: ["https://issuer"],
    random: seededRandom(1),
    views,
  });
  return { views, tokens };
}

const statement: Statement = {
  namespace: "dev",
  account: { name: "bot", uid: "a1" },
  audiences: ["api"],
  issuedAt: seconds,
  expiresAt: seconds + 600,
};

const user = "system:serviceaccount:dev:bot";

test("a token names its account, its groups and what it belongs to", async () => {
  const { tokens } = cluster();
  const bound = { pod: { name: "web", uid: "p1" }, node: { name: "n1", uid: "m1" } };
  const { token, id } = await tokens.sign({ ...statement, ...bound });
  const owner = await tokens.check(token, start);
  const prefix = "authentication.kubernetes.io";
  assert.deepEqual(owner, {
    audiences: ["api"],
    identity: {
      user,
      uid: "a1",
      groups: ["system:serviceaccounts", "system:serviceaccounts:dev"],
      extra: {
        [`${prefix}/credential-id`]: [`JTI=${id}`],
        [`${prefix}/pod-name`]: ["web"],
        [`${prefix}/pod-uid`]: ["p1"],
        [`${prefix}/node-name`]: ["n1"],
        [`${prefix}/node-uid`]: ["m1"],
      },
    },
  });
});

type World = ReturnType<typeof cluster>["views"];
const gone = (at: string) => ({ deletionTimestamp: at, deletionGracePeriodSeconds: 0 });
const invalidated = "service account token has been invalidated";

/** What happens to the cluster, what the token is bound to, when it is shown, and the answer. */
const lives: [
  what: string,
  happens: (world: World) => void,
  bound: Partial<Statement>,
  after: number,
  answer: string,
][] = [
  ["fresh", () => {}, {}, 0, user],
  ["at its end", () => {}, {}, 10 * minute, user],
  ["past its end, clocks differ", () => {}, {}, 11 * minute, user],
  ["past its end", () => {}, {}, 11 * minute + 1000, "service account token has expired"],
  ["a minute before", () => {}, {}, -minute, user],
  ["long before", () => {}, {}, -minute - 1000, "service account token is not valid yet"],
  [
    "account gone",
    (w) => w.accounts.drop("dev", "bot", undefined),
    {},
    0,
    'serviceaccount "bot" not found',
  ],
  [
    "account made anew",
    (w) => w.accounts.put({ metadata: { name: "bot", namespace: "dev", uid: "a2" } }),
    {},
    0,
    "service account UID (a2) does not match claim (a1)",
  ],
  [
    "account being deleted",
    (w) => w.accounts.put(deleted({ name: "bot", namespace: "dev", uid: "a1" })),
    {},
    minute + 1000,
    "service account dev/bot has been deleted",
  ],
  ["pod there", () => {}, { pod: { name: "web", uid: "p1" } }, 0, user],
  [
    "pod gone",
    (w) => w.pods.drop("dev", "web", undefined),
    { pod: { name: "web", uid: "p1" } },
    0,
    invalidated,
  ],
  ["pod of another life", () => {}, { pod: { name: "web", uid: "p0" } }, 0, invalidated],
  [
    "pod that ends",
    (w) =>
      w.pods.put({
        ...deleted({ name: "web", namespace: "dev", uid: "p1" }),
        spec: { containers: [] },
      }),
    { pod: { name: "web", uid: "p1" } },
    minute,
    user,
  ],
  [
    "pod that should have ended",
    (w) =>
      w.pods.put({
        ...deleted({ name: "web", namespace: "dev", uid: "p1" }),
        spec: { containers: [] },
      }),
    { pod: { name: "web", uid: "p1" } },
    minute + 1000,
    invalidated,
  ],
  ["secret there", () => {}, { secret: { name: "key", uid: "s1" } }, 0, user],
  [
    "secret gone",
    (w) => w.secrets.drop("dev", "key", undefined),
    { secret: { name: "key", uid: "s1" } },
    0,
    invalidated,
  ],
  ["node there", () => {}, { node: { name: "n1", uid: "m1" } }, 0, user],
  [
    "node gone",
    (w) => w.nodes.drop("", "n1", undefined),
    { node: { name: "n1", uid: "m1" } },
    0,
    invalidated,
  ],
  [
    "node gone, pod there",
    (w) => w.nodes.drop("", "n1", undefined),
    { pod: { name: "web", uid: "p1" }, node: { name: "n1", uid: "m1" } },
    0,
    user,
  ],
];

const deleted = (metadata: { name: string; namespace: string; uid: string }) => ({
  metadata: { ...metadata, ...gone("2026-11-23T12:00:00Z") },
});

test("a token ends with its time, its account and what it is bound to", async () => {
  for (const [what, happens, bound, after, answer] of lives) {
    const { views, tokens } = cluster();
    const { token } = await tokens.sign({ ...statement, ...bound });
    // The second answer comes from the memory of the signature.
    const first = await tokens.check(token, start);
    happens(views);
    const owner = await tokens.check(token, start + after);
    const shown = typeof owner === "string" ? owner : owner?.identity.user;
    assert.equal(shown, answer, what);
    assert.equal(typeof first, what.includes("life") ? "string" : "object", what);
  }
});

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
const claims = {
  iss: "https://issuer",
  aud: ["api"],
  exp: seconds + 600,
  sub: user,
  "kubernetes.io": { namespace: "dev", serviceaccount: { name: "bot", uid: "a1" } },
};

/** `header.claims.signature`, signed by `by`. */
function forged(header: object, by: (text: string) => Buffer, payload: object = claims): string {
  const text = `${base64(header)}.${base64(payload)}`;
  return `${text}.${by(text).toString("base64url")}`;
}

const withKey = (pair: typeof elliptic) => (text: string) =>
  sign("sha256", Buffer.from(text), { key: pair.privateKey, dsaEncoding: "ieee-p1363" });
const asSecret = (secret: string) => (text: string) =>
  createHmac("sha256", secret).update(text).digest();
const nothing = () => Buffer.alloc(0);
const named = { kid: key.id };
const unsigned = "none of the keys signed the token";

const attacks: [what: string, token: string, answer: string | undefined][] = [
  ["signed well", forged({ alg: "ES256", ...named }, withKey(elliptic)), user],
  ["signed well, no key named", forged({ alg: "ES256" }, withKey(elliptic)), user],
  ["signed well, other key named", forged({ alg: "ES256", kid: "x" }, withKey(elliptic)), user],
  ["no signature", forged({ alg: "none", ...named }, nothing), unsigned],
  ["no signature, odd letters", forged({ alg: "nOnE", ...named }, nothing), unsigned],
  ["no signature, good algorithm", forged({ alg: "ES256", ...named }, nothing), unsigned],
  ["public key as secret", forged({ alg: "HS256", ...named }, asSecret(publicPem)), unsigned],
  ["other key", forged({ alg: "ES256", ...named }, withKey(stranger)), unsigned],
  ["other algorithm", forged({ alg: "RS256", ...named }, withKey(elliptic)), unsigned],
  ["key in the header", forgedWithOwnKey(), unsigned],
  [
    "another issuer",
    forged({ alg: "ES256", ...named }, withKey(elliptic), { ...claims, iss: "https://other" }),
    undefined,
  ],
  [
    "claims without an account",
    forged({ alg: "ES256" }, withKey(elliptic), { iss: "https://issuer" }),
    "the token names no service account",
  ],
  ["critical extension", forged({ alg: "ES256", crit: ["exp"] }, withKey(elliptic)), unsigned],
  ["no token", "abc", undefined],
  ["two parts", "a.b", undefined],
  ["three empty parts", "..", undefined],
  ["claims that are a list", `${base64({ alg: "ES256" })}.${base64([])}.x`, undefined],
  ["header that is no object", `x.${base64(claims)}.x`, "the token's header cannot be read"],
];

function forgedWithOwnKey(): string {
  const jwk = stranger.publicKey.export({ format: "jwk" });
  return forged({ alg: "ES256", jwk }, withKey(stranger));
}

test("a token that the cluster did not sign is worth nothing", async () => {
  const { tokens } = cluster();
  for (const [what, token, answer] of attacks) {
    const owner = await tokens.check(token, start);
    assert.equal(typeof owner === "object" ? owner.identity.user : owner, answer, what);
  }
});

test("changed claims break the signature", async () => {
  const { tokens } = cluster();
  const { token } = await tokens.sign(statement);
  const [header = "", , signature = ""] = token.split(".");
  const changed = { ...claims, "kubernetes.io": { namespace: "kube-system" } };
  assert.equal(await tokens.check(`${header}.${base64(changed)}.${signature}`, start), unsigned);
});

const legacy = (token: string, uid = "s1"): Secret => ({
  metadata: { name: "key", namespace: "dev", uid },
  data: { token: Buffer.from(token).toString("base64") },
});

test("a token in a Secret lasts as long as the Secret holds it", async () => {
  const { views, tokens } = cluster();
  const prefix = "kubernetes.io/serviceaccount";
  const token = forged({ alg: "ES256" }, withKey(elliptic), {
    iss: "kubernetes/serviceaccount",
    sub: user,
    [`${prefix}/namespace`]: "dev",
    [`${prefix}/secret.name`]: "key",
    [`${prefix}/service-account.name`]: "bot",
    [`${prefix}/service-account.uid`]: "a1",
  });
  const shown = async (): Promise<string | undefined> => {
    const owner = await tokens.check(token, start);
    return typeof owner === "object" ? owner.identity.user : owner;
  };
  assert.equal(await shown(), "Token does not match server's copy");
  views.secrets.put(legacy(token));
  assert.equal(await shown(), user);
  views.secrets.put(legacy("another"));
  assert.equal(await shown(), "Token does not match server's copy");
  views.secrets.drop("dev", "key", undefined);
  assert.equal(await shown(), "Token has been invalidated");
  views.secrets.put(legacy(token));
  views.accounts.put({ metadata: { name: "bot", namespace: "dev", uid: "a2" } });
  assert.equal(await shown(), "ServiceAccount UID (a2) does not match claim (a1)");
});

test("claims of the wrong type are none, even under the cluster's own signature", async () => {
  const { tokens } = cluster();
  const { token } = await tokens.sign(statement);
  const [header, claims = ""] = token.split(".");
  const good = JSON.parse(Buffer.from(claims, "base64url").toString());
  const signed = (change: object): string => {
    const text = `${header}.${Buffer.from(JSON.stringify({ ...good, ...change })).toString("base64url")}`;
    const signature = sign("sha256", Buffer.from(text), {
      key: elliptic.privateKey,
      dsaEncoding: "ieee-p1363",
    });
    return `${text}.${signature.toString("base64url")}`;
  };
  const unreadable = "the token's claims cannot be read";
  for (const [change, answer] of [
    [{ exp: "never" }, unreadable],
    [{ nbf: null }, unreadable],
    [{ iat: [] }, unreadable],
    [{ aud: ["api", 1] }, unreadable],
    [{ aud: { 0: "api" } }, unreadable],
    [{ sub: {} }, unreadable],
    [{ iss: ["https://issuer"] }, undefined],
  ] as const)
    assert.equal(await tokens.check(signed(change), start), answer, JSON.stringify(change));
});
