// Why a command ends without having done its work, in one sentence for the person who typed it.

/** 1 failure, 2 usage, 3 not found, 4 timeout, 5 environment. */
export type ExitCode = 1 | 2 | 3 | 4 | 5;

export class Refusal extends Error {
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "Refusal";
    this.exitCode = exitCode;
  }
}
