/**
 * Notebook 03: next-token prediction, the one task that every language model is trained on.
 *
 * title: Next-token prediction
 * goal: cut a sentence into training pairs, each a context and the token that comes next
 * goal: turn scores into probabilities, and measure them by cross-entropy, without overflow
 * goal: say what the loss must be before a model has learnt anything
 * goal: follow the gradient by hand, and check any gradient by finite differences
 * goal: take the loss of a batch whose rows differ in length
 * reading: 35 minutes
 * running: 10 seconds
 * memory: 0.4 GB
 * needs: logarithms and perplexity (notebook 01), tokens (notebook 02)
 * graded: six exercises, 16 points
 * previous: notebook 02, tokens
 * next: notebook 04, a transformer from parts
 */

// %% [markdown]
/*
A language model has one job: given the tokens so far, say how likely each token is to come next. To answer
a question about a clinical note is that job, done again and again.

We take the smallest example apart: one sentence, which is the talk's own, and a table of numbers. No library computes
anything for us, until the end.
*/

// %% setup id=setup
import { checkClose, checkEqual } from "residency/exercise";

// %% import the charts
import { barChart, groupedBarChart, heatMap, lineChart } from "residency/viz";

// %% [markdown]
/*
## One sentence, five tokens

A tokenizer cuts text into pieces and numbers them. Here we cut at word starts, so a space belongs to the word
after it, as in notebook 02. A trained tokenizer would do the same with smaller pieces.
*/

// %% cut the sentence
const sentence = "The sky is blue.";
const tokens = sentence.match(/ ?\w+|[^\w\s]/g) ?? [];
tokens;

// %% [markdown]
/*
The model knows more tokens than this sentence has. Ours knows eight; a token's id is its place in the list.
*/

// %% number the tokens
const vocabulary = ["The", " sky", " is", " blue", ".", " sea", " green", " deep"];
const V = vocabulary.length;
const idsOf = (text: string): number[] =>
  (text.match(/ ?\w+|[^\w\s]/g) ?? []).map((token) => vocabulary.indexOf(token));
const ids = idsOf(sentence);
console.log(ids, "of", V);

// %% [markdown]
/*
## Four questions in one sentence

Five tokens hold four questions: after each prefix, what comes next? No person had to label anything; the text is
its own answer key.
*/

// %% show the four training pairs
for (let position = 1; position < tokens.length; position += 1) {
  const context = tokens.slice(0, position).join("");
  console.log(`${JSON.stringify(context).padEnd(16)} → ${JSON.stringify(tokens[position])}`);
}

// %% [markdown]
/*
In training all four are asked at once. The model reads one list, the **inputs**, and at each place is scored
against a second list, the **targets**: the same tokens, one step ahead.
*/

// %% exercise id=shift title="Inputs and targets" difficulty=1 importance=5 minutes=5 hint="The last token has nothing after it, so it is no input. The first has nothing before it, so it is no target." hint="`slice(0, -1)` is everything but the last item."
/*
Complete `inputsAndTargets`. For *n* tokens it gives two lists of *n* − 1: `targets[i]` is the token that follows
`inputs[i]`. A sequence of fewer than two tokens asks no question: both lists are empty. The given list must stay
as it is.

You should see three check marks below.
*/
/** Splits a token sequence [n] into inputs [n - 1] and the targets [n - 1] one step ahead. */
function inputsAndTargets(sequence: readonly number[]): { inputs: number[]; targets: number[] } {
  // BEGIN SOLUTION
  return { inputs: sequence.slice(0, -1), targets: sequence.slice(1) };
  // END SOLUTION
}

// %% tests points=2
const skyIds = [0, 1, 2, 3, 4];
checkEqual("inputs and targets of the sentence", inputsAndTargets(skyIds), {
  inputs: [0, 1, 2, 3],
  targets: [1, 2, 3, 4],
});
checkEqual("the sequence itself is unchanged", skyIds, [0, 1, 2, 3, 4]);
checkEqual("a single token asks no question", inputsAndTargets([3]), { inputs: [], targets: [] });
// BEGIN HIDDEN TESTS: other sequences, repeated tokens among them
checkEqual("hidden: repeats", inputsAndTargets([7, 7, 5, 7, 0]), {
  inputs: [7, 7, 5, 7],
  targets: [7, 5, 7, 0],
});
checkEqual("hidden: two tokens", inputsAndTargets([6, 2]), { inputs: [6], targets: [2] });
checkEqual("hidden: empty", inputsAndTargets([]), { inputs: [], targets: [] });
// END HIDDEN TESTS

// %% mutant title="the last token stays an input" caught="inputs and targets of the sentence"
/*
  return { inputs: [...sequence], targets: sequence.slice(1) };
*/

// %% mutant title="changes the given list" caught="the sequence itself is unchanged"
/*
  const targets = (sequence as number[]).splice(1);
  return { inputs: [sequence[0]!, ...targets.slice(0, -1)], targets };
*/

// %% mutant title="a single token asks about nothing" caught="a single token asks no question"
/*
  const targets = sequence.slice(1);
  return { inputs: [sequence[0]!, ...targets.slice(0, -1)], targets };
*/

// %% mutant title="pairs by value, not by place" caught="hidden: repeats"
/*
  const last = sequence.at(-1);
  return { inputs: sequence.filter((id) => id !== last || sequence.length === 1).slice(0, sequence.length - 1), targets: sequence.length < 2 ? [] : [...new Set(sequence)].slice(1) };
*/

// %% [markdown]
/*
## From scores to probabilities

A model gives one number per token of the vocabulary, its **logits**: any numbers, high for likely. The softmax
makes probabilities of them: raise *e* to each, divide by the sum.
*/

// %% softmax as the textbook has it
function textbookSoftmax(logits: readonly number[]): number[] {
  const powers = logits.map((logit) => Math.exp(logit));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
textbookSoftmax([2, 1, 0]);

// %% [markdown]
/*
Each step of 1 in the logits is a factor of *e* in the probabilities. So only **differences** count: add the same
number to all logits, and nothing changes.
*/

// %% the same differences, the same probabilities
const rounded = (values: readonly number[]): string => values.map((value) => value.toFixed(4)).join("  ");
console.log("[2, 1, 0]      ", rounded(textbookSoftmax([2, 1, 0])));
console.log("[102, 101, 100]", rounded(textbookSoftmax([102, 101, 100])));
const [high, middle] = textbookSoftmax([2, 1, 0]);
console.log("e =", Math.E.toFixed(4), "  first / second =", (high! / middle!).toFixed(4));

// %% [markdown]
/*
## When the textbook formula breaks

Logits of real models can be large, and *e* to the power of 1,000 is more than a number can hold. The softmax then
divides infinity by infinity.
*/

// %% the wrong thing first
textbookSoftmax([1000, 0]);

// %% [markdown]
/*
Only differences count, so we may take the **largest** logit away from all of them. Then the largest power is
*e*⁰ = 1, and none overflows. From here on this is our softmax, as it is the libraries'.
*/

// %% take the largest away
function softmax(logits: readonly number[]): number[] {
  const peak = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - peak));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
