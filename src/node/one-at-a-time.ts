// Work that is asked for now and then.

/** A call while the last one is under way does nothing. */
export function oneAtATime(run: () => Promise<void>, failed: (error: unknown) => void): () => void {
  let isRunning = false;
  return () => {
    if (isRunning) return;
    isRunning = true;
    run()
      .catch(failed)
      .finally(() => {
        isRunning = false;
      });
  };
}
