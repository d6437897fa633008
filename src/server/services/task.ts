// What allocation works on: what is taken, and the Service that wants some of it.
import { type Cause, invalid, StatusError } from "../../schema/status-error.ts";
import type { Service } from "../../schema/types/core-v1.ts";
import type { Claims, Core } from "../context.ts";
import type { AddressBlocks } from "./address-blocks.ts";
import type { Range, Taken } from "./ranges.ts";

export type Pool = { range: Range; taken: Taken };
export type Book = { blocks: AddressBlocks; addresses: Taken; ports: Pool; claims: Claims };
export type Holdings = { addresses: number[]; ports: number[] };

export type Task = {
  service: Service;
  old: Service | undefined;
  book: Book;
  /** What this write has taken so far; a dry run takes it from nobody. */
  taken: Holdings;
  core: Core;
  dryRun: boolean;
};

/** Times that another server was quicker, after which the block counts as full. */
export const racesMax = 16;

export const refused = (service: Service, causes: Cause[]): StatusError =>
  invalid({ group: "", kind: "Service", name: service.metadata.name ?? "" }, causes);

export const internal = (message: string): StatusError =>
  new StatusError(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ reason: "", message }],
  });