console.log(rounded(softmax([2, 1, 0])), " ", softmax([1000, 0]));

// %% [markdown]
/*
## Cross-entropy: how surprised was the model?

The loss at one place is the surprise about the right token, −log *p*. Certain and right costs 0; the less the
model believed in what came, the more it pays.
*/

// %% the surprise of some probabilities
for (const probability of [1, 0.5, 1 / 8, 0.02, 0.01]) {
  console.log(`p = ${probability.toFixed(3)}   loss = ${Math.abs(Math.log(probability)).toFixed(3)}`);
}

// %% draw the surprise
const beliefs = Array.from({ length: 100 }, (_, index) => (index + 1) / 100);
lineChart([{ name: "loss", x: beliefs, y: beliefs.map((p) => -Math.log(p)) }], {
  title: "To be sure and wrong is dear",
  xLabel: "probability of the token that came",
  yLabel: "loss (nats)",
});

// %% [markdown]
/*
The curve is steep on the left and flat on the right. From 0.01 to 0.02 there is as much to gain as from 0.5 to 1:
each doubling counts the same.

Now once by hand, from logits to loss, where the right token has the second of three logits.
*/

// %% from logits to loss, step by step
const handLogits = [2, 1, 0];
const right = 1;
const probabilities = softmax(handLogits);
console.log("logits       ", handLogits.join("  "));
console.log("probabilities", rounded(probabilities));
console.log("of the right one", probabilities[right]!.toFixed(4));
console.log("loss            ", (-Math.log(probabilities[right]!)).toFixed(4));

// %% [markdown]
/*
Is the loss safe, now that the softmax is? Ask for the token that it gave no chance.
*/

// %% the wrong thing: the logarithm of a softmax
-Math.log(softmax([1000, 0])[1]!);

// %% [markdown]
/*
Infinity. The probability, *e* to the power of −1,000, is too small for a number and became 0. Yet the loss should be
1,000, the difference of the two logits. We must not take a power first and its logarithm afterwards.
*/

// %% exercise id=cross-entropy title="A cross-entropy that does not overflow" difficulty=2 importance=5 minutes=10 hint="Taking the same number away from every logit changes no probability. Which number makes every power at most 1?" hint="Do not take the logarithm of a softmax. The logarithm of the quotient is a difference, and one half of it is a logit itself." hint="loss = log Σ exp(zᵢ − m) + m − z of the target, where m is the largest logit."
/*
Complete `crossEntropy`: −log softmax(logits)[target], right for logits of any size. For `[1000, 0]` the loss
of token 0 is 0 and that of token 1 is 1000; the formulas above give NaN and infinity.

You should see four check marks below.
*/
/** The negative log-likelihood, in nats, of token `target` under logits [V]; finite for finite logits. */
function crossEntropy(logits: readonly number[], target: number): number {
  // BEGIN SOLUTION
  const largest = Math.max(...logits);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return Math.log(total) + largest - (logits[target] ?? Number.NaN);
  // END SOLUTION
}

// %% tests points=3
checkClose("equal logits cost log V", crossEntropy([0, 0, 0, 0, 0, 0, 0, 0], 3), Math.log(8));
checkClose("an ordinary case", crossEntropy([2, 1, 0], 1), 1.4076059644443806);
checkClose("large logits, right token", crossEntropy([1000, 0], 0), 0);
checkClose("large logits, wrong token", crossEntropy([1000, 0], 1), 1000);
// BEGIN HIDDEN TESTS: very small logits, a shift of all logits, a larger vocabulary
checkClose("hidden: very small logits", crossEntropy([-1000, -1001], 0), 0.31326168751822286);
checkClose("hidden: shifted", crossEntropy([702, 701, 700], 1), 1.4076059644443806);
const hiddenLogits = Array.from({ length: 512 }, (_, index) => Math.sin(index) * 50);
const hiddenSum = hiddenLogits.reduce((sum, logit) => sum + Math.exp(logit), 0);
checkClose(
  "hidden: V = 512",
  crossEntropy(hiddenLogits, 100),
  Math.log(hiddenSum) - (hiddenLogits[100] ?? 0),
);
// END HIDDEN TESTS

// %% mutant title="the textbook formula" caught="large logits, right token"
/*
  const powers = logits.map((logit) => Math.exp(logit));
  return -Math.log(powers[target]! / powers.reduce((sum, power) => sum + power, 0));
*/

// %% mutant title="the logarithm of a stable softmax" caught="large logits, wrong token"
/*
  return -Math.log(softmax(logits)[target]!);
*/

// %% mutant title="forgets to add the largest logit again" caught="an ordinary case"
/*
  const largest = Math.max(...logits);
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return Math.log(total) - (logits[target] ?? Number.NaN);
*/

// %% mutant title="the largest magnitude in place of the largest logit" caught="hidden: very small logits"
/*
  const largest = Math.max(...logits.map(Math.abs));
  const total = logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  return Math.log(total) + largest - (logits[target] ?? Number.NaN);
*/

// %% [markdown]
/*
## A model that knows nothing

Our model is a table with a row for the last token read and a column for each next token. A row holds the logits. It
starts with zeros, and so every next token is as likely as any other.
*/

// %% a table of zeros
type Table = number[][]; // [last token, next token]
const emptyTable = (): Table => vocabulary.map(() => vocabulary.map(() => 0));
const untrained = emptyTable();
console.log([untrained.length, untrained[0]!.length], "after “ is”:", rounded(softmax(untrained[ids[2]!]!)));

// %% [markdown]
/*
The loss of a text is the **mean** over its places, as in notebook 01; only the probabilities come from logits now, not
from counts. Its exponential is the perplexity.
*/

// %% the expected first loss
type Pair = readonly [last: number, next: number];
const pairsOf = (text: readonly number[]): Pair[] => text.slice(1).map((next, place) => [text[place]!, next]);
const lossOf = (table: Table, [last, next]: Pair): number => -Math.log(softmax(table[last]!)[next]!);
const meanLoss = (table: Table, pairs: readonly Pair[]): number =>
  pairs.reduce((sum, pair) => sum + lossOf(table, pair), 0) / pairs.length;

