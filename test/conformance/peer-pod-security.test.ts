// The Pod Security Standards as the real kube-apiserver applies them: what it says of each pod of the kit at each level and
// version stands in `test/kit/pod-security.json`. RECORD=1 writes that file anew.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import {
  podSecurityLevels,
  podSecurityPods,
  podSecurityVersions,
} from "../kit/pod-security-pods.ts";
import { type Side, startPeer, whyNoPeer } from "./peer.ts";

const file = new URL("../kit/pod-security.json", import.meta.url);

/** What a level says of a pod, from which version on; "": nothing. */
type Recorded = Record<string, Record<string, [version: number, says: string][]>>;

test("what the peer says of each pod is what was recorded", { skip: whyNoPeer }, async () => {
  await using peer = await startPeer();
  const found: Recorded = {};
  for (const level of podSecurityLevels)
    for (const version of podSecurityVersions) await askAll(peer, level, version, found);
  if (process.env["RECORD"] === "1") writeFileSync(file, `${JSON.stringify(found, null, 1)}\n`);
  assert.deepEqual(found, JSON.parse(readFileSync(file, "utf8")));
});

async function askAll(peer: Side, level: string, version: number, found: Recorded): Promise<void> {
  const namespace = `${level}-${version}`;
  const label = "pod-security.kubernetes.io";
  const labels = { [`${label}/enforce`]: level, [`${label}/enforce-version`]: `v1.${version}` };
  await peer.ask("POST /api/v1/namespaces", { metadata: { name: namespace, labels } });
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await peer.ask(`POST ${accounts}`, { metadata: { name: "default" } });
  const target = `POST /api/v1/namespaces/${namespace}/pods?dryRun=All`;
  const answers = await Promise.all(podSecurityPods.map(([, pod]) => peer.ask(target, pod)));
  const nameOf = (index: number): string => podSecurityPods[index]![0];
  const others = answers.flatMap(({ status, body }, index) =>
    status === 201 || status === 403 ? [] : [`${nameOf(index)}: ${body.message}`],
  );
  assert.deepEqual(others, []);
  for (const [index, { status, body }] of answers.entries()) {
    const name = nameOf(index);
    const says =
      status === 201 ? "" : /violates PodSecurity "[^"]*": (.*)$/s.exec(body.message)?.[1];
    assert.ok(says !== undefined, `${name}: ${body.message}`);
    found[name] ??= {};
    found[name][level] ??= [];
    const list = found[name][level];
    if (list.at(-1)?.[1] !== says) list.push([version, says]);
  }
}
