// What a cluster keeps from the other users of its machine: files, sockets, command lines and logs.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "node:tls";
import { httpClient } from "../../src/client/http.ts";
import { dataDir } from "../../src/main/data-dir.ts";
import { httpsApi } from "../../src/main/https-api.ts";
import { adminTarget } from "../../src/main/ready.ts";
import { secrets } from "../../src/schema/resources.ts";
import { makeMachine } from "../e2e/machine.ts";

const value = "hunter2-of-the-walls";
const staticToken = "static-token-of-the-walls";
const wrongToken = "wrong-token-of-the-walls";

function* filesBelow(folder: string): Iterable<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    yield path;
    if (entry.isDirectory()) yield* filesBelow(path);
  }
}

test("files are their owner's, and no secret stands in a log, an error or a command line", async () => {
  await using machine = makeMachine("walls", ["--node", "none"]);
  const file = (name: string, text: string): string => {
    const path = join(machine.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const policy = { apiVersion: "audit.k8s.io/v1", kind: "Policy", rules: [{ level: "Metadata" }] };
  const audit = join(machine.dataDir, "audit.log");
  await machine.up(
    ...["--token-auth-file", file("tokens.csv", `${staticToken},ann,1\n`)],
    ...["--audit-policy-file", file("policy.yaml", JSON.stringify(policy))],
    ...["--audit-log-path", audit],
  );
  const dir = dataDir(machine.dataDir);
  const { pid } = JSON.parse(readFileSync(dir.running, "utf8")) as { pid: number };
  const target = adminTarget(dir);
  const admin = httpsApi(target);
  const client = httpClient(admin.api);
  await client.create(secrets, {
    metadata: { name: "s", namespace: "default" },
    stringData: { password: value },
  });
  await client.list(secrets, { namespace: "default" });
  await assert.rejects(
    client.create(secrets, {
      metadata: { name: "S!", namespace: "default" },
      stringData: { password: value },
    }),
    (error: Error) => !error.message.includes(value),
  );
  const { server, authority } = target;
  for (const [token, told] of [
    [staticToken, /forbidden: User "ann" cannot list/],
    [wrongToken, /Unauthorized/],
  ] as const) {
    const other = httpsApi({ server, authority, token });
    await assert.rejects(httpClient(other.api).list(secrets, { namespace: "default" }), told);
    other.close();
  }
  admin.close();
  const words = [value, staticToken, wrongToken, target.key.split("\n")[1]!];
  const places = [
    dir.log,
    audit,
    ...(process.platform === "linux" ? [`/proc/${pid}/cmdline`, `/proc/${pid}/environ`] : []),
  ];
  for (const place of places) {
    const text = readFileSync(place, "latin1");
    for (const word of words) assert.ok(!text.includes(word), `${place} tells ${word}`);
    assert.ok(!text.includes(Buffer.from(value).toString("base64")), place);
  }
  assert.match(readFileSync(audit, "utf8"), /"ann"/);
  assert.equal(statSync(dir.root).mode & 0o077, 0);
  for (const path of filesBelow(dir.root)) {
    const { mode } = statSync(path);
    // What stands below a closed folder is closed, too; keys and what holds secrets are so by themselves.
    const isClosed = (mode & 0o077) === 0;
    const holdsSecrets = /\.key$|kubeconfig$|\/store(\/|$)|audit\.log$|\/pki(\/|$)/.test(path);
    assert.ok(isClosed || !holdsSecrets, `${path} has mode ${(mode & 0o777).toString(8)}`);
  }
  const { hostname, port } = new URL(server);
  const old = connect({
    host: hostname,
    port: Number(port),
    maxVersion: "TLSv1.1",
    minVersion: "TLSv1",
    rejectUnauthorized: false,
    ciphers: "ALL:@SECLEVEL=0",
  });
  const outcome = await new Promise<string>((resolve) => {
    old.once("secureConnect", () => resolve("connected"));
    old.once("error", () => resolve("refused"));
  });
  old.destroy();
  assert.equal(outcome, "refused");
});