const firstLoss = meanLoss(untrained, pairsOf(ids));
console.log("measured", firstLoss.toFixed(4), "  expected log V", Math.log(V).toFixed(4));
console.log("perplexity", Math.exp(firstLoss).toFixed(2), "of", V, "tokens");

// %% [markdown]
/*
## Check the first loss first

A model that guesses among *V* tokens pays log *V*. So you know the first loss of **every** model before it has run.
Here it is for our vocabulary, and those of SmolLM2, GPT-2 and Llama 3.
*/

// %% log V for real vocabularies
const sizes = { ours: V, SmolLM2: 49_152, "GPT-2": 50_257, "Llama 3": 128_256 };
for (const [name, size] of Object.entries(sizes)) {
  console.log(name.padEnd(8), String(size).padStart(7), "tokens   first loss", Math.log(size).toFixed(2));
}

// %% [markdown]
/*
Real models often start a little above it. Their first weights are random, not zero, so their logits are random, too.
Such a model is sure of something, and mostly wrong. We draw logits with more and more spread for 1,024 tokens.
*/

// %% the wrong thing: logits that are too lively
import { seededRandom } from "residency/data";
const draws = seededRandom(3);
const spreads = [0, 0.5, 1, 1.5, 2];
const firstLosses = spreads.map((spread) => {
  const drawn = Array.from({ length: 1024 }, () => spread * draws.normal());
  const chances = softmax(drawn);
  return chances.reduce((sum, p) => sum - Math.log(p), 0) / drawn.length; // over all targets
});
console.log("log 1024 =", Math.log(1024).toFixed(2));
spreads.forEach((spread, index) => {
  console.log(`spread ${spread.toFixed(1)}   first loss ${firstLosses[index]!.toFixed(2)}`);
});

// %% draw the first loss
lineChart(
  [
    { name: "measured", x: spreads, y: firstLosses },
    { name: "log V + spread² / 2", x: spreads, y: spreads.map((spread) => Math.log(1024) + spread ** 2 / 2) },
  ],
  { title: "Sure before it has learnt", xLabel: "spread of the first logits", yLabel: "loss (nats)" },
);

// %% [markdown]
/*
For normal draws about half the squared spread is added, which is the second line of the figure. A small spread does
no harm. A large one wastes the first steps on forgetting what was never known.

And below log *V*? An untrained model cannot know. Then the answer leaks in somewhere.
*/

// %% exercise id=first-loss title="What the first loss says" difficulty=1 importance=5 minutes=5 hint="The natural logarithm is `Math.log`." hint="Compare `loss - expected` with 0.1, and with −0.1."
/*
Complete `judgeFirstLoss`. `expected` is the loss of a guess among `vocabularySize` tokens. The verdict is
`"as expected"` when the loss is at most 0.1 nats away from it, `"too high"` above that: look at the initialisation;
and `"too low"` below: look for a leak of the answer.

You should see four check marks below.
*/
/** What an untrained model's loss, in nats, should be, and what the measured one says about the model. */
function judgeFirstLoss(
  loss: number,
  vocabularySize: number,
): { expected: number; verdict: "as expected" | "too high" | "too low" } {
  // BEGIN SOLUTION
  const expected = Math.log(vocabularySize);
  const difference = loss - expected;
  const verdict = difference > 0.1 ? "too high" : difference < -0.1 ? "too low" : "as expected";
  return { expected, verdict };
  // END SOLUTION
}

// %% tests points=2
checkClose("the loss of a guess among 8", judgeFirstLoss(2, 8).expected, 2.0794415416798357);
checkEqual("our table", judgeFirstLoss(2.0794, 8).verdict, "as expected");
checkEqual("9.1 with 1,024 tokens", judgeFirstLoss(9.1, 1024).verdict, "too high");
checkEqual("5 with 1,024 tokens", judgeFirstLoss(5, 1024).verdict, "too low");
// BEGIN HIDDEN TESTS: just inside and just outside of the margin, large and small vocabularies
checkEqual("hidden: a little above", judgeFirstLoss(10.91, 50_257).verdict, "as expected");
checkEqual("hidden: a little below", judgeFirstLoss(10.74, 50_257).verdict, "as expected");
checkEqual("hidden: above the margin", judgeFirstLoss(10.95, 50_257).verdict, "too high");
checkEqual("hidden: below the margin", judgeFirstLoss(10.7, 50_257).verdict, "too low");
checkClose("hidden: one token", judgeFirstLoss(0, 1).expected, 0);
// END HIDDEN TESTS

// %% mutant title="counts in bits" caught="the loss of a guess among 8"
/*
  const expected = Math.log2(vocabularySize);
  const difference = loss - expected;
  return { expected, verdict: difference > 0.1 ? "too high" : difference < -0.1 ? "too low" : "as expected" };
*/

// %% mutant title="the perplexity in place of the loss" caught="the loss of a guess among 8"
/*
  const difference = loss - Math.log(vocabularySize);
  return { expected: vocabularySize, verdict: difference > 0.1 ? "too high" : difference < -0.1 ? "too low" : "as expected" };
*/

// %% mutant title="lower is always better" caught="5 with 1,024 tokens"
/*
  const expected = Math.log(vocabularySize);
  return { expected, verdict: loss > expected + 0.1 ? "too high" : "as expected" };
*/

// %% mutant title="high and low the wrong way round" caught="9.1 with 1,024 tokens"
/*
  const expected = Math.log(vocabularySize);
  const difference = expected - loss;
  return { expected, verdict: difference > 0.1 ? "too high" : difference < -0.1 ? "too low" : "as expected" };
*/

// %% mutant title="a margin of a tenth of the loss" caught="hidden: above the margin"
/*
  const expected = Math.log(vocabularySize);
  const share = loss / expected;
  return { expected, verdict: share > 1.1 ? "too high" : share < 0.9 ? "too low" : "as expected" };
*/

// %% mutant title="no margin below" caught="hidden: a little below"
/*
  const expected = Math.log(vocabularySize);
  const difference = loss - expected;
  return { expected, verdict: difference > 0.1 ? "too high" : difference < -0.01 ? "too low" : "as expected" };
*/

// %% [markdown]
/*
## The gradient is probability minus truth

How should the logits change? The derivative of cross-entropy after a softmax is as simple as it gets: *p* − *y*,
where *y* is 1 at the right token and 0 elsewhere. Nudging each logit a little shows the same numbers.
*/

