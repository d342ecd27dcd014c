/** The front door of `residency lab`. */
export { startLab } from "./start-lab.ts";
export type { LabOptions } from "./start-lab.ts";
