// A pass over some state that is made anew whenever that state changed meanwhile.

/** The result asks for a pass and resolves when none is under way; a pass that fails is told and not tried again. */
export function repeater(
  pass: () => Promise<void>,
  failed: (error: unknown) => void,
): () => Promise<void> {
  let running: Promise<void> | undefined;
  let again = false;
  const passes = async (): Promise<void> => {
    try {
      while (again) {
        again = false;
        await pass();
      }
    } catch (error) {
      failed(error);
    } finally {
      running = undefined;
    }
  };
  return () => {
    again = true;
    running ??= passes();
    return running;
  };
}
