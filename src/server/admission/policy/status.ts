// The status of ValidatingAdmissionPolicies: which version of them was looked at, and what was found.
import type { Log } from "../../../lib/log.ts";
import { validatingAdmissionPolicies } from "../../../schema/resources.ts";
import { StatusError } from "../../../schema/status-error.ts";
import type { ValidatingAdmissionPolicy } from "../../../schema/types/admissionregistration-v1.ts";
import { call, pathOf } from "../../call.ts";
import type { Core } from "../../context.ts";
import { repeater } from "../../repeat.ts";
import { typeWarnings } from "./type-check.ts";

const manager = "validatingadmissionpolicy-status";

/** Goes on until the result is called. */
export function keepPolicyStatus(core: Core, log: Log): () => void {
  const view = core.view<ValidatingAdmissionPolicy>(validatingAdmissionPolicies);
  const wake = repeater(
    () => look(core),
    (error) => log.warn("the status of policies cannot be kept", { error }),
  );
  const stop = view.onChange(() => void wake());
  void wake();
  return stop;
}

async function look(core: Core): Promise<void> {
  const view = core.view<ValidatingAdmissionPolicy>(validatingAdmissionPolicies);
  for (const policy of view.list()) {
    const { generation = 0, name = "" } = policy.metadata;
    if (generation <= (policy.status?.observedGeneration ?? 0)) continue;
    const warnings = typeWarnings(core.kinds, policy);
    const status = {
      observedGeneration: generation,
      typeChecking: warnings.length === 0 ? {} : { expressionWarnings: warnings },
    };
    await apply(core, name, status);
  }
}

async function apply(core: Core, name: string, status: object): Promise<void> {
  const { group, version, kind } = validatingAdmissionPolicies;
  try {
    await call(core, {
      method: "PATCH",
      path: `${pathOf(validatingAdmissionPolicies, "", name)}/status`,
      query: `fieldManager=${manager}&force=true`,
      contentType: "application/apply-patch+yaml",
      body: { apiVersion: `${group}/${version}`, kind, metadata: { name }, status },
    });
  } catch (error) {
    // It is gone, or changed anew, which wakes us again.
    if (!(error instanceof StatusError) || ![404, 409].includes(error.code)) throw error;
  }
}
