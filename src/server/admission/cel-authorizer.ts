// `authorizer` of an expression.
import type { CelValue } from "../../schema/cel/values.ts";
import type { Asked } from "./attributes.ts";

/** Until the library knows it: nothing can be asked of it. */
export const authorizerOf = (_asked: Asked): CelValue => null;
