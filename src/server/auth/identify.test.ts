import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiRequest, Identity } from "../../schema/api-request.ts";
import type { Attributes, Authorizer } from "../context.ts";
import { identifier } from "./identify.ts";
import { staticTokens } from "./tokens.ts";

const attributes: Attributes = {
  verb: "list",
  isResource: true,
  path: "/api/v1/pods",
  group: "",
  version: "v1",
  plural: "pods",
  subresource: "",
  namespace: "",
  name: "",
};

/** Allows what stands in the list: `verb plural[/subresource] name`. */
const allowing =
  (...rights: string[]): Authorizer =>
  (_identity, { verb, plural, subresource, name }) => {
    const asked = `${verb} ${plural}${subresource === "" ? "" : `/${subresource}`} ${name}`.trim();
    return { says: rights.includes(asked) ? "allow" : "no opinion", reason: "" };
  };

const identify = (authorize: Authorizer, anonymous = true) =>
  identifier({
    certificates: (der) =>
      der[0] === 1
        ? { valid: true, identity: { user: "cert", groups: ["devs"] } }
        : { valid: false, why: "no" },
    frontProxies: (der) =>
      der[0] === 9
        ? { valid: true, identity: { user: "front-proxy-client", groups: [] } }
        : { valid: false, why: "no" },
    tokens: [staticTokens([{ token: "abc", user: "tok", uid: "7", groups: ["g"] }])],
    audiences: ["api"],
    authorize,
    anonymous: () => anonymous,
    now: () => 0,
  });

function request(headers: Record<string, string>, certificate?: number): ApiRequest {
  return {
    method: "GET",
    path: "/api/v1/pods",
    query: "",
    headers,
    body: () => Promise.resolve(new Uint8Array()),
    peer: {
      address: "",
      ...(certificate === undefined ? {} : { certificate: Uint8Array.of(certificate) }),
    },
    signal: new AbortController().signal,
  };
}

const shown = ({ user, uid, groups, extra }: Identity): string =>
  `${user}${uid === undefined ? "" : `#${uid}`} [${groups}]${extra === undefined ? "" : ` ${JSON.stringify(extra)}`}`;

type Row = {
  headers?: Record<string, string>;
  certificate?: number;
  rights?: string[];
  is?: string;
  code?: number;
  says?: string;
};

