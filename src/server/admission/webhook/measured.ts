// What a question to a webhook took and how it ended, as upstream counts it.
import { StatusError } from "../../../schema/status-error.ts";
import type { WebhookAsked } from "../../metrics/admission-meter.ts";
import type { Asked } from "../attributes.ts";
import { Denied, HookFailed } from "./ask.ts";
import type { Hook } from "./hooks.ts";

/** Runs `ask`, which asks `hook` and does what it says. Throws what that throws. */
export async function measured<T>(
  { core: { clock, admitted }, write: { operation } }: Asked,
  { settings: { name, failurePolicy } }: Hook,
  type: WebhookAsked["type"],
  ask: () => Promise<T>,
): Promise<T> {
  const begunMs = clock.monotonic();
  const tell = (end: Pick<WebhookAsked, "code" | "rejected" | "fault">): void => {
    const seconds = (clock.monotonic() - begunMs) / 1000;
    admitted.webhook({ name, type, operation, seconds, ...end });
  };
  try {
    const said = await ask();
    tell({ code: 200, rejected: false });
    return said;
  } catch (error) {
    if (error instanceof HookFailed) {
      const rejected = failurePolicy !== "Ignore";
      tell({ code: error.code, rejected, fault: "calling_webhook_error" });
    } else if (error instanceof Denied) tell({ code: error.code, rejected: true });
    else if (error instanceof StatusError)
      tell({ code: 0, rejected: true, fault: "apiserver_internal_error" });
    throw error;
  }
}
