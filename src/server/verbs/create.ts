import type { ApiResponse } from "../../schema/api-request.ts";
import { StatusError } from "../../schema/status-error.ts";
import { readObject } from "../read-object.ts";
import { objectAnswer } from "../respond.ts";
import type { Scope } from "../scope.ts";
import type { Outcome } from "../write.ts";
import { createObject } from "../write-create.ts";
import { managerOf, optionsObject, type WriteOptions, writeOptions } from "./options.ts";

export async function create(scope: Scope): Promise<ApiResponse> {
  const options = writeOptions(scope.context.query, "CreateOptions");
  const { object, entry } = await createNamed(scope, options);
  return objectAnswer(scope, 201, { entry, object: () => object });
}

/** Times that a generated name is made anew when somebody else took it meanwhile, as upstream. */
const attemptsMax = 8;

async function createNamed(scope: Scope, options: WriteOptions): Promise<Outcome> {
  const { parts, context, kind } = scope;
  const request = {
    dryRun: options.dryRun,
    options: optionsObject("CreateOptions", options),
    manager: managerOf(options, context.request.headers["user-agent"]),
  };
  const read = { kinds: parts.kinds, kind, validation: options.fieldValidation };
  for (let attempt = 1; ; attempt++) {
    const object = await readObject(context, read);
    const generated = !object.metadata.name && Boolean(object.metadata.generateName);
    try {
      return await createObject(scope, object, request);
    } catch (error) {
      const taken = error instanceof StatusError && error.reason === "AlreadyExists";
      if (!generated || !taken || attempt === attemptsMax) throw error;
    }
  }
}
