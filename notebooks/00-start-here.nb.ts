/**
 * Notebook 00: start here, what a cell does, shapes that the compiler checks, chance from a seed, charts, and grading.
 *
 * title: Start here
 * goal: run cells, read what they give, and stop one that runs too long
 * goal: say the shape of a matrix product before anything is computed, and let the compiler say it too
 * goal: draw random numbers that are the same on every machine
 * goal: solve an exercise, check it, and know what the grader will do with it
 * reading: 20 minutes
 * running: 10 seconds
 * memory: 0.4 GB
 * needs: a little programming, in any language
 * graded: three exercises, 7 points
 * next: notebook 01, a language model is a probability distribution
 */

// %% [markdown]
/*
This course goes from guessing the next word to a small clinical language model that you have fine-tuned yourself.
Everything runs here: no GPU, no account, no download while you read.

A notebook is text with cells of code in between. Click into a cell and press Shift and Enter. It runs, and what it
gives appears below it.
*/

// %% a first cell
const greeting = "Hello, resident.";
greeting;

// %% [markdown]
/*
The last line of a cell is its **result**. Whatever else you want to see, you print.
*/

// %% print on the way
for (const word of greeting.split(" ")) console.log(word, "has", word.length, "characters");

// %% [markdown]
/*
What a cell declares is there for the cells after it. Change the greeting above, run both cells again, and this one
follows. The order that counts is the order in which you run cells, not their order on the page.
*/

// %% use what an earlier cell declared
const letters = greeting.match(/\p{L}/gu) ?? [];
console.log(letters.length, "letters");

// %% [markdown]
/*
Models and data arrive with a delay. A cell waits for them with `await`, right at its top level.
*/

// %% wait for something
const arrived = await new Promise<string>((resolve) => setTimeout(() => resolve("here it is"), 200));
arrived;

// %% [markdown]
/*
A cell that never ends is no accident to be afraid of. Press the square **stop** button, or Escape and then the key I
twice: the loop ends, and all your variables keep their values. Try it with `for (;;);` in a cell of your own.
*/

// %% [markdown]
/*
Three more keys are worth knowing. **Tab** completes a name. **Shift and Tab** inside the parentheses of a call shows
what it wants. And a cell with `?display` alone opens the documentation of `display`.
*/

// %% show more than one thing
import { html, markdown } from "residency/cell";
display(markdown("A cell can show **formatted text**,"));
display(html("<div style='color:#0072B2'>or a piece of a web page,</div>"));
[
  { shown: "or a list of objects", as: "a table" },
  { shown: "one row each", as: "like this" },
];

// %% [markdown]
/*
## Types: mistakes that never run

The language is TypeScript: JavaScript, with types that are checked before a cell runs. Here is a small function,
with its types written down: it takes a list of numbers, and gives a number.
*/

// %% a function with types
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
mean([2, 4, 9]);

// %% [markdown]
/*
What if somebody calls it with text? In JavaScript the answer would be NaN, or worse, a wrong number that nobody
notices. Here the line does not compile.

The comment `@ts-expect-error` says that we know: the next line must be wrong. Delete the comment and run the cell to
see the real message.
*/

// %% the wrong thing, marked as wrong
// @ts-expect-error text is no list of numbers
const wrongCall = () => mean("2, 4, 9");
console.log("checked, and not called:", wrongCall.name);

// %% [markdown]
/*
A type can be as narrow as you like. This one allows two words and nothing else; the compiler knows them, and offers
them when you press Tab.
*/

// %% a type of two words
type Side = "left" | "right";
const side: Side = "left";
// @ts-expect-error "centre" is neither of the two
const other: Side = "centre";
console.log(side, other);

// %% [markdown]
/*
Did you notice? The second line is a type error, and yet the text was printed: the comment told the checker to look
away. Types are there **before** the program runs. When it runs, they are gone.
*/

// %% setup id=setup
import { checkEqual, checkSameType } from "residency/exercise";

// %% [markdown]
/*
## A typo that costs an evening

The talk that this course is built from has a notebook with the line `tokenizer.padding_sight = "right"`. Python
accepts it: the object gets a new field that nobody reads, and texts are padded on whatever side they were before. No
error, no warning; perhaps a worse model.
*/

// %% what a tokenizer may be told
interface PaddingOptions {
  /** On which side short texts are filled up. */
  paddingSide: "left" | "right";
  /** The most tokens that a text may have. */
  maxLength: number;
}

