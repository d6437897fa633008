// The resource that this operator serves, as ../model-training-crd.yaml defines it.
import type { ApiObject } from "coxswain/client";
import { customResource } from "coxswain/sdk";

export type Training = ApiObject & { spec: TrainingSpec; status?: TrainingStatus };

/** Defaults of the definition are filled in by the API server before anybody sees an object. */
export type TrainingSpec = {
  algorithmName: string;
  trainingImage: string;
  inputData: readonly InputData[];
  failureRetries: number;
  replicas: number;
  livenessProbe: { periodSeconds: number };
  dataEncryption: { enabled: boolean; algorithm: string; keySecretName?: string };
};

/**
 * `source`: `pvc://CLAIM`, `configmap://NAME` and `secret://NAME` are mounted; any other address is for the training
 * program to fetch.
 */
export type InputData = { name: string; source: string; format: string };

export type Phase = "Pending" | "Running" | "Succeeded" | "Failed";

export type Condition = {
  type: "Running" | "Succeeded" | "Failed";
  status: "True" | "False";
  reason: string;
  message: string;
  lastTransitionTime: string;
};

export type TrainingStatus = {
  phase?: Phase;
  jobName?: string;
  /** Finished workers of all workers: `2/3`. */
  progress?: string;
  /** Runs of workers that failed and were started again. */
  retries?: number;
  /** Generation of the spec that the rest of the status tells of. */
  observedGeneration?: number;
  conditions?: readonly Condition[];
};

export const trainings = customResource<Training>({
  group: "ml.example.com",
  version: "v1",
  kind: "ModelTrainingJob",
  plural: "modeltrainingjobs",
});
