// Whether an etcd cluster may be used: new enough, reachable, and either empty or a Coxswain cluster's own.
import { StoreError } from "../store.ts";
import { compactionKey } from "./compactor.ts";
import { isCertificate } from "./failure.ts";
import type { Members } from "./members.ts";

const leastMajor = 3;
const leastMinor = 5;

/** Longest wait for each member's version; one answer is enough. */
const askMs = 3000;

/**
 * Rejects with a `StoreError` unless `marker` is there or nothing is. Changes nothing.
 * - "format": a member is older than etcd 3.5;
 * - "unavailable": none has answered, each with its reason;
 * - "foreign": there are keys, and `marker` is not among them.
 */
export async function checkEtcd(members: Members, marker: string): Promise<void> {
  const answers = await members.ask("status", {}, askMs);
  for (const told of answers) {
    if ("answer" in told && isTooOld(told.answer.version))
      throw new StoreError(
        "format",
        `${told.endpoint} is etcd ${told.answer.version}: version ${leastMajor}.${leastMinor} or later is needed`,
      );
  }
  const refused = answers.find((told) => "failure" in told && isCertificate(told.failure.details));
  // A call says why, in words; it goes on with the members that do answer.
  if (refused && !answers.some((told) => "answer" in told)) await members.call("status", {});
  const { answer: all } = await members.call("range", {
    key: Buffer.from([0]),
    rangeEnd: Buffer.from([0]),
    limit: 2,
    keysOnly: true,
  });
  const others = all.kvs.filter(({ key }) => !compactionKey.equals(key));
  if (others.length === 0) return;
  // Last: another server may begin meanwhile, and it writes the marker first.
  const { answer: marked } = await members.call("range", {
    key: Buffer.from(marker),
    countOnly: true,
  });
  if (marked.count > 0) return;
  const first = JSON.stringify(Buffer.from(others[0]!.key).toString());
  throw new StoreError(
    "foreign",
    `etcd at ${members.current} holds data of something else (${all.count} keys, one is ${first}): ` +
      "give this cluster an etcd of its own",
  );
}

export function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}
