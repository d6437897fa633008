// Upstream's transformers with a local key: what stands in the store behind `k8s:enc:NAME:v1:KEY:`.
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { openBox, sealBox, secretboxNonceBytes } from "./secretbox.ts";

export type Cipher = {
  /** `context` is bound to the bytes where the cipher can do so. */
  encrypt(text: Uint8Array, context: Uint8Array): Uint8Array;
  /** Throws when the bytes were altered, or made with another key or context. */
  decrypt(bytes: Uint8Array, context: Uint8Array): Uint8Array;
};

export type LocalName = "aesgcm" | "aescbc" | "secretbox";

/** `key` has 16, 24 or 32 bytes, for secretbox 32. */
export function localCipher(name: LocalName, key: Uint8Array): Cipher {
  if (name === "aesgcm") return aesGcm(key);
  return name === "aescbc" ? aesCbc(key) : secretbox(key);
}

const gcmNonceBytes = 12;
const gcmTagBytes = 16;

/** Nonce, ciphertext, tag. */
export function aesGcm(key: Uint8Array): Cipher {
  const method = `aes-${(key.length * 8) as 128 | 192 | 256}-gcm` as const;
  return {
    encrypt(text, context) {
      const nonce = randomBytes(gcmNonceBytes);
      const cipher = createCipheriv(method, key, nonce);
      cipher.setAAD(context);
      return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()]);
    },
    decrypt(bytes, context) {
      if (bytes.length < gcmNonceBytes + gcmTagBytes) throw new Error("too short");
      const decipher = createDecipheriv(method, key, bytes.subarray(0, gcmNonceBytes));
      const end = bytes.length - gcmTagBytes;
      decipher.setAAD(context);
      decipher.setAuthTag(bytes.subarray(end));
      return Buffer.concat([decipher.update(bytes.subarray(gcmNonceBytes, end)), decipher.final()]);
    },
  };
}

const blockBytes = 16;

/** Start vector, ciphertext with upstream's padding. Nothing proves that it was not altered. */
function aesCbc(key: Uint8Array): Cipher {
  const method = `aes-${key.length * 8}-cbc`;
  return {
    encrypt(text) {
      const start = randomBytes(blockBytes);
      const cipher = createCipheriv(method, key, start);
      return Buffer.concat([start, cipher.update(text), cipher.final()]);
    },
    decrypt(bytes) {
      if (bytes.length < 2 * blockBytes) throw new Error("too short");
      const decipher = createDecipheriv(method, key, bytes.subarray(0, blockBytes));
      return Buffer.concat([decipher.update(bytes.subarray(blockBytes)), decipher.final()]);
    },
  };
}

/** Nonce, tag, ciphertext. */
function secretbox(key: Uint8Array): Cipher {
  return {
    encrypt(text) {
      const nonce = randomBytes(secretboxNonceBytes);
      return Buffer.concat([nonce, sealBox(key, nonce, text)]);
    },
    decrypt(bytes) {
      const nonce = bytes.subarray(0, secretboxNonceBytes);
      if (nonce.length < secretboxNonceBytes) throw new Error("too short");
      const text = openBox(key, nonce, bytes.subarray(secretboxNonceBytes));
      if (!text) throw new Error("the tag does not fit");
      return text;
    },
  };
}
