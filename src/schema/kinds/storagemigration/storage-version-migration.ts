// StorageVersionMigration: the wish to write all objects of a resource anew.

import { storageVersionMigrations } from "../../resources.ts";
import type { StorageVersionMigration } from "../../types/storagemigration-v1.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus } from "../strategy.ts";
import { validateMigration } from "./storage-version-migration-rules.ts";

export const storageVersionMigration = defineKind(storageVersionMigrations, {
  rechecksNames: true,
  subresources: [statusSubresource],
  unowned: { status: ["metadata", "spec"] },
  prepare: specAndStatus({ statusKeepsMetadata: true }),
  validate: validateMigration,
  columns: [
    { name: "Name", format: "", cell: ({ metadata }) => metadata.name ?? "" },
    { name: "Resource", cell: resource },
    { name: "Status", cell: statusText },
  ],
  unconditionalUpdate: false,
});

function resource({ spec }: StorageVersionMigration): string {
  const { group, resource: plural } = spec?.resource ?? {};
  return group ? `${plural}.${group}` : `${plural}`;
}

const states = ["Running", "Failed", "Succeeded"];

function statusText({ status }: StorageVersionMigration): string {
  const now = status?.conditions?.findLast(
    ({ type, status: is }) => is === "True" && states.includes(type),
  );
  return now?.type ?? "Unknown";
}
