/** The percent format: what a notebook source may say, and what is refused with file and line. */
import assert from "node:assert/strict";
import { GraderError, joinRegions, parsePercent } from "../../grader/index.ts";

const exercise = [
  "/**",
  " * Notebook 99.",
  " *",
  " * title: A test",
  " * goal: one thing",
  " * goal: another",
  " * reading: 3 minutes",
  " */",
  "",
  "// %% [markdown]",
  "// ## Text",
  "//",
  "// More text.",
  "",
  "// %% look at it",
  "const x = 1;",
  "",
  '// %% exercise id=twice title="Twice" difficulty=1 importance=2 minutes=3 hint="Add \\"x\\"." hint="Or multiply."',
  "/*",
  "Complete **twice**.",
  "*/",
  "/** Doubles. */",
  "function twice(value: number): number {",
  "  // BEGIN SOLUTION",
  "  return value + value;",
  "  // END SOLUTION",
  "}",
  "// %% tests points=2",
  "check(twice(2) === 4);",
  "// BEGIN HIDDEN TESTS: negative numbers",
  "check(twice(-2) === -4);",
  "// END HIDDEN TESTS",
  "",
].join("\n");

const question = [
  '// %% written id=why title="Why?" difficulty=2 importance=3 minutes=5 points=2 hint="Think."',
  "/*",
  "Say why.",
  "*/",
  "// BEGIN SOLUTION",
  "/*",
  "Since it is so.",
  "*/",
  "// END SOLUTION",
  "",
].join("\n");

describe("a written question", () => {
  it("has a prompt, points and what a good answer holds", () => {
    const [cell] = parsePercent("99-test", question).cells;
    assert.ok(cell?.kind === "written");
    const { id, title, prompt, hints, points, answer } = cell;
    assert.deepEqual(
      { id, title, prompt, hints, points, answer },
      {
        id: "why",
        title: "Why?",
        prompt: "Say why.",
        hints: ["Think."],
        points: 2,
        answer: "Since it is so.",
      },
    );
  });

  it("is refused without points, and without an answer for the person who grades", () => {
    for (const broken of [question.replace(" points=2", ""), question.split("// BEGIN")[0]!]) {
      assert.throws(() => parsePercent("99-test", broken), { code: "E_PERCENT" });
    }
  });
});

describe("parsePercent", () => {
  const source = parsePercent("99-test", exercise);

  it("reads title, goals and facts from the header comment", () => {
    assert.equal(source.header.title, "A test");
    assert.deepEqual(source.header.goals, ["one thing", "another"]);
    assert.deepEqual([...source.header.facts], [["reading", "3 minutes"]]);
  });

  it("gives each cell its kind, line, title and text", () => {
    assert.deepEqual(
      source.cells.map(({ kind, line, title }) => [kind, line, title]),
      [
        ["markdown", 10, ""],
        ["code", 15, "look at it"],
        ["exercise", 18, "Twice"],
        ["tests", 28, ""],
      ],
    );
    const [text] = source.cells;
    assert.ok(text?.kind === "markdown");
    assert.equal(text.text, "## Text\n\nMore text.");
  });

  it("takes an exercise's prompt, hints and solution apart", () => {
    const cell = source.cells[2];
    assert.ok(cell?.kind === "exercise");
    assert.equal(cell.prompt, "Complete **twice**.");
    assert.deepEqual(cell.hints, ['Add "x".', "Or multiply."]);
    assert.deepEqual(
      cell.regions.map(({ kind, lines }) => [kind, lines]),
      [
        ["public", ["/** Doubles. */", "function twice(value: number): number {"]],
        ["solution", ["  return value + value;"]],
        ["public", ["}"]],
      ],
    );
    assert.match(joinRegions(cell.regions), /\n {2}\/\/ BEGIN SOLUTION\n {2}return value/);
  });

  it("links tests to the exercise before them and keeps the public note of hidden ones", () => {
    const cell = source.cells[3];
    assert.ok(cell?.kind === "tests");
    assert.deepEqual([cell.id, cell.exercise, cell.points], ["twice-tests", "twice", 2]);
    assert.equal(cell.regions[1]?.note, "negative numbers");
  });

  it("reads CRLF sources alike", () => {
    assert.deepEqual(parsePercent("99-test", exercise.replaceAll("\n", "\r\n")), source);
  });

  const refused: [string, string, RegExp][] = [
    [
      "an unknown option",
      "// %% tests pionts=2\n",
      /bad\.nb\.ts:1: a tests cell has no option "pionts"; allowed: id, points/,
    ],
    ["tests without an exercise", "// %% tests points=2\nx;\n", /tests need an exercise before them/],
    [
      "tests without points",
      exercise.replace(" points=2", ""),
      /bad\.nb\.ts:28: a tests cell needs points=0…1000/,
    ],
    [
      "an exercise without a prompt",
      exercise.replace("/*\nComplete **twice**.\n*/\n", ""),
      /starts with its prompt/,
    ],
    ["an unclosed solution", exercise.replace("  // END SOLUTION\n", ""), /the solution region has no END/],
    [
      "a solution in a plain cell",
      "// %%\n// BEGIN SOLUTION\n1;\n// END SOLUTION\n",
      /solutions belong in exercise cells/,
    ],
    [
      "code in a text cell",
      "// %% [markdown]\n// text\nconst x = 1;\n",
      /the text cell holds code: const x = 1;/,
    ],
    ["an id used twice", "// %% id=a\n1;\n// %% id=a\n2;\n", /bad\.nb\.ts:3: the id "a" is used twice/],
  ];
  for (const [what, text, message] of refused) {
    it(`refuses ${what}, with file and line`, () => {
      assert.throws(
        () => parsePercent("bad", text),
        (error) => error instanceof GraderError && error.code === "E_PERCENT" && message.test(error.message),
      );
    });
  }
});
