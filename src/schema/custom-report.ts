// What a custom resource's schema finds wrong with a value, in the order in which it is found.

import {
  invalidValue,
  notSupported,
  required,
  tooLong,
  tooMany,
  typeInvalid,
} from "./field-error.ts";
import { jsonText } from "./quoted.ts";
import type { Cause } from "./status-error.ts";

/** `text` tells two problems apart; `field` is where the schema begins. */
type Problem = { readonly text: string; readonly cause: (field: string) => Cause };

export class Report {
  readonly problems: Problem[] = [];
  /**
   * Checks that were made and held; the alternative with most of them is the one that was meant.
   */
  held = 0;

  get isValid(): boolean {
    return this.problems.length === 0;
  }

  merge(other: Report): void {
    for (const problem of other.problems) this.#add(problem.text, problem.cause);
    this.held += other.held;
  }

  type(path: string, type: string, value: string): void {
    const text = `${inBody(path)} must be of type ${type}: ${jsonText(value)}`;
    this.#add(text, (field) => typeInvalid(at(field, path), value, text));
  }

  required(path: string): void {
    this.#add(`${inBody(path)} is required`, (field) => required(at(field, path)));
  }

  enum(path: string, value: unknown, values: readonly unknown[]): void {
    const shown = values.map((one) => (typeof one === "string" ? one : jsonText(one)));
    const text = `${inBody(path)} should be one of [${shown.join(" ")}]`;
    this.#add(text, (field) => notSupported(at(field, path), value, shown));
  }

  tooLong(path: string, max: number): void {
    const text = `${inBody(path)} should be at most ${max} chars long`;
    this.#add(text, (field) => tooLong(at(field, path), max));
  }

  tooMany(path: string, what: "items" | "properties", count: number, max: number): void {
    const text = `${inBody(path)} should have at most ${max} ${what}`;
    this.#add(text, (field) => tooMany(at(field, path), count, max));
  }

  /** `detail` continues the sentence that the path begins. */
  invalid(path: string, value: unknown, detail: string): void {
    const text = `${inBody(path)} ${detail}`;
    this.#add(text, (field) => invalidValue(at(field, path), value, text));
  }

  /** What upstream does not tell the place of. */
  nowhere(text: string): void {
    this.#add(text, (field) => invalidValue(field === "" ? "<nil>" : field, "", text));
  }

  /** `field` is the place of the value within its object: "" or "status". */
  causes(field: string): Cause[] {
    return this.problems.map((problem) => problem.cause(field));
  }

  #add(text: string, cause: Problem["cause"]): void {
    if (!this.problems.some((known) => known.text === text)) this.problems.push({ text, cause });
  }
}

const inBody = (path: string): string => `${path} in body`;

function at(field: string, path: string): string {
  const name = path.replace(/^\./, "");
  if (name === "") return field === "" ? "<nil>" : field;
  return field === "" ? name : `${field}.${name}`;
}
