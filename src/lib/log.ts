/** Where a part says what it does, passed in by argument. `fields` never hold secrets. */
export type Log = {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
};

/** Errors are shown with their message and cause, everything else as JSON. */
export type LogFields = Readonly<Record<string, unknown>>;

/** For those who do not want to know. */
export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/** A log whose lines all carry `fields`. */
export function logWith(log: Log, fields: LogFields): Log {
  return {
    debug: (message, more) => log.debug(message, { ...fields, ...more }),
    info: (message, more) => log.info(message, { ...fields, ...more }),
    warn: (message, more) => log.warn(message, { ...fields, ...more }),
    error: (message, more) => log.error(message, { ...fields, ...more }),
  };
}
