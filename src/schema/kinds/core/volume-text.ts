// How volumes and claims show what they allow.

const short: readonly (readonly [string, string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];

export const accessModesText = (modes: readonly string[] | undefined): string =>
  short
    .filter(([mode]) => modes?.includes(mode))
    .map(([, text]) => text)
    .join(",");

/** The annotation is older than the field and wins. */
export const classAnnotation = "volume.beta.kubernetes.io/storage-class";

export const classAnnotationAdvice =
  'deprecated since v1.8; use "storageClassName" attribute instead';
