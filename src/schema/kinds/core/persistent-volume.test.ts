// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { persistentVolume } from "./persistent-volume.ts";

const good = {
  metadata: { name: "disk-1" },
  spec: {
    capacity: { storage: "1Gi" },
    accessModes: ["ReadWriteOnce"],
    csi: { driver: "d.example.com", volumeHandle: "h" },
  },
};

test("a new PersistentVolume is refused in upstream's words", () => {
  assertTold(persistentVolume, good, [
    [{ "spec.accessModes": undefined }, ["spec.accessModes: Required value"]],
    [
      { "spec.accessModes": ["Odd"] },
      [
        'spec.accessModes: Unsupported value: "Odd": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
      ],
    ],
    [
      { "spec.accessModes": ["ReadWriteOnce", "ReadWriteOncePod"] },
      ["spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes"],
    ],
    [
      { "spec.capacity": undefined },
      [
        "spec.capacity: Required value",
        'spec.capacity: Unsupported value: null: supported values: "storage"',
      ],
    ],
    [
      { "spec.capacity": {} },
      [
        "spec.capacity: Required value",
        'spec.capacity: Unsupported value: {}: supported values: "storage"',
      ],
    ],
    [
      { "spec.capacity": { storage: "0" } },
      ['spec.capacity[storage]: Invalid value: "0": must be greater than zero'],
    ],
    [
      { "spec.capacity": { cpu: "1", storage: "1" } },
      ['spec.capacity: Unsupported value: {"cpu":"1","storage":"1"}: supported values: "storage"'],
    ],
    [
      { "spec.persistentVolumeReclaimPolicy": "Odd" },
      [
        'spec.persistentVolumeReclaimPolicy: Unsupported value: "Odd": supported values: "Delete", "Recycle", "Retain"',
      ],
    ],
    [
      { "spec.volumeMode": "Odd" },
      ['spec.volumeMode: Unsupported value: "Odd": supported values: "Block", "Filesystem"'],
    ],
    [{ "spec.csi": undefined }, ["spec: Required value: must specify a volume type"]],
    [
      { "spec.nfs": { server: "s", path: "/" } },
      ["spec.csi: Forbidden: may not specify more than 1 volume type"],
    ],
    [
      { "spec.csi": { driver: "-", volumeHandle: "" } },
      [
        'spec.csi.driver: Invalid value: "-": a lowercase RFC 1123 subdomain…',
        "spec.csi.volumeHandle: Required value",
      ],
    ],
    [
      { "spec.csi": undefined, "spec.hostPath": { path: "/", type: "Odd" } },
      [
        'spec.hostPath.type: Unsupported value: "Odd": supported values: "", "BlockDevice", "CharDevice", "Directory", …',
      ],
    ],
    [
      { "spec.csi": undefined, "spec.hostPath": { path: "a/.." } },
      ["spec.hostPath.path: Invalid value: \"a/..\": must not contain '..'"],
    ],
    [
      { "spec.csi": undefined, "spec.local": { path: "/x" } },
      ["spec.nodeAffinity: Required value: Local volume requires node affinity"],
    ],
    [
      { "spec.csi": undefined, "spec.nfs": { server: "", path: "x" } },
      [
        "spec.nfs.server: Required value",
        'spec.nfs.path: Invalid value: "x": must be an absolute path',
      ],
    ],
    [
      { "spec.nodeAffinity": { required: { nodeSelectorTerms: [] } } },
      [
        "spec.nodeAffinity.required.nodeSelectorTerms: Required value: must have at least one node selector term",
      ],
    ],
    [
      { "spec.storageClassName": "A_b" },
      ['spec.storageClassName: Invalid value: "A_b": a lowercase RFC 1123 subdomain…'],
    ],
  ]);
});

test("what a PersistentVolume may change", () => {
  assertTold(
    persistentVolume,
    good,
    [
      [
        { "spec.csi.volumeHandle": "i" },
        [
          "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation…",
        ],
      ],
      [{ "spec.volumeMode": "Block" }, ['volumeMode: Invalid value: "Block": field is immutable']],
      [{ "spec.capacity.storage": "2Gi", "spec.persistentVolumeReclaimPolicy": "Delete" }, []],
      [
        {
          "spec.nodeAffinity": {
            required: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Exists" }] }],
            },
          },
        },
        [],
      ],
    ],
    { update: true },
  );
});

test("what the status of a PersistentVolume may say", () => {
  assertTold(persistentVolume, good, [[{ "status.phase": "Bound" }, []]], {
    subresource: "status",
  });
});