// %% compare the formula with finite differences
const lossAt = (scores: readonly number[], target: number) => -Math.log(softmax(scores)[target]!);
const logits = [2, 1, 0, -1];
const target = 1;
const nudge = (index: number, by: number) => logits.map((logit, i) => (i === index ? logit + by : logit));
const slopeAt = (index: number, step: number): number =>
  (lossAt(nudge(index, step), target) - lossAt(nudge(index, -step), target)) / (2 * step);
const formula = softmax(logits).map((probability, index) => probability - (index === target ? 1 : 0));
formula.forEach((value, index) => {
  const measured = slopeAt(index, 1e-5);
  console.log(`p − y = ${value.toFixed(6).padStart(9)}   measured ${measured.toFixed(6).padStart(9)}`);
});

// %% draw probability and gradient
groupedBarChart(
  ["logit 2", "logit 1, right", "logit 0", "logit −1"],
  [
    { name: "p", values: softmax(logits) },
    { name: "p − y", values: formula },
  ],
  { title: "One bar goes down: the right token", xLabel: "", yLabel: "Probability and gradient" },
);

// %% [markdown]
/*
A gradient points uphill, and we walk the other way. So the right token's logit rises, and each other one falls, by as
much as it was believed in. What one is given is taken from the others: the four numbers add up to 0.
*/

// %% the sum of the gradient
console.log(Math.abs(formula.reduce((sum, slope) => sum + slope, 0)).toFixed(12));

// %% [markdown]
/*
## How small a step?

The measured slope is a **finite difference**: a step up, a step down, and the change divided by the
distance. Smaller should be better. Is it? Here is the largest error for steps from a tenth down to 10⁻¹³.
*/

// %% the wrong thing: as small as can be
const exponents = Array.from({ length: 13 }, (_, index) => -1 - index);
const stepErrors = exponents.map((exponent) =>
  Math.max(...formula.map((value, index) => Math.abs(slopeAt(index, 10 ** exponent) - value))),
);
lineChart([{ name: "error", x: exponents, y: stepErrors.map((error) => Math.log10(error)) }], {
  title: "A step can be too small",
  xLabel: "step (power of ten)",
  yLabel: "largest error (power of ten)",
});

// %% the best step
const bestExponent = exponents[stepErrors.indexOf(Math.min(...stepErrors))]!;
console.log(`best step 1e${bestExponent}`);
console.log(
  `at 1e-1 the error is ${stepErrors[0]!.toExponential(0)}, at 1e-13 ${stepErrors[12]!.toExponential(0)}`,
);

// %% [markdown]
/*
On the right the step is too wide for the curve. On the left the two losses are so alike that their difference has few
digits left. In between is a valley.

The next exercise makes a tool of this, for any function.
*/

// %% exercise id=gradient-check title="Check a gradient" difficulty=3 importance=4 minutes=15 hint="For place i: copy x, add `step` at i, call f; the same with `step` taken away." hint="(f(x + step) − f(x − step)) / (2 · step) is the measured slope. Its distance from `gradient[i]` is an absolute value." hint="`Math.max` gives NaN as soon as one of its values is NaN. A comparison with `>` does not."
/*
Complete `gradientError`: the largest difference, without its sign, between `gradient` and the central differences of
`f` at `x`. Each place is nudged by itself, and `x` stays as it is. If any number of the gradient is NaN, so is the
result: it must not pass for right.

You should see four check marks below.
*/
/** The largest difference between `gradient` [n] and the central differences of f at x [n]. */
function gradientError(
  f: (x: readonly number[]) => number,
  x: readonly number[],
  gradient: readonly number[],
  step = 1e-5,
): number {
  // BEGIN SOLUTION
  const errors = x.map((_, i) => {
    const at = (by: number): number => f(x.map((value, j) => (j === i ? value + by : value)));
    return Math.abs((at(step) - at(-step)) / (2 * step) - gradient[i]!);
  });
  return Math.max(0, ...errors);
  // END SOLUTION
}

// %% tests points=3
const cubes = (x: readonly number[]): number => x.reduce((sum, value) => sum + value ** 3, 0);
const threePlaces = [1, 2, 3];
checkClose("a right gradient", gradientError(cubes, threePlaces, [3, 12, 27]), 0);
checkEqual("x is unchanged", threePlaces, [1, 2, 3]);
checkClose("one number too small by 1", gradientError(cubes, threePlaces, [3, 12, 26]), 1);
checkClose("one number too large by 1", gradientError(cubes, threePlaces, [3, 13, 27]), 1);
// BEGIN HIDDEN TESTS: a function that mixes its places, the given step, several errors, NaN
const area = (x: readonly number[]): number => 1000 * x[0]! * x[1]!;
checkClose("hidden: places one by one", gradientError(area, [2, 3], [3000, 2000]), 0, 1e-5);
checkClose("hidden: the given step", gradientError(cubes, [1], [3], 0.1), 0.01);
checkClose("hidden: the largest of several", gradientError(cubes, [1, 2], [4, 16]), 4);
checkEqual("hidden: NaN is no right gradient", Number.isNaN(gradientError(cubes, [1, 2], [NaN, 12])), true);
// END HIDDEN TESTS

// %% mutant title="a step up only" caught="a right gradient"
/*
  const errors = x.map((_, i) => {
    const at = (by: number): number => f(x.map((value, j) => (j === i ? value + by : value)));
    return Math.abs((at(step) - f(x)) / step - gradient[i]!);
  });
  return Math.max(0, ...errors);
*/

// %% mutant title="divides by one step" caught="a right gradient"
/*
  const errors = x.map((_, i) => {
    const at = (by: number): number => f(x.map((value, j) => (j === i ? value + by : value)));
    return Math.abs((at(step) - at(-step)) / step - gradient[i]!);
  });
  return Math.max(0, ...errors);
*/

// %% mutant title="keeps the sign" caught="one number too large by 1"
/*
  const errors = x.map((_, i) => {
    const at = (by: number): number => f(x.map((value, j) => (j === i ? value + by : value)));
    return (at(step) - at(-step)) / (2 * step) - gradient[i]!;
  });
  return Math.max(0, ...errors);
*/

// %% mutant title="nudges the given list" caught="x is unchanged"
/*
  const places = x as number[];
  const errors = places.map((value, i) => {
    places[i] = value + step;
    const up = f(places);
    places[i] = value - step;
    return Math.abs((up - f(places)) / (2 * step) - gradient[i]!);
  });
  return Math.max(0, ...errors);
*/

