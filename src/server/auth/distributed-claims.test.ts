import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { test } from "node:test";
import { SignJWT } from "jose";
import type { Remote } from "../remote.ts";
import { type IssuerPlan, readAuthentication } from "./authentication-config.ts";
import { jwtIssuer } from "./jwt-issuer.ts";

const main = "https://issuer.example";
const other = "https://groups.example";
type Pair = { publicKey: KeyObject; privateKey: KeyObject };
const pairs: Readonly<Record<string, Pair>> = {
  [main]: generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
  [other]: generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
};
const nowMs = Date.UTC(2026, 10, 23);
const exp = nowMs / 1000 + 60;

const sign = (iss: string, claims: object): Promise<string> =>
  new SignJWT({ iss, aud: "kube", exp, ...claims } as never)
    .setProtectedHeader({ alg: "ES256", kid: iss })
    .sign(pairs[iss]!.privateKey);

const config = `
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: "${main}", audiences: [kube]}
  claimMappings: {username: {claim: sub, prefix: ""}, groups: {claim: groups, prefix: "g:"}}
`;

type Answer = { status?: number; text: string };

/** An issuer, another one, and an endpoint that answers so. */
function world(answer: Answer) {
  const { issuers } = readAuthentication({ path: "f", bytes: Buffer.from(config) }, []);
  const asked: string[] = [];
  const remote: Remote = async ({ url, token = "" }) => {
    asked.push(token === "" ? url : `${url} ${token}`);
    if (url.startsWith("https://claims.example/")) {
      return { status: answer.status ?? 200, body: Buffer.from(answer.text) };
    }
    const { origin, pathname } = new URL(url);
    const pair = pairs[origin];
    if (pair === undefined) throw new Error(`${url}: no such host`);
    const key = { ...pair.publicKey.export({ format: "jwk" }), kid: origin, use: "sig" };
    const document =
      pathname === "/keys" ? { keys: [key] } : { issuer: origin, jwks_uri: `${origin}/keys` };
    return { status: 200, body: Buffer.from(JSON.stringify(document)) };
  };
  const check = jwtIssuer(issuers[0] as IssuerPlan, { remote, monotonic: () => 0 });
  return { check, asked };
}

const endpoint = "https://claims.example/groups";
const names = { groups: "src" };
const claims = { sub: "ann", _claim_names: names, _claim_sources: { src: { endpoint } } };

test("groups that the token does not hold are fetched from where it says", async () => {
  const token = await sign(main, {
    ...claims,
    _claim_sources: { src: { endpoint, access_token: "f005" } },
  });
  const { check, asked } = world({ text: `${await sign(other, { groups: ["dev", "ops"] })}\n` });
  assert.deepEqual(await check(token, nowMs), {
    identity: { user: "ann", groups: ["g:dev", "g:ops"] },
  });
  assert.deepEqual(asked, [
    `${main}/.well-known/openid-configuration`,
    `${main}/keys`,
    `${endpoint} f005`,
    `${other}/.well-known/openid-configuration`,
    `${other}/keys`,
  ]);
  await check(token, nowMs);
  assert.equal(asked.length, 5);
});

test("what the token holds itself, or has elsewhere than behind an address, is not fetched", async () => {
  const rows: [change: object, groups: string[]][] = [
    [{ groups: "own" }, ["g:own"]],
    [{ _claim_names: { email: "src" } }, []],
    [{ _claim_names: undefined }, []],
    [{ _claim_sources: { src: { JWT: "a.b.c" } } }, []],
  ];
  for (const [change, groups] of rows) {
    const { check, asked } = world({ text: "" });
    const found = await check(await sign(main, { ...claims, ...change }), nowMs);
    assert.deepEqual(found, { identity: { user: "ann", groups } }, JSON.stringify(change));
    assert.equal(asked.length, 2);
  }
});

test("who says where his groups are, and cannot show them, is refused", async () => {
  const good = await sign(other, { groups: ["dev"] });
  const [header, body] = good.split(".");
  const forged = `${header}.${body}.${Buffer.from("forged").toString("base64url")}`;
  const rows: [answer: Answer, change: object, why: RegExp][] = [
    [{ status: 500, text: good }, {}, /while getting distributed claim "groups": .*: 500/],
    [{ text: "<html>" }, {}, /getting untrusted issuer from endpoint/],
    [{ text: forged }, {}, /verify distributed claim token: signature/],
    [{ text: await sign(other, { aud: "else" }) }, {}, /verify distributed claim token: .*"aud"/],
    [{ text: await sign(other, { exp: 1 }) }, {}, /verify distributed claim token: .*"exp"/],
    [{ text: await sign(other, {}) }, {}, /did not contain claim: groups/],
    [{ text: await sign(other, { groups: [1] }) }, {}, /parse groups claim "groups"/],
    [
      { text: await sign(other, { groups: [], iss: "https://nobody.example" }) },
      {},
      /no such host/,
    ],
    [{ text: await sign(other, { groups: [], iss: "http://plain" }) }, {}, /untrusted issuer/],
    [{ text: good }, { _claim_names: ["groups"] }, /error parsing distributed claim names/],
    [{ text: good }, { _claim_names: { groups: 1 } }, /error parsing distributed claim names/],
    [{ text: good }, { _claim_sources: undefined }, /no claim sources/],
    [{ text: good }, { _claim_sources: [] }, /could not parse claim sources/],
    [{ text: good }, { _claim_sources: {} }, /contained a source src missing/],
    [{ text: good }, { _claim_sources: { src: { endpoint: 1 } } }, /could not parse/],
    [{ text: good }, { _claim_sources: { src: { endpoint: "no url" } } }, /while getting/],
  ];
  for (const [answer, change, why] of rows) {
    const { check } = world(answer);
    const found = await check(await sign(main, { ...claims, ...change }), nowMs);
    assert.match(String(found), /^oidc: (could not expand distributed claims|parse groups)/);
    assert.match(String(found), why, JSON.stringify({ answer, change }));
  }
});
