// Expected texts are what kube-apiserver 1.37 told.
import { test } from "node:test";
import { assertTold } from "../../../../test/kit/kinds.ts";
import { cronJob } from "./cron-job.ts";

const good = {
  metadata: { name: "hourly" },
  spec: {
    schedule: "0 * * * *",
    suspend: true,
    jobTemplate: {
      spec: {
        template: {
          spec: { restartPolicy: "Never", containers: [{ name: "work", image: "busybox:1" }] },
        },
      },
    },
  },
};

test("a new CronJob is refused in upstream's words", () => {
  assertTold(cronJob, good, [
    [{ "spec.schedule": "" }, ["spec.schedule: Required value"]],
    [
      { "spec.schedule": "* * * *" },
      ['spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]'],
    ],
    [
      { "spec.schedule": "61 * * * *" },
      ['spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61'],
    ],
    [
      { "spec.schedule": "@odd" },
      ['spec.schedule: Invalid value: "@odd": unrecognized descriptor: @odd'],
    ],
    [{ "spec.schedule": "@daily" }, []],
    [
      { "spec.schedule": "a * * * *" },
      [
        'spec.schedule: Invalid value: "a * * * *": failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax',
      ],
    ],
    [
      { "spec.schedule": "5-1 * * * *" },
      [
        'spec.schedule: Invalid value: "5-1 * * * *": beginning of range (5) beyond end of range (1): 5-1',
      ],
    ],
    [
      { "spec.schedule": "TZ=UTC * * * * *" },
      [
        'spec.schedule: Invalid value: "TZ=UTC * * * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ],
    ],
    [
      { "spec.timeZone": "" },
      ['spec.timeZone: Invalid value: "": timeZone must be nil or non-empty string'],
    ],
    [
      { "spec.timeZone": "Local" },
      [
        'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
      ],
    ],
    [
      { "spec.timeZone": "No/Where" },
      ['spec.timeZone: Invalid value: "No/Where": unknown time zone No/Where'],
    ],
    [{ "spec.timeZone": "Europe/Berlin" }, []],
    [{ "spec.timeZone": "a b" }, ['spec.timeZone: Invalid value: "a b": unknown time zone a b']],
    [
      { "spec.concurrencyPolicy": "Odd" },
      [
        'spec.concurrencyPolicy: Unsupported value: "Odd": supported values: "Allow", "Forbid", "Replace"',
      ],
    ],
    [
      {
        "spec.startingDeadlineSeconds": -1,
        "spec.successfulJobsHistoryLimit": -1,
        "spec.failedJobsHistoryLimit": -1,
      },
      [
        "spec.startingDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
        "spec.successfulJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
        "spec.failedJobsHistoryLimit: Invalid value: -1: must be greater than or equal to 0",
      ],
    ],
    [
      { "spec.jobTemplate.spec.template.spec.restartPolicy": "Always" },
      [
        'spec.jobTemplate.spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
      ],
    ],
    [
      { "spec.jobTemplate.spec.manualSelector": true },
      [
        'spec.jobTemplate.spec.manualSelector: Unsupported value: true: supported values: "nil", "false"',
      ],
    ],
    [
      { "metadata.name": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" },
      [
        'metadata.name: Invalid value: "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx": must be no more than 52 characters',
      ],
    ],
  ]);
});

test("what a CronJob may change", () => {
  assertTold(
    cronJob,
    good,
    [
      [{ "spec.schedule": "@hourly", "spec.suspend": false }, []],
      [
        { "spec.schedule": "x" },
        ['spec.schedule: Invalid value: "x": expected exactly 5 fields, found 1: [x]'],
      ],
      [
        { "spec.timeZone": "No/Where" },
        ['spec.timeZone: Invalid value: "No/Where": unknown time zone No/Where'],
      ],
      [{ "spec.jobTemplate.spec.template.spec.containers.0.image": "busybox:2" }, []],
    ],
    { update: true },
  );
});