// %% exercise id=typo title="Fix a type error" difficulty=1 importance=4 minutes=5 hint="Run the cell as it is. The message names the field that does not exist, and suggests one that does." hint="A number stands without quotation marks."
/*
This cell was written in a hurry, and holds two type errors. Mend them: short texts are filled up on the **left**, and
a text may have **512** tokens.

You should see two check marks below.
*/
const padding: PaddingOptions = {
  // BEGIN SOLUTION: paddingSight: "left", maxLength: "512",
  paddingSide: "left",
  maxLength: 512,
  // END SOLUTION
};

// %% tests points=1
checkSameType<PaddingOptions, typeof padding>("the type is still PaddingOptions");
checkEqual("the options", padding, { paddingSide: "left", maxLength: 512 });
// BEGIN HIDDEN TESTS: the type must still refuse the typo
// @ts-expect-error the typo is still a type error
const stillWrong: typeof padding = { paddingSight: "left", maxLength: 512 };
checkEqual("hidden: the typo is no side", "paddingSide" in stillWrong, false);
checkSameType<"left" | "right", typeof padding.paddingSide>("hidden: the two sides");
// END HIDDEN TESTS

// %% mutant title="the other side" caught="the options.paddingSide: expected \"left\", got \"right\""
/*
  paddingSide: "right",
  maxLength: 512,
*/

// %% mutant title="a length that is off by one" caught="the options.maxLength: expected 512, got 511"
/*
  paddingSide: "left",
  maxLength: 511,
*/

// %% mutant title="the typo is kept beside the right field" caught="'paddingSight' does not exist in type 'PaddingOptions'"
/*
  paddingSide: "left",
  paddingSight: "left",
  maxLength: 512,
*/

// %% [markdown]
/*
## Shapes

A language model is numbers in tables, multiplied. Most mistakes in such programs are mistakes of shape, so we print
shapes all the time. A table of two rows and three columns has the shape [2, 3].
*/

// %% a table of numbers and its shape
const notes = [
  [1, 2, 3],
  [4, 5, 6],
]; // [2, 3]
const shapeOf = (table: readonly (readonly number[])[]) => [table.length, table[0]?.length ?? 0];
shapeOf(notes);

// %% [markdown]
/*
To multiply two tables, each row of the first meets each column of the second: multiply number by number, add up.
That works only when a row of the first is as long as a column of the second.

So [2, **3**] times [**3**, 4] gives [2, 4]. The inner numbers must be the same, and vanish.
*/

// %% multiply
function multiply(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
  return a.map((row) => b[0]!.map((_, column) => row.reduce((sum, x, k) => sum + x * b[k]![column]!, 0)));
}
const weights = [
  [1, 0, 0, 1],
  [0, 1, 0, 1],
  [0, 0, 1, 1],
]; // [3, 4]
const product = multiply(notes, weights);
console.log(shapeOf(notes), "times", shapeOf(weights), "is", shapeOf(product));
product;

// %% [markdown]
/*
A picture of a table helps as soon as it has more than twelve numbers. In a **heat map** each number is a field, and
the darker, the larger.
*/

// %% the product as a picture
import { barChart, groupedBarChart, heatMap, histogram, lineChart } from "residency/viz";
heatMap(product, { title: "The product [2, 4]", xLabel: "column", yLabel: "row", digits: 0 });

// %% [markdown]
/*
And the wrong thing? Multiply [3, 4] by [2, 3], in the other order. Nothing stops us: JavaScript begins to compute, and
reads beyond the end of a table without a word.
*/

// %% the wrong order
try {
  console.log(multiply(weights, notes));
} catch (error) {
  console.log(String(error));
}

// %% [markdown]
/*
Here it ended in an error, far from its cause: the message speaks of `undefined`, not of shapes. With other sizes it
would have been NaN, without any error.

## Shapes in types

We can do better: put the shape into the **type**. Then the compiler knows it before anything runs.
*/

// %% a matrix that knows its shape
interface Matrix<Rows extends number, Columns extends number> {
  readonly shape: readonly [Rows, Columns];
  readonly values: readonly number[]; // row by row
}
function ones<const R extends number, const C extends number>(rows: R, columns: C): Matrix<R, C> {
  return { shape: [rows, columns], values: new Array<number>(rows * columns).fill(1) };
}
const input = ones(2, 3); // hover over the name: Matrix<2, 3>
input.shape;

