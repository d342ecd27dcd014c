/**
 * Notebook 03: next-token prediction, the one task that every language model is trained on.
 *
 * title: Next-token prediction
 * goal: cut a sentence into training pairs, each a context and the token that comes next
 * goal: turn scores into probabilities, and measure them by cross-entropy
 * goal: say what the loss must be before a model has learnt anything
 * goal: follow the gradient by hand: probability minus truth
 * reading: 25 minutes
 * running: 5 seconds
 * memory: 0.4 GB
 * needs: TypeScript, and logarithms
 * graded: two exercises, 5 points
 */

// %% [markdown]
/*
A language model has one job: given the tokens so far, say how likely each token is to come next. Everything
else, answering a question about a clinical note included, is that job done again and again.

We take the smallest possible example apart: one sentence, a table of numbers, and no library for the arithmetic.
*/

// %% setup id=setup
import { checkClose, checkEqual } from "residency/exercise";

// %% import the charts
import { barChart, lineChart } from "residency/viz";

// %% [markdown]
/*
## One sentence, five tokens

A tokenizer cuts text into pieces and numbers them. Here we cut at word starts, so a space belongs to the word
after it; notebook 14 uses a trained tokenizer that does the same with smaller pieces.
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
const ids = tokens.map((token) => vocabulary.indexOf(token));
console.log(ids, "of", vocabulary.length);

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
function softmax(logits: readonly number[]): number[] {
  const powers = logits.map((logit) => Math.exp(logit));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
softmax([2, 1, 0]);

// %% [markdown]
/*
Our model is a table with a row for the last token read and a column for each next token. It starts with zeros:
it knows nothing, and so every next token is as likely as any other.
*/

// %% a model that knows nothing
const table = vocabulary.map(() => vocabulary.map(() => 0)); // [last token, next token]
function nextTokenProbabilities(last: number): number[] {
  return softmax(table[last] ?? []);
}
nextTokenProbabilities(ids[2] ?? 0);

// %% [markdown]
/*
## Cross-entropy: how surprised was the model?

The loss at one place is the surprise about the right token, −log *p*. Certain and right costs 0; a probability
of one half costs 0.69; the less the model believed in what came, the more it pays.
*/

// %% the surprise of some probabilities
for (const probability of [1, 0.5, 1 / 8, 0.01]) {
  console.log(`p = ${probability.toFixed(3)}   loss = ${Math.abs(Math.log(probability)).toFixed(3)}`);
}

// %% [markdown]
/*
Before training all *V* tokens are equally likely, so the loss must be log *V*. Check this first in every run of
your own: a model that starts far above it has a bad initialisation, or targets that are shifted wrongly.
*/

// %% the expected first loss
function meanLoss(): number {
  const losses = ids
    .slice(1)
    .map((next, place) => -Math.log(nextTokenProbabilities(ids[place] ?? 0)[next] ?? 0));
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}
console.log("measured", meanLoss().toFixed(4), "  expected log V", Math.log(vocabulary.length).toFixed(4));

// %% [markdown]
/*
## The gradient is probability minus truth

How should the logits change? The derivative of cross-entropy after a softmax is as simple as it gets: *p* − *y*,
where *y* is 1 at the right token and 0 elsewhere. Nudging each logit a little shows the same numbers.
*/

// %% compare the formula with finite differences
const lossAt = (scores: readonly number[], target: number) => -Math.log(softmax(scores)[target] ?? 0);
const logits = [2, 1, 0, -1];
const target = 1;
const step = 1e-5;
softmax(logits).forEach((probability, index) => {
  const formula = probability - (index === target ? 1 : 0);
  const nudged = (by: number) => logits.map((logit, place) => (place === index ? logit + by : logit));
  const measured = (lossAt(nudged(step), target) - lossAt(nudged(-step), target)) / (2 * step);
  console.log(`p − y = ${formula.toFixed(6).padStart(9)}   measured ${measured.toFixed(6).padStart(9)}`);
});

