// What has begun and must end again, in the opposite order.

export type Ends = {
  add(end: () => void | Promise<void>): void;
  /** Runs what was added, the last one first, and forgets it. All run, then the first failure is thrown. */
  run(): Promise<void>;
};

export function makeEnds(): Ends {
  const ends: (() => void | Promise<void>)[] = [];
  return {
    add: (end) => void ends.push(end),
    async run() {
      const failures: unknown[] = [];
      for (let end = ends.pop(); end !== undefined; end = ends.pop()) {
        try {
          await end();
        } catch (error) {
          failures.push(error);
        }
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}
