/** Seeded randomness: the same everywhere, resumable, and as random as it says. */
import assert from "node:assert/strict";
import { seededRandom } from "../../lib/random.ts";
import { assertClose } from "../support/closeness.ts";

describe("seededRandom()", () => {
  it("goes on from a saved state", () => {
    const random = seededRandom(11);
    random.next();
    const copy = seededRandom(random.state());
    assert.equal(copy.next(), random.next());
  });

  it("gives other numbers for neighbouring seeds, and refuses a seed that is no integer", () => {
    assert.notEqual(seededRandom(1).next(), seededRandom(2).next());
    assert.throws(() => seededRandom(0.5), RangeError);
  });

  it("is uniform in next() and standard normal in normal()", () => {
    const random = seededRandom(3);
    const uniform = Array.from({ length: 20000 }, () => random.next());
    const normal = Array.from({ length: 20000 }, () => random.normal());
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    assertClose(mean(uniform), [0.5], 0.01);
    assertClose(mean(normal), [0], 0.02);
    assertClose(mean(normal.map((value) => value ** 2)), [1], 0.03);
  });

  it("draws within its bounds, and refuses a bound below 1", () => {
    const random = seededRandom(4);
    const drawn = Array.from({ length: 400 }, () => random.between(-1, 2));
    assert.deepEqual(
      [...new Set(drawn)].sort((a, b) => a - b),
      [-1, 0, 1, 2],
    );
    const heads = Array.from({ length: 4000 }, () => random.chance(0.25)).filter(Boolean).length;
    assert.ok(Math.abs(heads - 1000) < 120, `${heads} of 4000`);
    for (const bound of [0, -1, 1.5, NaN]) assert.throws(() => random.int(bound), RangeError);
    assert.throws(() => random.pick([]), RangeError);
  });

  it("shuffle() keeps every element once", () => {
    const items = Array.from({ length: 50 }, (_, index) => index);
    const shuffled = seededRandom(1).shuffle(items);
    assert.notDeepEqual(shuffled, items);
    assert.deepEqual(
      [...shuffled].sort((a, b) => a - b),
      items,
    );
  });
});
