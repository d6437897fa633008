// `npm run bench`: prints each figure that the project promises, with its target. Nothing is asserted: machines differ.
//   npm run bench -- get list          only these
import { figures } from "./figures.ts";

const asked = process.argv.slice(2);
const chosen = asked.length === 0 ? Object.keys(figures) : asked;

for (const name of chosen) {
  const measure = figures[name];
  if (!measure) {
    console.error(`no figure "${name}"; there are ${Object.keys(figures).join(", ")}`);
    process.exit(2);
  }
  for await (const { what, value, unit, target } of measure()) {
    console.log(
      `${what.padEnd(64)} ${value.toFixed(value < 10 ? 3 : 1).padStart(10)} ${unit.padEnd(6)} target ${target}`,
    );
  }
}
