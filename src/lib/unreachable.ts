/** For the default of a switch that covers every case: the compiler checks it, and so does the program. */
export function unreachable(value: never): never {
  throw new Error(`a case that cannot be: ${JSON.stringify(value)}`);
}