// %% mutant title="leaves the nudges in" caught="hidden: places one by one"
/*
  const places = [...x];
  const errors = x.map((value, i) => {
    places[i] = value + step;
    const up = f(places);
    places[i] = value - step;
    return Math.abs((up - f(places)) / (2 * step) - gradient[i]!);
  });
  return Math.max(0, ...errors);
*/

// %% mutant title="a step of its own" caught="hidden: the given step"
/*
  const errors = x.map((_, i) => {
    const at = (by: number): number => f(x.map((value, j) => (j === i ? value + by : value)));
    return Math.abs((at(1e-5) - at(-1e-5)) / 2e-5 - gradient[i]!);
  });
  return Math.max(0, ...errors);
*/

// %% mutant title="adds the differences up" caught="hidden: the largest of several"
/*
  return x.reduce((sum, _, i) => {
    const at = (by: number): number => f(x.map((value, j) => (j === i ? value + by : value)));
    return sum + Math.abs((at(step) - at(-step)) / (2 * step) - gradient[i]!);
  }, 0);
*/

// %% mutant title="NaN passes" caught="hidden: NaN is no right gradient"
/*
  let worst = 0;
  x.forEach((_, i) => {
    const at = (by: number): number => f(x.map((value, j) => (j === i ? value + by : value)));
    const error = Math.abs((at(step) - at(-step)) / (2 * step) - gradient[i]!);
    if (error > worst) worst = error;
  });
  return worst;
*/

// %% [markdown]
/*
## Training, by hand

Walk against the gradient: for each of the four pairs, take a part of *p* − *y* away from the row of the last
token. That is gradient descent, and it is all that training is.
*/

// %% gradient descent
function trainTable(pairs: readonly Pair[], epochs: number, learningRate = 4) {
  const table = emptyTable();
  const losses = [meanLoss(table, pairs)];
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    const gradients = pairs.map(([last, next]) =>
      softmax(table[last]!).map((p, token) => (p - (token === next ? 1 : 0)) / pairs.length),
    );
    pairs.forEach(([last], place) => {
      const row = table[last]!;
      gradients[place]!.forEach((slope, token) => (row[token]! -= learningRate * slope));
    });
    losses.push(meanLoss(table, pairs));
  }
  return { table, losses };
}

// %% sixty steps of gradient descent
const { table: learnt, losses } = trainTable(pairsOf(ids), 60);
console.log(`loss ${losses[0]!.toFixed(3)} → ${losses.at(-1)!.toFixed(3)}`);
console.log(`perplexity ${Math.exp(losses[0]!).toFixed(2)} → ${Math.exp(losses.at(-1)!).toFixed(2)}`);

// %% draw the loss
lineChart([{ name: "loss", x: losses.map((_, epoch) => epoch), y: losses }], {
  title: "From log V to almost nothing",
  xLabel: "epoch",
  yLabel: "cross-entropy (nats)",
});

// %% [markdown]
/*
It starts at log 8, and falls: fast at first, since *p* − *y* is large while the model is wrong, then ever more slowly.
What is in the table now? Each row, through the softmax:
*/

// %% draw what was learnt
heatMap(learnt.map(softmax), {
  title: "Probability of each next token",
  rows: vocabulary,
  columns: vocabulary,
  xLabel: "next",
  yLabel: "last",
  digits: 2,
});

// %% [markdown]
/*
Four rows know what comes next. The other four were never read, and are as they were: each number is one eighth.

The table has learnt one sentence by heart: after “ is”, nearly all probability is on “ blue”.
*/

// %% before and after, in numbers
for (const [id, token] of vocabulary.entries()) {
  const [before, after] = [untrained, learnt].map((table) => softmax(table[ids[2]!]!)[id]!.toFixed(3));
  console.log(token.padEnd(8), before, "→", after);
}

// %% [markdown]
/*
## The wrong thing: labels that are not shifted

Somebody forgets the step ahead, and gives the tokens as their own targets. What does the loss say?
*/

// %% each token is its own target
const unshifted = trainTable(
  ids.slice(0, -1).map((id): Pair => [id, id]),
  60,
);
console.log(`shifted ${losses.at(-1)!.toFixed(3)}, not shifted ${unshifted.losses.at(-1)!.toFixed(3)}`);

// %% [markdown]
/*
Nothing: it is just as good. To copy is as easy to learn. Let both tables write: always the likeliest token, four
times.
*/

// %% let both write
function write(table: Table, start: number, count: number): string {
  const written = [start];
  while (written.length <= count) {
    const row = table[written.at(-1)!]!;
    written.push(row.indexOf(Math.max(...row))); // the first of the likeliest
  }
  return written.map((id) => vocabulary[id]!).join("");
}
console.log("shifted:    ", write(learnt, 0, 4));
console.log("not shifted:", write(unshifted.table, 0, 4));

// %% [markdown]
/*
A wonderful loss, and a model of no use. So look at what a model writes, too. And ask who shifts: the models of
transformers, and ours, shift the labels **themselves**. If you shift as well, each place learns the word after the
next.
*/

// %% it does not know how to stop
write(learnt, 0, 9);

// %% [markdown]
/*
Nothing ever followed the full stop, so its row is still all zeros, and the first token of the list wins. A model
learns to stop only when an end token is among its targets. Notebook 07 is strict about that.
*/

// %% [markdown]
/*
## How low can it go?

Add a second sentence, “The sea is deep.” After “The” there are now two right answers, and after “ is” as well.
*/

// %% train on two sentences
const twoSentences = ["The sky is blue.", "The sea is deep."].flatMap((text) => pairsOf(idsOf(text)));
const both = trainTable(twoSentences, 2000);
const floor = (4 * Math.log(2)) / twoSentences.length;
console.log(`loss after 2,000 steps ${both.losses.at(-1)!.toFixed(4)}, floor ${floor.toFixed(4)}`);
for (const last of ["The", " is"]) {
  const row = softmax(both.table[vocabulary.indexOf(last)]!);
  const likely = vocabulary
    .filter((_, id) => row[id]! > 0.1)
    .map((token) => `${token} ${row[vocabulary.indexOf(token)]!.toFixed(2)}`);
  console.log(JSON.stringify(last).padEnd(6), "→", likely.join(", "));
}

// %% [markdown]
/*
Of eight places, four have two right answers. The best that one can say there is one half each, which costs log 2. So
the floor is 4 · log 2 / 8.
*/

// %% [markdown]
/*
But “The sky is” was always followed by “ blue”. The table looks at one token, and could not see it. A model that looks
further back has a lower floor: notebook 04 builds it.
*/

