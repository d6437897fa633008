// Every controller with the user it runs as, and what starts them all in one process.
import type { Caches } from "../client/cache.ts";
import type { Client } from "../client/client.ts";
import { startRecorder } from "../control/events.ts";
import type { Clock } from "../lib/clock.ts";
import { type Log, logWith } from "../lib/log.ts";
import type { Random } from "../lib/random.ts";
import { startAutoscaling } from "./autoscaling/autoscaler.ts";
import { startTokenCleaner } from "./bootstrap/token-cleaner.ts";
import { startCertificateApproval, startCertificateSigning } from "./certificates/certificates.ts";
import { startCertificateCleaner } from "./certificates/cleaner.ts";
import { startPodRequestCleaner } from "./certificates/pod-request-cleaner.ts";
import { startServingBundle } from "./certificates/serving-bundle.ts";
import { startClusterRoleAggregation } from "./cluster-role/aggregation.ts";
import { startCronJob } from "./cron-job/cron-job.ts";
import { startDaemonSet } from "./daemon-set/daemon-set.ts";
import { startDeployment } from "./deployment/deployment.ts";
import { startDisruption } from "./disruption/disruption.ts";
import { startEndpointSlice } from "./endpoint-slice/endpoint-slice.ts";
import { startEndpointSliceMirroring } from "./endpoint-slice-mirroring/mirroring.ts";
import { startEndpoints } from "./endpoints/endpoints.ts";
import { startGarbageCollector } from "./garbage/garbage-collector.ts";
import { startJob } from "./job/job.ts";
import { startNamespace } from "./namespace/namespace.ts";
import { startNodeIpam } from "./node-ipam/node-ipam.ts";
import { startNodeLifecycle } from "./node-lifecycle/node-lifecycle.ts";
import { defaultSettings, type Parts, type Running, type Settings } from "./parts.ts";
import { startPodGc } from "./pod-gc/pod-gc.ts";
import { startReplicaSet } from "./replica-set/replica-set.ts";
import { startReplication } from "./replication/replication.ts";
import { type Objects, startObjects } from "./served/objects.ts";
import { startRootCaPublisher, startServiceAccount } from "./service-account/service-account.ts";
import { startTokenSecrets } from "./service-account/token-secret.ts";
import { startUnusedTokens } from "./service-account/unused-tokens.ts";
import { startServiceCidr } from "./service-cidr/service-cidr.ts";
import { startStatefulSet } from "./stateful-set/stateful-set.ts";
import { startStorageMigration } from "./storage-migration/storage-migration.ts";
import { startTaintEviction } from "./taint-eviction/taint-eviction.ts";
import { startNodeTtl } from "./ttl/node-ttl.ts";
import { startTtlAfterFinished } from "./ttl/ttl-after-finished.ts";
import { startAttributesClassProtection } from "./volumes/attributes-class.ts";
import { startVolumeBinder } from "./volumes/binder.ts";
import { startEphemeralVolumes } from "./volumes/ephemeral.ts";
import { startClaimProtection, startVolumeProtection } from "./volumes/protection.ts";

/** The user of what upstream's controllers do in the name of the process that they share. */
const processUser = "system:kube-controller-manager";

type Entry = {
  /** Service account in kube-system, or a user when it starts with `system:`. */
  account: string;
  /** Who speaks in events; the account when absent. */
  component?: string;
  start: (parts: Parts) => Running;
};

