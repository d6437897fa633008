// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { volumeAttachment } from "./volume-attachment.ts";

const good = {
  metadata: { name: "va1" },
  spec: { attacher: "A.b", nodeName: "n", source: { persistentVolumeName: "pv" } },
};

test("a new VolumeAttachment is refused in upstream's words", () => {
  assertTold(volumeAttachment, good, [
    [{ "spec.attacher": "-" }, ['spec.attacher: Invalid value: "-": an RFC 1123 subdomain…']],
    [
      { "spec.nodeName": "A_" },
      ['spec.nodeName: Invalid value: "A_": a lowercase RFC 1123 subdomain…'],
    ],
    [
      { "spec.source": {} },
      [
        "spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName",
      ],
    ],
    [
      { "spec.source.inlineVolumeSpec": {} },
      [
        "spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName",
      ],
    ],
  ]);
});

test("what a VolumeAttachment may change", () => {
  assertTold(
    volumeAttachment,
    good,
    [
      [{ "spec.nodeName": "m" }, ["spec: Invalid value: null: field is immutable"]],
      [
        { "spec.attacher": "", "spec.nodeName": "N_" },
        [
          "spec.attacher: Required value",
          'spec.nodeName: Invalid value: "N_": a lowercase RFC 1123 subdomain…',
          "spec: Invalid value: null: field is immutable",
        ],
      ],
    ],
    { update: true },
  );
});