// %% [markdown]
/*
## Temperature

To draw a token rather than take the likeliest, one often divides the logits by a **temperature** first. Above 1 the
probabilities become more equal, below 1 less so.
*/

// %% three temperatures
const rowAfterIs = learnt[ids[2]!]!;
const atTemperature = (temperature: number) => softmax(rowAfterIs.map((logit) => logit / temperature));
groupedBarChart(
  vocabulary,
  [1, 2, 4].map((temperature) => ({ name: `T = ${temperature}`, values: atTemperature(temperature) })),
  { title: "After “The sky is”, at three temperatures", xLabel: "Next token", yLabel: "Probability" },
);

// %% the wrong thing: a temperature of 0
console.log(atTemperature(0).join(" "));

// %% [markdown]
/*
Division by zero. Who asks for a temperature of 0 means the likeliest token, and needs a rule of its own: **greedy**
choice. Notebook 05 writes it.
*/

// %% [markdown]
/*
## Rows of different length

Several texts are trained on at a time, as rows of equal length, so short ones are filled up. Here a row of five
tokens meets one of three, filled up with full stops.
*/

// %% two rows, one filled up
const rows = [idsOf("The sky is blue."), [...idsOf("The sea."), 4, 4]];
const rowLosses = rows.map((row) => pairsOf(row).map((pair) => lossOf(learnt, pair)));
rows.forEach((row, index) => {
  console.log(row.join(" "), "  losses", rowLosses[index]!.map((loss) => loss.toFixed(2)).join("  "));
});

// %% [markdown]
/*
Nobody wrote the last two full stops. To count their losses is the first wrong thing. The second is to take the mean
of each row, and then the mean of the means.
*/

// %% three means of the same losses
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const counted = [rowLosses[0]!, rowLosses[1]!.slice(0, 2)];
const means = {
  "filling counted": mean(rowLosses.flat()),
  "mean of row means": mean(counted.map(mean)),
  "mean over tokens": mean(counted.flat()),
};
for (const [name, value] of Object.entries(means)) console.log(name.padEnd(18), value.toFixed(3));
barChart(means, { title: "One batch, three losses", xLabel: "", yLabel: "Loss (nats)" });

// %% [markdown]
/*
The mean of means gives each row one half, however short it is. A token of the short row then weighs twice as much as
one of the long row. The last bar is right: every token that counts, counts the same.
*/

// %% weight of a token in the mean of means
counted.map((row) => `${row.length} tokens: ${(1 / counted.length / row.length).toFixed(3)} each`);

// %% [markdown]
/*
How does the loss know what counts? By the **labels**: the tokens once more, with −100 where nothing is to be
predicted. The number is PyTorch's convention. In notebook 07 whole prompts get it.
*/

// %% labels with places that do not count
const labels = rows.map((row, index) => row.map((id, t) => (index === 1 && t > 2 ? -100 : id)));
labels.map((row) => row.join(" "));

// %% exercise id=batch-loss title="The loss of a batch" difficulty=3 importance=5 minutes=15 hint="The logits at place t are about the label at place t + 1. The label at place 0 is asked by nobody." hint="Collect the losses of all places that count into one list, over all rows, and take its mean at the end." hint="Your `crossEntropy` gives the loss of one place: `crossEntropy(logits[b]![t - 1]!, labels[b]![t]!)`."
/*
Complete `batchLoss` as transformers has it. **You** shift: the logits at place *t* predict the label at *t* + 1.
Labels of −100 are passed over. The mean is over all tokens that count, in all rows together; if there are none, it is
NaN. Use your `crossEntropy`.

You should see four check marks below.
*/
/** The mean cross-entropy, in nats, of logits [B, T, V] for the labels [B, T], which are not shifted yet. */
function batchLoss(
  logitsOfRows: readonly (readonly (readonly number[])[])[],
  labelsOfRows: readonly (readonly number[])[],
): number {
  // BEGIN SOLUTION
  const asked = labelsOfRows.flatMap((row, b) =>
    row.flatMap((label, t) =>
      t > 0 && label !== -100 ? [crossEntropy(logitsOfRows[b]![t - 1]!, label)] : [],
    ),
  );
  return asked.reduce((sum, loss) => sum + loss, 0) / asked.length;
  // END SOLUTION
}

// %% tests points=3
const grid = (...lines: string[]) => lines.map((line) => line.split(" ").map(Number));
const sure = (token: number) => [0, 1, 2, 3].map((each) => (each === token ? 50 : 0));
const [known, lost] = [[sure(1), sure(2), sure(3)], grid("0 0 0 0", "0 0 0 0", "0 0 0 0")];
checkClose("a model that knows nothing", batchLoss([lost], [[0, 1, 2]]), Math.log(4));
checkClose("the logits are about the next label", batchLoss([known], [[0, 1, 2]]), 0);
checkClose("-100 is passed over", batchLoss([[sure(3), sure(2), sure(0)]], [[0, -100, 2]]), 0);
const twoRows = batchLoss([known, lost], grid("0 1 2", "0 1 -100"));
checkClose("all tokens weigh the same", twoRows, Math.log(4) / 3);
// BEGIN HIDDEN TESTS: large logits, no label that counts, ordinary numbers, a row of one token
checkClose("hidden: large logits", batchLoss([grid("1000 0", "0 0")], [[0, 1]]), 1000);
const nothing = batchLoss([grid("1 2", "3 4")], [[1, -100]]);
checkEqual("hidden: nothing counts", Number.isNaN(nothing), true);
const ordinary = batchLoss([grid("2 1 0", "0 1 2", "5 5 5")], [[2, 1, 0]]);
checkClose("hidden: ordinary numbers", ordinary, 1.9076059644443804);
const oneToken = batchLoss([grid("0 9"), grid("0 0", "9 9")], [[0], [0, 1]]);
checkClose("hidden: a row of one token", oneToken, Math.log(2));
// END HIDDEN TESTS

// %% mutant title="does not shift" caught="the logits are about the next label"
/*
  const asked = labelsOfRows.flatMap((row, b) => row.flatMap((label, t) => (label === -100 ? [] : [crossEntropy(logitsOfRows[b]![t]!, label)])));
  return asked.reduce((sum, loss) => sum + loss, 0) / asked.length;
*/

// %% mutant title="shifts the other way" caught="the logits are about the next label"
/*
  const asked = labelsOfRows.flatMap((row, b) => row.flatMap((label, t) => (label !== -100 && t + 1 < row.length ? [crossEntropy(logitsOfRows[b]![t + 1]!, label)] : [])));
  return asked.reduce((sum, loss) => sum + loss, 0) / asked.length;
*/

