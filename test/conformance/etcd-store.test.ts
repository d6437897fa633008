// The contract of the store, kept on a real etcd of three members.
import { test } from "node:test";
import { silent } from "../../src/lib/log.ts";
import { systemClock } from "../../src/lib/system.ts";
import { openEtcdStore } from "../../src/store/etcd/etcd-store.ts";
import { connectMembers } from "../../src/store/etcd/members.ts";
import { storeConformance } from "../store/conformance.ts";
import { type EtcdCluster, findEtcd, startEtcd, whyNoEtcd } from "../store/etcd-cluster.ts";

const program = findEtcd();
if (program === undefined) test("etcd keeps the contract", (t) => t.skip(whyNoEtcd));
else {
  storeConformance("etcd", async ({ stamp }) => {
    const flags = ["--max-request-bytes", String(16 * 1024 * 1024)];
    const cluster = await startEtcd(program, { flags });
    const store = await openEtcdStore({
      members: await connectMembers({ ...cluster, clock: systemClock }),
      clock: systemClock,
      log: silent,
      stamp,
      fatal(error) {
        throw error;
      },
    });
    return closingBoth(store, cluster);
  });
}

type Opened = Awaited<ReturnType<typeof openEtcdStore>>;

/** The suite closes a store once or twice; the cluster goes with it. */
function closingBoth(store: Opened, cluster: EtcdCluster): Opened {
  return new Proxy(store, {
    get(target, name) {
      if (name === "close")
        return async () => {
          await target.close();
          await cluster[Symbol.asyncDispose]();
        };
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
