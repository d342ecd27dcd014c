/** Checks of types: what is wrong is said by the compiler, before anything runs. */

/**
 * `true` when two types are the same in every place, `any` and optional fields included; the compiler compares two generic
 * functions by identity of what they are conditional on.
 */
export type SameType<A, B> = Probe<A> extends Probe<B> ? true : false;

// Two such functions are assignable only when what they compare with is identical.
type Probe<A> = <T>() => T extends A ? 1 : 2;

/**
 * Does not compile when the two types differ; `what` names the checked thing.
 *
 * @example
 * checkSameType<number[], ReturnType<typeof shapeOf>>("the shape"); // prints "✓ the shape"
 */
export function checkSameType<Expected, Actual>(
  ...[what]: [
    what: string,
    ...(SameType<Expected, Actual> extends true ? [] : [mismatch: { expected: Expected; actual: Actual }]),
  ]
): void {
  console.log(`✓ ${what}`);
}
