// Webhooks that change or refuse requests.
import { mutatingWebhookConfigurations, validatingWebhookConfigurations } from "../../resources.ts";
import type { MutatingWebhook, ValidatingWebhook } from "../../types/admissionregistration-v1.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";
import { wholeObject } from "../strategy.ts";
import { validateWebhooks, webhookWarnings } from "./webhook-rules.ts";

const categories = ["api-extensions"];

type Configuration = { webhooks?: (MutatingWebhook | ValidatingWebhook)[] };

const count = ({ webhooks }: Configuration): number => (webhooks ?? []).length;
const columns = [{ name: "Webhooks", type: "integer" as const, cell: count }, age];

export const mutatingWebhookConfiguration = defineKind(mutatingWebhookConfigurations, {
  bareFinalizers: "all",
  categories,
  applyDefaults({ webhooks }) {
    for (const webhook of webhooks ?? []) {
      defaultWebhook(webhook);
      webhook.reinvocationPolicy ??= "Never";
    }
  },
  prepare: wholeObject({ generationOf: ({ webhooks }) => webhooks, countsEmpty: true }),
  validate: validateWebhooks,
  warnings: webhookWarnings,
  columns,
  unconditionalUpdate: false,
});

export const validatingWebhookConfiguration = defineKind(validatingWebhookConfigurations, {
  bareFinalizers: "all",
  categories,
  applyDefaults({ webhooks }) {
    for (const webhook of webhooks ?? []) defaultWebhook(webhook);
  },
  prepare: wholeObject({ generationOf: ({ webhooks }) => webhooks, countsEmpty: true }),
  validate: validateWebhooks,
  warnings: webhookWarnings,
  columns,
  unconditionalUpdate: false,
});

const timeoutSeconds = 10;

function defaultWebhook(webhook: MutatingWebhook | ValidatingWebhook): void {
  webhook.failurePolicy ??= "Fail";
  webhook.matchPolicy ??= "Equivalent";
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= timeoutSeconds;
  for (const rule of webhook.rules ?? []) rule.scope ??= "*";
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
}
