/** The checks of exercises: right answers pass, wrong ones say where, tricks do not pass. */
import assert from "node:assert/strict";
import { CheckError, checkClose, checkEqual } from "../../grader/exercise/index.ts";

/** Runs a check without its ✓ line in the test's own output. */
function quietly(run: () => void): void {
  const { log } = console;
  console.log = () => undefined;
  try {
    run();
  } finally {
    console.log = log;
  }
}

describe("checkEqual", () => {
  it("accepts equal plain data", () => {
    quietly(() => checkEqual("x", { a: [1, "b", null], c: undefined }, { a: [1, "b", null], c: undefined }));
  });

  it("says where the answer differs", () => {
    assert.throws(() => checkEqual("pairs", { a: [1, 3] }, { a: [1, 2] }), {
      name: "CheckError",
      message: "pairs.a[1]: expected 2, got 3",
    });
    assert.throws(
      () => checkEqual("pairs", [1], [1, 2]),
      /pairs: expected 2 items, got 1: \[1\] instead of \[1,2\]/,
    );
    assert.throws(() => checkEqual("x", [], {}), /expected \{\}, got \[\]/);
    assert.throws(() => checkEqual("x", undefined, 1), /x: expected 1, got undefined/);
  });

  it("refuses things that could agree with everything", () => {
    const agreeable: [string, unknown][] = [
      ["a proxy", new Proxy([1, 2], {})],
      ["a getter", Object.defineProperty([1], "0", { get: () => 1, enumerable: true })],
      [
        "an instance with valueOf",
        new (class {
          valueOf = () => 1;
        })(),
      ],
      ["a function", () => 1],
      ["a thenable class", Promise.resolve([1])],
      ["a boxed number", Object(1)],
    ];
    for (const [what, value] of agreeable) {
      assert.throws(() => quietly(() => checkEqual("x", value, [1, 2])), CheckError, what);
    }
  });

  it("still refuses a wrong answer when the globals it could use are replaced", () => {
    const saved = { is: Object.is, abs: Math.abs, isArray: Array.isArray, stringify: JSON.stringify };
    Object.is = () => true;
    Math.abs = () => 0;
    Array.isArray = ((value: unknown) => value !== null) as typeof Array.isArray;
    JSON.stringify = () => "same";
    try {
      assert.throws(() => checkEqual("x", [1], [2]), CheckError);
      assert.throws(() => checkClose("x", [1], [2]), CheckError);
    } finally {
      Object.is = saved.is;
      Math.abs = saved.abs;
      Array.isArray = saved.isArray;
      JSON.stringify = saved.stringify;
    }
  });
});

describe("checkClose", () => {
  it("accepts numbers within the tolerance and refuses those outside", () => {
    quietly(() => checkClose("x", [1 + 1e-9, 2], [1, 2]));
    assert.throws(
      () => checkClose("x", [1, 2.1], [1, 2]),
      /x\[1\]: expected 2, got 2\.1 \(difference 1\.0e-1, allowed 0\.000001\)/,
    );
  });

  it("refuses NaN and infinity where a number is expected", () => {
    assert.throws(() => checkClose("x", Number.NaN, 1), /expected 1, got NaN/);
    assert.throws(() => checkClose("x", Infinity, 1), /expected 1, got Infinity/);
  });
});
