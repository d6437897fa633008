// Puts through the store on a real etcd of three members on loopback: `node test/bench/etcd-store.ts`.
import { silent } from "../../src/lib/log.ts";
import { systemClock } from "../../src/lib/system.ts";
import { openEtcdStore } from "../../src/store/etcd/etcd-store.ts";
import { connectMembers } from "../../src/store/etcd/members.ts";
import { findEtcd, startEtcd, whyNoEtcd } from "../store/etcd-cluster.ts";

const secondsEach = 3;
const value = new Uint8Array(3000).fill(120);

const program = findEtcd();
if (program === undefined) throw new Error(whyNoEtcd);
for (const members of [1, 3]) {
  await using cluster = await startEtcd(program, { members });
  const store = await openEtcdStore({
    members: await connectMembers({ ...cluster, clock: systemClock }),
    clock: systemClock,
    log: silent,
    fatal(error) {
      throw error;
    },
  });
  for (const writers of [1, 16, 64, 256]) {
    let count = 0;
    const end = performance.now() + secondsEach * 1000;
    const cpu = process.cpuUsage();
    const write = async (writer: number): Promise<void> => {
      for (let n = 0; performance.now() < end; n++, count++)
        await store.put(`/bench/${writer}/${n % 100}`, value.slice(), "any");
    };
    await Promise.all(Array.from({ length: writers }, (_, i) => write(i)));
    const { user, system } = process.cpuUsage(cpu);
    const rate = Math.round(count / secondsEach);
    console.log(
      `${members} members, ${writers} writers: ${rate}/s, ${Math.round((user + system) / count)} µs CPU each`,
    );
  }
  const asks = 2000;
  const began = performance.now();
  for (let i = 0; i < asks; i++) await store.latest();
  console.log(
    `${members} members: a current read ${((performance.now() - began) / asks).toFixed(2)} ms`,
  );
  await store.close();
}
