// Runs admission over one write, in upstream's phases.
import type { Admission, AdmissionWrite, Context, Release } from "./context.ts";
import { beginsAgain } from "./reinvocation.ts";
import type { Parts } from "./scope.ts";

const phases = ["mutate", "validate", "allocate", "charge"] as const;
type Phases = Readonly<Record<(typeof phases)[number], readonly Admission[]>>;

const known = new WeakMap<readonly Admission[], Phases>();

/** The plug-ins that have something to do in each phase: most have in one only. */
function phasesOf({ edge: { admissions } }: Parts): Phases {
  let found = known.get(admissions);
  if (found === undefined) {
    const having = (phase: (typeof phases)[number]): readonly Admission[] =>
      admissions.filter((plugin) => plugin[phase] !== undefined);
    found = Object.fromEntries(phases.map((phase) => [phase, having(phase)])) as Phases;
    known.set(admissions, found);
  }
  return found;
}

/** Lets every plug-in that is concerned change the object, one after the other; a second time where one asks for it. */
export async function admitMutating(
  parts: Parts,
  context: Context,
  write: AdmissionWrite,
): Promise<void> {
  await phase(parts, { type: "admit", write }, async () => {
    do await mutateOnce(parts, context, write);
    while (beginsAgain(write));
  });
}

async function mutateOnce(parts: Parts, context: Context, write: AdmissionWrite): Promise<void> {
  const at: At = { type: "admit", write };
  for (const plugin of phasesOf(parts).mutate) {
    if (!plugin.handles(context.attributes, write)) continue;
    const waiting = counted(parts, plugin, at, () => plugin.mutate!(context, write));
    if (waiting !== undefined) await waiting;
  }
}

/** Asks every plug-in that is concerned; the first that refuses throws. */
export async function admitValidating(
  parts: Parts,
  context: Context,
  write: AdmissionWrite,
): Promise<void> {
  const at: At = { type: "validate", write };
  await phase(parts, at, async () => {
    for (const plugin of phasesOf(parts).validate) {
      if (!plugin.handles(context.attributes, write)) continue;
      const waiting = counted(parts, plugin, at, () => plugin.validate!(context, write));
      if (waiting !== undefined) await waiting;
    }
  });
}

type At = { readonly type: "admit" | "validate"; readonly write: AdmissionWrite };

/** Runs a whole phase and notes what it took. */
async function phase(
  { clock, admitted }: Parts,
  { type, write: { operation } }: At,
  run: () => Promise<void>,
): Promise<void> {
  const begunMs = clock.monotonic();
  let rejected = true;
  try {
    await run();
    rejected = false;
  } finally {
    admitted.step({ type, operation, rejected }, (clock.monotonic() - begunMs) / 1000);
  }
}

/** Runs one plug-in and notes what it took; most wait for nothing, and nor does this then. */
function counted<T>(
  { clock, admitted }: Parts,
  { name, uncounted }: Admission,
  { type, write: { operation } }: At,
  run: () => T | Promise<T>,
): T | Promise<T> {
  if (uncounted) return run();
  const begunMs = clock.monotonic();
  const tell = (rejected: boolean): void =>
    admitted.plugin(name, { type, operation, rejected }, (clock.monotonic() - begunMs) / 1000);
  const fail = (error: unknown): never => {
    tell(true);
    throw error;
  };
  const pass = (value: T): T => {
    tell(false);
    return value;
  };
  try {
    const given = run();
    if (given instanceof Promise) return given.then(pass, fail);
    return pass(given);
  } catch (error) {
    return fail(error);
  }
}

/**
 * Gives the object what only one may have, for `work`; what was taken is given back when that throws, or lost against
 * another writer and has to be done "again". Nearly no kind has such a thing, and waits for nothing then.
 */
export async function whileAllocated<T extends object | "again">(
  parts: Parts,
  context: Context,
  write: AdmissionWrite,
  work: () => Promise<T>,
): Promise<T> {
  const plugins = phasesOf(parts).allocate.filter((plugin) =>
    plugin.handles(context.attributes, write),
  );
  if (plugins.length === 0) return work();
  const release = await allocateAll(plugins, context, write);
  let happened = false;
  try {
    const result = await work();
    happened = result !== "again";
    return result;
  } finally {
    await release(happened);
  }
}

async function allocateAll(
  plugins: readonly Admission[],
  context: Context,
  write: AdmissionWrite,
): Promise<Release> {
  const releases: Release[] = [];
  const releaseAll = async (happened: boolean): Promise<void> => {
    for (const release of releases) await release(happened);
  };
  try {
    for (const plugin of plugins) releases.push(await plugin.allocate!(context, write));
  } catch (error) {
    await releaseAll(false);
    throw error;
  }
  return releaseAll;
}

/** Takes what the write costs; the answer gives it back when the write does not happen. */
export async function charge(
  parts: Parts,
  context: Context,
  write: AdmissionWrite,
): Promise<() => void> {
  const at: At = { type: "validate", write };
  const undos: (() => void)[] = [];
  const undoAll = (): void => {
    for (const undo of undos.reverse()) undo();
  };
  try {
    for (const plugin of phasesOf(parts).charge)
      if (plugin.handles(context.attributes, write))
        undos.push(await counted(parts, plugin, at, () => plugin.charge!(context, write)));
  } catch (error) {
    undoAll();
    throw error;
  }
  return undoAll;
}
