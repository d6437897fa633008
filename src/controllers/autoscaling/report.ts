// What one pass says of an autoscaler: its status, and events.
import { referenceTo } from "../../control/action.ts";
import type { Recorder } from "../../control/events.ts";
import { horizontalPodAutoscalers } from "../../schema/resources.ts";
import { printTime } from "../../schema/time.ts";
import type {
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerCondition,
  HorizontalPodAutoscalerStatus,
  MetricStatus,
} from "../../schema/types/autoscaling-v2.ts";
import { conditionOf } from "../conditions.ts";

export class Report {
  #status: HorizontalPodAutoscalerStatus;
  readonly #generation: number | undefined;
  readonly #now: string;
  readonly event: (type: "Normal" | "Warning", reason: string, message: string) => void;

  constructor(autoscaler: HorizontalPodAutoscaler, nowMs: number, record: Recorder) {
    const { metadata, status } = autoscaler;
    this.#status = status ?? { desiredReplicas: 0, currentMetrics: [] };
    this.#generation = metadata.generation;
    this.#now = printTime(nowMs);
    const about = referenceTo(horizontalPodAutoscalers, autoscaler);
    this.event = (type, reason, message) => record({ about, type, reason, message });
  }

  get status(): HorizontalPodAutoscalerStatus {
    return this.#status;
  }

  /** The transition time stays while the status does; reason and message are the newest. */
  set(type: string, status: string, reason: string, message: string): void {
    const conditions = this.#status.conditions ?? [];
    const old = conditionOf(conditions, type);
    const lastTransitionTime =
      old?.status === status ? (old.lastTransitionTime ?? this.#now) : this.#now;
    const next: HorizontalPodAutoscalerCondition = {
      type,
      status,
      lastTransitionTime,
      reason,
      message,
    };
    const replaced = old ? conditions.map((c) => (c === old ? next : c)) : [...conditions, next];
    this.#status = { ...this.#status, conditions: replaced };
  }

  scaledToZero(isZeroed: boolean): void {
    if (isZeroed)
      this.set(
        "ScaledToZero",
        "True",
        "ScaledToZero",
        "the HPA controller scaled the workload to zero",
      );
    else
      this.set(
        "ScaledToZero",
        "False",
        "NotScaledToZero",
        "the HPA controller did not scale the workload to zero",
      );
  }

  /** Without `desired`, the count that was wanted before stays. */
  sizes(sizes: {
    current: number;
    desired?: number;
    statuses?: MetricStatus[] | undefined;
    isScaled?: boolean;
  }): void {
    const { current, desired, statuses = [], isScaled } = sizes;
    this.#status = {
      ...this.#status,
      currentReplicas: current,
      desiredReplicas: desired ?? this.#status.desiredReplicas,
      currentMetrics: statuses,
      ...(this.#generation === undefined ? {} : { observedGeneration: this.#generation }),
      ...(isScaled ? { lastScaleTime: this.#now } : {}),
    };
  }
}
