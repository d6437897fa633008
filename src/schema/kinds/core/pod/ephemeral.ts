// Containers that join a running pod for debugging may come, but not change or go.
import { fieldForbidden } from "../../../field-error.ts";
import { semanticEqual } from "../../../semantic-equal.ts";
import type { Cause } from "../../../status-error.ts";
import type { Pod } from "../../../types/core-v1.ts";
import { forbidden, type Out } from "../../checks.ts";
import { diffText } from "../../diff-text.ts";
import { checkAnnotationUpdate, isMirror } from "./annotations.ts";

export function checkEphemeralUpdate(out: Out, next: Pod, old: Pod): Cause[] {
  checkAnnotationUpdate(out, next, old);
  if (isMirror(old.metadata)) {
    return [fieldForbidden("", "static pods do not support ephemeral containers")];
  }
  const field = "spec.ephemeralContainers";
  for (const before of old.spec.ephemeralContainers ?? []) {
    const name = JSON.stringify(before.name);
    // Of several with the same name the last counts, as upstream.
    const now = next.spec.ephemeralContainers?.findLast((c) => c.name === before.name);
    if (now === undefined) {
      forbidden(out, field, `existing ephemeral containers ${name} may not be removed\n`);
    } else if (!semanticEqual(now, before)) {
      const diff = diffText(before, now);
      forbidden(out, field, `existing ephemeral containers ${name} may not be changed\n${diff}`);
    }
  }
  return out;
}
