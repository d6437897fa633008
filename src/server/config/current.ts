/** A configuration that may be replaced while the server runs. */
export type Current<T> = {
  readonly value: T;
  /** Called with each new one. */
  onChange(listener: (value: T) => void): void;
};

/** What is made of the newest configuration. */
export function latest<T, Made>(current: Current<T>, make: (value: T) => Made): () => Made {
  let made = make(current.value);
  current.onChange((value) => {
    made = make(value);
  });
  return () => made;
}

/** One that stays as it is. */
export const fixed = <T>(value: T): Current<T> => ({ value, onChange() {} });
