// What closes and opens the values of a store by an encryption configuration, which may be replaced while it is used.
import { isSealed, type Seal, sealedPrefix } from "../seal.ts";
import { StoreError } from "../store.ts";
import { type Cipher, localCipher } from "./ciphers.ts";
import { covers, type ProviderConfig, type ResourceConfig } from "./configuration.ts";
import type { Kms } from "./kms.ts";

/** A way to close values, told by how the stored bytes begin. */
export type Provider = {
  /** "" of identity. */
  prefix: string;
  close(text: Uint8Array, context: Uint8Array): Uint8Array;
  open(bytes: Uint8Array, context: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** The name of the key in use, where it can change by itself. */
  keyId?: () => string;
};

type Rule = { resources: readonly string[]; providers: readonly Provider[] };

/** Which resource a key belongs to; undefined for keys that are none. */
export type ResourceOf = (key: string) => { group: string; plural: string } | undefined;

export class Encryption implements Seal {
  readonly #resourceOf: ResourceOf;
  #rules: readonly Rule[] = [];
  #byResource = new Map<string, readonly Provider[]>();
  /** How the newest value of each closed key begins. */
  readonly #forms = new Map<string, string>();
  /** How all values began that were opened. */
  readonly #opened = new Set<string>();

  constructor(resourceOf: ResourceOf) {
    this.#resourceOf = resourceOf;
  }

  /** Values are closed and opened by these from now on. */
  use(configs: readonly ResourceConfig[], kms: (name: string) => Kms): void {
    this.#rules = configs.map(({ resources, providers }) => ({
      resources,
      providers: providers.flatMap((config) => providersOf(config, kms)),
    }));
    this.#byResource = new Map();
  }

  close(key: string, value: Uint8Array): Uint8Array {
    const [first] = this.#providersOf(key);
    if (!first || first.prefix === "") {
      this.#forms.delete(key);
      return value;
    }
    this.#forms.set(key, formOf(first));
    const inner = first.close(value, Buffer.from(key));
    return Buffer.concat([Buffer.from(first.prefix), inner]);
  }

  open(key: string, stored: Uint8Array): Uint8Array | Promise<Uint8Array> {
    if (!isSealed(stored)) {
      this.#forms.delete(key);
      return stored;
    }
    const fitting = this.#providersOf(key).filter(
      ({ prefix }) => prefix !== "" && startsWith(stored, prefix),
    );
    let problem: unknown;
    for (const provider of fitting) {
      const inner = stored.subarray(provider.prefix.length);
      try {
        const opened = provider.open(inner, Buffer.from(key));
        this.#forms.set(key, formOf(provider));
        this.#opened.add(provider.prefix);
        if (!(opened instanceof Promise)) return opened;
        return opened.catch((error) => Promise.reject(sealed(key, stored, error)));
      } catch (error) {
        problem = error;
      }
    }
    throw sealed(key, stored, problem);
  }

  /** True when the key's value would be closed otherwise now: it is to be written again, though nothing changed. */
  isStale(key: string): boolean {
    const [first] = this.#providersOf(key);
    return (this.#forms.get(key) ?? "") !== (first ? formOf(first) : "");
  }

  /**
   * How values would begin that only keys behind the first of their rule open, as far as none has come up yet. When all
   * that is stored has been opened, nothing needs these keys any more.
   */
  unused(): string[] {
    const firsts = new Set(this.#rules.map(({ providers }) => providers[0]?.prefix));
    const others = this.#rules.flatMap(({ providers }) => providers.map(({ prefix }) => prefix));
    const isUnused = (prefix: string): boolean =>
      prefix !== "" && !firsts.has(prefix) && !this.#opened.has(prefix);
    return [...new Set(others)].filter(isUnused);
  }

  #providersOf(key: string): readonly Provider[] {
    const resource = this.#resourceOf(key);
    if (!resource) return [];
    const { group, plural } = resource;
    const name = `${plural}.${group}`;
    let found = this.#byResource.get(name);
    if (!found) {
      const rule = this.#rules.find((each) =>
        each.resources.some((row) => covers(row, group, plural)),
      );
      found = rule?.providers ?? [];
      this.#byResource.set(name, found);
    }
    return found;
  }
}

const formOf = ({ prefix, keyId }: Provider): string => prefix + (keyId?.() ?? "");

function startsWith(bytes: Uint8Array, text: string): boolean {
  if (bytes.length < text.length || bytes[0] !== text.charCodeAt(0)) return false;
  return Buffer.from(bytes.buffer, bytes.byteOffset, text.length).toString("latin1") === text;
}

/** Each local key is a provider of its own: the prefix names it. */
function providersOf(config: ProviderConfig, kms: (name: string) => Kms): Provider[] {
  if (config.is === "identity") return [identity];
  if (config.is === "kms") return [kms(config.name)];
  const { is, keys } = config;
  return keys.map(({ name, secret }) =>
    local(`${sealedPrefix}${is}:v1:${name}:`, localCipher(is, secret)),
  );
}

const local = (prefix: string, cipher: Cipher): Provider => ({
  prefix,
  close: (text, context) => cipher.encrypt(text, context),
  open: (bytes, context) => cipher.decrypt(bytes, context),
});

const identity: Provider = { prefix: "", close: (text) => text, open: (bytes) => bytes };

function sealed(key: string, stored: Uint8Array, error: unknown): StoreError {
  const end = Math.min(stored.length, 120);
  const text = Buffer.from(stored.buffer, stored.byteOffset, end).toString("latin1");
  const [form = sealedPrefix] = /^k8s:enc:[a-z]+:v\d:[^:]*:/.exec(text) ?? [];
  const why = error ? `: ${(error as Error).message}` : "";
  return new StoreError(
    "sealed",
    `the value of ${key} is encrypted (${form}), and no key of the encryption configuration opens it${why}; ` +
      "add the key that it was written with",
    { cause: error },
  );
}
