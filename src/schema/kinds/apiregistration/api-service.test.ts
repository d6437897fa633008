// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { apiService } from "./api-service.ts";

const good = {
  metadata: { name: "v1.a.example.com" },
  spec: {
    group: "a.example.com",
    version: "v1",
    groupPriorityMinimum: 100,
    versionPriority: 10,
    insecureSkipTLSVerify: true,
    service: { namespace: "n", name: "s", port: 443 },
  },
};

test("a new APIService is refused in upstream's words", () => {
  assertTold(apiService, good, [
    [
      { "spec.groupPriorityMinimum": 0 },
      ["spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000"],
    ],
    [
      { "spec.groupPriorityMinimum": 20001 },
      ["spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000"],
    ],
    [
      { "spec.versionPriority": 0 },
      ["spec.versionPriority: Invalid value: 0: must be positive and less than 1000"],
    ],
    [
      { "spec.insecureSkipTLSVerify": true, "spec.caBundle": "eA==" },
      ["spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present"],
    ],
    [{ "spec.service.name": "" }, ["spec.service.name: Required value"]],
    [
      { "spec.service": undefined },
      [
        "spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify",
      ],
    ],
  ]);
});
