// The file of static tokens: `token,user,uid,"group1,group2"`, one a line.
import { ConfigError } from "../config/shape.ts";
import type { StaticToken } from "./tokens.ts";

/** Throws a ConfigError that names the line, never the token. */
export function readTokenFile(path: string, text: string): StaticToken[] {
  const tokens: StaticToken[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "") continue;
    const fail = (reason: string): never => {
      throw new ConfigError(path, [{ field: `line ${index + 1}`, reason }]);
    };
    const cells = cellsOf(line) ?? fail("a quote is not closed");
    const [token = "", user = "", uid = "", groups = ""] = cells;
    if (cells.length < 3) fail("token, user and uid are needed");
    if (token === "") fail("the token is empty");
    const names = groups.split(",").filter((group) => group !== "");
    tokens.push({ token, user, uid, groups: names });
  }
  return tokens;
}

/** The cells of a CSV line; undefined when a quoted one does not end. */
function cellsOf(line: string): string[] | undefined {
  const cells: string[] = [];
  let at = 0;
  while (at <= line.length) {
    while (line[at] === " ") at++;
    if (line[at] !== '"') {
      const end = line.indexOf(",", at);
      const stop = end < 0 ? line.length : end;
      cells.push(line.slice(at, stop));
      at = stop + 1;
      continue;
    }
    const quoted = /"((?:[^"]|"")*)"\s*(?:,|$)/y;
    quoted.lastIndex = at;
    const match = quoted.exec(line);
    if (match === null) return undefined;
    cells.push(match[1]!.replaceAll('""', '"'));
    at = quoted.lastIndex + (line[quoted.lastIndex - 1] === "," ? 0 : 1);
  }
  return cells;
}
