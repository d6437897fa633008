/** How the program is called: npm runs that of a checkout, which is on nobody's path. */
export const programWord = (environment: NodeJS.ProcessEnv): string =>
  environment["npm_execpath"] === undefined ? "coxswain" : "npx coxswain";
