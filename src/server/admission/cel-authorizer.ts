// `authorizer` of an expression: may somebody do something?

import type { Identity } from "../../schema/api-request.ts";
import {
  type Ask,
  Authorizer,
  type Decision,
  type Question,
  ResourceCheck,
} from "../../schema/cel/library/authorizer.ts";
import type { CelValue } from "../../schema/cel/values.ts";
import type { AnyAuthorizer, Attributes, Decision as Verdict } from "../context.ts";
import type { Asked } from "./attributes.ts";

/** An expression asks somebody who takes his time: it is to be run again when he has answered. */
class Waiting extends Error {
  readonly answer: Promise<unknown>;
  constructor(answer: Promise<unknown>) {
    super("an expression waits for an authorizer");
    this.answer = answer;
  }
}

/** Questions of one expression that may have to wait. */
const waitsMax = 100;

/** Runs what runs expressions; again for each answer that had to be waited for. */
export async function settled<T>(run: () => T): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof Waiting) || tries === waitsMax) throw error;
      await error.answer;
    }
  }
}

/** The variables of an expression about `asked` that can ask who may do what. */
export function authorizerOf({ context, authorize, answers }: Asked): CelValue {
  const { identity } = context;
  return new Authorizer(asking(identity, authorize, answers));
}

export function requestResourceOf(asked: Asked): CelValue {
  const { context, namespace, name } = asked;
  const { group, plural: resource, subresource } = context.attributes;
  const authorizer = authorizerOf(asked) as Authorizer;
  return new ResourceCheck(authorizer, { group, resource, subresource, namespace, name });
}

/** Each question of a request is asked once. */
function asking(identity: Identity, authorize: AnyAuthorizer, answers: Map<string, Decision>): Ask {
  return (question) => {
    const key = JSON.stringify(question);
    const known = answers.get(key);
    if (known !== undefined) return known;
    const verdict = authorize(whoIn(identity, question), attributesOf(question));
    if (verdict instanceof Promise)
      throw new Waiting(verdict.then((one) => answers.set(key, decisionOf(one))));
    const decision = decisionOf(verdict);
    answers.set(key, decision);
    return decision;
  };
}

const decisionOf = ({ says, reason }: Verdict): Decision => ({ allowed: says === "allow", reason });

function whoIn(identity: Identity, { account }: Question): Identity {
  if (account === undefined) return identity;
  const { namespace, name } = account;
  return {
    user: `system:serviceaccount:${namespace}:${name}`,
    groups: [
      "system:serviceaccounts",
      `system:serviceaccounts:${namespace}`,
      "system:authenticated",
    ],
  };
}

function attributesOf(question: Question): Attributes {
  if ("path" in question)
    return { ...nowhere, verb: question.verb, isResource: false, path: question.path };
  const { verb, group, resource, subresource, namespace, name } = question;
  const { fieldSelector, labelSelector } = question;
  return {
    verb,
    isResource: true,
    path: "",
    group,
    version: "*",
    plural: resource,
    subresource,
    namespace,
    name,
    ...(fieldSelector === "" ? {} : { fieldSelector }),
    ...(labelSelector === "" ? {} : { labelSelector }),
  };
}

const nowhere = {
  group: "",
  version: "",
  plural: "",
  subresource: "",
  namespace: "",
  name: "",
};