// %% [markdown]
/*
## Training, by hand

Walk against the gradient: for each of the four pairs, take a part of *p* − *y* away from the row of the last
token. That is gradient descent, and it is all that training is.
*/

// %% sixty steps of gradient descent
const before = nextTokenProbabilities(ids[2] ?? 0);
const learningRate = 4;
const losses = [meanLoss()];
for (let epoch = 0; epoch < 60; epoch += 1) {
  const gradients = ids.slice(0, -1).map((last, place) => {
    const probabilities = nextTokenProbabilities(last);
    return probabilities.map((p, token) => (p - (token === ids[place + 1] ? 1 : 0)) / (ids.length - 1));
  });
  gradients.forEach((gradient, place) => {
    const row = table[ids[place] ?? 0] ?? [];
    gradient.forEach((slope, token) => (row[token] = (row[token] ?? 0) - learningRate * slope));
  });
  losses.push(meanLoss());
}
console.log(`loss ${losses[0]?.toFixed(3)} → ${losses.at(-1)?.toFixed(3)}`);

// %% draw the loss
lineChart([{ name: "loss", x: losses.map((_, epoch) => epoch), y: losses }], {
  title: "From log V to almost nothing",
  xLabel: "epoch",
  yLabel: "cross-entropy (nats)",
});

// %% [markdown]
/*
The table has learnt one sentence by heart: after “The sky is”, nearly all probability is on “ blue”. Nothing else
was ever seen, so nothing else is believed. Real corpora are what keeps a model from being this sure.
*/

// %% draw the next-token distribution
const after = nextTokenProbabilities(ids[2] ?? 0);
barChart(Object.fromEntries(vocabulary.map((token, id) => [token, after[id] ?? 0])), {
  title: "Next token after “The sky is”",
  xLabel: "token",
  yLabel: "probability",
});

// %% before and after, in numbers
for (const [id, token] of vocabulary.entries()) {
  console.log(token.padEnd(8), before[id]?.toFixed(3), "→", after[id]?.toFixed(3));
}

// %% [markdown]
/*
## When the textbook formula breaks

Logits of real models can be large, and *e* to the power of 1000 is more than a number can hold. The softmax above
then divides infinity by infinity.
*/

// %% the wrong thing first
softmax([1000, 0]);

// %% exercise id=cross-entropy title="A cross-entropy that does not overflow" difficulty=2 importance=5 minutes=10 hint="Taking the same number away from every logit changes no probability. Which number makes every power at most 1?" hint="Do not take the logarithm of a softmax. The logarithm of the quotient is a difference, and one half of it is a logit itself." hint="loss = log Σ exp(zᵢ − m) + m − z of the target, where m is the largest logit."
/*
Complete `crossEntropy`: −log softmax(logits)[target], right for logits of any size. For `[1000, 0]` the loss
of token 0 is 0 and that of token 1 is 1000; the formula above gives NaN and infinity.

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
  const largest = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - largest));
  return -Math.log(powers[target]! / powers.reduce((sum, power) => sum + power, 0));
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
## What you can now do

- Cut any token sequence into inputs and targets; **shift** is the word for it.
- Read a **loss** in nats: 0 is certain, log *V* is a guess.
- Explain what an optimiser is given: *p* − *y*, at every position.

<details>
<summary>A new model with 1,024 tokens starts at a loss of 9.1. Is that good?</summary>

No: log 1024 is 6.93. It is surer than a guess, and wrong. Look at the initialisation, and at the shift.

</details>

<details>
<summary>Why are there four pairs in five tokens, not five?</summary>

Nothing follows the last token, so it is never an input; nothing comes before the first, so it is never a target.

</details>

**Stretch:** train the table on two sentences, “The sky is blue.” and “The sea is blue.” What is the lowest loss
that it can reach, and why is it not 0?
*/
