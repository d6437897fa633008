// A pass over some state that is made anew whenever that state changed meanwhile.

/**
 * The result asks for a pass and resolves when none is under way. A pass that fails is told, and made again only for who
 * asked meanwhile.
 */
export function repeater(
  pass: () => Promise<void>,
  failed: (error: unknown) => void,
): () => Promise<void> {
  let running: Promise<void> | undefined;
  let again = false;
  const passes = async (): Promise<void> => {
    while (again) {
      again = false;
      try {
        await pass();
      } catch (error) {
        failed(error);
      }
    }
    // In the same turn in which nothing was asked for, so that nobody who comes now is left behind.
    running = undefined;
  };
  return () => {
    again = true;
    running ??= passes();
    return running;
  };
}
