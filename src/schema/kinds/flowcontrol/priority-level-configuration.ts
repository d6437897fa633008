// PriorityLevelConfiguration: how many requests of a level run at a time, and how the others wait.

import { priorityLevelConfigurations } from "../../resources.ts";
import type { PriorityLevelConfiguration } from "../../types/flowcontrol-v1.ts";
import { age } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { validatePriorityLevel } from "./priority-level-rules.ts";
import { flowControlPrepare } from "./strategy.ts";

const shares = 30;
const queuingDefaults = { handSize: 8, queues: 64, queueLengthLimit: 50 } as const;

export const priorityLevelConfiguration = defineKind(priorityLevelConfigurations, {
  rechecksNames: true,
  subresources: [statusSubresource],
  unowned: { status: ["metadata", "spec"] },
  applyDefaults({ spec }) {
    const { exempt, limited } = spec ?? {};
    if (exempt) {
      exempt.nominalConcurrencyShares ??= 0;
      exempt.lendablePercent ??= 0;
    }
    if (limited) {
      limited.nominalConcurrencyShares ??= shares;
      limited.lendablePercent ??= 0;
    }
    const { queuing } = limited?.limitResponse ?? {};
    if (queuing === undefined) return;
    queuing.handSize ||= queuingDefaults.handSize;
    queuing.queues ||= queuingDefaults.queues;
    queuing.queueLengthLimit ||= queuingDefaults.queueLengthLimit;
  },
  prepare: flowControlPrepare<PriorityLevelConfiguration>(),
  validate: validatePriorityLevel,
  columns: [
    { name: "Type", cell: ({ spec }) => spec?.type ?? "" },
    {
      name: "NominalConcurrencyShares",
      cell: ({ spec }) => spec?.limited?.nominalConcurrencyShares ?? "<none>",
    },
    { name: "Queues", cell: (level) => queuing(level)?.queues ?? "<none>" },
    { name: "HandSize", cell: (level) => queuing(level)?.handSize ?? "<none>" },
    { name: "QueueLengthLimit", cell: (level) => queuing(level)?.queueLengthLimit ?? "<none>" },
    age,
  ],
});

const queuing = ({ spec }: PriorityLevelConfiguration) => spec?.limited?.limitResponse?.queuing;
