// What a test imports as `coxswain/testing`.
export type { TestCluster, TestClusterOptions } from "../main/testing.ts";
export { startCluster } from "../main/testing.ts";
