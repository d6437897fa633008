/** This program's own version, as in package.json; `test/tidy.test.ts` compares. */
export const version = "0.1.0";

/** The version of Kubernetes that the API speaks. */
export const kubernetesVersion = "v1.37.2";
