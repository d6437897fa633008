// Questions about identity: answered at once, never stored.
import { selfSubjectReviews, tokenReviews } from "../../resources.ts";
import { defineKind } from "../define.ts";

export const selfSubjectReview = defineKind(selfSubjectReviews, {
  verbs: ["create"],
  virtual: true,
});

export const tokenReview = defineKind(tokenReviews, { verbs: ["create"], virtual: true });
