import { storeConformance } from "../../test/store/conformance.ts";
import { seededRandom } from "../lib/random.ts";
import { systemClock } from "../lib/system.ts";
import { openEmbeddedStore } from "./embedded.ts";
import { openMemoryStore } from "./memory.ts";
import { SimDisk } from "./sim-disk.ts";

storeConformance("memory", async ({ stamp }) => openMemoryStore({ clock: systemClock, stamp }));

storeConformance("embedded", ({ stamp }) =>
  openEmbeddedStore({
    disk: new SimDisk(),
    clock: systemClock,
    random: seededRandom(1),
    program: "0.1.0",
    fatal: (error) => {
      throw error;
    },
    segments: { min: 16 * 1024, max: 64 * 1024, reserve: 4096 },
    snapshots: { freedBytesMin: 16 * 1024 },
    stamp,
  }),
);
