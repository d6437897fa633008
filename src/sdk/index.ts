// What an operator imports as `coxswain/sdk`: the loop, queue, election and events that our own controllers run on.
export type { Act, Acted } from "../control/act.ts";
export type { Action, Report, Said } from "../control/action.ts";
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
