/** Comparison of number lists with a reference: says where they differ and by how much. */
import assert from "node:assert/strict";

/** Nested lists of numbers, flattened. */
export function flatten(values: unknown): number[] {
  if (typeof values === "number") return [values];
  if (ArrayBuffer.isView(values)) return Array.from(values as Float32Array);
  return (values as unknown[]).flatMap(flatten);
}

/** Fails unless every number is within `tolerance` of its reference. */
export function assertClose(actual: unknown, expected: unknown, tolerance: number, what = "values"): void {
  const [left, right] = [flatten(actual), flatten(expected)];
  assert.equal(
    left.length,
    right.length,
    `${what}: ${left.length} numbers, the reference has ${right.length}`,
  );
  let worst = 0;
  for (let i = 1; i < left.length; i++) {
    if (Math.abs(left[i]! - right[i]!) > Math.abs(left[worst]! - right[worst]!) || Number.isNaN(left[i]))
      worst = i;
  }
  const difference = Math.abs((left[worst] ?? 0) - (right[worst] ?? 0));
  assert.ok(
    difference <= tolerance,
    `${what}: number ${worst} is ${left[worst]}, the reference ${right[worst]}; off by ${difference}, allowed ${tolerance}`,
  );
}
