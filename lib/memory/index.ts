/** Memory: measured. */
export { peakRssMb } from "./node.ts";
