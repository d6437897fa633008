import assert from "node:assert/strict";
import { test } from "node:test";
import { now, secondsAgo } from "../../../test/kit/controllers.ts";
import type { CertificateSigningRequest } from "../../schema/types/certificates-v1.ts";
import { reconcileOld } from "./cleaner.ts";

const hour = 3600;

type Row = {
  it: string;
  age?: number;
  conditions?: { type: string; ago: number }[];
  issued?: boolean;
  /** Seconds until it goes; 0: now; undefined: never. */
  leftSeconds: number | undefined;
};

const rows: Row[] = [
  { it: "new and unanswered", age: 10, leftSeconds: 24 * hour - 10 },
  { it: "unanswered for a day", age: 24 * hour, leftSeconds: 0 },
  {
    it: "signed just now",
    conditions: [{ type: "Approved", ago: 60 }],
    issued: true,
    leftSeconds: hour - 60,
  },
  {
    it: "signed long ago",
    conditions: [{ type: "Approved", ago: hour }],
    issued: true,
    leftSeconds: 0,
  },
  {
    it: "approved, not signed",
    conditions: [{ type: "Approved", ago: hour }],
    leftSeconds: 23 * hour,
  },
  { it: "denied long ago", conditions: [{ type: "Denied", ago: 2 * hour }], leftSeconds: 0 },
  {
    it: "approved, then failed",
    conditions: [
      { type: "Approved", ago: 60 },
      { type: "Failed", ago: 30 },
    ],
    leftSeconds: hour - 30,
  },
  {
    it: "a condition of a stranger",
    conditions: [{ type: "Odd", ago: 48 * hour }],
    leftSeconds: undefined,
  },
];

test("signing requests go when nobody needs them any more", () => {
  for (const { it, age = 0, conditions = [], issued, leftSeconds } of rows) {
    const request: CertificateSigningRequest = {
      metadata: { name: "a", uid: "u", creationTimestamp: secondsAgo(age) },
      spec: { request: "", signerName: "example.com/a", usages: [] },
      status: {
        conditions: conditions.map(({ type, ago }) => ({
          type,
          status: "True",
          lastUpdateTime: secondsAgo(ago),
        })),
        ...(issued ? { certificate: "YQ==" } : {}),
      },
    };
    const actions = reconcileOld({ request, now });
    const left = actions.map((a) => (a.do === "again" ? a.afterMs / 1000 : a.do === "delete" && 0));
    assert.deepEqual(left, leftSeconds === undefined ? [] : [leftSeconds], it);
  }
});
