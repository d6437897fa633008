// ServiceAccount: the identity of programs in pods.
import { serviceAccounts } from "../../resources.ts";
import { age } from "../cells.ts";
import { defineKind } from "../define.ts";

const enforce = "kubernetes.io/enforce-mountable-secrets";
const enforceWarning = `metadata.annotations[${enforce}]: deprecated in v1.32+; prefer separate namespaces to isolate access to mounted secrets`;

export const serviceAccount = defineKind(serviceAccounts, {
  rechecksNames: true,
  shortNames: ["sa"],
  subresources: [
    {
      name: "token",
      verbs: ["create"],
      body: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" },
    },
  ],
  prepare(next) {
    // Only the name of a secret means anything here; the rest of the reference is not kept.
    next.secrets = next.secrets?.map(({ name }) => (name === undefined ? {} : { name }));
    if (next.secrets === undefined) delete next.secrets;
  },
  warnings(next, old) {
    const has = next.metadata.annotations?.[enforce] !== undefined;
    const had = old?.metadata.annotations?.[enforce] !== undefined;
    return has && !had ? [enforceWarning] : [];
  },
  columns: [age],
  returnsDeleted: true,
});
