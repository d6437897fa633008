// Policies in CEL that change or refuse requests, and where they hold.
import {
  mutatingAdmissionPolicies,
  mutatingAdmissionPolicyBindings,
  validatingAdmissionPolicies,
  validatingAdmissionPolicyBindings,
} from "../../resources.ts";
import type {
  MatchResources,
  MutatingAdmissionPolicyBinding,
  ParamKind,
  ValidatingAdmissionPolicyBinding,
} from "../../types/admissionregistration-v1.ts";
import { age } from "../cells.ts";
import { defineKind, statusSubresource } from "../define.ts";
import { specAndStatus, specOf, wholeObject } from "../strategy.ts";
import { validateMutatingBinding, validateValidatingBinding } from "./binding-rules.ts";
import { validateMutatingPolicy, validateValidatingPolicy } from "./policy-rules.ts";
import { staticNameWarnings } from "./webhook-rules.ts";

const categories = ["api-extensions"];

export const validatingAdmissionPolicy = defineKind(validatingAdmissionPolicies, {
  bareFinalizers: "all",
  categories,
  subresources: [statusSubresource],
  applyDefaults({ spec }) {
    if (spec) defaultPolicy(spec);
  },
  prepare: specAndStatus({ generationOf: specOf, statusKeepsMetadata: true }),
  validate: validateValidatingPolicy,
  warnings: (next, old) => (old ? staticNameWarnings(next.metadata) : []),
  columns: [
    { name: "Validations", type: "integer", cell: ({ spec }) => (spec?.validations ?? []).length },
    { name: "ParamKind", cell: ({ spec }) => paramKind(spec?.paramKind) },
    age,
  ],
  unconditionalUpdate: false,
});

export const mutatingAdmissionPolicy = defineKind(mutatingAdmissionPolicies, {
  bareFinalizers: "all",
  categories,
  applyDefaults({ spec }) {
    if (spec) defaultPolicy(spec);
  },
  prepare: wholeObject({ generationOf: specOf }),
  validate: validateMutatingPolicy,
  warnings: (next, old) => (old ? staticNameWarnings(next.metadata) : []),
  columns: [
    { name: "Mutations", type: "integer", cell: ({ spec }) => (spec?.mutations ?? []).length },
    { name: "ParamKind", cell: ({ spec }) => paramKind(spec?.paramKind) },
    age,
  ],
  unconditionalUpdate: false,
});

type Binding = MutatingAdmissionPolicyBinding | ValidatingAdmissionPolicyBinding;

const bindingColumns = [
  { name: "PolicyName", cell: ({ spec }: Binding) => spec?.policyName ?? "" },
  { name: "ParamRef", cell: paramRef },
  age,
];

export const validatingAdmissionPolicyBinding = defineKind(validatingAdmissionPolicyBindings, {
  bareFinalizers: "all",
  categories,
  applyDefaults: ({ spec }) => defaultMatch(spec?.matchResources),
  prepare: wholeObject({ generationOf: specOf }),
  validate: validateValidatingBinding,
  warnings: (next, old) => (old ? staticNameWarnings(next.metadata) : []),
  columns: bindingColumns,
  unconditionalUpdate: false,
});

export const mutatingAdmissionPolicyBinding = defineKind(mutatingAdmissionPolicyBindings, {
  bareFinalizers: "all",
  categories,
  applyDefaults: ({ spec }) => defaultMatch(spec?.matchResources),
  prepare: wholeObject({ generationOf: specOf }),
  validate: validateMutatingBinding,
  warnings: (next, old) => (old ? staticNameWarnings(next.metadata) : []),
  columns: bindingColumns,
  unconditionalUpdate: false,
});

type Policy = { failurePolicy?: string; matchConstraints?: MatchResources };

function defaultPolicy(spec: Policy): void {
  spec.failurePolicy ??= "Fail";
  defaultMatch(spec.matchConstraints);
}

function defaultMatch(match: MatchResources | undefined): void {
  if (match === undefined) return;
  match.matchPolicy ??= "Equivalent";
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rules of [match.resourceRules, match.excludeResourceRules]) {
    for (const rule of rules ?? []) rule.scope ??= "*";
  }
}

const paramKind = (kind: ParamKind | undefined): string =>
  kind === undefined ? "<unset>" : `${kind.apiVersion ?? ""}/${kind.kind ?? ""}`;

function paramRef({ spec }: Binding): string {
  const { paramRef: reference } = spec ?? {};
  if (reference?.name) return `${reference.namespace || "*"}/${reference.name}`;
  return reference?.selector ? JSON.stringify(reference.selector) : "<unset>";
}