// %% [markdown]
/*
`2` and `3` stand in the type itself. A product of such matrices can say what it wants, and what it gives: the letter
`K` appears twice, once in each argument, and not in the result.
*/

// %% a product that says its shape
function times<R extends number, K extends number, C extends number>(
  a: Matrix<R, K>,
  b: Matrix<NoInfer<K>, C>,
): Matrix<R, C> {
  const [rows, inner] = a.shape;
  const columns = b.shape[1];
  const values = Array.from({ length: rows * columns }, (_, place) => {
    const [row, column] = [Math.floor(place / columns), place % columns];
    let sum = 0;
    for (let k = 0; k < inner; k += 1) sum += a.values[row * inner + k]! * b.values[k * columns + column]!;
    return sum;
  });
  return { shape: [rows, columns], values };
}

// %% a right product and a wrong one
const output = times(input, ones(3, 4)); // Matrix<2, 4>
// @ts-expect-error 3 columns do not meet 5 rows
const impossible = times(input, ones(5, 4));
console.log(output.shape, output.values.join(" "));
console.log("computed all the same, and wrong:", impossible.values.join(" "));

// %% [markdown]
/*
`NoInfer` is there since TypeScript is helpful: given 3 and 5 for the same letter, it would settle on “3 or 5” and let
both pass. `NoInfer` says: take `K` from the first matrix alone, and hold the second to it.
*/

// %% exercise id=product-shape title="The shape of a product, by type alone" difficulty=3 importance=3 minutes=15 hint="`A extends B ? X : never` is how a type asks a question. The columns of the first shape are `A[1]`, the rows of the second `B[0]`." hint="`3` extends `number`, but `number` does not extend `3`. To ask whether two types are the same, ask in both directions." hint="`[A[1], B[0]] extends [B[0], A[1]] ? … : never` asks both at once."
/*
Complete the type `ProductShape`. For the shapes `[2, 3]` and `[3, 4]` it is `[2, 4]`. When the inner numbers are not
the same, it is `never`: there is no such product. A length known only as `number` is not known to fit, so that is
`never`, too.

No code runs here. The compiler is the judge; you should see three check marks.
*/
type Shape = readonly [rows: number, columns: number];
type ProductShape<A extends Shape, B extends Shape> =
  // BEGIN SOLUTION: unknown;
  [A[1], B[0]] extends [B[0], A[1]] ? [A[0], B[1]] : never;
// END SOLUTION

// %% tests points=3
checkSameType<[2, 4], ProductShape<[2, 3], [3, 4]>>("[2, 3] times [3, 4] is [2, 4]");
checkSameType<[7, 5], ProductShape<[7, 1], [1, 5]>>("[7, 1] times [1, 5] is [7, 5]");
checkSameType<never, ProductShape<[2, 3], [4, 5]>>("[2, 3] times [4, 5] is never");
// BEGIN HIDDEN TESTS: square matrices, a swapped order, lengths that are not known
checkSameType<[6, 6], ProductShape<[6, 6], [6, 6]>>("hidden: square");
checkSameType<never, ProductShape<[3, 4], [2, 3]>>("hidden: the other order");
checkSameType<never, ProductShape<[2, 3], [number, 4]>>("hidden: unknown rows of the second");
checkSameType<never, ProductShape<[2, number], [3, 4]>>("hidden: unknown columns of the first");
// END HIDDEN TESTS

// %% mutant title="the shape of a sum" caught="TypeMismatch<[2, 4], [2, 3]>"
/*
  [A[1], B[0]] extends [B[0], A[1]] ? [A[0], A[1]] : never;
*/

// %% mutant title="transposed" caught="TypeMismatch<[2, 4], [4, 2]>"
/*
  [A[1], B[0]] extends [B[0], A[1]] ? [B[1], A[0]] : never;
*/

// %% mutant title="anything fits" caught="TypeMismatch<never, ProductShape<[2, 3], [4, 5]>>"
/*
  [A[0], B[1]];
*/

// %% mutant title="compares the outer numbers" caught="TypeMismatch<[2, 4], never>"
/*
  [A[0], B[1]] extends [B[1], A[0]] ? [A[0], B[1]] : never;
*/

