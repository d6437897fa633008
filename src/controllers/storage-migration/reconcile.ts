// StorageVersionMigration: all objects of a resource are written anew, in the version that is stored now. Of the
// migrations of one resource one runs at a time; objects that changed after it began have been written already.
import type { Action, Failure } from "../../control/action.ts";
import type { ApiObject } from "../../schema/kind.ts";
import { apiVersionOf, type Resource } from "../../schema/resource.ts";
import { customResourceDefinitions, storageVersionMigrations } from "../../schema/resources.ts";
import { StatusError } from "../../schema/status-error.ts";
import { printTime, timeMs } from "../../schema/time.ts";
import type { CustomResourceDefinition } from "../../schema/types/apiextensions-v1.ts";
import type { Condition } from "../../schema/types/meta-v1.ts";
import type { StorageVersionMigration } from "../../schema/types/storagemigration-v1.ts";
import { byAge } from "../age.ts";
import { conditionOf, isTrue } from "../conditions.ts";

export type Observed = {
  /** All migrations of one resource. */
  migrations: readonly StorageVersionMigration[];
  /** The resource in the version that the server prefers; undefined when it is not known to be served. */
  served: { resource: Resource<ApiObject>; verbs: ReadonlySet<string> } | undefined;
  /** What the resource has, as metadata, and the version up to which that is whole; undefined: not known yet. */
  shown: { objects: readonly ApiObject[]; revision: string } | undefined;
  /** What defines the resource, if it is a custom one. */
  definition: CustomResourceDefinition | undefined;
  now: number;
};

type Migration = StorageVersionMigration;

/** A resource that is not served by then is none. */
const unknownMsMax = 60_000;
const unknownWaitMs = 5_000;
const shownWaitMs = 250;

const verbsNeeded = ["update", "patch", "list"];
const runner = "migration-runner-controller";
const migrator = "storage-version-migrator-controller";

const isRunning = ({ status }: Migration): boolean => isTrue(status?.conditions, "Running");
const isOver = ({ status }: Migration): boolean =>
  isTrue(status?.conditions, "Succeeded") || isTrue(status?.conditions, "Failed");

export function reconcileMigrations(observed: Observed): Action[] {
  const { migrations, now } = observed;
  const over = migrations.filter((one) => isRunning(one) && isOver(one));
  const ends = over.flatMap((one) => end(observed, one));
  const active = migrations.find((one) => isRunning(one) && !isOver(one));
  if (active !== undefined) return [...ends, ...proceed(observed, active)];
  const next = migrations.filter((one) => !isRunning(one) && !isOver(one)).sort(byAge)[0];
  return next === undefined ? ends : [...ends, ...begin(observed, next, now)];
}

function begin({ definition }: Observed, migration: Migration, now: number): Action[] {
  const message = `Migration ${migration.metadata.name} is running`;
  const told = { status: "True", reason: "MigrationRunning", message };
  return [
    ...(definition === undefined ? [] : [tellDefinition(definition, told, now)]),
    withConditions(migration, [running("", now)]),
  ];
}

function end({ definition, now }: Observed, migration: Migration): Action[] {
  const condition = {
    type: "Running",
    status: "False",
    reason: "MigrationCompleted",
    message: "Migration completed",
    lastTransitionTime: printTime(now),
    observedGeneration: migration.metadata.generation ?? 0,
  };
  const done = withConditions(migration, [condition]);
  if (definition === undefined) return [done];
  const began = conditionOf(definition.status?.conditions, "StorageMigrating");
  // Somebody who changed the definition meanwhile may have changed what is stored, too.
  const isSame = began?.observedGeneration === definition.metadata.generation;
  const stored = isSame ? definition.spec.versions.find(({ storage }) => storage)?.name : undefined;
  const told = { status: "False", ...outcome(migration, isSame) };
  return [tellDefinition(definition, told, now, stored), done];
}

function outcome({ status }: Migration, isSame: boolean): { reason: string; message: string } {
  if (!isTrue(status?.conditions, "Succeeded"))
    return { reason: "MigrationFailed", message: "The migration has failed" };
  const rest = isSame
    ? "and the stored versions have been updated"
    : "but the stored versions have not been updated due to a generation mismatch";
  return { reason: "MigrationSucceeded", message: `The migration has succeeded ${rest}` };
}

function tellDefinition(
  { metadata }: CustomResourceDefinition,
  told: { status: string; reason: string; message: string },
  now: number,
  storedVersion?: string,
): Action {
  const { name = "", resourceVersion = "", generation = 0 } = metadata;
  const condition = {
    type: "StorageMigrating",
    ...told,
    lastTransitionTime: printTime(now),
    observedGeneration: generation,
  };
  const patch = {
    apiVersion: apiVersionOf(customResourceDefinitions),
    kind: customResourceDefinitions.kind,
    metadata: { name, resourceVersion },
    status: {
      conditions: [condition],
      ...(storedVersion === undefined ? {} : { storedVersions: [storedVersion] }),
    },
  };
  return {
    do: "patch",
    resource: customResourceDefinitions,
    ref: { name },
    type: "apply",
    patch,
    subresource: "status",
    fieldManager: runner,
    force: true,
  };
}