// %% mutant title="the mean of the rows' means" caught="all tokens weigh the same"
/*
  const means = labelsOfRows.map((row, b) => {
    const asked = row.flatMap((label, t) => (t > 0 && label !== -100 ? [crossEntropy(logitsOfRows[b]![t - 1]!, label)] : []));
    return asked.reduce((sum, loss) => sum + loss, 0) / asked.length;
  });
  return means.reduce((sum, each) => sum + each, 0) / means.length;
*/

// %% mutant title="divides by all places" caught="all tokens weigh the same"
/*
  let [sum, count] = [0, 0];
  labelsOfRows.forEach((row, b) => row.forEach((label, t) => {
    if (t === 0) return;
    count += 1;
    if (label !== -100) sum += crossEntropy(logitsOfRows[b]![t - 1]!, label);
  }));
  return sum / count;
*/

// %% mutant title="-100 counts as token 0" caught="-100 is passed over"
/*
  const asked = labelsOfRows.flatMap((row, b) => row.flatMap((label, t) => (t > 0 ? [crossEntropy(logitsOfRows[b]![t - 1]!, Math.max(0, label))] : [])));
  return asked.reduce((sum, loss) => sum + loss, 0) / asked.length;
*/

// %% mutant title="the sum" caught="a model that knows nothing"
/*
  const asked = labelsOfRows.flatMap((row, b) => row.flatMap((label, t) => (t > 0 && label !== -100 ? [crossEntropy(logitsOfRows[b]![t - 1]!, label)] : [])));
  return asked.length === 0 ? NaN : asked.reduce((sum, loss) => sum + loss, 0);
*/

// %% mutant title="0 where nothing counts" caught="hidden: nothing counts"
/*
  const asked = labelsOfRows.flatMap((row, b) => row.flatMap((label, t) => (t > 0 && label !== -100 ? [crossEntropy(logitsOfRows[b]![t - 1]!, label)] : [])));
  return asked.reduce((sum, loss) => sum + loss, 0) / Math.max(1, asked.length);
*/

// %% mutant title="the logarithm of a softmax" caught="hidden: large logits"
/*
  const asked = labelsOfRows.flatMap((row, b) => row.flatMap((label, t) => (t > 0 && label !== -100 ? [-Math.log(softmax(logitsOfRows[b]![t - 1]!)[label]!)] : [])));
  return asked.reduce((sum, loss) => sum + loss, 0) / asked.length;
*/

// %% [markdown]
/*
The gradient of that mean needs no new idea. At each place that counts it is (*p* − *y*) / *N*, where *N* is how many
count. Everywhere else it is exactly 0: nothing is learnt from filling.
*/

// %% exercise id=gradient title="The gradient, checked" difficulty=3 importance=5 minutes=15 hint="Count first: N is the number of labels from place 1 on that are not −100." hint="Row t of the result depends on `labels[t + 1]`. The last row has no label, and is all zeros." hint="`softmax` stands in a cell above, and does not overflow. For a place that counts: each p, less 1 at the label, all divided by N."
/*
Complete `lossGradient`: the derivative of the mean loss of one row by each of its logits [T, V]. The labels [T] are not
shifted yet. Places with −100 ahead get zeros, and so does the last. The tests hold it against finite differences.

You should see four check marks below.
*/
/** The gradient [T, V] of the mean cross-entropy of logits [T, V] for labels [T]; zeros where nothing is asked. */
function lossGradient(
  logitsOfRow: readonly (readonly number[])[],
  labelsOfRow: readonly number[],
): number[][] {
  // BEGIN SOLUTION
  const asked = labelsOfRow.slice(1).filter((label) => label !== -100).length;
  return logitsOfRow.map((row, t) => {
    const label = labelsOfRow[t + 1] ?? -100;
    if (label === -100) return row.map(() => 0);
    return softmax(row).map((p, token) => (p - (token === label ? 1 : 0)) / asked);
  });
  // END SOLUTION
}

// %% tests id=gradient-by-hand points=1
const table = (...lines: string[]) => lines.map((line) => line.split(" ").map(Number));
const evenly = table("0 0", "0 0", "5 5");
const shared = lossGradient(evenly, [0, 1, 0]);
checkClose("two places share the mean", shared, table("0.25 -0.25", "-0.25 0.25", "0 0"));
const passedOver = lossGradient(evenly, [0, -100, 1]);
checkClose("zeros where the label is -100", passedOver, table("0 0", "0.5 -0.5", "0 0"));
checkEqual("the given logits are unchanged", evenly, table("0 0", "0 0", "5 5"));
// BEGIN HIDDEN TESTS: large logits, nothing to learn
const bold = lossGradient(table("1000 0", "0 0"), [0, 1]);
checkClose("hidden: large logits", bold, table("1 -1", "0 0"));
const idle = lossGradient(table("1 2", "3 4"), [1, -100]);
checkEqual("hidden: nothing to learn", idle, table("0 0", "0 0"));
// END HIDDEN TESTS

// %% tests id=gradient-measured points=2
const lossByDefinition = (scores: number[][], wanted: number[]): number => {
  const places = scores.flatMap((row, t) => ((wanted[t + 1] ?? -100) < 0 ? [] : [{ row, t }]));
  return places.reduce((sum, { row, t }) => {
    const total = row.reduce((powers, score) => powers + Math.exp(score), 0);
    return sum + (Math.log(total) - row[wanted[t + 1]!]!) / places.length;
  }, 0);
};
const slope = (scores: number[][], wanted: number[], t: number, v: number): number => {
  const [up, down] = [1e-5, -1e-5].map((by) => {
    const nudged = scores.map((row) => [...row]);
    nudged[t]![v]! += by;
    return lossByDefinition(nudged, wanted);
  });
  return (up! - down!) / 2e-5;
};
const wave = (T: number) =>
  Array.from({ length: T }, (_, t) => [0, 2, 4, 6].map((v) => 3 * Math.sin(5 * t + v)));
const slopes = (T: number, wanted: number[]) =>
  wave(T).map((row, t) => row.map((_, v) => slope(wave(T), wanted, t, v)));
const someLabels = [2, 0, -100, 3, 1];
checkClose("against finite differences", lossGradient(wave(5), someLabels), slopes(5, someLabels));
// BEGIN HIDDEN TESTS: a longer row
const moreLabels = [-100, -100, 3, 3, 1, 0, 2, -100, -100];
checkClose("hidden: a longer row", lossGradient(wave(9), moreLabels), slopes(9, moreLabels));
// END HIDDEN TESTS

