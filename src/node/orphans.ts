// Pods of which only traces are left: the API forgot them while the agent was away.
import type { Container, Pod } from "../schema/types/core-v1.ts";
import type { Host } from "./host.ts";
import { labels } from "./pod/labels.ts";
import type { Runtime } from "./runtime.ts";

/**
 * A pod for each uid that the runtime or the machine knows and `knownNow` lacks, as much of it as its labels tell.
 * What is known is asked for last: a pod that goes meanwhile is an orphan, too.
 */
export async function orphanPods(
  runtime: Runtime,
  host: Host,
  knownNow: () => ReadonlySet<string>,
): Promise<Pod[]> {
  const [sandboxes, containers, folders] = await Promise.all([
    runtime.listPodSandbox(),
    runtime.listContainers(),
    host.podUids(),
  ]);
  const known = knownNow();
  const found = new Map<string, Pod>();
  for (const { labels: marks, annotations } of sandboxes) {
    const uid = marks[labels.podUid];
    if (uid === undefined || known.has(uid) || found.has(uid)) continue;
    const names = containers
      .filter((c) => c.labels[labels.podUid] === uid)
      .map((c): Container => ({ name: c.labels[labels.containerName] ?? c.metadata.name }));
    const pod = traceOf(uid, marks[labels.podName], marks[labels.podNamespace], names);
    pod.spec.terminationGracePeriodSeconds = Number(annotations[labels.gracePeriod] ?? 30);
    found.set(uid, pod);
  }
  for (const uid of folders) {
    if (!known.has(uid) && !found.has(uid)) found.set(uid, traceOf(uid, uid, "", []));
  }
  return [...found.values()];
}

const traceOf = (uid: string, name = "", namespace = "", containers: Container[] = []): Pod => ({
  metadata: { uid, name, namespace },
  spec: { containers },
});
