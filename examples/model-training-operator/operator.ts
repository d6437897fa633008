import { jobs } from "coxswain/client";
import { operator } from "coxswain/sdk";
import { reconcile } from "./reconcile.ts";
import { trainings } from "./training.ts";

export const trainingOperator = operator({
  name: "model-training-operator",
  resource: trainings,
  owns: [jobs],
  reconcile: ({ object, owned, nowMs }) =>
    reconcile({ training: object, jobs: owned(jobs), nowMs }),
});
