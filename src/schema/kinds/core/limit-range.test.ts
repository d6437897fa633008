// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { limitRange } from "./limit-range.ts";

const good = {
  metadata: { name: "l" },
  spec: { limits: [{ type: "Container", max: { cpu: "2" } }] },
};

test("a new LimitRange is refused in upstream's words", () => {
  assertTold(limitRange, good, [
    [
      { "spec.limits": [{ type: "Container" }, { type: "Container" }] },
      ['spec.limits[1].type: Duplicate value: "Container"'],
    ],
    [
      { "spec.limits": [{ type: "Odd Type" }] },
      ['spec.limits[0].type: Invalid value: "Odd Type": name part…'],
    ],
    [
      { "spec.limits.0.min": { cpu: "3" } },
      [
        'spec.limits[0].min[cpu]: Invalid value: "3": min value 3 is greater than max value 2',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "2": min value 3 is greater than default request value 2',
        'spec.limits[0].default[cpu]: Invalid value: "3": min value 3 is greater than default value 2',
      ],
    ],
    [
      { "spec.limits.0": { type: "Pod", default: { cpu: "1" } } },
      ["spec.limits[0].default: Forbidden: may not be specified when `type` is 'Pod'"],
    ],
    [
      { "spec.limits.0.default": { cpu: "3" } },
      [
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than max value 2',
        'spec.limits[0].default[cpu]: Invalid value: "2": default value 3 is greater than max value 2',
      ],
    ],
    [
      { "spec.limits.0.defaultRequest": { cpu: "3" } },
      [
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than max value 2',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: "3": default request value 3 is greater than default limit value 2',
      ],
    ],
    [
      { "spec.limits.0.maxLimitRequestRatio": { cpu: "500m" } },
      [
        'spec.limits[0].maxLimitRequestRatio[cpu]: Invalid value: "500m": ratio 500m is less than 1',
      ],
    ],
    [
      { "spec.limits.0": { type: "PersistentVolumeClaim" } },
      [
        "spec.limits[0].limits: Required value: either minimum or maximum storage value is required, but neither was provided",
      ],
    ],
  ]);
});
