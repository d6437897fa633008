import { execFile } from "node:child_process";

/** Longest that a small program of the system may take. */
const timeoutMs = 30_000;

/** Runs a program to its end; rejects with what it wrote to its error output. */
export function run(program: string, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { timeout: timeoutMs, maxBuffer: 64 << 20 }, done);
    function done(error: Error | null, stdout: string, stderr: string): void {
      if (!error) return resolve(stdout);
      const why = stderr.trim() === "" ? error.message : stderr.trim();
      reject(new Error(`${program} ${args.join(" ")}: ${why}`, { cause: error }));
    }
    if (input !== undefined) child.stdin?.end(input);
  });
}
