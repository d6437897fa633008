// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { clusterRoleBinding } from "./role-binding.ts";

const group = "rbac.authorization.k8s.io";
const good = {
  metadata: { name: "b" },
  roleRef: { apiGroup: group, kind: "ClusterRole", name: "view" },
  subjects: [{ apiGroup: group, kind: "User", name: "ada" }],
};

test("a new ClusterRoleBinding is refused in upstream's words", () => {
  assertTold(clusterRoleBinding, good, [
    [
      { "roleRef.name": "", "subjects.0.name": "" },
      ["subjects[0].name: Required value", "roleRef.name: Required value"],
    ],
  ]);
});

test("what a ClusterRoleBinding may change", () => {
  const shown = (name: string) => `{"APIGroup":"${group}","Kind":"ClusterRole","Name":"${name}"}`;
  assertTold(
    clusterRoleBinding,
    good,
    [
      [
        { "roleRef.name": "edit" },
        [`roleRef: Invalid value: ${shown("edit")}: field is immutable`],
      ],
      [
        { "roleRef.name": "", "subjects.0.name": "" },
        [
          "roleRef.name: Required value",
          `roleRef: Invalid value: ${shown("")}: field is immutable`,
          "subjects[0].name: Required value",
        ],
      ],
    ],
    { update: true },
  );
});
