// The rules of what an autoscaler measures.
import { fieldForbidden, notSupported, required } from "../../field-error.ts";
import { checkPathSegment } from "../../names.ts";
import type { MetricIdentifier, MetricSpec, MetricTarget } from "../../types/autoscaling-v2.ts";
import { dnsLabel, forbidden, invalid, type Out, refuse } from "../checks.ts";
import { checkContainerResourceName, quantityOf } from "../core/resource-names.ts";
import { checkTarget } from "./target-rules.ts";

/** In the order in which upstream looks at them; only the first is judged. */
const sources = ["object", "external", "pods", "resource", "containerResource"] as const;
const types = ["ContainerResource", "External", "Object", "Pods", "Resource"];

/** `isKnown`: the autoscaler is there already and names an object in a way that is refused today. */
export function checkMetric(out: Out, at: string, metric: MetricSpec, isKnown: boolean): void {
  const { type = "" } = metric;
  if (type === "") out.push(required(`${at}.type`, "must specify a metric source type"));
  if (!types.includes(type)) out.push(notSupported(`${at}.type`, type, types));
  const present = sources.filter((source) => metric[source] !== undefined);
  const [first] = present;
  if (first) checkSource(out, `${at}.${first}`, metric, { source: first, isKnown });
  const expected = sources.find((source) => source.toLowerCase() === type.toLowerCase());
  const wanted = types.includes(type) ? expected : undefined;
  if (wanted && metric[wanted] === undefined) {
    const detail = "must populate information for the given metric source";
    out.push(required(`${at}.${wanted}`, detail));
  }
  if (present.length === 1) return;
  for (const source of present) {
    if (source === wanted) continue;
    out.push(fieldForbidden(`${at}.${source}`, "must populate the given metric source only"));
  }
}

type SourceAt = { readonly source: (typeof sources)[number]; readonly isKnown: boolean };

function checkSource(
  out: Out,
  at: string,
  metric: MetricSpec,
  { source, isKnown }: SourceAt,
): void {
  const { target } = metric[source]!;
  switch (source) {
    case "object": {
      const { describedObject, metric: id } = metric.object!;
      checkTarget(out, `${at}.describedObject`, {
        to: describedObject,
        mayLackGroup: true,
        isKnown,
      });
      checkIdentifier(out, `${at}.metric`, id);
      break;
    }
    case "external":
    case "pods":
      checkIdentifier(out, `${at}.metric`, metric[source]!.metric);
      break;
    default:
      checkResource(out, at, metric, source);
  }
  checkAim(out, `${at}.target`, target);
  checkAimOf[source](out, `${at}.target`, target);
}

function checkResource(
  out: Out,
  at: string,
  metric: MetricSpec,
  source: "resource" | "containerResource",
): void {
  const { name } = metric[source]!;
  if (!name) out.push(required(`${at}.name`, "must specify a resource name"));
  else if (source === "containerResource") checkContainerResourceName(out, `${at}.name`, name);
  if (source === "resource") return;
  const { container } = metric.containerResource!;
  if (!container) out.push(required(`${at}.container`, "must specify a container"));
  else dnsLabel(out, `${at}.container`, container);
}

function checkIdentifier(out: Out, at: string, { name }: MetricIdentifier): void {
  if (!name) out.push(required(`${at}.name`, "must specify a metric name"));
  else refuse(out, `${at}.name`, name, checkPathSegment(name));
}

const aims = ["Utilization", "Value", "AverageValue"];

function checkAim(out: Out, at: string, target: MetricTarget): void {
  const { type = "", averageUtilization: share } = target;
  if (type === "") out.push(required(`${at}.type`, "must specify a metric target type"));
  if (!aims.includes(type)) {
    invalid(out, `${at}.type`, type, "must be either Utilization, Value, or AverageValue");
  }
  for (const field of ["value", "averageValue"] as const) {
    const amount = target[field];
    if (amount === undefined || quantityOf(amount).unscaled > 0) continue;
    invalid(out, `${at}.${field}`, amount, "must be positive");
  }
  if (share !== undefined && share < 1) {
    invalid(out, `${at}.averageUtilization`, share, "must be greater than 0");
  }
}

type CheckAim = (out: Out, at: string, target: MetricTarget) => void;

const share: CheckAim = (out, at, { averageValue, averageUtilization }) => {
  const hasShare = averageUtilization !== undefined;
  if (!hasShare && averageValue === undefined) {
    const detail = "must set either a target raw value or a target utilization";
    out.push(required(`${at}.averageUtilization`, detail));
  }
  if (!hasShare || averageValue === undefined) return;
  const detail = "may not set both a target raw value and a target utilization";
  forbidden(out, `${at}.averageValue`, detail);
};

const checkAimOf: Readonly<Record<(typeof sources)[number], CheckAim>> = {
  object(out, at, { value, averageValue }) {
    if (value !== undefined || averageValue !== undefined) return;
    const detail = "must set either a target value or averageValue";
    out.push(required(`${at}.averageValue`, detail));
  },
  external(out, at, { value, averageValue }) {
    const what = "a target value for metric";
    if (value === undefined && averageValue === undefined) {
      const detail = `must set either ${what} or a per-pod target`;
      out.push(required(`${at}.averageValue`, detail));
    }
    if (value === undefined || averageValue === undefined) return;
    forbidden(out, `${at}.value`, `may not set both ${what} and a per-pod target`);
  },
  pods(out, at, { averageValue }) {
    if (averageValue !== undefined) return;
    const detail = "must specify a positive target averageValue";
    out.push(required(`${at}.averageValue`, detail));
  },
  resource: share,
  containerResource: share,
};
