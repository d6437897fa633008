// One write in the versions in which webhooks and policies ask for it.
import type { CelValue } from "../../schema/cel/values.ts";
import type { Kind } from "../../schema/kind.ts";
import { type Asked, type Versioned, versionedAs } from "./attributes.ts";
import { variablesOf } from "./cel.ts";

/** Each version is made once. */
export class Versions {
  readonly #asked: Asked;
  readonly #made = new Map<Kind | undefined, Promise<Versioned>>();
  readonly #variables = new Map<Versioned, Record<string, CelValue>>();

  constructor(asked: Asked) {
    this.#asked = asked;
  }

  of(as: Kind | undefined): Promise<Versioned> {
    let made = this.#made.get(as);
    if (made === undefined) {
      made = versionedAs(this.#asked, as);
      this.#made.set(as, made);
    }
    return made;
  }

  /** What expressions about `versioned` can name. */
  variables(versioned: Versioned): Record<string, CelValue> {
    let made = this.#variables.get(versioned);
    if (made === undefined) {
      made = variablesOf(this.#asked, versioned);
      this.#variables.set(versioned, made);
    }
    return made;
  }
}
