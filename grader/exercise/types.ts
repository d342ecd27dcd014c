/** Checks of types: what is wrong is said by the compiler, before anything runs. */

/**
 * `true` when two types are the same in every place, `any` and optional fields included; the compiler compares two generic
 * functions by identity of what they are conditional on.
 */
export type SameType<A, B> = Probe<A> extends Probe<B> ? true : false;

// Two such functions are assignable only when what they compare with is identical.
type Probe<A> = <T>() => T extends A ? 1 : 2;

/** What the compiler names when two types differ. */
export interface TypeMismatch<Expected, Actual> {
  expected: Expected;
  actual: Actual;
}

/**
 * Does not compile when the two types differ, and names both; `what` names the checked thing.
 *
 * @example
 * checkSameType<number[], ReturnType<typeof shapeOf>>("the shape"); // prints "✓ the shape"
 */
export function checkSameType<Expected, Actual>(
  what: SameType<Expected, Actual> extends true ? string : TypeMismatch<Expected, Actual>,
): void {
  console.log("✓", what);
}
