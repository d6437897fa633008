// Tokens of service accounts that are kept in Secrets: made for who writes the Secret, good while the Secret holds them.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startCluster } from "../../src/main/testing.ts";
import { secrets, serviceAccounts, tokenReviews } from "../../src/schema/resources.ts";

const namespace = "default";
const metadata = {
  ...{ name: "kept", namespace },
  annotations: { "kubernetes.io/service-account.name": "bot" },
};
const type = "kubernetes.io/service-account-token";

test("a Secret for a service account is given a token, which ends with either of them", async () => {
  await using cluster = await startCluster({ clock: "virtual" });
  const { client, clock } = cluster;
  const { metadata: bot } = await client.create(serviceAccounts, {
    metadata: { name: "bot", namespace },
  });
  const cache = await cluster.cache(secrets);
  const tokenOf = (): string =>
    Buffer.from(cache.get({ namespace, name: "kept" })?.data?.["token"] ?? "", "base64").toString();
  const owner = async (token: string): Promise<string | undefined> => {
    const spec = { token };
    const { status } = await client.create(tokenReviews, { metadata: {}, spec });
    return status?.authenticated ? status.user?.username : status?.error;
  };
  await client.create(secrets, { metadata, type });
  await cluster.until(() => tokenOf() !== "");
  const first = tokenOf();
  const { annotations, labels } = cache.get({ namespace, name: "kept" })!.metadata;
  assert.equal(annotations?.["kubernetes.io/service-account.uid"], bot.uid);
  assert.equal(labels, undefined);
  assert.equal(await owner(first), "system:serviceaccount:default:bot");
  const used = new Date(clock.now()).toISOString().slice(0, 10);
  await cluster.until(
    () =>
      cache.get({ namespace, name: "kept" })?.metadata.labels?.[
        "kubernetes.io/legacy-token-last-used"
      ] === used,
  );
  await client.delete(secrets, { namespace, name: "kept" });
  await cluster.until(() => tokenOf() === "");
  assert.match(String(await owner(first)), /Token has been invalidated/);
  await client.create(secrets, { metadata, type });
  await cluster.until(() => tokenOf() !== "");
  const second = tokenOf();
  assert.equal(await owner(second), "system:serviceaccount:default:bot");
  await client.delete(serviceAccounts, { namespace, name: "bot" });
  // What belongs to an account goes with it.
  await cluster.until(() => cache.get({ namespace, name: "kept" }) === undefined);
  assert.match(String(await owner(second)), /invalid/);
});
