// Binding: the wish to run a pod on a node, given to pods/binding or by itself.
import { bindings } from "../../resources.ts";
import { defineKind } from "../define.ts";

export const binding = defineKind(bindings, { verbs: ["create"], virtual: true });