// %% mutant title="asks in one direction only" caught="TypeMismatch<never, [2, 4]>"
/*
  A[1] extends B[0] ? [A[0], B[1]] : never;
*/

// %% [markdown]
/*
## Tensors of the library

From notebook 04 on, a library multiplies for us, on TensorFlow.js. It picks the fastest way to compute that works on
this machine, and says which.
*/

// %% choose a backend output=varies
import { setBackend } from "residency";
const backend = await setBackend();
console.log(`${backend.name}: ${backend.reason}`);

// %% tensors show their shape
import { matMul } from "residency/ops";
import { tensor2d } from "residency/tensor";
const left = tensor2d(notes); // [2, 3]
const right = tensor2d(weights); // [3, 4]
matMul(left, right);

// %% [markdown]
/*
The same numbers as above. Library tensors keep their shape as a value, and not as a type, since a batch is as long as
its longest text. So they check shapes when they run, and say clearly what does not fit.
*/

// %% a clear error
try {
  matMul(right, left);
} catch (error) {
  console.log((error as Error).message);
}

// %% [markdown]
/*
## Chance from a seed

A language model **draws** its next word. Chance makes experiments hard to repeat, so nothing here is left to it: all
random numbers come from a short calculation that starts at a number of your choice, the **seed**.

This one follows Park and Miller, 1988: multiply, and keep the remainder. The first numbers of a small seed are small,
so three are thrown away.
*/

// %% a generator in four lines
function createRandom(seed: number): () => number {
  let state = seed; // a whole number from 1 to 2147483646
  const next = () => (state = (state * 48271) % 2147483647) / 2147483647; // above 0, below 1
  for (let skipped = 0; skipped < 3; skipped += 1) next();
  return next;
}
const random = createRandom(7);
[random(), random(), random()];

// %% [markdown]
/*
Run the cell again: the same three numbers. Another seed gives others. Are they spread evenly, as chance should be?
*/

// %% look at ten thousand of them
const many = Array.from({ length: 10_000 }, createRandom(1));
histogram(many, { title: "Ten thousand draws", xLabel: "Value", yLabel: "Draws", bins: 20 });

// %% [markdown]
/*
About 500 in each of 20 bins, some more, some fewer. Their mean should be near one half.
*/

// %% their mean
mean(many).toFixed(4);

// %% [markdown]
/*
How near? With more draws the mean settles. This picture is worth a look: after ten draws a mean says little, and
a comparison of two models on ten answers says as little.
*/

// %% the mean of the first n draws
const counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
lineChart(
  [1, 2, 3].map((seed) => {
    const draws = Array.from({ length: 1000 }, createRandom(seed));
    return { name: `seed ${seed}`, x: counts, y: counts.map((count) => mean(draws.slice(0, count))) };
  }),
  { title: "Means settle slowly", xLabel: "Number of draws", yLabel: "Mean" },
);

// %% [markdown]
/*
## Drawing a word

After “The sky is”, suppose a model believes this:
*/

// %% what a model might believe
const belief = { blue: 0.5, clear: 0.3, falling: 0.2 };
barChart(belief, { title: "Next word after “The sky is”", xLabel: "Word", yLabel: "Probability" });

// %% [markdown]
/*
To draw from it, lay the probabilities end to end on a line from 0 to 1: “blue” from 0 to 0.5, “clear” up to 0.8,
“falling” up to 1. A random number between 0 and 1 is a point on that line. The word whose piece it hits is drawn.
*/

// %% lay them end to end
let end = 0;
for (const [word, probability] of Object.entries(belief)) {
  console.log(`${word.padEnd(8)} from ${end.toFixed(1)} to ${(end += probability).toFixed(1)}`);
}

// %% exercise id=draws title="The stated draws" difficulty=2 importance=5 minutes=15 hint="Make one generator at the start, and ask it `count` times. A generator made anew for each draw gives the same number each time." hint="Walk along the line: take each probability away from the random number, until it is below 0." hint="Sums of decimals are not exact. When the walk runs off the end, the last index is the answer."
/*
Complete `sampleMany`: it draws `count` times from a distribution, and gives the **indices** that were drawn. It takes
its random numbers from `createRandom(seed)`, one a draw and in order. A point that lies exactly on a border belongs to
the piece after it.

You should see four check marks, and for seed 7 the draws 0, 1, 0, 1, 1, 2.
*/
/** Draws indices from probabilities [V] that add up to 1; the same seed gives the same draws. */
function sampleMany(probabilities: readonly number[], count: number, seed: number): number[] {
  // BEGIN SOLUTION
  const next = createRandom(seed);
  return Array.from({ length: count }, () => {
    let rest = next();
    const index = probabilities.findIndex((probability) => (rest -= probability) < 0);
    return index < 0 ? probabilities.length - 1 : index;
  });
  // END SOLUTION
}

