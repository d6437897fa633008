// What an operator imports as `coxswain/sdk`: `operator`, and below it the loop, queue, election and events that our own
// controllers run on.
export type { Act, Acted } from "../control/act.ts";
export type { Action, Failure, Report, Said } from "../control/action.ts";
export { referenceTo } from "../control/action.ts";
export type { Controller, ControllerOptions, Source } from "../control/controller.ts";
export { ownerKeys, ownKey, source, startController } from "../control/controller.ts";
export type { Recorder, RecorderOptions } from "../control/events.ts";
export { startRecorder } from "../control/events.ts";
export type { LeaderOptions } from "../control/leader.ts";
export { startLeader } from "../control/leader.ts";
export type { Queue, QueueOptions } from "../control/queue.ts";
export { startQueue } from "../control/queue.ts";
export { systemClock, systemRandom } from "../lib/system.ts";
export type { Connection } from "./connection.ts";
export { findConnection } from "./connection.ts";
export { controlledBy, customResource } from "./custom-resource.ts";
export type { Operator, OperatorDefinition } from "./operator.ts";
export { operator } from "./operator.ts";
export type { Observed, Wish } from "./pass.ts";
export type { RunOptions } from "./run.ts";
export type { RunningOperator, World } from "./start.ts";
