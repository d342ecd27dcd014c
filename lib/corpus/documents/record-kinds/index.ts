/** Every kind of record. */
import type { RecordKind } from "../field.ts";
import { events } from "./events.ts";
import { goods } from "./goods.ts";
import { living } from "./living.ts";
import { travel } from "./travel.ts";

/** Every kind of record. */
export const recordKinds: readonly RecordKind[] = [...goods, ...travel, ...living, ...events];
