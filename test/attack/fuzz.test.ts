// Credentials and paths that chance makes of a stored corpus: whoever sends them stays nobody, and learns nothing.
// `ATTACK_RUNS=10000` looks longer; a failure prints the seed that `ATTACK_SEED` takes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { systemRandom } from "../../src/lib/system.ts";
import { issue, makeAuthority } from "../../src/main/pki/keys.ts";
import { mutatedText } from "../cluster/hostile/mutate.ts";
import { evilMaps, furnish, quietMaps, quietWord } from "./setting.ts";
import { type Answer, type As, startTarget, type Target } from "./target.ts";

const numRuns = Number(process.env["ATTACK_RUNS"] ?? 200);
const seed = Number(process.env["ATTACK_SEED"] ?? 1);

/** What has been tried by hand, here or elsewhere; an input that ever did harm is added and stays. */
type Corpus = Readonly<
  Record<
    | "authorization"
    | "tokenHeaders"
    | "tokenClaims"
    | "impersonated"
    | "certificateNames"
    | "paths"
    | "queries",
    readonly string[]
  >
>;
const corpus = JSON.parse(readFileSync(join(import.meta.dirname, "corpus.json"), "utf8")) as Corpus;

let target: Target;
before(async () => {
  target = await startTarget();
  await furnish(target);
});
after(() => target?.[Symbol.asyncDispose]());

const strangers = makeAuthority("coxswain-ca", { nowMs: Date.now(), random: systemRandom });

const printable = (text: string): string => text.replace(/[^\x21-\x7e\x80-\xff]/g, "");
const header = (text: string): string => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, "").trim();

async function each(
  inputs: fc.Arbitrary<string>,
  send: (text: string) => Promise<Answer>,
  statuses: readonly number[],
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(inputs, async (text) => {
      const said = await send(text);
      assert.ok(!said.text.includes(quietWord), "told");
      assert.ok(statuses.includes(said.status), `${said.status} ${said.text}`);
    }),
    { numRuns, seed },
  );
  const { faults, polluted } = await target.told("told");
  assert.deepEqual([faults, polluted], [[], []]);
  const quiet = await target.ask(`GET ${quietMaps}/same`, { as: "quinn" });
  assert.equal(quiet.body.data.of, quietWord);
}

/** Those whom a credential of the corpus could name must not be met by chance. */
const asked = (headers: Record<string, string>, as?: As): Promise<Answer> =>
  target.ask(`GET ${quietMaps}/same`, { headers, as });

test("Authorization headers", () =>
  each(
    mutatedText(corpus.authorization).map(header),
    (authorization) => asked({ authorization }),
    [400, 401, 403],
  ));

test("tokens in their three parts", () =>
  each(
    fc
      .tuple(mutatedText(corpus.tokenHeaders), mutatedText(corpus.tokenClaims), fc.base64String())
      .map(([head, claims, signed]) =>
        [head, claims]
          .map((part) => Buffer.from(part).toString("base64url"))
          .concat(signed)
          .join("."),
      ),
    (token) => asked({ authorization: `Bearer ${header(token)}` }),
    [401],
  ));

test("impersonation headers", () =>
  each(
    mutatedText(corpus.impersonated).map(header),
    (name) => asked({ "impersonate-user": name, "impersonate-group": name }, "mallory"),
    [400, 403],
  ));

test("headers of a front proxy", () =>
  each(
    mutatedText(corpus.impersonated).map(header),
    (name) => asked({ "x-remote-user": name, "x-remote-group": name }, "mallory"),
    [403],
  ));

test("names in certificates", async () => {
  const { pki } = target;
  const context = { nowMs: Date.now(), random: systemRandom };
  await each(
    mutatedText(corpus.certificateNames),
    (commonName) => {
      const wish = {
        subject: { commonName, organizations: [commonName] },
        usages: ["clientAuth"],
      } as const;
      // Whoever may write any name may write a good one: the authority here is another.
      return asked({}, issue({ ...strangers, subject: pki.authority.subject }, wish, context));
    },
    [401, 403],
  );
});

test("paths", () =>
  each(
    mutatedText(corpus.paths).map((path) => `/${printable(path)}`),
    (path) => target.ask(`GET ${path}`, { as: "mallory" }),
    [200, 301, 400, 403, 404, 405, 406, 410, 415, 500, 504],
  ));

test("queries", () =>
  each(
    mutatedText(corpus.queries)
      .map(printable)
      .filter((text) => !/watch|%77|follow/i.test(text)),
    (query) => target.ask(`GET ${evilMaps}?${query}`, { as: "mallory" }),
    [200, 400, 403, 404, 410, 422, 504],
  ));
