// How a definition says that its versions become each other.
import { required } from "../../field-error.ts";
import { checkDns1035Label } from "../../names.ts";
import type { CustomResourceConversion } from "../../types/apiextensions-v1.ts";
import { forbidden, invalid, type Out, oneOf } from "../checks.ts";
import { checkWebhookClient } from "../webhook-client.ts";

const path = "spec.conversion";
const client = `${path}.webhookClientConfig`;
const reviews = `${path}.conversionReviewVersions`;
const only = "should not be set when strategy is not set to Webhook";

export function checkConversion(out: Out, conversion: CustomResourceConversion | undefined): void {
  if (conversion === undefined) return;
  const { strategy, webhook } = conversion;
  oneOf(out, `${path}.strategy`, strategy, ["None", "Webhook"]);
  if (strategy !== "Webhook") {
    if (webhook?.clientConfig !== undefined) forbidden(out, client, only);
    if ((webhook?.conversionReviewVersions?.length ?? 0) > 0) forbidden(out, reviews, only);
    return;
  }
  const config = webhook?.clientConfig;
  if (config === undefined) out.push(required(client, "required when strategy is set to Webhook"));
  else checkWebhookClient(out, client, config);
  checkReviewVersions(out, webhook?.conversionReviewVersions ?? []);
}

const known = ["v1", "v1beta1"];

function checkReviewVersions(out: Out, versions: readonly string[]): void {
  if (versions.length === 0) return void out.push(required(reviews));
  versions.forEach((version, at) => {
    const repeated = versions.indexOf(version) < at;
    const problems = repeated ? ["duplicate version"] : checkDns1035Label(version);
    for (const problem of problems) invalid(out, `${reviews}[${at}]`, version, problem);
  });
  if (!versions.some((version) => known.includes(version)))
    invalid(out, reviews, versions, `must include at least one of ${known.join(", ")}`);
}
