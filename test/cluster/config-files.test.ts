// Every configuration file of the API server: what cannot be used stops the start with the file, the field and the
// reason; and what is put in its place while the server runs keeps the old one, and is told.
import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { Log } from "../../src/lib/log.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { VirtualClock } from "../../src/lib/virtual-clock.ts";
import { apiSettings } from "../../src/main/api-settings.ts";
import { encryptionFile, openEncryption } from "../../src/main/encryption.ts";
import { lookEveryMs } from "../../src/main/followed-file.ts";
import { Refusal } from "../../src/main/refusal.ts";
import { turn } from "../kit/api-server.ts";

type Started = { close(): void | Promise<void> };
type World = ReturnType<typeof world>;

function world(t: { after(run: () => void): void }) {
  const folder = mkdtempSync(join(tmpdir(), "coxswain-config-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const clock = new VirtualClock({ settle: turn, now: Date.UTC(2026, 0, 1) });
  const told: string[] = [];
  const note = (message: string, fields?: object): void =>
    void told.push(`${message} ${JSON.stringify(fields, shown)}`);
  const log: Log = { debug: note, info: note, warn: note, error: note };
  return { folder, clock, log, told };
}

const shown = (_key: string, value: unknown): unknown =>
  value instanceof Error ? value.message : value;

type Kind = {
  readonly name: string;
  readonly start: (path: string, world: World) => Promise<Started>;
  readonly good: string;
  /** Good as well, and another one. */
  readonly other: string;
  /** Each with texts that the refusal must have. */
  readonly bad: readonly (readonly [content: string, ...told: string[]])[];
};

const byFlag =
  (flag: string, more: Readonly<Record<string, readonly string[]>> = {}) =>
  (path: string, { clock, log }: World): Promise<Started> =>
    apiSettings({ [flag]: [path], ...more }, "https://own", {
      clock,
      log,
      random: seededRandom(1),
    });

const server = "apiserver.config.k8s.io/v1";
const authentication = (rest: string, apiVersion = server): string =>
  `{apiVersion: ${apiVersion}, kind: AuthenticationConfiguration, ${rest}}`;
const issuer = (name: string, more = ""): string =>
  `jwt: [{issuer: {url: "https://${name}", audiences: [a]}, claimMappings: {username: {claim: sub, prefix: ""}}${more}}]`;
const authorization = (rest: string, apiVersion = server): string =>
  `{apiVersion: ${apiVersion}, kind: AuthorizationConfiguration, ${rest}}`;
const hook = (more: string): string =>
  "authorizers: [{type: Webhook, name: w, webhook: {timeout: 1s, authorizedTTL: 1s, unauthorizedTTL: 1s, " +
  "subjectAccessReviewVersion: v1, matchConditionSubjectAccessReviewVersion: v1, failurePolicy: Deny, " +
  `connectionInfo: {type: InClusterConfig}, ${more}}}]`;
const admission = (rest: string, apiVersion = server): string =>
  `{apiVersion: ${apiVersion}, kind: AdmissionConfiguration, ${rest}}`;
const security = (rest: string): string =>
  "plugins: [{name: PodSecurity, configuration: {kind: PodSecurityConfiguration, " +
  `apiVersion: pod-security.admission.config.k8s.io/v1, ${rest}}}]`;
const audit = (rest: string, apiVersion = "audit.k8s.io/v1"): string =>
  `{apiVersion: ${apiVersion}, kind: Policy, ${rest}}`;
const key = (bytes: number): string => randomBytes(bytes).toString("base64");
const encryption = (rest: string, apiVersion = server): string =>
  `{apiVersion: ${apiVersion}, kind: EncryptionConfiguration, ${rest}}`;
const secrets = (providers: string): string =>
  `resources: [{resources: [secrets], providers: [${providers}]}]`;
const aes = (secret: string): string => `{aesgcm: {keys: [{name: k, secret: "${secret}"}]}}`;

const kinds: readonly Kind[] = [
  {
    name: "audit policy",
    start: byFlag("audit-policy-file", { "audit-log-path": ["-"] }),
    good: audit("rules: [{level: None}]"),
    other: audit("rules: [{level: Metadata}]"),
    bad: [
      [audit("rules: [{levle: None}]"), "rules[0].levle", "unknown field"],
      [audit("rules: [{level: None}]", "audit.k8s.io/v1alpha1"), "apiVersion", "v1alpha1"],
      [audit("rules: [{level: All}]"), "rules[0].level", '"All"'],
      [audit("rules: []"), "rules"],
    ],
  },
  {
    name: "authentication",
    start: byFlag("authentication-config"),
    good: authentication(issuer("a")),
    other: authentication(issuer("b")),
    bad: [
      [authentication("jwts: []"), "jwts", "unknown field"],
      [authentication(issuer("a", ", claimMapping: {}")), "jwt[0].claimMapping", "unknown field"],
      [authentication(issuer("a"), "apiserver.config.k8s.io/v9"), "apiVersion", "v9"],
      [
        authentication(
          issuer("a", ', claimValidationRules: [{expression: "claims.", message: m}]'),
        ),
        "jwt[0].claimValidationRules[0].expression",
        "compilation failed",
      ],
      [
        authentication(issuer("a", ', userValidationRules: [{expression: "user.nobody == 1"}]')),
        "jwt[0].userValidationRules[0].expression",
        "nobody",
      ],
      [
        authentication(
          'jwt: [{issuer: {url: "https://a", audiences: [a], certificateAuthority: "no PEM"}, claimMappings: {username: {claim: sub, prefix: ""}}}]',
        ),
        "jwt[0].issuer.certificateAuthority",
      ],
    ],
  },
  {
    name: "authorization",
    start: byFlag("authorization-config"),
    good: authorization("authorizers: [{type: RBAC, name: r}]"),
    other: authorization("authorizers: [{type: AlwaysDeny, name: d}]"),
    bad: [
      [
        authorization("authorizers: [{type: RBAC, nmae: r}]"),
        "authorizers[0].nmae",
        "unknown field",
      ],
      [authorization("authorizers: [{type: RBAC, name: r}]", "v1"), "apiVersion", '"v1"'],
      [authorization("authorizers: [{type: Nobody, name: r}]"), "authorizers[0].type", "Nobody"],
      [
        authorization(hook('matchConditions: [{expression: "request.user =="}]')),
        "authorizers[0].webhook.matchConditions[0].expression",
      ],
      [
        authorization(
          hook("connectionInfo: {type: KubeConfigFile, kubeConfigFile: /none/kubeconfig}").replace(
            "connectionInfo: {type: InClusterConfig}, ",
            "",
          ),
        ),
        "/none/kubeconfig",
        "no such file",
      ],
    ],
  },
  {
    name: "admission",
    start: byFlag("admission-control-config-file"),
    good: admission(security("defaults: {enforce: baseline}")),
    other: admission(security("defaults: {enforce: restricted}")),
    bad: [
      [admission("plugin: []"), "plugin", "unknown field"],
      [admission("plugins: []", "apiserver.config.k8s.io/v2"), "apiVersion", "v2"],
      [admission("plugins: [{name: Nobody}]"), "plugins[0].name", "Nobody"],
      [admission(security("defaults: {enforce: strict}")), "enforce", "strict"],
      [admission(security("default: {}")), "default", "unknown field"],
      [
        admission("plugins: [{name: ImagePolicyWebhook, path: /none/image-policy}]"),
        "/none/image-policy",
        "no such file",
      ],
    ],
  },
  {
    name: "encryption",
    async start(path, { log, clock }) {
      const opened = await openEncryption(encryptionFile(path), log, clock);
      return { close: () => opened.stop() };
    },
    good: encryption(secrets(aes(key(32)))),
    other: encryption(secrets(`${aes(key(32))}, {identity: {}}`)),
    bad: [
      [encryption(`${secrets("{identity: {}}")}, keys: []`), "keys", "is not known"],
      [encryption(secrets("{identity: {}}"), "apiserver.config.k8s.io/v2"), "apiVersion", "v2"],
      [
        encryption(secrets(aes("YQ=="))),
        "resources[0].providers[0].aesgcm.keys[0].secret",
        "1 bytes",
      ],
      [encryption(secrets(aes("%%"))), "resources[0].providers[0].aesgcm.keys[0].secret", "base64"],
      [encryption("resources: []"), "resources", "at least one"],
      [
        encryption(secrets('{kms: {apiVersion: v2, name: k, endpoint: "unix:///none/kms.sock"}}')),
        "KMS plug-in k",
        "unix:///none/kms.sock",
      ],
    ],
  },
];

/** Of every kind, whatever it holds otherwise. */
const anyBad: readonly (readonly [content: string, ...told: string[]])[] = [
  ["", ""],
  ["kind: [", "YAML"],
  ["[]", ""],
  ["{apiVersion: v3, kind: ConfigMap}", "apiVersion", "kind"],
];

for (const kind of kinds) {
  test(`${kind.name}: what cannot be used stops the start and says where`, async (t) => {
    const w = world(t);
    const path = join(w.folder, "file");
    const refusal = async (at: string): Promise<string> => {
      const error = await kind.start(at, w).then(
        async (started) => {
          await started.close();
          return undefined;
        },
        (failure: unknown) => failure,
      );
      assert.ok(error instanceof Refusal, `${at} is taken, or fails otherwise: ${error}`);
      assert.ok(error.message.includes(at), `${error.message} does not name the file`);
      return error.message;
    };
    for (const [content, ...told] of [...kind.bad, ...anyBad]) {
      writeFileSync(path, content);
      const message = await refusal(path);
      for (const text of told) assert.ok(message.includes(text), `${message} lacks ${text}`);
    }
    assert.match(await refusal(join(w.folder, "none")), /no such file/);
    mkdirSync(join(w.folder, "folder"));
    assert.match(await refusal(join(w.folder, "folder")), /EISDIR|is a directory/);
  });

  test(`${kind.name}: a bad change while the server runs is told once, a good one is taken`, async (t) => {
    const w = world(t);
    const path = join(w.folder, "file");
    writeFileSync(path, kind.good);
    const started = await kind.start(path, w);
    t.after(() => started.close());
    const look = async (): Promise<string[]> => {
      w.told.length = 0;
      await w.clock.advance(2 * lookEveryMs);
      return w.told.filter((line) => line.includes("file"));
    };
    assert.deepEqual(await look(), []);
    for (const [content, ...told] of kind.bad) {
      writeFileSync(path, content);
      const lines = await refusals(look);
      assert.equal(lines.length, 1, `${content}: ${lines.join("\n")}`);
      assert.ok(lines[0]!.includes(path), lines[0]);
      for (const text of told) {
        const quoted = JSON.stringify(text).slice(1, -1);
        assert.ok(lines[0]!.includes(quoted), `${lines[0]} lacks ${text}`);
      }
    }
    rmSync(path);
    assert.match((await look()).join(), /cannot be used; the old one stays.*no such file/);
    writeFileSync(path, kind.other);
    assert.match((await look()).join(), /a configuration file was read anew/);
  });
}

/** What is told may take a moment where another program is asked. */
async function refusals(look: () => Promise<string[]>): Promise<string[]> {
  for (let looks = 0; looks < 1000; looks++) {
    const lines = (await look()).filter((line) => line.includes("the old one stays"));
    if (lines.length > 0) return lines;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return [];
}

test("keys and certificates that cannot be read stop the start", async (t) => {
  const w = world(t);
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const odd = generateKeyPairSync("ed25519");
  const pem = (k: typeof rsa.publicKey): string =>
    k.export({ type: k.type === "public" ? "spki" : "pkcs8", format: "pem" }).toString();
  const cut = `${pem(rsa.privateKey).slice(0, 400)}\n-----END PRIVATE KEY-----\n`;
  const damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const rows: [flag: string, content: string, told: string][] = [
    ["service-account-key-file", "nothing", "holds no key in PEM form"],
    ["service-account-key-file", cut, "holds a key that cannot be used"],
    ["service-account-key-file", pem(odd.publicKey), "holds a key that cannot be used"],
    ["service-account-signing-key-file", cut, "holds a key that cannot be used"],
    ["service-account-signing-key-file", pem(rsa.publicKey), "holds no private key"],
    ["client-ca-file", pem(rsa.publicKey), "holds no certificate in PEM form"],
    ["client-ca-file", damaged, "holds a certificate that cannot be used"],
  ];
  const path = join(w.folder, "file");
  for (const [flag, content, told] of rows) {
    writeFileSync(path, content);
    const started = byFlag(flag)(path, w);
    await assert.rejects(started, (error) => {
      assert.ok(error instanceof Refusal, String(error));
      assert.ok(error.message.startsWith(path), error.message);
      assert.ok(error.message.includes(told), `${error.message} lacks ${told}`);
      return true;
    });
  }
});
