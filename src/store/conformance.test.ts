import { storeConformance } from "../../test/store/conformance.ts";
import { systemClock } from "../lib/system.ts";
import { openMemoryStore } from "./memory.ts";

storeConformance("memory", async ({ stamp }) => openMemoryStore({ clock: systemClock, stamp }));
