// Questions about rights: answered at once, never stored.
import {
  localSubjectAccessReviews,
  selfSubjectAccessReviews,
  selfSubjectRulesReviews,
  subjectAccessReviews,
} from "../../resources.ts";
import { defineKind } from "../define.ts";

export const localSubjectAccessReview = defineKind(localSubjectAccessReviews, {
  verbs: ["create"],
  virtual: true,
});

export const selfSubjectAccessReview = defineKind(selfSubjectAccessReviews, {
  verbs: ["create"],
  virtual: true,
});

export const selfSubjectRulesReview = defineKind(selfSubjectRulesReviews, {
  verbs: ["create"],
  virtual: true,
});

export const subjectAccessReview = defineKind(subjectAccessReviews, {
  verbs: ["create"],
  virtual: true,
});
