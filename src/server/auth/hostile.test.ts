// Whatever stands in the headers and certificates of a request: it has an identity, or a refusal, and nothing else.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { openView } from "../../../test/kit/views.ts";
import { seededRandom } from "../../lib/random.ts";
import type { ApiRequest, Identity } from "../../schema/api-request.ts";
import { StatusError } from "../../schema/status-error.ts";
import type { Attributes, Decision } from "../context.ts";
import { accountTokens } from "./account-token.ts";
import { certificateCheck } from "./certificate.ts";
import { identifier } from "./identify.ts";
import { tokenKey } from "./token-keys.ts";
import { bootstrapTokens, staticTokens } from "./tokens.ts";

/** More by `RUNS=100000`. */
const numRuns = Number(process.env["RUNS"] ?? 400);

const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const key = tokenKey(privateKey.export({ type: "pkcs8", format: "pem" }).toString());
const keys = [key];

const attributes: Attributes = {
  verb: "get",
  isResource: true,
  path: "",
  group: "",
  version: "v1",
  plural: "pods",
  subresource: "",
  namespace: "a",
  name: "b",
};

function identify(says: Decision["says"]) {
  const accounts = accountTokens({
    keys: () => keys,
    issuers: ["https://issuer"],
    random: seededRandom(1),
    views: { accounts: openView(), pods: openView(), secrets: openView(), nodes: openView() },
  });
  return identifier({
    certificates: certificateCheck(""),
    frontProxies: (der) =>
      der.length === 1
        ? { valid: true, identity: { user: "front-proxy-client", groups: [] } }
        : { valid: false, why: "" },
    tokens: [
      staticTokens([{ token: "abc", user: "tok", groups: [] }]),
      accounts.check,
      bootstrapTokens(openView()),
    ],
    audiences: ["api"],
    authorize: () => ({ says, reason: "" }),
    anonymous: () => true,
    now: () => 0,
  });
}

const base64url = fc.string({ unit: "binary" }).map((s) => Buffer.from(s).toString("base64url"));
const claims = fc
  .json()
  .map((text) => Buffer.from(`{"iss":"https://issuer","x":${text}}`).toString("base64url"));
const token = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.tuple(base64url, base64url, base64url).map((parts) => parts.join(".")),
  fc.tuple(base64url, claims, base64url).map((parts) => parts.join(".")),
  fc.stringMatching(/^[a-z0-9]{6}\.[a-z0-9]{16}$/),
  fc.constantFrom("abc", "__proto__", "__proto__.0123456789abcdef", "", " ", ".", "..", "..."),
);
const word = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("__proto__", "constructor", "system:masters", "%", "%zz", "%2f", ",", ", ,"),
  fc.constantFrom("system:serviceaccount:", "system:serviceaccount:a:b", "system:node:", "a\nb"),
);
const headers = fc
  .record(
    {
      authorization: fc.tuple(fc.constantFrom("Bearer ", "bearer ", "", "Basic "), token),
      user: word,
      groups: fc.array(word, { maxLength: 3 }),
      uid: word,
      extra: fc.tuple(word, word),
      remote: word,
      remoteExtra: fc.tuple(word, word),
    },
    { requiredKeys: [] },
  )
  .map(({ authorization, user, groups, uid, extra, remote, remoteExtra }) =>
    Object.fromEntries([
      ...(authorization ? [["authorization", authorization.join("")]] : []),
      ...(user === undefined ? [] : [["impersonate-user", user]]),
      ...(groups === undefined ? [] : [["impersonate-group", groups.join(", ")]]),
      ...(uid === undefined ? [] : [["impersonate-uid", uid]]),
      ...(extra === undefined ? [] : [[`impersonate-extra-${extra[0]}`, extra[1]]]),
      ...(remote === undefined ? [] : [["x-remote-user", remote]]),
      ...(remoteExtra === undefined ? [] : [[`x-remote-extra-${remoteExtra[0]}`, remoteExtra[1]]]),
    ] as [string, string][]),
  );
const certificate = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined });

async function answer(
  says: Decision["says"],
  given: Record<string, string>,
  der: Uint8Array | undefined,
): Promise<Identity | number> {
  const request: ApiRequest = {
    method: "GET",
    path: "/api/v1/namespaces/a/pods/b",
    query: "",
    headers: given,
    body: () => Promise.resolve(new Uint8Array()),
    peer: { address: "", ...(der === undefined ? {} : { certificate: der }) },
    signal: new AbortController().signal,
  };
  try {
    const notes = { warnings: new Set<string>(), annotations: new Map<string, string>() };
    return await identify(says)(request, attributes, notes);
  } catch (error) {
    if (error instanceof StatusError) return error.code;
    throw error;
  }
}

const plain = Object.getPrototypeOf({});

function checkIdentity({ user, groups, extra }: Identity): void {
  assert.equal(typeof user, "string");
  assert.ok(groups.every((g) => typeof g === "string"));
  for (const values of Object.values(extra ?? {})) assert.ok(Array.isArray(values));
  assert.ok([plain, null].includes(Object.getPrototypeOf(extra ?? {})));
}

test("any request is somebody's, or refused", async () => {
  await fc.assert(
    fc.asyncProperty(headers, certificate, async (given, der) => {
      const found = await answer("allow", given, der);
      if (typeof found === "number") assert.ok([400, 401, 403].includes(found), String(found));
      else checkIdentity(found);
    }),
    { numRuns },
  );
});

test("nobody becomes another without leave", async () => {
  const unproxied = certificate.filter((der) => der?.length !== 1);
  await fc.assert(
    fc.asyncProperty(headers, unproxied, async (given, der) => {
      const found = await answer("no opinion", given, der);
      if (typeof found === "number") return;
      const known = given["authorization"]?.toLowerCase().includes("abc") ? "tok" : "";
      assert.ok([known, "system:anonymous"].includes(found.user), found.user);
      assert.ok(!found.groups.includes("system:masters"));
    }),
    { numRuns },
  );
  assert.equal(Object.keys(plain).length, 0);
});