// %% tests points=3
checkEqual("six draws with seed 7", sampleMany([0.5, 0.3, 0.2], 6, 7), [0, 1, 0, 1, 1, 2]);
checkEqual("the same seed again", sampleMany([0.5, 0.3, 0.2], 6, 7), sampleMany([0.5, 0.3, 0.2], 6, 7));
checkEqual("a certain outcome", sampleMany([0, 1, 0], 5, 3), [1, 1, 1, 1, 1]);
checkEqual("no draws", sampleMany([0.5, 0.5], 0, 1), []);
// BEGIN HIDDEN TESTS: another seed, how often each index comes, sums that fall short of 1, a point on a border
checkEqual("hidden: seed 2024", sampleMany([0.1, 0.2, 0.3, 0.4], 10, 2024), [3, 1, 3, 2, 2, 1, 3, 1, 1, 2]);
const hiddenDraws = sampleMany([0.6, 0.4], 5000, 11);
const hiddenShare = hiddenDraws.filter((index) => index === 0).length / hiddenDraws.length;
checkEqual("hidden: index 0 comes six times in ten", Math.abs(hiddenShare - 0.6) < 0.02, true);
checkEqual("hidden: the last index takes what is left", sampleMany([1e-9, 1e-9], 2, 5), [1, 1]);
const border = 1914720637 / 2147483647; // the first draw of seed 1
checkEqual("hidden: a border", sampleMany([border, 1 - border], 1, 1), [1]);
// END HIDDEN TESTS

// %% mutant title="chance without a seed" caught="six draws with seed 7"
/*
  let state = Date.now();
  return Array.from({ length: count }, () => {
    state += 1;
    return probabilities.length - 1 - (state % 2);
  });
*/

// %% mutant title="a new generator for each draw" caught="six draws with seed 7"
/*
  return Array.from({ length: count }, () => {
    let rest = createRandom(seed)();
    return probabilities.findIndex((probability) => (rest -= probability) < 0);
  });
*/

// %% mutant title="always the likeliest" caught="six draws with seed 7"
/*
  return new Array<number>(count).fill(probabilities.indexOf(Math.max(...probabilities)));
*/

// %% mutant title="forgets to add up" caught="six draws with seed 7"
/*
  const next = createRandom(seed);
  return Array.from({ length: count }, () => {
    const point = next();
    const index = probabilities.findIndex((probability) => point < probability);
    return index < 0 ? probabilities.length - 1 : index;
  });
*/

// %% mutant title="runs off the end" caught="hidden: the last index takes what is left"
/*
  const next = createRandom(seed);
  return Array.from({ length: count }, () => {
    let rest = next();
    return probabilities.findIndex((probability) => (rest -= probability) < 0);
  });
*/

// %% mutant title="a border belongs to the piece before it" caught="hidden: a border"
/*
  const next = createRandom(seed);
  return Array.from({ length: count }, () => {
    let rest = next();
    const index = probabilities.findIndex((probability) => (rest -= probability) < 0 || (rest === 0 && probability > 0));
    return index < 0 ? probabilities.length - 1 : index;
  });
*/

// %% [markdown]
/*
Do draws follow the distribution? Here are 1,000 of them, beside what the model believes. This cell draws by adding up
first, and comparing afterwards: another way to the same answer.
*/

// %% a thousand draws beside the belief
const words = Object.keys(belief);
const borders = [0.5, 0.8, 1];
const uniform = createRandom(42);
const drawn = Array.from({ length: 1000 }, () => {
  const point = uniform();
  return words[borders.findIndex((border) => point < border)]!;
});
const shares = words.map((word) => drawn.filter((each) => each === word).length / drawn.length);
console.log(Object.fromEntries(words.map((word, index) => [word, shares[index]])));

// %% draw both
groupedBarChart(
  words,
  [
    { name: "belief", values: Object.values(belief) },
    { name: "1,000 draws", values: shares },
  ],
  { title: "Draws follow the belief", xLabel: "Word", yLabel: "Share" },
);

