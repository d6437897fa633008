// Reads the messages of one generated.proto: field numbers and the types on the wire.

import { existsSync, readFileSync } from "node:fs";

export type ProtoField = { readonly number: number; readonly type: string };
export type ProtoMessages = ReadonlyMap<string, ReadonlyMap<string, ProtoField>>;

/** Messages by name, their fields by name; none where the package has no protobuf form. */
export function readProto(path: string): ProtoMessages {
  const messages = new Map<string, Map<string, ProtoField>>();
  if (!existsSync(path)) return messages;
  let fields: Map<string, ProtoField> | undefined;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const message = /^message (\w+) \{/.exec(line);
    if (message) {
      fields = new Map();
      messages.set(message[1]!, fields);
      continue;
    }
    const field = /^ {2}(optional|required|repeated|map<.*>) ?(\S+)? (\w+) = (\d+);/.exec(line);
    if (!field) continue;
    const [, rule, type, name, number] = field;
    fields?.set(name!, { number: Number(number), type: type ?? rule! });
  }
  return messages;
}
