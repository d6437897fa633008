import type { Seal } from "../seal.ts";
import type { Store } from "../store.ts";
import { checkEtcd } from "./claim.ts";
import { type EtcdStoreOptions, openEtcdStore } from "./etcd-store.ts";
import { connectMembers, type EtcdTls } from "./members.ts";

export type EtcdOptions = Omit<EtcdStoreOptions, "members"> & {
  endpoints: readonly string[];
  tls: EtcdTls;
  /** The key that says that this etcd is ours; the caller writes it into an empty one. */
  marker: string;
  /** Made from the value of `marker` (undefined: it is not there), before anything else is read. */
  sealOf?: (marked: Uint8Array | undefined) => Promise<Seal | undefined>;
};

/** Connects, looks whether this etcd may be used, and reads its state. Rejects with a `StoreError`. */
export async function openEtcd(options: EtcdOptions): Promise<Store> {
  const members = await connectMembers(options);
  try {
    await checkEtcd(members, options.marker);
    const { answer } = await members.call("range", { key: Buffer.from(options.marker) });
    const seal = await options.sealOf?.(answer.kvs[0]?.value);
    return await openEtcdStore({ ...options, members, ...(seal ? { seal } : {}) });
  } catch (error) {
    members.close();
    throw error;
  }
}
