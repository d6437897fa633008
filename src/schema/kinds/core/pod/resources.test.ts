// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../../test/kit/kinds.ts";
import { good } from "../../../../../test/kit/pods.ts";
import { pod } from "./pod.ts";

test("a new resource request is refused in upstream's words", () => {
  assertTold(pod, good, [
    [
      { "spec.containers.0.resources": { requests: { cpu: "2" }, limits: { cpu: "1" } } },
      [
        'spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu limit of 1',
      ],
    ],
    [
      { "spec.containers.0.resources": { limits: { cpu: "-1" } } },
      [
        'spec.containers[0].resources.limits[cpu]: Invalid value: "-1": must be greater than or equal to 0',
        'spec.containers[0].resources.requests[cpu]: Invalid value: "-1": must be greater than or equal to 0',
      ],
    ],
    [
      { "spec.containers.0.resources": { limits: { odd: "1" } } },
      [
        'spec.containers[0].resources.limits[odd]: Invalid value: "odd": must be a standard resource type or fully qualified',
        'spec.containers[0].resources.limits[odd]: Invalid value: "odd": must be a standard resource for containers',
        'spec.containers[0].resources.requests[odd]: Invalid value: "odd": must be a standard resource type or fully qualified',
        'spec.containers[0].resources.requests[odd]: Invalid value: "odd": must be a standard resource for containers',
      ],
    ],
    [
      { "spec.containers.0.resources": { limits: { "a.example.com/b": "1.5" } } },
      [
        'spec.containers[0].resources.limits[a.example.com/b]: Invalid value: "1500m": must be an integer',
        'spec.containers[0].resources.requests[a.example.com/b]: Invalid value: "1500m": must be an integer',
      ],
    ],
    [
      {
        "spec.containers.0.resources": {
          requests: { "a.example.com/b": "1" },
          limits: { "a.example.com/b": "2" },
        },
      },
      [
        'spec.containers[0].resources.requests: Invalid value: "1": must be equal to a.example.com/b limit of 2',
      ],
    ],
    [
      { "spec.containers.0.resources": { requests: { "a.example.com/b": "1" } } },
      [
        "spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable resources",
      ],
    ],
    [
      { "spec.containers.0.resources": { limits: { "hugepages-2Mi": "1Mi", cpu: "1" } } },
      [
        'spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: "1Mi": 1Mi is not positive integer multiple of hugepages-2Mi',
        'spec.containers[0].resources.requests[hugepages-2Mi]: Invalid value: "1Mi": 1Mi is not positive integer multiple of hugepages-2Mi',
      ],
    ],
    [
      { "spec.containers.0.resources": { limits: { "hugepages-2Mi": "2Mi" } } },
      ["spec.containers[0].resources: Forbidden: HugePages require cpu or memory"],
    ],
    [
      { "spec.containers.0.resources": { claims: [{ name: "x" }] } },
      [
        'spec.containers[0].resources.claims[0]: Not found: "x": must be one of the names in pod.spec.resourceClaims which is empty',
      ],
    ],
    [
      { "spec.resources": { limits: { odd: "1" } } },
      [
        'spec.resources.limits[odd]: Invalid value: "odd": must be a standard resource type or fully qualified',
      ],
    ],
    [
      {
        "spec.resourceClaims": [
          { name: "a", resourceClaimName: "b" },
          { name: "a" },
          { name: "c", resourceClaimName: "b", resourceClaimTemplateName: "c" },
        ],
      },
      [
        'spec.resourceClaims[1].name: Duplicate value: "a"',
        "spec.resourceClaims[1]: Invalid value: …: must specify one of: `resourceClaimName`, `resourceClaimTemplateName`",
        "spec.resourceClaims[2]: Invalid value: …: at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified",
      ],
    ],
    [
      { "spec.containers.0.resizePolicy": [{ resourceName: "odd", restartPolicy: "Odd" }] },
      [
        'spec.containers[0].resizePolicy: Unsupported value: "odd": supported values: "cpu", "memory"',
        'spec.containers[0].resizePolicy: Unsupported value: "Odd": supported values: "NotRequired", "RestartContainer"',
      ],
    ],
    [
      {
        "spec.containers.0.resizePolicy": [
          { resourceName: "cpu", restartPolicy: "NotRequired" },
          { resourceName: "cpu", restartPolicy: "NotRequired" },
        ],
      },
      ['spec.containers[0].resizePolicy[1]: Duplicate value: "cpu"'],
    ],
    [
      { "spec.containers.0.resources": { requests: { storage: "1" } } },
      [
        'spec.containers[0].resources.requests[storage]: Invalid value: "storage": must be a standard resource for containers',
      ],
    ],
  ]);
});