// %% mutant title="truth minus probability" caught="two places share the mean"
/*
  const asked = labelsOfRow.slice(1).filter((label) => label !== -100).length;
  return logitsOfRow.map((row, t) => {
    const label = labelsOfRow[t + 1] ?? -100;
    if (label === -100) return row.map(() => 0);
    return softmax(row).map((p, token) => ((token === label ? 1 : 0) - p) / asked);
  });
*/

// %% mutant title="of the sum, not of the mean" caught="two places share the mean"
/*
  return logitsOfRow.map((row, t) => {
    const label = labelsOfRow[t + 1] ?? -100;
    if (label === -100) return row.map(() => 0);
    return softmax(row).map((p, token) => p - (token === label ? 1 : 0));
  });
*/

// %% mutant title="divides by all places" caught="zeros where the label is -100"
/*
  return logitsOfRow.map((row, t) => {
    const label = labelsOfRow[t + 1] ?? -100;
    if (label === -100) return row.map(() => 0);
    return softmax(row).map((p, token) => (p - (token === label ? 1 : 0)) / (labelsOfRow.length - 1));
  });
*/

// %% mutant title="does not shift" caught="two places share the mean"
/*
  const asked = labelsOfRow.filter((label) => label !== -100).length;
  return logitsOfRow.map((row, t) => {
    const label = labelsOfRow[t]!;
    if (label === -100) return row.map(() => 0);
    return softmax(row).map((p, token) => (p - (token === label ? 1 : 0)) / asked);
  });
*/

// %% mutant title="an ignored place keeps its probabilities" caught="zeros where the label is -100"
/*
  const asked = labelsOfRow.slice(1).filter((label) => label !== -100).length;
  return logitsOfRow.map((row, t) => {
    if (t + 1 === labelsOfRow.length) return row.map(() => 0);
    return softmax(row).map((p, token) => (p - (token === labelsOfRow[t + 1] ? 1 : 0)) / asked);
  });
*/

// %% mutant title="counts the first label, too" caught="two places share the mean"
/*
  const asked = labelsOfRow.filter((label) => label !== -100).length;
  return logitsOfRow.map((row, t) => {
    const label = labelsOfRow[t + 1] ?? -100;
    if (label === -100) return row.map(() => 0);
    return softmax(row).map((p, token) => (p - (token === label ? 1 : 0)) / asked);
  });
*/

// %% mutant title="the textbook softmax" caught="hidden: large logits"
/*
  const asked = labelsOfRow.slice(1).filter((label) => label !== -100).length;
  return logitsOfRow.map((row, t) => {
    const label = labelsOfRow[t + 1] ?? -100;
    if (label === -100) return row.map(() => 0);
    return textbookSoftmax(row).map((p, token) => (p - (token === label ? 1 : 0)) / asked);
  });
*/

// %% [markdown]
/*
## The library does the same

Last, the cross-entropy that trains every model of this course, on our two rows. It gets logits [N, V] and targets
[N], and gives the **sum**; −100 counts nothing.
*/

// %% the library's cross-entropy
import { crossEntropySum } from "residency/ops";
import { ensureBackend, tensor2d } from "residency/tensor";
await ensureBackend();
const logitsOfPlaces = rows.flatMap((row) => row.slice(0, -1).map((id) => learnt[id]!)); // [N, V]
const targets = labels.flatMap((row) => row.slice(1)); // [N]
const sum = crossEntropySum(tensor2d(logitsOfPlaces), targets).dataSync()[0]!;
const asked = targets.filter((label) => label !== -100).length;
console.log("library", (sum / asked).toFixed(4), "  by hand", means["mean over tokens"].toFixed(4));

// %% [markdown]
/*
That is all there is to the **loss** of a language model. From the table to Llama only one thing changes: where the
logits come from.
*/

// %% [markdown]
/*
## What you can now do

- Cut any token sequence into inputs and targets: the **shift**.
- Read a **loss** in nats: 0 is certain, log *V* is a guess.
- Keep softmax and cross-entropy from **overflowing**.
- Say what an optimiser is given: *p* − *y*, at every place that counts.
- **Check** a gradient by finite differences.
*/

// %% [markdown]
/*
**1. A new model with 1,024 tokens starts at a loss of 9.1. What do you think?**

<details><summary>It needs more training</summary>Perhaps later. The first loss comes before any training.</details>
<details><summary>It is surer than a guess, and wrong</summary>Yes. log 1024 is 6.93; look at the
initialisation.</details>
<details><summary>That is normal for so many tokens</summary>No. See log *V* for GPT-2's 50,257 tokens above.</details>
*/

// %% [markdown]
/*
**2. Why are there four pairs in five tokens, not five?**

<details><summary>The full stop is not a word</summary>It is a token like any other, and a target here.</details>
<details><summary>Nothing follows the last token</summary>Yes. So it is no input; and nothing comes before the first, so
that is no target.</details>
<details><summary>One pair is held out</summary>No. All four are trained on.</details>
*/

// %% [markdown]
/*
**3. The loss is nearly 0 after minutes, and the model writes “the the the”. What do you suspect?**

<details><summary>The labels were not shifted</summary>Yes. It has learnt to copy what it reads.</details>
<details><summary>The temperature is too high</summary>No. That would make it write nonsense of many kinds.</details>
<details><summary>It needs a larger vocabulary</summary>No. It writes one token of those it has.</details>
*/

// %% [markdown]
/*
**4. The right token has probability 0.9. The gradient at its logit is**

<details><summary>0.9</summary>That is *p*. The truth is still to be taken away.</details>
<details><summary>−0.1</summary>Yes: *p* − *y* = 0.9 − 1. The logit will rise a little.</details>
<details><summary>0, since it is right already</summary>Only at probability 1. Until then there is something to
learn.</details>
*/

// %% [markdown]
/*
**5. The same batch, now filled up to twice the length. A correct loss**

<details><summary>halves</summary>Only if the filling is counted in the divisor.</details>
<details><summary>doubles</summary>Only if the filling is predicted, too.</details>
<details><summary>stays as it is</summary>Yes. Labels of −100 are in neither the sum nor the count.</details>
*/

// %% [markdown]
/*
**Words of this notebook.** *Logit*: a score before the softmax. *Shift*: targets are inputs, one step ahead.
*Cross-entropy*: the mean of −log *p* of what came. *Nat*: its unit. *Gradient*: how the loss changes with each number.
*Finite difference*: a slope by nudging. *Temperature*: what divides the logits. *−100*: a label that is passed over.

**Stretch:** let the row depend on the last **two** tokens. What is the floor for our two sentences now, and how many
numbers does the table hold?
*/
