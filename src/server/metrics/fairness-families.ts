// Priority and fairness on the metrics page, by flow schema and by priority level.
import type { Fairness } from "../fairness/fairness.ts";
import type { Flow } from "../fairness/flows.ts";
import { counter, type Family, gauge, histogram, type Labels } from "./family.ts";

export const fairnessFamilies = (fairness: Fairness): Family[] => [
  ...flowFamilies(fairness),
  ...levelFamilies(fairness),
];

const name = (rest: string): string => `apiserver_flowcontrol_${rest}`;

function flowFamilies(fairness: Fairness): Family[] {
  const ofFlows = (value: (flow: Flow) => number) => () =>
    fairness.flows.map((flow) => ({ labels: flowLabels(flow), value: value(flow) }));
  return [
    gauge(
      name("current_executing_requests"),
      "Requests that have a seat.",
      ofFlows((f) => f.counts.running),
    ),
    gauge(
      name("current_executing_seats"),
      "Seats that are taken.",
      ofFlows((f) => f.counts.runningSeats),
    ),
    gauge(
      name("current_inqueue_requests"),
      "Requests that wait for a seat.",
      ofFlows((f) => f.counts.waiting),
    ),
    gauge(
      name("current_inqueue_seats"),
      "Seats that are waited for.",
      ofFlows((f) => f.counts.waitingSeats),
    ),
    counter(
      name("dispatched_requests_total"),
      "Requests that got a seat.",
      ofFlows((f) => f.counts.dispatched),
    ),
    counter(name("rejected_requests_total"), "Requests that got no seat, and why.", () =>
      fairness.flows.flatMap((flow) =>
        [...flow.counts.refused].map(([reason, value]) => ({
          labels: { ...flowLabels(flow), reason },
          value,
        })),
      ),
    ),
    histogram(name("request_wait_duration_seconds"), "Time from a request to its seat.", () =>
      fairness.flows.map((flow) => ({
        labels: { execute: "true", ...flowLabels(flow) },
        of: flow.counts.waits,
      })),
    ),
    histogram(name("request_execution_seconds"), "Time on a seat.", () =>
      fairness.flows.map((flow) => ({
        labels: { ...flowLabels(flow), type: "regular" },
        of: flow.counts.runs,
      })),
    ),
  ];
}

const flowLabels = ({ name, level }: Flow): Labels => ({
  flow_schema: name,
  priority_level: level.name,
});

type Level = ReturnType<Fairness["levels"]["all"]>[number];

function levelFamilies(fairness: Fairness): Family[] {
  const ofLevels = (value: (known: Level) => number) => () =>
    fairness.levels
      .all()
      .map((known) => ({ labels: { priority_level: known.level.name }, value: value(known) }));
  return [
    gauge(
      name("current_limit_seats"),
      "Seats that a level has now.",
      ofLevels((l) => l.level.limit),
    ),
    gauge(
      name("nominal_limit_seats"),
      "Seats that are a level's own.",
      ofLevels((l) => l.part.nominal),
    ),
    gauge(
      name("lower_limit_seats"),
      "Seats that a level does not lend.",
      ofLevels((l) => l.part.least),
    ),
    gauge(
      name("upper_limit_seats"),
      "Seats that a level may borrow up to.",
      ofLevels((l) => l.part.most),
    ),
    gauge(
      name("demand_seats_high_watermark"),
      "Most seats wanted at once, of late.",
      ofLevels((l) => l.highest),
    ),
    gauge(
      name("demand_seats_smoothed"),
      "Seats that a level is taken to want.",
      ofLevels((l) => l.smoothed),
    ),
  ];
}