// %% [markdown]
/*
“falling” came about one time in five, though it was never the likeliest. That is the difference between drawing and
always taking the best, and notebook 05 is about it.

## How exercises are graded

Each exercise has a **sheet**, a notebook in the folder `exercises`. The cell after your answer holds its **visible
tests**: run it, and each line with a check mark is a test that passed.
*/

// %% what a check says
import { checkClose } from "residency/exercise";
checkClose("mean of three numbers", mean([2, 4, 9]), 5);
try {
  checkClose("mean of two numbers", mean([2, 4]), 3.5);
} catch (error) {
  console.log((error as Error).message);
}

// %% [markdown]
/*
A failing check says what it expected, what came, and where. You can also ask from **any** cell, by the number of the
notebook and the place of the exercise. Where there is no answer yet, it says so.
*/

// %% ask for the tests of the third exercise
import { check } from "residency/exercise";
await check("00.3");

// %% [markdown]
/*
The grader runs your notebook from top to bottom in a fresh kernel, so run it that way yourself once before you hand it
in: the menu **Run**, then **Restart Kernel and Run All Cells**.

It then adds **hidden tests**: other inputs, edge cases. An answer that only fits the visible numbers fails them. You
learn what they were about, not what they were.
*/

// %% [markdown]
/*
You may change everything in the sheet but the cells that are locked; the grader uses its own copy of those anyway. A
cell that takes too long is stopped and counts as a wrong answer. To grade yourself, in a terminal:

`npx residency grade exercises/00-start-here.ipynb`
*/

// %% [markdown]
/*
## What you can now do

- Run, wait for, and stop a cell.
- Let the compiler find typos and wrong shapes **before** anything is computed.
- Repeat an experiment: same **seed**, same draws.
- Ask for the tests of an exercise with `check`.

Five questions follow. Choose first, then open your choice.
*/

// %% [markdown]
/*
**1. You change a cell and run it. When do the cells below it change?**

<details><summary>At once</summary>No. A notebook does not follow its own order; it remembers what ran.</details>
<details><summary>When you run them again</summary>Yes. Until then they show what was true before.</details>
<details><summary>When you save</summary>No. Saving writes the file, and runs nothing.</details>
*/

// %% [markdown]
/*
**2. A [5, 8] table times an [8, 3] table is**

<details><summary>[8, 8]</summary>No. The inner numbers meet and vanish.</details>
<details><summary>[5, 3]</summary>Yes. Rows of the first, columns of the second.</details>
<details><summary>not possible</summary>It is: a row of the first has 8 numbers, and a column of the second has 8.</details>
*/

// %% [markdown]
/*
**3. What does a type error tell you?**

<details><summary>The result was wrong</summary>No. Nothing has run, so there is no result.</details>
<details><summary>A value was of the wrong kind while the cell ran</summary>No. That is an error at run time, and comes
later, if it comes at all.</details>
<details><summary>Some run of this cell could go wrong</summary>Yes. The checker speaks of all runs at once, before
the first.</details>
*/

// %% [markdown]
/*
**4. Why do we seed?**

<details><summary>For better random numbers</summary>No. The seed makes them repeatable, not better.</details>
<details><summary>For a difference that is not chance</summary>Yes. Two runs with the same draws differ only by what
you changed.</details>
<details><summary>Since real chance is slow</summary>No. It is fast enough; it only never comes twice.</details>
*/

// %% [markdown]
/*
**5. All visible tests pass. What is your grade?**

<details><summary>All points</summary>Not yet. Hidden tests decide, with inputs you have not seen.</details>
<details><summary>Unknown, but a good sign</summary>Yes. An answer that does what the text asks passes the
others, too; one that was made for the shown numbers does not.</details>
<details><summary>Nothing, until a person has read it</summary>No. These exercises are graded by tests alone.</details>
*/

// %% [markdown]
/*
**Words of this notebook.** *Cell*: a piece of a notebook that runs at once. *Shape*: the lengths of a table, outermost
first. *Type*: what is known of a value before the program runs. *Seed*: the number that random draws start from.
*Distribution*: probabilities that add up to 1. *Hidden test*: a test that only the grader has.

**Stretch:** write the type of the product of three matrices, and let `never` come out when any two do not fit.
*/