/** In the order of their start: what others wait for comes first, what watches everything last. */
const controllers: readonly Entry[] = [
  { account: "service-account-controller", start: startServiceAccount },
  { account: "root-ca-cert-publisher", start: startRootCaPublisher },
  { account: processUser, component: "tokens-controller", start: startTokenSecrets },
  {
    account: "certificate-controller",
    component: "csr-approving-controller",
    start: startCertificateApproval,
  },
  {
    account: "certificate-controller",
    component: "csr-signing-controller",
    start: startCertificateSigning,
  },
  {
    account: "certificate-controller",
    component: "csr-cleaner-controller",
    start: startCertificateCleaner,
  },
  { account: "podcertificaterequestcleaner", start: startPodRequestCleaner },
  {
    account: "kube-apiserver-serving-clustertrustbundle-publisher",
    start: startServingBundle,
  },
  { account: "deployment-controller", start: startDeployment },
  { account: "replicaset-controller", start: startReplicaSet },
  { account: "replication-controller", start: startReplication },
  { account: "job-controller", start: startJob },
  {
    account: "endpointslice-controller",
    component: "endpoint-slice-controller",
    start: startEndpointSlice,
  },
  { account: "endpoint-controller", start: startEndpoints },
  {
    account: "endpointslicemirroring-controller",
    component: "endpoint-slice-mirroring-controller",
    start: startEndpointSliceMirroring,
  },
  { account: "node-controller", start: startNodeLifecycle },
  {
    account: "node-controller",
    component: "taint-eviction-controller",
    start: startTaintEviction,
  },
  {
    account: "persistent-volume-binder",
    component: "persistentvolume-controller",
    start: startVolumeBinder,
  },
  { account: "pvc-protection-controller", start: startClaimProtection },
  { account: "pv-protection-controller", start: startVolumeProtection },
  {
    account: "volumeattributesclass-protection-controller",
    start: startAttributesClassProtection,
  },
  {
    account: "ephemeral-volume-controller",
    component: "ephemeral_volume",
    start: startEphemeralVolumes,
  },
  { account: "pod-garbage-collector", start: startPodGc },
  { account: "node-controller", component: "cidrAllocator", start: startNodeIpam },
  { account: "statefulset-controller", start: startStatefulSet },
  {
    account: "daemon-set-controller",
    component: "daemonset-controller",
    start: startDaemonSet,
  },
  { account: "cronjob-controller", start: startCronJob },
  {
    account: "disruption-controller",
    component: "controllermanager",
    start: startDisruption,
  },
  { account: "horizontal-pod-autoscaler", start: startAutoscaling },
  { account: "clusterrole-aggregation-controller", start: startClusterRoleAggregation },
  { account: "service-cidrs-controller", start: startServiceCidr },
  { account: "storage-version-migrator-controller", start: startStorageMigration },
  { account: "token-cleaner", start: startTokenCleaner },
  { account: "legacy-service-account-token-cleaner", start: startUnusedTokens },
  { account: "ttl-controller", start: startNodeTtl },
  { account: "ttl-after-finished-controller", start: startTtlAfterFinished },
  { account: "namespace-controller", start: startNamespace },
  {
    account: "generic-garbage-collector",
    component: "garbage-collector-controller",
    start: startGarbageCollector,
  },
];

export type ControllersOptions = {
  /** By service account in kube-system (`deployment-controller`), or by user (`system:…`). */
  clientFor: (account: string) => Client;
  caches: Caches;
  clock: Clock;
  random: Random;
  log: Log;
  settings?: Partial<Settings>;
};

export function startControllers(options: ControllersOptions): Running {
  const { caches, clock, random, clientFor } = options;
  const log = logWith(options.log, { part: "controllers" });
  const settings = { ...defaultSettings, ...options.settings };
  let objects: Objects | undefined;
  const sharedObjects = (): Objects => {
    objects ??= startObjects({ client: clientFor(processUser), caches, clock, log });
    return objects;
  };
  const running = controllers.map(({ account, component = account, start }): Running => {
    const client = clientFor(account);
    const recorder = startRecorder({ client, clock, random, log, component });
    const { record } = recorder;
    const parts = { client, caches, objects: sharedObjects, clock, random, log, record, settings };
    const controller = start(parts);
    return {
      async stop() {
        await controller.stop();
        await recorder.stop();
      },
    };
  });
  return {
    async stop() {
      await Promise.all(running.map((controller) => controller.stop()));
      await objects?.stop();
    },
  };
}
