/** Proofs: an exercise whose tests let a wrong answer through, or give points for nothing, is found before students get it. */
import assert from "node:assert/strict";
import { parsePercent, proveSource, releaseSource, type Proof } from "../../grader/index.ts";

const mutant = (caught: string, line: string): string =>
  `\n// %% mutant title="${line}" caught="${caught}"\n/*\n  ${line}\n*/\n`;

/** One exercise, whose hidden test is left out when `isWeak`. */
const sourceWith = ({ isWeak = false, hint = 'hint="Add it to itself."', mutants = "" }): string => `
// %% setup id=setup
import { checkEqual } from "residency/exercise";

// %% exercise id=twice title="Twice" difficulty=1 importance=1 minutes=1 ${hint}
/*
Double it.
*/
function twice(value: number): number {
  // BEGIN SOLUTION
  return value + value;
  // END SOLUTION
}

// %% tests points=2
checkEqual("twice of 2", twice(2), 4);
${isWeak ? "" : '// BEGIN HIDDEN TESTS\ncheckEqual("twice of -3", twice(-3), -6);\n// END HIDDEN TESTS'}
${mutants}`;

describe("proveSource", function () {
  this.timeout(60_000);
  this.slow(10_000);
  const prove = (text: string): Promise<Proof> => proveSource(parsePercent("90-tiny", text));
  const problemsOf = async (text: string): Promise<string[]> =>
    (await prove(text)).findings.map(({ exercise, problem }) => `${exercise}: ${problem}`);

  it("proves an exercise whose mutants are caught by the checks that they name", async () => {
    const mutants =
      mutant("twice of 2", "return value * 3;") +
      mutant("twice of -3", "return Math.abs(value * 2);") +
      mutant("is not assignable to type 'number'", "return String(value * 2);");
    assert.deepEqual(await prove(sourceWith({ mutants })), {
      ...{ name: "90-tiny", exercises: 1, points: 2, mutants: 3 },
      findings: [],
    });
  });

  it("finds a mutant that no test catches, and one that another check catches", async () => {
    const mutants =
      mutant("twice of -3", "return Math.abs(value * 2);") + mutant("twice of -3", "return value * 3;");
    const [first, second, ...others] = await problemsOf(sourceWith({ isWeak: true, mutants }));
    assert.equal(first, 'twice: no test catches the mutant "return Math.abs(value * 2);"');
    assert.match(
      second!,
      /^twice: the mutant "return value \* 3;" is caught by other than "twice of -3": .*twice of 2/,
    );
    assert.deepEqual(others, []);
  });

  it("finds an exercise without a hint or a mutant, one that gives points untouched, and a solution that fails", async () => {
    assert.deepEqual(await problemsOf(sourceWith({ hint: "" })), [
      "twice: it has no hint",
      "twice: no mutant shows that its tests catch a wrong answer",
    ]);
    const mutants = mutant("twice of 2", "return value * 3;");
    const free = sourceWith({ mutants }).replace(/checkEqual\("twice.*\n/g, "");
    assert.ok((await problemsOf(free)).includes("twice: untouched it gets 2 points"));
    const broken = sourceWith({ mutants }).replace("return value + value", "return value");
    assert.ok((await problemsOf(broken)).some((text) => text.startsWith("twice: solved, its tests fail: ")));
  });
});

describe("releaseSource", () => {
  it("puts no mutant into a notebook, and finds a solution line that stands in a mutant too", () => {
    const mutants = mutant("twice of 2", "return value + value;");
    const files = [...releaseSource("90-tiny", sourceWith({ mutants })).values()];
    assert.ok(files.every((text) => !text.includes("mutant")));
    const leaking = `${sourceWith({ mutants })}\n// %%\nconst note = "return value + value;";\n`;
    // The same line in a public cell is no secret; only there it may stand.
    assert.doesNotThrow(() => releaseSource("90-tiny", leaking));
  });
});

/** An exercise on types alone: the answer is a type, and the tests are what must and must not compile. */
const typedSource = `
// %% setup id=setup
import { checkSameType } from "residency/exercise";

// %% exercise id=dtype title="Storage types" difficulty=2 importance=3 minutes=5 hint="A union of three strings."
/*
Name the types.
*/
type Dtype =
  // BEGIN SOLUTION: never;
  "float32" | "bfloat16" | "nf4";
  // END SOLUTION

// %% tests points=1
checkSameType<"float32" | "bfloat16" | "nf4", Dtype>("the three names");
// @ts-expect-error: a typo must not compile
const typo: Dtype = "float23";
const right: Dtype = "nf4";

// %% mutant title="any string" caught="TypeMismatch<"
/*
  string;
*/

// %% mutant title="one is missing" caught="TypeMismatch<"
/*
  "float32" | "nf4";
*/
`;

describe("an exercise on types", function () {
  this.timeout(60_000);
  this.slow(10_000);
  it("is tested by the compiler", async () => {
    const proof = await proveSource(parsePercent("90-types", typedSource));
    assert.deepEqual(proof.findings, []);
    const sheet = releaseSource("90-types", typedSource).get("exercises/90-types.ipynb")!;
    assert.match(sheet, /Write your answer here\..*\n.*never;/);
  });
});
