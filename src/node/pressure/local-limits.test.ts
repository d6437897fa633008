import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container, Pod, Volume } from "../../schema/types/core-v1.ts";
import { hasLocalLimits, overLimit } from "./local-limits.ts";

const mebi = 2 ** 20;
const container = (name: string, limit?: string): Container => ({
  name,
  ...(limit === undefined ? {} : { resources: { limits: { "ephemeral-storage": limit } } }),
});
const pod = (containers: Container[], volumes: Volume[] = []): Pod => ({
  metadata: { name: "p" },
  spec: { containers, volumes },
});
const disk: Volume = { name: "v", emptyDir: { sizeLimit: "1Mi" } };
const memory: Volume = { name: "v", emptyDir: { sizeLimit: "1Mi", medium: "Memory" } };
const free: Volume = { name: "v", emptyDir: {} };

type Row = { what: string; pod: Pod; v?: number; c?: number; d?: number; is?: string };
const rows: Row[] = [
  { what: "no limit at all", pod: pod([container("c")], [free]), v: 9 * mebi, c: 9 * mebi },
  { what: "a volume at its limit", pod: pod([container("c")], [disk]), v: mebi },
  {
    what: "a volume beyond its limit",
    pod: pod([container("c", "1Gi")], [disk]),
    v: mebi + 1,
    is: 'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ',
  },
  { what: "a volume in memory", pod: pod([container("c")], [memory]), v: 9 * mebi },
  {
    what: "a volume and a container, together",
    pod: pod([container("c", "2Mi")], [free]),
    v: mebi,
    c: mebi + 1,
    is: "Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. ",
  },
  {
    what: "one container, though the others leave room",
    pod: pod([container("c", "1Mi"), container("d", "5Mi")]),
    c: 2 * mebi,
    is: 'Container c exceeded its local ephemeral storage limit "1Mi". ',
  },
  {
    what: "all within",
    pod: pod([container("c", "1Mi"), container("d", "5Mi")]),
    c: mebi,
    d: mebi,
  },
];

for (const { what, pod: measured, v = 0, c = 0, d = 0, is } of rows) {
  test(`on the node's disk: ${what}`, () => {
    const containers = [
      { name: "c", bytes: c },
      { name: "d", bytes: d },
    ];
    assert.equal(overLimit(measured, { volumes: new Map([["v", v]]), containers }), is);
    assert.equal(
      hasLocalLimits(measured),
      what !== "no limit at all" && what !== "a volume in memory",
    );
  });
}
