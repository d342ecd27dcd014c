/** Proof that exercises are what they should be, before students get them. */
export { proveSource } from "./prove.ts";
export type { Proof, ProofFinding, ProveOptions } from "./prove.ts";
