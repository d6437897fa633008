import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { SignJWT } from "jose";
import type { Remote } from "../remote.ts";
import { type IssuerPlan, readAuthentication } from "./authentication-config.ts";
import { jwtIssuer } from "./jwt-issuer.ts";

const first = generateKeyPairSync("rsa", { modulusLength: 2048 });
const second = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const keyOf = (kid: string, pair: typeof first | typeof second) => ({
  ...pair.publicKey.export({ format: "jwk" }),
  kid,
  use: "sig",
});

const nowMs = Date.UTC(2026, 10, 23);
const nowSeconds = nowMs / 1000;

/** Two ways of writing the same user: by claims, by expressions. */
const byClaims = `
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: "https://issuer.example", audiences: [kube, other], audienceMatchPolicy: MatchAny}
  claimValidationRules: [{claim: tenant, requiredValue: acme}]
  claimMappings:
    username: {claim: sub, prefix: "oidc:"}
    groups: {claim: groups, prefix: "g:"}
    uid: {claim: oid}
`;
const byExpressions = `
apiVersion: apiserver.config.k8s.io/v1
kind: AuthenticationConfiguration
jwt:
- issuer: {url: "https://issuer.example", audiences: [kube]}
  claimValidationRules:
  - {expression: "claims.tenant == 'acme'", message: "of another tenant"}
  claimMappings:
    username: {expression: "claims.email_verified ? claims.email : 'nobody'"}
    groups: {expression: "claims.groups.map(g, 'x:' + g)"}
    extra: [{key: acme.example/level, valueExpression: "string(int(claims.level))"}]
  userValidationRules:
  - {expression: "!user.username.startsWith('system:')", message: "a reserved name"}
`;

function world(text: string) {
  const { issuers } = readAuthentication({ path: "f", bytes: Buffer.from(text) }, []);
  let keys = [keyOf("one", first)];
  let elapsedMs = 0;
  const asked: string[] = [];
  const remote: Remote = ({ url }) => {
    asked.push(url);
    const documents: Record<string, object> = {
      "https://issuer.example/.well-known/openid-configuration": {
        issuer: "https://issuer.example",
        jwks_uri: "https://issuer.example/keys",
      },
      "https://issuer.example/keys": { keys },
    };
    const body = Buffer.from(JSON.stringify(documents[url] ?? {}));
    return Promise.resolve({ status: 200, body });
  };
  const check = jwtIssuer(issuers[0] as IssuerPlan, { remote, monotonic: () => elapsedMs });
  return {
    asked,
    check: (token: string, now = nowMs) => check(token, now),
    pass: (ms: number): void => {
      elapsedMs += ms;
    },
    publish: (fresh: typeof keys) => {
      keys = fresh;
    },
  };
}

const claims = {
  iss: "https://issuer.example",
  aud: "kube",
  sub: "ann",
  oid: "u-1",
  tenant: "acme",
  groups: ["dev", "ops"],
  email: "ann@example.org",
  email_verified: true,
  level: 3,
  iat: nowSeconds,
  exp: nowSeconds + 60,
};

const sign = (given: object, kid = "one", pair: typeof first | typeof second = first) =>
  new SignJWT(given as never)
    .setProtectedHeader({ alg: pair === first ? "RS256" : "ES256", kid })
    .sign(pair.privateKey);

test("claims become a user, as they stand or by expressions", async () => {
  const token = await sign(claims);
  assert.deepEqual(await world(byClaims).check(token), {
    identity: { user: "oidc:ann", groups: ["g:dev", "g:ops"], uid: "u-1" },
  });
  assert.deepEqual(await world(byExpressions).check(token), {
    identity: {
      user: "ann@example.org",
      groups: ["x:dev", "x:ops"],
      extra: { "acme.example/level": ["3"] },
    },
  });
});

test("a token that may not be believed is refused with the reason", async () => {
  const rows: [change: object, told: RegExp, text?: string][] = [
    [{ aud: "elsewhere" }, /unexpected "aud"/],
    [{ exp: nowSeconds - 1 }, /"exp" claim timestamp check failed/],
    [{ nbf: nowSeconds + 5 }, /"nbf" claim timestamp check failed/],
    [{ exp: undefined }, /missing required "exp" claim/],
    [{ tenant: "other" }, /required claim tenant value does not match/],
    [{ tenant: undefined }, /required claim tenant not present in ID token/],
    [{ sub: 7 }, /parse username claims "sub"/],
    [{ groups: [1] }, /parse groups claim "groups"/],
    [{ oid: undefined }, /parse uid claim "oid"/],
    [{ tenant: "other" }, /failed: of another tenant/, byExpressions],
    [{ email: "system:admin" }, /failed: a reserved name/, byExpressions],
    [{ groups: "dev" }, /error evaluating group claim expression/, byExpressions],
    [{ email: undefined }, /error evaluating username claim expression/, byExpressions],
  ];
  for (const [change, told, text = byClaims] of rows) {
    const found = await world(text).check(await sign({ ...claims, ...change }));
    assert.match(String(found), told, JSON.stringify(change));
  }
});

test("tokens of other issuers and other kinds are not its affair", async () => {
  const { check, asked } = world(byClaims);
  const none = Buffer.from('{"alg":"none"}').toString("base64url");
  const body = Buffer.from(JSON.stringify(claims)).toString("base64url");
  assert.equal(await check(await sign({ ...claims, iss: "https://other" })), undefined);
  assert.equal(await check("abc"), undefined);
  assert.equal(await check("a.b.c"), undefined);
  assert.deepEqual(asked, []);
  assert.match(String(await check(`${none}.${body}.`)), /oidc: verify token/);
  assert.match(String(await check(await sign(claims, "one", second))), /oidc: verify token/);
});

test("a new key of the issuer is asked for, but not again and again", async () => {
  const { check, asked, publish, pass } = world(byClaims);
  await check(await sign(claims));
  assert.equal(asked.length, 2);
  const next = await sign(claims, "two", second);
  assert.match(String(await check(next)), /no applicable key/);
  assert.equal(asked.length, 2);
  pass(10_000);
  publish([keyOf("one", first), keyOf("two", second)]);
  assert.notEqual(typeof (await check(next)), "string");
  assert.equal(asked.length, 4);
});

test("what is remembered ends with the token", async () => {
  const { check } = world(byClaims);
  const token = await sign(claims);
  assert.notEqual(typeof (await check(token)), "string");
  assert.equal(typeof (await check(token, nowMs + 60_000)), "string");
});
