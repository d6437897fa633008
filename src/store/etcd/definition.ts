// The part of etcd's gRPC API that the store uses: names, numbers and types of the fields, in the form that
// protobufjs reads. Fields that are not named here are skipped by the reader.
//
// `cluster_id` and `member_id` are left out: they do not fit a number, and nothing here asks for them.

type Field = { type: string; id: number; rule?: string };

const field = (type: string, id: number): Field => ({ type, id });
const many = (type: string, id: number): Field => ({ rule: "repeated", type, id });
const message = (fields: Record<string, Field>) => ({ fields });

/** Of package `etcdserverpb`; `KeyValue` and `Event` are `mvccpb`'s, which the wire does not show. */
export const definition = {
  nested: {
    Empty: message({}),
    Header: message({ revision: field("int64", 3) }),
    KeyValue: message({
      key: field("bytes", 1),
      createRevision: field("int64", 2),
      modRevision: field("int64", 3),
      version: field("int64", 4),
      value: field("bytes", 5),
    }),
    /** `type`: 0 put, 1 delete. */
    Event: message({ type: field("int32", 1), kv: field("KeyValue", 2) }),
    RangeRequest: message({
      key: field("bytes", 1),
      rangeEnd: field("bytes", 2),
      limit: field("int64", 3),
      revision: field("int64", 4),
      keysOnly: field("bool", 8),
      countOnly: field("bool", 9),
    }),
    RangeResponse: message({
      header: field("Header", 1),
      kvs: many("KeyValue", 2),
      more: field("bool", 3),
      count: field("int64", 4),
    }),
    PutRequest: message({ key: field("bytes", 1), value: field("bytes", 2) }),
    DeleteRangeRequest: message({ key: field("bytes", 1), rangeEnd: field("bytes", 2) }),
    RequestOp: message({
      requestRange: field("RangeRequest", 1),
      requestPut: field("PutRequest", 2),
      requestDeleteRange: field("DeleteRangeRequest", 3),
    }),
    ResponseOp: message({ responseRange: field("RangeResponse", 1) }),
    /** `result`: 0 equal, 1 greater. `target`: 0 version, 2 mod revision. */
    Compare: message({
      result: field("int32", 1),
      target: field("int32", 2),
      key: field("bytes", 3),
      version: field("int64", 4),
      modRevision: field("int64", 6),
    }),
    TxnRequest: message({
      compare: many("Compare", 1),
      success: many("RequestOp", 2),
      failure: many("RequestOp", 3),
    }),
    TxnResponse: message({
      header: field("Header", 1),
      succeeded: field("bool", 2),
      responses: many("ResponseOp", 3),
    }),
    CompactionRequest: message({ revision: field("int64", 1), physical: field("bool", 2) }),
    CompactionResponse: message({ header: field("Header", 1) }),
    WatchCreateRequest: message({
      key: field("bytes", 1),
      rangeEnd: field("bytes", 2),
      startRevision: field("int64", 3),
      fragment: field("bool", 8),
    }),
    WatchRequest: message({
      createRequest: field("WatchCreateRequest", 1),
      progressRequest: field("Empty", 3),
    }),
    WatchResponse: message({
      header: field("Header", 1),
      created: field("bool", 3),
      canceled: field("bool", 4),
      compactRevision: field("int64", 5),
      cancelReason: field("string", 6),
      fragment: field("bool", 7),
      events: many("Event", 11),
    }),
    StatusResponse: message({
      header: field("Header", 1),
      version: field("string", 2),
      errors: many("string", 8),
    }),
  },
};

/** Path, request and response of each call. */
export const methods = {
  range: { path: "/etcdserverpb.KV/Range", request: "RangeRequest", response: "RangeResponse" },
  txn: { path: "/etcdserverpb.KV/Txn", request: "TxnRequest", response: "TxnResponse" },
  compact: {
    path: "/etcdserverpb.KV/Compact",
    request: "CompactionRequest",
    response: "CompactionResponse",
  },
  watch: { path: "/etcdserverpb.Watch/Watch", request: "WatchRequest", response: "WatchResponse" },
  status: {
    path: "/etcdserverpb.Maintenance/Status",
    request: "Empty",
    response: "StatusResponse",
  },
} as const;

export type MethodName = keyof typeof methods;

type Bytes = Uint8Array;

export type Header = { revision: number };
export type KeyValue = {
  key: Bytes;
  createRevision: number;
  modRevision: number;
  version: number;
  value: Bytes;
};
export type WireEvent = { type: number; kv: KeyValue };
export type RangeRequest = {
  key: Bytes;
  rangeEnd?: Bytes;
  limit?: number;
  revision?: number;
  keysOnly?: boolean;
  countOnly?: boolean;
};
export type RangeResponse = { header: Header; kvs: KeyValue[]; more: boolean; count: number };
export type RequestOp =
  | { requestRange: RangeRequest }
  | { requestPut: { key: Bytes; value: Bytes } }
  | { requestDeleteRange: { key: Bytes; rangeEnd?: Bytes } };
export type Compare = {
  result: 0 | 1;
  target: 0 | 2;
  key: Bytes;
  version?: number;
  modRevision?: number;
};
export type TxnRequest = { compare: Compare[]; success: RequestOp[]; failure: RequestOp[] };
export type TxnResponse = {
  header: Header;
  succeeded: boolean;
  responses: { responseRange?: RangeResponse }[];
};
export type WatchRequest =
  | { createRequest: { key: Bytes; rangeEnd: Bytes; startRevision: number; fragment: boolean } }
  | { progressRequest: object };
export type WatchResponse = {
  header: Header;
  created: boolean;
  canceled: boolean;
  compactRevision: number;
  cancelReason: string;
  fragment: boolean;
  events: WireEvent[];
};
export type StatusResponse = { header: Header; version: string; errors: string[] };

export type Calls = {
  range: [RangeRequest, RangeResponse];
  txn: [TxnRequest, TxnResponse];
  compact: [{ revision: number; physical: boolean }, { header: Header }];
  status: [object, StatusResponse];
};