const bearer = { authorization: "Bearer abc" };
const asUser = (user: string, more: Record<string, string> = {}) => ({
  ...bearer,
  "impersonate-user": user,
  ...more,
});
const rows: Row[] = [
  { is: "system:anonymous [system:unauthenticated]" },
  { certificate: 1, is: "cert [devs,system:authenticated]" },
  { certificate: 2, code: 401 },
  { headers: bearer, is: "tok#7 [g,system:authenticated]" },
  { headers: bearer, certificate: 2, is: "tok#7 [g,system:authenticated]" },
  { headers: { authorization: "bearer  abc" }, is: "system:anonymous [system:unauthenticated]" },
  { headers: { authorization: "Bearer abd" }, code: 401 },
  { headers: { authorization: "Bearer" }, is: "system:anonymous [system:unauthenticated]" },
  { headers: { authorization: "Basic YTpi" }, is: "system:anonymous [system:unauthenticated]" },
  {
    headers: { "x-remote-user": "eve", "x-remote-group": "a, b", "x-remote-extra-k%2fv": "1" },
    certificate: 9,
    is: 'eve [a,b,system:authenticated] {"k/v":["1"]}',
  },
  { headers: { "x-remote-user": "eve" }, is: "system:anonymous [system:unauthenticated]" },
  { headers: { "x-remote-user": "eve" }, certificate: 1, is: "cert [devs,system:authenticated]" },
  { headers: asUser("bob"), rights: ["impersonate users bob"], is: "bob [system:authenticated]" },
  {
    headers: asUser("bob"),
    code: 403,
    says: 'pods is forbidden: User "tok" cannot impersonate-on:user-info:list resource "pods" in API group "" at the cluster scope',
  },
  {
    headers: asUser("bob"),
    rights: ["impersonate-on:user-info:list pods"],
    code: 403,
    says: 'users.authentication.k8s.io "bob" is forbidden: User "tok" cannot impersonate:user-info resource "users" in API group "authentication.k8s.io" at the cluster scope',
  },
  {
    headers: asUser("bob", { "impersonate-group": "system:masters" }),
    rights: [
      "impersonate-on:user-info:list pods",
      "impersonate:user-info users bob",
      "impersonate:user-info groups system:masters",
    ],
    code: 403,
  },
  {
    headers: asUser("bob", {
      "impersonate-group": "x, y",
      "impersonate-uid": "u1",
      "impersonate-extra-scope": "all",
    }),
    rights: [
      "impersonate users bob",
      "impersonate groups x",
      "impersonate groups y",
      "impersonate uids u1",
      "impersonate userextras/scope all",
    ],
    is: 'bob#u1 [x,y,system:authenticated] {"scope":["all"]}',
  },
  {
    headers: asUser("bob", { "impersonate-group": "x, y" }),
    rights: ["impersonate users bob", "impersonate groups x"],
    code: 403,
  },
  {
    headers: asUser("system:serviceaccount:ns:sa"),
    rights: ["impersonate serviceaccounts sa"],
    is: "system:serviceaccount:ns:sa [system:serviceaccounts,system:serviceaccounts:ns,system:authenticated]",
  },
  {
    headers: asUser("system:node:n1"),
    rights: ["impersonate-on:arbitrary-node:list pods", "impersonate:arbitrary-node nodes n1"],
    is: "system:node:n1 [system:nodes,system:authenticated]",
  },
  {
    headers: asUser("system:anonymous"),
    rights: ["impersonate users system:anonymous"],
    is: "system:anonymous [system:unauthenticated]",
  },
  {
    headers: { ...bearer, "impersonate-group": "x", "impersonate-extra-a": "b" },
    code: 400,
    says: 'requested &user.DefaultInfo{Name:"", UID:"", Groups:[]string{"x"}, Extra:map[string][]string{"a":[]string{"b"}}} without impersonating a user name',
  },
  {
    headers: asUser("bob", { "impersonate-extra-scope": "all" }),
    rights: [
      "impersonate-on:user-info:list pods",
      "impersonate:user-info users bob",
      "impersonate:user-info userextras/scope all",
    ],
    code: 403,
    says: 'userextras.authentication.k8s.io is forbidden: User "tok" cannot impersonate:user-info resource "userextras" in API group "authentication.k8s.io" at the cluster scope: impersonating an invalid key in extra is not allowed: extra.key: Invalid value: "scope": must be a domain-prefixed path (such as "acme.io/foo")',
  },
  {
    headers: asUser("bob", { "impersonate-extra-acme.io%2fscope": "all" }),
    rights: [
      "impersonate-on:user-info:list pods",
      "impersonate:user-info users bob",
      "impersonate:user-info userextras/acme.io/scope all",
    ],
    is: 'bob [system:authenticated] {"acme.io/scope":["all"]}',
  },
  {
    headers: asUser("bob", { "impersonate-group": "a, b, c, d" }),
    rights: [
      "impersonate-on:user-info:list pods",
      "impersonate:user-info users bob",
      "impersonate:user-info groups *",
    ],
    is: "bob [a,b,c,d,system:authenticated]",
  },
];

const notes = () => ({ warnings: new Set<string>(), annotations: new Map<string, string>() });

test("credentials and impersonation give an identity, or a refusal", async () => {
  for (const { headers = {}, certificate, rights = [], is, code, says } of rows) {
    const answer = async () =>
      shown(
        await identify(allowing(...rights))(request(headers, certificate), attributes, notes()),
      );
    const what = JSON.stringify({ headers, certificate, rights });
    if (code === undefined) assert.equal(await answer(), is, what);
    else
      await assert.rejects(answer, says === undefined ? { code } : { code, message: says }, what);
  }
});

test("what was allowed last is asked for first", async () => {
  const asked: string[] = [];
  const rights = ["impersonate users bob", "impersonate users system:node:n1"];
  const allow = allowing(...rights);
  const ask = identify((identity, attributes) => {
    asked.push(attributes.verb);
    return allow(identity, attributes);
  });
  const as = async (user: string) => shown(await ask(request(asUser(user)), attributes, notes()));
  assert.equal(await as("bob"), "bob [system:authenticated]");
  assert.deepEqual(asked.splice(0), ["impersonate-on:user-info:list", "impersonate"]);
  // The plain verb gives a node no groups.
  assert.equal(await as("system:node:n1"), "system:node:n1 [system:authenticated]");
  assert.deepEqual(asked.splice(0), ["impersonate"]);
  await assert.rejects(as("eve"), { code: 403, message: /^users "eve" is forbidden/ });
  assert.deepEqual(asked.splice(0), ["impersonate", "impersonate-on:user-info:list"]);
});

test("without anonymous requests nobody is refused but the nameless", () => {
  assert.throws(() => identify(allowing(), false)(request({}), attributes, notes()), { code: 401 });
});
