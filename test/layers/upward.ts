// Must not compile: a controller that reaches into the store. `test/tidy.test.ts` sees it refused.
import type { Store } from "../../src/store/store.ts";

export const wanted: Store | undefined = undefined;
