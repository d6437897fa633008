// What an expression may use: functions by name, variables, messages.

import type { CelType, StructType } from "./cel-type.ts";
import type { Overload } from "./function.ts";
import { authorizers } from "./library/authorizer.ts";
import { conversions } from "./library/conversions.ts";
import { namedFormats, pointers, quantities, versions } from "./library/kubernetes.ts";
import { extendedLists, includes, kubernetesLists, sets } from "./library/lists.ts";
import { encoders, math } from "./library/math.ts";
import { moments } from "./library/moments.ts";
import { network, urls } from "./library/network.ts";
import { operators } from "./library/operators.ts";
import { optionals } from "./library/optionals.ts";
import {
  extendedStrings,
  regularExpressions,
  reversedStrings,
  strings,
} from "./library/strings.ts";

export type Environment = {
  readonly functions: ReadonlyMap<string, readonly Overload[]>;
  /** undefined: whatever an expression names is a variable of unknown type. */
  readonly variables: ReadonlyMap<string, CelType> | undefined;
  /** Names beside the `variables` are variables too, of unknown types. */
  readonly others?: boolean;
  /** Messages that can be made. */
  readonly structs?: (name: string) => StructType | undefined;
  /** Whether lists and maps may hold values of different types. */
  readonly mixed?: boolean;
  /** Whether `cel.bind` is there, which upstream leaves out. */
  readonly binds?: boolean;
};

function byName(overloads: readonly Overload[]): ReadonlyMap<string, readonly Overload[]> {
  const functions = new Map<string, Overload[]>();
  for (const one of overloads) {
    const known = functions.get(one.name);
    if (known) known.push(one);
    else functions.set(one.name, [one]);
  }
  return functions;
}

const standard = [...operators, ...conversions, ...strings, ...moments, ...optionals];

/**
 * Functions that new expressions of v1.37 may use. Those that came with this very version are not among them: an older
 * server could not read what they were written into.
 */
const kubernetesFunctions = byName([
  ...standard,
  ...urls,
  ...regularExpressions,
  ...kubernetesLists,
  ...authorizers,
  ...quantities,
  ...extendedStrings,
  ...sets,
  ...network,
  ...namedFormats,
  ...versions,
  ...extendedLists,
]);

/** Those, and what only policies that change objects have. */
export const mutationFunctions = byName([...[...kubernetesFunctions.values()].flat(), ...pointers]);

/** All that the language and its extensions have, which upstream leaves out in part. */
export const allFunctions = byName([
  ...[...mutationFunctions.values()].flat(),
  ...includes,
  ...reversedStrings,
  ...math,
  ...encoders,
]);

/** Where nothing is known of the variables. */
export const untyped: Environment = { functions: kubernetesFunctions, variables: undefined };

export const environment = (
  variables: Readonly<Record<string, CelType>>,
  more: Partial<Environment> = {},
): Environment => ({
  functions: kubernetesFunctions,
  variables: new Map(Object.entries(variables)),
  ...more,
});
