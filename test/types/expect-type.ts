/** Compares types: the compiler is the test, and a wrong one ends the build. */

/** Whether two types are the same, `any` and optional properties told apart. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only when the types are the same. */
export function sameType<A, B>(..._proof: Same<A, B> extends true ? [] : ["the types differ"]): void {
  // The types are all there is to it.
}
