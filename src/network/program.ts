// Small programs of the system: nft, ip.
import { execFile } from "node:child_process";

/** Resolves with the output. Rejects with the program, its arguments and what it said. */
export type Program = (name: string, args: readonly string[], input?: string) => Promise<string>;

const msMax = 60_000;
const outputBytesMax = 64 * 1024 * 1024;
const path = `${process.env["PATH"] ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;

export const runProgram: Program = (name, args, input) => {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const options = {
    timeout: msMax,
    maxBuffer: outputBytesMax,
    env: { ...process.env, PATH: path },
  };
  const child = execFile(name, args, options, (error, stdout, stderr) => {
    if (!error) return resolve(stdout);
    const said = stderr.trim().slice(0, 2000) || error.message;
    reject(new Error(`${name} ${args.join(" ")}: ${said}`, { cause: error }));
  });
  child.stdin?.on("error", () => {
    // The program ended early; its exit code tells why.
  });
  child.stdin?.end(input ?? "");
  return promise;
};