function proceed(observed: Observed, migration: Migration): Action[] {
  const { served, shown, now } = observed;
  const isYoung = now - (timeMs(migration.metadata.creationTimestamp) ?? 0) < unknownMsMax;
  if (served === undefined) {
    if (isYoung) return [{ do: "again", afterMs: unknownWaitMs }];
    return [failed(migration, "resource does not exist in discovery", now)];
  }
  const { resource, verbs } = served;
  if (!verbsNeeded.every((verb) => verbs.has(verb))) {
    const full = `${resource.group}/${resource.version}, Resource=${resource.plural}`;
    const why = `resource "${full}" does not support discovery operations: [${verbsNeeded.join(" ")}]`;
    return [failed(migration, why, now)];
  }
  const since = migration.status?.resourceVersion ?? "";
  if (since === "") {
    // Whatever is written from here on is stored in the present version.
    const status = {
      ...migration.status,
      resourceVersion: migration.metadata.resourceVersion ?? "",
    };
    return [{ do: "setStatus", resource: storageVersionMigrations, object: migration, status }];
  }
  if (shown === undefined || isBefore(shown.revision, since))
    return [{ do: "again", afterMs: shownWaitMs }];
  return writeAnew(migration, resource, shown.objects, { since, now });
}

const isBefore = (a: string, b: string): boolean => a === "" || BigInt(a) < BigInt(b);

function writeAnew(
  migration: Migration,
  resource: Resource<ApiObject>,
  objects: readonly ApiObject[],
  { since, now }: { since: string; now: number },
): Action[] {
  const due = objects.filter(({ metadata }) => !isBefore(since, metadata.resourceVersion ?? ""));
  const patches = due.map(({ metadata }): Action => {
    const { name = "", namespace, resourceVersion = "" } = metadata;
    return {
      do: "patch",
      resource,
      ref: { name, ...(namespace ? { namespace } : {}) },
      type: "merge",
      patch: {
        apiVersion: apiVersionOf(resource),
        kind: resource.kind,
        metadata: { resourceVersion },
      },
      fieldManager: migrator,
    };
  });
  const verified = objects.length === 0 ? "" : `, ${objects.length} objects verified migrated`;
  const status = (failure: Failure | undefined): Migration["status"] => {
    if (failure === undefined)
      return merged(migration, [
        running(verified, now),
        { ...succeeded, lastTransitionTime: printTime(now) },
      ]);
    if (isPassing(failure.error)) {
      const left = `, ${due.length}/${objects.length} objects not yet migrated`;
      return merged(migration, [
        running(`${left}; transient error: ${failure.error.message}`, now),
      ]);
    }
    const why = `migration encountered unhandled error: ${failure.error.message}`;
    return merged(migration, [failureOf(why, now)]);
  };
  return [
    ...patches,
    { do: "setStatus", resource: storageVersionMigrations, object: migration, status },
  ];
}

/** Of an object that was written meanwhile, or a server that is busy: the next pass sees to what is left. */
const isPassing = (error: Error): boolean =>
  !(error instanceof StatusError) || error.code === 409 || error.code === 429 || error.code >= 500;

const succeeded = {
  type: "Succeeded",
  status: "True",
  reason: "StorageVersionMigrationSucceeded",
  message: "Migration completed",
};

const failureOf = (message: string, now: number): Condition => ({
  type: "Failed",
  status: "True",
  reason: "StorageVersionMigrationFailed",
  message,
  lastTransitionTime: printTime(now),
});

const running = (rest: string, now: number): Condition => ({
  type: "Running",
  status: "True",
  reason: "MigrationRunning",
  message: `The migration is running${rest}`,
  lastTransitionTime: printTime(now),
});

const failed = (migration: Migration, message: string, now: number): Action =>
  withConditions(migration, [failureOf(message, now)]);

const withConditions = (migration: Migration, next: readonly Condition[]): Action => ({
  do: "setStatus",
  resource: storageVersionMigrations,
  object: migration,
  status: merged(migration, next),
});

/** Each in its place; the time of a transition stays while the status does. */
function merged({ status }: Migration, next: readonly Condition[]): Migration["status"] {
  const conditions = [...(status?.conditions ?? [])];
  for (const condition of next) {
    const at = conditions.findIndex(({ type }) => type === condition.type);
    const old = conditions[at];
    if (old === undefined) conditions.push(condition);
    else if (old.status !== condition.status) conditions[at] = condition;
    else conditions[at] = { ...condition, lastTransitionTime: old.lastTransitionTime };
  }
  return { ...status, conditions };
}
