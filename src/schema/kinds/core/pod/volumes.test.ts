// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../../test/kit/kinds.ts";
import { good } from "../../../../../test/kit/pods.ts";
import { pod } from "./pod.ts";

test("a new volume is refused in upstream's words", () => {
  assertTold(pod, good, [
    [
      { "spec.volumes": [{ name: "A_b", emptyDir: {} }] },
      ['spec.volumes[0].name: Invalid value: "A_b": a lowercase RFC 1123 label…'],
    ],
    [
      {
        "spec.volumes": [
          { name: "v", emptyDir: {} },
          { name: "v", emptyDir: {} },
        ],
      },
      ['spec.volumes[1].name: Duplicate value: "v"'],
    ],
    [
      { "spec.volumes": [{ name: "v", hostPath: { path: "/a" }, emptyDir: {} }] },
      ["spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"],
    ],
    [
      { "spec.volumes": [{ name: "v", emptyDir: { sizeLimit: "-1" } }] },
      [
        "spec.volumes[0].emptyDir.sizeLimit: Forbidden: SizeLimit field must be a valid resource quantity",
      ],
    ],
    [
      { "spec.volumes": [{ name: "v", hostPath: { path: "" } }] },
      ["spec.volumes[0].hostPath.path: Required value"],
    ],
    [
      { "spec.volumes": [{ name: "v", hostPath: { path: "a/.." } }] },
      ["spec.volumes[0].hostPath.path: Invalid value: \"a/..\": must not contain '..'"],
    ],
    [
      { "spec.volumes": [{ name: "v", hostPath: { path: "/a", type: "Odd" } }] },
      [
        'spec.volumes[0].hostPath.type: Unsupported value: "Odd": supported values: "", "BlockDevice", "CharDevice", "D…',
      ],
    ],
    [
      { "spec.volumes": [{ name: "v", secret: {} }] },
      ["spec.volumes[0].secret.secretName: Required value"],
    ],
    [
      { "spec.volumes": [{ name: "v", secret: { secretName: "s", defaultMode: 1000 } }] },
      [
        "spec.volumes[0].secret.defaultMode: Invalid value: 1000: must be a number between 0 and 0777 (octal), both inclusive",
      ],
    ],
    [
      {
        "spec.volumes": [
          { name: "v", secret: { secretName: "s", items: [{ key: "a b", path: "/x", mode: -1 }] } },
        ],
      },
      [
        'spec.volumes[0].secret.items[0].path: Invalid value: "/x": must be a relative path',
        "spec.volumes[0].secret.items[0].mode: Invalid value: -1: must be a number between 0 and 0777 (octal), both inclusive",
      ],
    ],
    [
      {
        "spec.volumes": [
          { name: "v", configMap: { name: "c", items: [{ key: "", path: "../x" }] } },
        ],
      },
      [
        "spec.volumes[0].configMap.items[0].key: Required value",
        "spec.volumes[0].configMap.items[0].path: Invalid value: \"../x\": must not contain '..'",
      ],
    ],
    [
      { "spec.volumes": [{ name: "v", downwardAPI: { items: [{ path: "a" }] } }] },
      [
        "spec.volumes[0].downwardAPI: Required value: one of fieldRef and resourceFieldRef is required",
      ],
    ],
    [
      {
        "spec.volumes": [
          {
            name: "v",
            downwardAPI: { items: [{ path: "a", fieldRef: { fieldPath: "spec.nodeName" } }] },
          },
        ],
      },
      [
        'spec.volumes[0].downwardAPI.fieldRef.fieldPath: Unsupported value: "spec.nodeName": supported values: "metadat…',
      ],
    ],
    [
      {
        "spec.volumes": [
          {
            name: "v",
            downwardAPI: { items: [{ path: "a", resourceFieldRef: { resource: "limits.cpu" } }] },
          },
        ],
      },
      ["spec.volumes[0].downwardAPI.resourceFieldRef.containerName: Required value"],
    ],
    [{ "spec.volumes": [{ name: "v", projected: { sources: [{}] } }] }, []],
    [
      {
        "spec.volumes": [
          {
            name: "v",
            projected: { sources: [{ serviceAccountToken: { path: "", expirationSeconds: 1 } }] },
          },
        ],
      },
      [
        "spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes",
        "spec.volumes[0].projected.path: Required value",
      ],
    ],
    [
      {
        "spec.volumes": [
          {
            name: "v",
            projected: {
              sources: [
                { secret: { name: "a", items: [{ key: "k", path: "p" }] } },
                { configMap: { name: "b", items: [{ key: "k", path: "p" }] } },
              ],
            },
          },
        ],
      },
      ['spec.volumes[0].projected: Invalid value: "b": conflicting duplicate paths'],
    ],
    [
      { "spec.volumes": [{ name: "v", persistentVolumeClaim: { claimName: "" } }] },
      ["spec.volumes[0].persistentVolumeClaim.claimName: Required value"],
    ],
    [
      { "spec.volumes": [{ name: "v", nfs: { server: "", path: "x" } }] },
      [
        "spec.volumes[0].nfs.server: Required value",
        'spec.volumes[0].nfs.path: Invalid value: "x": must be an absolute path',
      ],
    ],
    [
      { "spec.volumes": [{ name: "v", csi: { driver: "" } }] },
      ["spec.volumes[0].csi.driver: Required value"],
    ],
    [
      { "spec.volumes": [{ name: "v", ephemeral: {} }] },
      ["spec.volumes[0].ephemeral.volumeClaimTemplate: Required value"],
    ],
    [
      {
        "spec.volumes": [
          {
            name: "v",
            ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"] } } },
          },
        ],
      },
      ["spec.volumes[0].ephemeral.volumeClaimTemplate.spec.resources[storage]: Required value"],
    ],
    [
      { "spec.volumes": [{ name: "v", image: { pullPolicy: "Odd" } }] },
      [
        "spec.volumes[0].image.reference: Required value",
        'spec.volumes[0].image.pullPolicy: Unsupported value: "Odd": supported values: "Always", "IfNotPresent", "Never"',
      ],
    ],
    [
      { "spec.containers.0.volumeMounts": [{ name: "nobody", mountPath: "/a" }] },
      ['spec.containers[0].volumeMounts[0].name: Not found: "nobody"'],
    ],
    [
      {
        "spec.volumes": [{ name: "v", emptyDir: {} }],
        "spec.containers.0.volumeMounts": [
          { name: "v", mountPath: "" },
          { name: "v", mountPath: "/a", subPath: "../x" },
          { name: "v", mountPath: "/a", subPath: "x", subPathExpr: "y" },
          { name: "v", mountPath: "/b", mountPropagation: "Bidirectional" },
          { name: "v", mountPath: "/c", recursiveReadOnly: "Enabled" },
        ],
      },
      [
        "spec.containers[0].volumeMounts[0].mountPath: Required value",
        "spec.containers[0].volumeMounts.subPath: Invalid value: \"../x\": must not contain '..'",
        'spec.containers[0].volumeMounts[2].mountPath: Invalid value: "/a": must be unique',
        'spec.containers[0].volumeMounts[2].subPathExpr: Invalid value: "y": subPathExpr and subPath are mutually exclusive',
        "spec.containers[0].volumeMounts.mountPropagation: Forbidden: Bidirectional mount propagation is available only to privileged containers",
        "spec.containers[0].volumeMounts.recursiveReadOnly: Forbidden: may only be specified when readOnly is true",
      ],
    ],
    [
      {
        "spec.volumes": [{ name: "v", emptyDir: {} }],
        "spec.containers.0.volumeDevices": [
          { name: "v", devicePath: "/dev/x" },
          { name: "w", devicePath: "" },
        ],
      },
      [
        'spec.containers[0].volumeDevices[0].name: Invalid value: "v": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode',
        'spec.containers[0].volumeDevices[1].name: Not found: "w"',
        "spec.containers[0].volumeDevices[1].devicePath: Required value",
      ],
    ],
  ]);
});
