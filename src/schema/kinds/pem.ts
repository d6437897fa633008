// PEM text: blocks of base64 with a type each. What stands between them counts as nothing.

export type PemBlock = {
  readonly type: string;
  readonly hasHeaders: boolean;
  /** Base64 without line ends. */
  readonly base64: string;
};

const block = /-----BEGIN ([A-Z0-9 ]+)-----[ \t]*\r?\n([\s\S]*?)-----END \1-----/g;
const header = /^[^:\n]+:[^\n]*\n/;

export const pemBlocks = (text: string): PemBlock[] =>
  [...text.matchAll(block)].map(([, type = "", body = ""]) => {
    const hasHeaders = header.test(body);
    const data = hasHeaders ? body.slice(body.indexOf("\n\n") + 2) : body;
    return { type, hasHeaders, base64: data.replace(/\s/g, "") };
  });

/** Whether the bytes are one DER sequence, which every certificate and every request for one is. */
export function isSequence(base64: string): boolean {
  let bytes: string;
  try {
    bytes = atob(base64);
  } catch {
    return false;
  }
  const byte = (i: number): number => bytes.charCodeAt(i);
  if (bytes.length < 2 || byte(0) !== sequenceTag) return false;
  if (byte(1) < longForm) return bytes.length === 2 + byte(1);
  const size = byte(1) - longForm;
  let length = 0;
  for (let i = 0; i < size; i++) length = length * 256 + byte(2 + i);
  return size > 0 && size <= 4 && bytes.length === 2 + size + length;
}

const sequenceTag = 0x30;
const longForm = 0x80;
