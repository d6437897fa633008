// Both kinds of flow control keep all metadata but managed fields on a status write.
import type { ApiObject, Kind } from "../../kind.ts";
import { specAndStatus, specOf } from "../strategy.ts";

export function flowControlPrepare<T extends ApiObject>(): NonNullable<Kind<T>["prepare"]> {
  const prepare = specAndStatus<T>({ generationOf: specOf });
  return (next, old, write) => {
    prepare(next, old, write);
    if (old === undefined || write.subresource !== "status") return;
    const { managedFields } = next.metadata;
    next.metadata = { ...old.metadata };
    if (managedFields) next.metadata.managedFields = managedFields;
  };
}
