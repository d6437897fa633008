// The Job that does a training.
import type { Job } from "coxswain/client";
import { controlledBy } from "coxswain/sdk";
import { type InputData, type Training, type TrainingSpec, trainings } from "./training.ts";

/** Tells for which generation of the training's spec a Job was made. */
export const generationAnnotation = "ml.example.com/generation";
const nameLabel = "ml.example.com/training";

/** Where a worker finds its data, its key and the file by which it tells that it makes progress. */
const dataFolder = "/data";
const keyFolder = "/encryption";
const heartbeatFile = "/heartbeat/alive";

/** A worker that has written its heartbeat file is given so many periods of the probe to write it again. */
const heartbeatPeriods = 3;

/** Longest name of a Job whose name its pods carry as a label. */
const nameLengthMax = 63;

export function jobNameOf({ metadata: { name = "", uid = "" } }: Training): string {
  if (name.length <= nameLengthMax && !name.includes(".")) return name;
  const end = `-${uid.slice(0, 8)}`;
  return `${name.replaceAll(".", "-").slice(0, nameLengthMax - end.length)}${end}`;
}

export function jobFor(training: Training): Job {
  const { spec, metadata } = training;
  const labels = { [nameLabel]: jobNameOf(training) };
  const { "kubectl.kubernetes.io/last-applied-configuration": _, ...annotations } =
    metadata.annotations ?? {};
  return controlledBy(trainings, training, {
    metadata: {
      name: jobNameOf(training),
      labels,
      annotations: { [generationAnnotation]: String(metadata.generation ?? 1) },
    },
    spec: {
      completionMode: "Indexed",
      completions: spec.replicas,
      parallelism: spec.replicas,
      backoffLimit: spec.failureRetries,
      template: { metadata: { labels, annotations }, spec: podSpec(spec) },
    },
  });
}

type PodSpec = Job["spec"]["template"]["spec"];

function podSpec(spec: TrainingSpec): PodSpec {
  const inputs = spec.inputData.map(inputOf);
  const { keySecretName } = spec.dataEncryption;
  const key = spec.dataEncryption.enabled && keySecretName;
  return {
    restartPolicy: "Never",
    containers: [
      {
        name: "train",
        image: spec.trainingImage,
        env: environment(spec, inputs),
        volumeMounts: [
          { name: "heartbeat", mountPath: "/heartbeat" },
          ...inputs.map(({ volume, path, isReadOnly }) => ({
            name: volume.name,
            mountPath: path,
            ...(isReadOnly && { readOnly: true }),
          })),
          ...(key ? [{ name: "key", mountPath: keyFolder, readOnly: true }] : []),
        ],
        livenessProbe: livenessProbe(spec.livenessProbe.periodSeconds),
      },
    ],
    volumes: [
      { name: "heartbeat", emptyDir: {} },
      ...inputs.map(({ volume }) => volume),
      ...(key ? [{ name: "key", secret: { secretName: key } }] : []),
    ],
  };
}

type Volume = NonNullable<PodSpec["volumes"]>[number];
type Input = InputData & { path: string; volume: Volume; isReadOnly: boolean };

function inputOf(data: InputData, index: number): Input {
  const isPath = /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(data.name);
  const path = `${dataFolder}/${isPath ? data.name : index}`;
  const [, scheme = "", target = ""] = /^([a-z]+):\/\/([^/]+)\/?$/.exec(data.source) ?? [];
  const source = mounted[scheme]?.(target);
  const volume = { name: `input-${index}`, ...(source ?? { emptyDir: {} }) };
  return { ...data, path, volume, isReadOnly: source !== undefined };
}

const mounted: Readonly<Record<string, (name: string) => Omit<Volume, "name">>> = {
  pvc: (claimName) => ({ persistentVolumeClaim: { claimName, readOnly: true } }),
  configmap: (name) => ({ configMap: { name } }),
  secret: (secretName) => ({ secret: { secretName } }),
};

function environment(spec: TrainingSpec, inputs: readonly Input[]) {
  const { enabled, algorithm, keySecretName } = spec.dataEncryption;
  const all = inputs.map(({ name, source, format, path }) => ({ name, source, format, path }));
  const values: Record<string, string> = {
    ALGORITHM: spec.algorithmName,
    REPLICAS: String(spec.replicas),
    DATA_ENCRYPTION_ENABLED: String(enabled),
    HEARTBEAT_FILE: heartbeatFile,
    INPUT_DATA: JSON.stringify(all),
  };
  if (enabled) values["DATA_ENCRYPTION_ALGORITHM"] = algorithm;
  if (enabled && keySecretName) values["DATA_ENCRYPTION_KEY_FOLDER"] = keyFolder;
  for (const { name, source, format, path } of all) {
    const prefix = `INPUT_${name.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
    values[`${prefix}_SOURCE`] = source;
    values[`${prefix}_FORMAT`] = format;
    values[`${prefix}_PATH`] = path;
  }
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** Fails when the heartbeat file is there and old. A worker that never writes it is only asked whether it answers. */
function livenessProbe(periodSeconds: number) {
  const minutes = Math.ceil((heartbeatPeriods * periodSeconds) / 60);
  const script = `test ! -e ${heartbeatFile} || find ${heartbeatFile} -mmin -${minutes} | grep -q .`;
  return {
    exec: { command: ["sh", "-c", script] },
    periodSeconds,
    failureThreshold: 3,
    timeoutSeconds: Math.min(periodSeconds, 10),
  };
}
