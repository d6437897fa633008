// The webhooks that are configured, in the order in which they are asked: by the name of their configuration.
import {
  mutatingWebhookConfigurations,
  validatingWebhookConfigurations,
} from "../../../schema/resources.ts";
import { everything, type Selection, selectionFrom } from "../../../schema/selectors.ts";
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from "../../../schema/types/admissionregistration-v1.ts";
import type { Core } from "../../context.ts";
import { webhookEnvironment } from "../cel.ts";
import { type Conditions, compileConditions } from "../conditions.ts";

export type Hook = {
  /** Of its configuration, its name and its place among those of this name. */
  readonly id: string;
  readonly configuration: string;
  readonly settings: MutatingWebhook | ValidatingWebhook;
  readonly namespaces: Selection;
  readonly objects: Selection;
  readonly conditions: Conditions | undefined;
};

type Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration;

/** The answer gives the hooks of now; they are made anew only when a configuration has changed. */
export function hooksOf(core: Core, type: "mutating" | "validating"): () => readonly Hook[] {
  const resource =
    type === "mutating" ? mutatingWebhookConfigurations : validatingWebhookConfigurations;
  const view = core.view<Configuration>(resource as typeof mutatingWebhookConfigurations);
  let revision = -1;
  let hooks: readonly Hook[] = [];
  const made = new WeakMap<Configuration, readonly Hook[]>();
  const hooksIn = (configuration: Configuration): readonly Hook[] => {
    let all = made.get(configuration);
    if (all === undefined) {
      all = hooksMade(configuration);
      made.set(configuration, all);
    }
    return all;
  };
  return () => {
    const current = view.revision;
    if (current === revision) return hooks;
    hooks = view.list().toSorted(byName).flatMap(hooksIn);
    revision = current;
    return hooks;
  };
}

const byName = (a: Configuration, b: Configuration): number =>
  (a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1;

function hooksMade({ metadata, webhooks = [] }: Configuration): readonly Hook[] {
  const configuration = metadata.name ?? "";
  const seen = new Map<string, number>();
  return webhooks.map((settings): Hook => {
    const index = seen.get(settings.name) ?? 0;
    seen.set(settings.name, index + 1);
    const { matchConditions = [], failurePolicy = "Fail" } = settings;
    return {
      id: `${configuration}/${settings.name}/${index}`,
      configuration,
      settings,
      namespaces: selected(settings.namespaceSelector),
      objects: selected(settings.objectSelector),
      conditions:
        matchConditions.length === 0
          ? undefined
          : compileConditions(matchConditions, failurePolicy, webhookEnvironment),
    };
  });
}

/** A selector that is not there chooses all. */
const selected = (selector: Parameters<typeof selectionFrom>[0]): Selection =>
  selector === undefined ? everything : selectionFrom(selector);
