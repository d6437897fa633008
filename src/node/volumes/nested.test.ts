import assert from "node:assert/strict";
import { test } from "node:test";
import { nestedFolders } from "./nested.ts";

test("a volume has folders for what is mounted in it, but not for what is mounted in those", () => {
  const rows: [mounts: [name: string, path: string][], folders: string[]][] = [
    [[["v", "/a"]], []],
    [
      [
        ["v", "/a"],
        ["w", "/a/b"],
        ["x", "/a/b/c"],
        ["y", "/a/b-2/d"],
        ["z", "/ab"],
      ],
      ["b", "b-2/d"],
    ],
    [
      [
        ["v", "/a/"],
        ["w", "a/b/"],
      ],
      ["b"],
    ],
    [
      [
        ["v", "/a"],
        ["w", "/a/../../b"],
      ],
      [],
    ],
    [
      [
        ["w", "/a"],
        ["v", "/a/b"],
      ],
      [],
    ],
  ];
  for (const [mounts, folders] of rows) {
    const volumeMounts = mounts.map(([name, mountPath]) => ({ name, mountPath }));
    const spec = { containers: [{ name: "c", volumeMounts }] };
    assert.deepEqual(nestedFolders({ metadata: {}, spec }, "v"), folders, JSON.stringify(mounts));
  }
});
