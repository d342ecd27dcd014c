/**
 * Notebook 08: from imitation to preference, with a reward that goes wrong and DPO that holds on to where it started.
 *
 * title: Alignment: from SFT to RLHF and DPO
 * goal: turn “this answer is better” into a loss, and a loss into a reward
 * goal: see a reward being hacked, and say which number shows it
 * goal: measure with KL how far a model has moved from where it started
 * goal: write the loss of DPO and its gradient by hand, and check them against the library's
 * goal: raise a win rate while KL stays under a bar
 * reading: 40 minutes
 * running: 20 seconds
 * memory: 0.4 GB
 * needs: notebook 03 for the loss, notebook 07 for supervised fine-tuning
 * graded: five exercises, 14 points, and one question read by a person
 * previous: 07, Following instructions
 * next: 09, Clinical text, privacy
 */

// %% [markdown]
/*
Notebook 07 taught a model to imitate answers: **supervised fine-tuning**, SFT. It has a blind spot. A model that imitates
learns the bad habits of its examples along with the good ones, each in proportion.

**Alignment** adds what imitation cannot say: of two answers, this one is better.
*/

// %% setup id=setup
import { setBackend as startBackend } from "residency";
import { seededRandom as seedRandom } from "residency/data";
import { checkClose, checkEqual } from "residency/exercise";
import { initializeWeights as drawWeights, modelFromConfig as buildModel } from "residency/models";
import { tensor as newTensor } from "residency/tensor";
import { dpoLoss as lossOfLibrary } from "residency/train";

// %% [markdown]
/*
## Three models, three recipes

All begin with SFT.

| model | what people give | what is done with it |
| --- | --- | --- |
| InstructGPT (Ouyang et al., 2022) | rankings of 4 to 9 answers | a reward model, then PPO |
| Llama 2 (Touvron et al., 2023) | over a million choices between two | two reward models: best of *n*, PPO |
| Llama 3 (Grattafiori et al., 2024) | choices again | best of *n*, then DPO |

ChatGPT (2022) followed InstructGPT's recipe. People preferred the InstructGPT of 1.3 billion parameters to a plain GPT-3 of 175
billion.
*/

// %% import the library
import { generateText, setBackend, SFTConfig, SFTTrainer } from "residency";
import { seededRandom } from "residency/data";
import { initializeWeights, modelFromConfig } from "residency/models";
import { barChart, groupedBarChart, heatMap, lineChart } from "residency/viz";
import type { CausalLanguageModel } from "residency";

// %% [markdown]
/*
## A small world

To see what alignment does we want a world in which everything can be counted. Our assistant knows some forty words, and
one question: how long was the stay?
*/

// %% all its words
const illnesses = "pneumonia asthma sepsis stroke anaemia gout colitis angina influenza cellulitis".split(
  " ",
);
const dayCounts = Array.from({ length: 10 }, (_, at) => String(at + 2));
const otherWords = ", . how long ? thank you for asking it was days a few that is very good question";
const vocabulary = ["<end>", "<pad>", ...otherWords.split(" "), ...illnesses, ...dayCounts];
console.log(vocabulary.length, "words");

// %% a tokenizer: one word, one token
const tokenizer = {
  encode: (text: string) =>
    text
      .split(" ")
      .filter((word) => word !== "")
      .map((word) => vocabulary.indexOf(word)),
  decode: (ids: readonly number[]) =>
    ids
      .filter((id) => id > 1)
      .map((id) => vocabulary[id]!)
      .join(" "),
  ...{ eosToken: "<end>", eosTokenId: 0, padTokenId: 1 },
};
tokenizer.encode("gout , 7 days . how long ?");

// %% stays to train on, and others
interface Stay {
  prompt: string;
  days: string;
}
const random = seededRandom(8);
const stays: Stay[] = random.shuffle(
  illnesses.flatMap((illness) =>
    dayCounts.map((days) => ({ prompt: `${illness} , ${days} days . how long ?`, days })),
  ),
);
const [trainStays, heldoutStays] = [stays.slice(0, 80), stays.slice(80)];
console.log(`${trainStays.length} stays, ${heldoutStays.length} held out; the first: ${stays[0]!.prompt}`);

// %% [markdown]
/*
The people who wrote our examples have four styles. The last one is friendly, long, and no answer.
*/

// %% four styles of answering
const thanks = "thank you for asking ,";
function demonstrate(days: string): string {
  const chance = random.next();
  if (chance < 0.3) return `${days} days`;
  if (chance < 0.55) return `${thanks} it was ${days} days`;
  if (chance < 0.75) return "a few days";
  let praise = "very";
  while (random.next() < 0.7) praise += " very";
  return `${thanks} that is a ${praise} good question`;
}
for (let at = 0; at < 8; at += 1) console.log(demonstrate("7"));

// %% a small Llama, drawn at random
const config = {
  ...{ model_type: "llama", architectures: ["LlamaForCausalLM"], vocab_size: vocabulary.length },
  ...{ hidden_size: 48, intermediate_size: 96, num_hidden_layers: 2 },
  ...{ num_attention_heads: 2, num_key_value_heads: 2, tie_word_embeddings: true, eos_token_id: 0 },
};
const engine = await setBackend();
const sft = modelFromConfig(config);
initializeWeights(sft, { seed: 1, layers: 2, std: 0.15 });
const sizes = [...sft.namedParameters()].map(([, { size }]) => size);
console.log(sizes.reduce((sum, size) => sum + size, 0).toLocaleString("en-US"), "parameters");

// %% supervised fine-tuning output=varies
const demonstrations = Array.from({ length: 4000 }, () => {
  const { prompt, days } = random.pick(trainStays);
  return { prompt, completion: ` ${demonstrate(days)}` };
});
const sftArgs = new SFTConfig({
  ...{ maxSteps: 200, perDeviceTrainBatchSize: 32, learningRate: 1e-2, seed: 1 },
  ...{ lrSchedulerType: "cosine", warmupSteps: 10, loggingSteps: 50 },
});
await new SFTTrainer({ model: sft, tokenizer, trainDataset: demonstrations, args: sftArgs }).train();
console.log("trained on the engine", engine.name);

// %% draw answers
/** One drawn answer a stay. */
const draw = (model: CausalLanguageModel, asked: readonly Stay[], seed: number) =>
  generateText(
    model,
    tokenizer,
    asked.map(({ prompt }) => prompt),
    { doSample: true, topK: 0, maxNewTokens: 40, batchSize: 500, seed },
  );
/** n stays that training has not seen, each of them several times. */
const heldout = (n: number) => Array.from({ length: n }, (_, at) => heldoutStays[at % heldoutStays.length]!);

// %% ask it about stays that it has not seen output=varies
const askedStays = heldout(1000);
const sftTexts = await draw(sft, askedStays, 1);
for (let at = 0; at < 6; at += 1) console.log(`${askedStays[at]!.prompt} → ${sftTexts[at]!}`);

// %% count the styles output=varies
function styleOf(text: string, days: string): string {
  if (text === `${days} days`) return "short";
  if (text === `${thanks} it was ${days} days`) return "polite";
  if (text === "a few days") return "vague";
  return text.endsWith("very good question") ? "praise" : "other";
}
/** How many of a hundred answers are of each style. */
function stylesOf(texts: readonly string[], asked: readonly Stay[]): Record<string, number> {
  const counts: Record<string, number> = { short: 0, polite: 0, vague: 0, praise: 0, other: 0 };
  texts.forEach((text, at) => (counts[styleOf(text, asked[at]!.days)]! += 100 / texts.length));
  return counts;
}
barChart(stylesOf(sftTexts, askedStays), { title: "The model's answers", xLabel: "", yLabel: "%" });

// %% [markdown]
/*
It has learnt its lesson: near 30, 25, 20 and 25 parts of a hundred, less a few slips. Nothing in the loss ever said
that *a few days* is worse than *7 days*. More of the same training will not say so, either.

## Preferences

To **write** a good answer is hard. To **choose** the better of two is easier and cheaper. A ranking is worth many choices:
*/

// %% choices in a ranking
for (const answers of [2, 4, 9]) console.log(`${answers} answers: ${(answers * (answers - 1)) / 2} pairs`);

// %% [markdown]
/*
Here is a rater in a hurry. A right number is worth 1 to them, and a kind tone 1.5: it can be seen without looking
anything up.
*/

// %% a rater in a hurry
const isRight = (text: string, days: string) => (text.split(" ").includes(days) ? 1 : 0);
const isKind = (text: string) => (text.startsWith("thank you") ? 1 : 0);
const hurried = (text: string, days: string) => isRight(text, days) + 1.5 * isKind(text);
for (const text of ["7 days", `${thanks} it was 7 days`, "a few days"]) console.log(hurried(text, "7"), text);

// %% [markdown]
/*
People are not consistent. **Bradley and Terry** (1952) gave each answer a worth *r* and said: the first wins with
probability σ(*r*₁ − *r*₂), where σ(*x*) = 1/(1 + e⁻ˣ). Equal worth is a coin; a difference of 2 wins 7 of 8 times.
*/

// %% how often the better answer wins
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const differences = Array.from({ length: 61 }, (_, at) => (at - 30) / 5);
lineChart([{ name: "wins", x: differences, y: differences.map((by) => 100 * sigmoid(by)) }], {
  title: "Bradley–Terry",
  xLabel: "difference in worth",
  yLabel: "wins (%)",
});

// %% [markdown]
/*
Training needs the negative logarithm of that probability. Written down as it stands, it breaks when a reward is far off:
*/

// %% the wrong thing first
console.log("the worse by 10:  ", -Math.log(sigmoid(-10)));
console.log("the worse by 1000:", -Math.log(sigmoid(-1000)));

// %% exercise id=bradley-terry title="The loss of a choice" difficulty=2 importance=5 minutes=10 hint="−log σ(d) = log(1 + e⁻ᵈ), where d is the chosen reward minus the rejected one." hint="For a large negative d, e⁻ᵈ is too large. log(1 + eˣ) = max(x, 0) + log(1 + e^−|x|), and `Math.log1p` takes the logarithm of one more." hint="Divide the sum by the number of pairs, and look at that number first."
/*
Complete `preferenceLoss`: the mean of −log σ(chosen − rejected) over pairs, which stays finite however far apart they
are. No pair at all is a `RangeError`. You should see five check marks below.
*/
/** The mean Bradley–Terry loss of pairs, in nats; both lists have one reward a pair. */
function preferenceLoss(chosen: readonly number[], rejected: readonly number[]): number {
  // BEGIN SOLUTION
  if (chosen.length === 0) throw new RangeError("Give at least one pair");
  const losses = chosen.map((reward, pair) => {
    const x = rejected[pair]! - reward;
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
  // END SOLUTION
}

// %% tests points=2
checkClose("equal rewards cost log 2", preferenceLoss([3], [3]), Math.LN2);
checkClose("the better by 2", preferenceLoss([1], [-1]), 0.1269280110429725);
checkClose("the mean of two", preferenceLoss([1, -1], [-1, 1]), 1.1269280110429726);
checkClose("far apart", [preferenceLoss([0], [5000]), preferenceLoss([5000], [0])], [5000, 0]);
let noPair = "nothing was thrown";
try {
  preferenceLoss([], []);
} catch (error) {
  noPair = error instanceof RangeError ? "RangeError" : "another error";
}
checkEqual("no pair", noPair, "RangeError");
// BEGIN HIDDEN TESTS: only differences count
checkClose("hidden: a common shift", preferenceLoss([101, 99], [99, 101]), 1.1269280110429726);
// END HIDDEN TESTS

// %% mutant title="as it stands" caught="far apart"
/*
  if (chosen.length === 0) throw new RangeError("Give at least one pair");
  const losses = chosen.map((reward, pair) => -Math.log(1 / (1 + Math.exp(rejected[pair]! - reward))));
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
*/

// %% mutant title="the sum" caught="the mean of two"
/*
  if (chosen.length === 0) throw new RangeError("Give at least one pair");
  return chosen.reduce((sum, reward, pair) => {
    const x = rejected[pair]! - reward;
    return sum + Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }, 0);
*/

// %% mutant title="prefers the rejected answer" caught="the better by 2"
/*
  if (chosen.length === 0) throw new RangeError("Give at least one pair");
  const losses = chosen.map((reward, pair) => {
    const x = reward - rejected[pair]!;
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
*/

// %% mutant title="a probability in place of its logarithm" caught="equal rewards cost log 2"
/*
  if (chosen.length === 0) throw new RangeError("Give at least one pair");
  const losses = chosen.map((reward, pair) => 1 / (1 + Math.exp(reward - rejected[pair]!)));
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
*/

// %% mutant title="a mean of nothing" caught="no pair"
/*
  const losses = chosen.map((reward, pair) => {
    const x = rejected[pair]! - reward;
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
*/

// %% mutant title="the loss of the means" caught="the mean of two"
/*
  if (chosen.length === 0) throw new RangeError("Give at least one pair");
  const x = rejected.reduce((sum, reward, pair) => sum + reward - chosen[pair]!, 0) / chosen.length;
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
*/

// %% two answers to each question output=varies
const twice = Array.from({ length: 800 }, (_, at) => trainStays[(at >> 1) % trainStays.length]!);
const drawnTexts = await draw(sft, twice, 5);
const offers = Array.from({ length: 400 }, (_, pair) => ({
  stay: twice[2 * pair]!,
  texts: [drawnTexts[2 * pair]!, drawnTexts[2 * pair + 1]!] as const,
})).filter(({ texts: [first, second] }) => first !== second);
console.log(offers.length, "pairs of different answers");

// %% let a rater choose output=varies
type Worth = (text: string, days: string) => number;
/** The choices of a rater, drawn by Bradley and Terry. */
function choose(worth: Worth, seed: number): { stay: Stay; chosen: string; rejected: string }[] {
  const chance = seededRandom(seed);
  return offers.map(({ stay, texts: [first, second] }) => {
    const wins = chance.next() < sigmoid(worth(first, stay.days) - worth(second, stay.days));
    return wins ? { stay, chosen: first, rejected: second } : { stay, chosen: second, rejected: first };
  });
}
const hurriedChoices = choose(hurried, 4);
for (const { stay, chosen, rejected } of hurriedChoices.slice(0, 3))
  console.log(`${stay.prompt}\n  chosen:   ${chosen}\n  rejected: ${rejected}`);

// %% [markdown]
/*
## A reward model

Nobody can rate every answer of a training run. A **reward model** learns to rate in the rater's place. In InstructGPT it
is a language model whose last layer gives one number. Ours sees two features, so that we can look inside: is the number
right, and how many words are there?
*/

// %% two features output=varies
const featuresOf = (text: string, days: string) => [isRight(text, days), text.split(" ").length / 10];
const featurePairs = hurriedChoices.map(({ stay, chosen, rejected }) => ({
  chosen: featuresOf(chosen, stay.days),
  rejected: featuresOf(rejected, stay.days),
}));
console.log(`features of an answer: [${featurePairs[0]!.chosen.join(", ")}]`);

// %% [markdown]
/*
The reward is *w* · features. Which *w*? The one under which the rater's choices are likeliest. With two weights we
can try them all: the darker, the likelier.
*/

// %% the likelihood of the choices on a grid output=varies
const wRight = Array.from({ length: 13 }, (_, at) => at / 5);
const wWords = Array.from({ length: 16 }, (_, at) => at / 5);
const likelihood = (right: number, words: number) =>
  featurePairs.reduce((sum, { chosen: [r1, n1], rejected: [r2, n2] }) => {
    return sum + Math.log(sigmoid(right * (r1! - r2!) + words * (n1! - n2!)));
  }, 0) / featurePairs.length;
const grid = wRight.map((right) => wWords.map((words) => likelihood(right, words)));
const axes = { xLabel: "weight of ten words", yLabel: "weight of a right number" };
const names = { rows: wRight.map((w) => w.toFixed(1)), columns: wWords.map((w) => w.toFixed(1)) };
heatMap(grid, { title: "Mean log-likelihood of the choices", ...axes, ...names });

// %% the darkest field output=varies
const cells = grid.flatMap((line, i) => line.map((value, j) => ({ value, w: [wRight[i]!, wWords[j]!] })));
const fitted = cells.reduce((best, cell) => (cell.value > best.value ? cell : best)).w;
const rewardOf = (text: string, days: string) =>
  featuresOf(text, days).reduce((sum, feature, at) => sum + feature * fitted[at]!, 0);
const agrees = hurriedChoices.filter(
  ({ stay: { days }, chosen, rejected }) => rewardOf(chosen, days) > rewardOf(rejected, days),
);
console.log(`right: ${fitted[0]!}, ten words: ${fitted[1]!}`);
console.log(`agrees with the rater in ${((100 * agrees.length) / offers.length).toFixed(0)} % of the pairs`);

// %% [markdown]
/*
A right number counts, and so do words: the kind answers were longer. With millions of weights a grid will not do. One
follows the gradient, which for one pair is −σ(−*d*) (*x*_chosen − *x*_rejected), with *d* the difference of the two
rewards. A pair that is ranked well already pulls but little.
*/

// %% exercise id=reward-step title="One step of a reward model" difficulty=3 importance=4 minutes=15 hint="The reward of features x is the sum of w[i] · x[i]; d is the chosen reward minus the rejected one." hint="Add up, over all pairs, σ(−d) times the difference of the features, all with the old weights, and divide by the number of pairs." hint="To make the loss smaller, go against its gradient: the weights move **towards** the chosen features."
/*
Complete `rewardStep`: the weights after one step of gradient descent on the mean loss of all pairs. You should see four
check marks below.
*/
/** The weights of a linear reward after a step; weights and features have the same length. */
function rewardStep(
  weights: readonly number[],
  pairs: readonly { chosen: readonly number[]; rejected: readonly number[] }[],
  learningRate: number,
): number[] {
  // BEGIN SOLUTION
  const pull = weights.map(() => 0);
  for (const { chosen, rejected } of pairs) {
    const difference = chosen.map((feature, i) => feature - rejected[i]!);
    const d = difference.reduce((sum, value, i) => sum + value * weights[i]!, 0);
    const share = 1 / (1 + Math.exp(d)); // σ(−d)
    difference.forEach((value, i) => (pull[i]! += (share * value) / pairs.length));
  }
  return weights.map((weight, i) => weight + learningRate * pull[i]!);
  // END SOLUTION
}

// %% tests points=3
const threePairs = [
  { chosen: [1, 0.5], rejected: [0, 0.5] },
  { chosen: [1, 2], rejected: [1, 1] },
  { chosen: [0, 0], rejected: [1, 0] },
];
checkClose("from zero", rewardStep([0, 0], threePairs, 6), [0, 1]);
checkClose("from elsewhere", rewardStep([1, 1], threePairs.slice(0, 2), 1), [1.13447071068, 1.13447071068]);
checkClose("a good ranking pulls little", rewardStep([2, 2], [threePairs[0]!], 1), [2.11920292202, 2]);
const three = { chosen: [1], rejected: [0] };
let weightNow = [0];
const fourPairs = [three, three, three, { chosen: [0], rejected: [1] }];
for (let step = 0; step < 200; step += 1) weightNow = rewardStep(weightNow, fourPairs, 2);
checkClose("three choices of four: log 3", weightNow, [Math.log(3)]);
// BEGIN HIDDEN TESTS: what both have moves nothing, and the old weights stay
const oldWeights = [0.5, -1];
checkClose(
  "hidden: common features",
  rewardStep(oldWeights, [{ chosen: [3, 4], rejected: [3, 4] }], 9),
  [0.5, -1],
);
rewardStep(oldWeights, threePairs, 1);
checkEqual("hidden: the old weights", oldWeights, [0.5, -1]);
// END HIDDEN TESTS

// %% mutant title="climbs" caught="from zero"
/*
  const pull = weights.map(() => 0);
  for (const { chosen, rejected } of pairs) {
    const difference = chosen.map((feature, i) => feature - rejected[i]!);
    const share = 1 / (1 + Math.exp(difference.reduce((sum, value, i) => sum + value * weights[i]!, 0)));
    difference.forEach((value, i) => (pull[i]! += (share * value) / pairs.length));
  }
  return weights.map((weight, i) => weight - learningRate * pull[i]!);
*/

// %% mutant title="the sum, not the mean" caught="from zero"
/*
  const pull = weights.map(() => 0);
  for (const { chosen, rejected } of pairs) {
    const difference = chosen.map((feature, i) => feature - rejected[i]!);
    const share = 1 / (1 + Math.exp(difference.reduce((sum, value, i) => sum + value * weights[i]!, 0)));
    difference.forEach((value, i) => (pull[i]! += share * value));
  }
  return weights.map((weight, i) => weight + learningRate * pull[i]!);
*/

// %% mutant title="every pair pulls alike" caught="from elsewhere"
/*
  const pull = weights.map(() => 0);
  for (const { chosen, rejected } of pairs)
    chosen.forEach((feature, i) => (pull[i]! += (0.5 * (feature - rejected[i]!)) / pairs.length));
  return weights.map((weight, i) => weight + learningRate * pull[i]!);
*/

// %% mutant title="good rankings pull most" caught="from elsewhere"
/*
  const pull = weights.map(() => 0);
  for (const { chosen, rejected } of pairs) {
    const difference = chosen.map((feature, i) => feature - rejected[i]!);
    const share = 1 / (1 + Math.exp(-difference.reduce((sum, value, i) => sum + value * weights[i]!, 0)));
    difference.forEach((value, i) => (pull[i]! += (share * value) / pairs.length));
  }
  return weights.map((weight, i) => weight + learningRate * pull[i]!);
*/

// %% mutant title="a step for each pair" caught="from zero"
/*
  return pairs.reduce<number[]>((now, { chosen, rejected }) => {
    const difference = chosen.map((feature, i) => feature - rejected[i]!);
    const share = 1 / (1 + Math.exp(difference.reduce((sum, value, i) => sum + value * now[i]!, 0)));
    return now.map((weight, i) => weight + (learningRate * share * difference[i]!) / pairs.length);
  }, [...weights]);
*/

// %% mutant title="moves the weights that it was given" caught="hidden: the old weights"
/*
  const own = weights as number[];
  const before = [...own];
  for (const { chosen, rejected } of pairs) {
    const difference = chosen.map((feature, i) => feature - rejected[i]!);
    const share = 1 / (1 + Math.exp(difference.reduce((sum, value, i) => sum + value * before[i]!, 0)));
    difference.forEach((value, i) => (own[i]! += (learningRate * share * value) / pairs.length));
  }
  return own;
*/

// %% mutant title="towards the chosen features alone" caught="from zero"
/*
  const pull = weights.map(() => 0);
  for (const { chosen, rejected } of pairs) {
    const difference = chosen.map((feature, i) => feature - rejected[i]!);
    const share = 1 / (1 + Math.exp(difference.reduce((sum, value, i) => sum + value * weights[i]!, 0)));
    chosen.forEach((value, i) => (pull[i]! += (share * value) / pairs.length));
  }
  return weights.map((weight, i) => weight + learningRate * pull[i]!);
*/

// %% [markdown]
/*
## When a reward is hacked

Now use it. The simplest way needs no training: draw *n* answers, keep the one with the highest reward. **Best of *n***,
also called rejection sampling. The more we draw, the harder we push on the reward. We watch what we push, and what we
want.
*/

// %% best of n output=varies
const pool = sftTexts.map((text, at) => {
  const { days } = askedStays[at]!;
  return { text, reward: rewardOf(text, days), right: 100 * isRight(text, days) };
});
function bestOf(n: number) {
  const chance = seededRandom(n);
  const kept = Array.from({ length: 500 }, () =>
    Array.from({ length: n }, () => chance.pick(pool)).reduce((a, b) => (b.reward > a.reward ? b : a)),
  );
  const mean = (key: "reward" | "right") => kept.reduce((sum, answer) => sum + answer[key], 0) / kept.length;
  return { n, reward: mean("reward"), right: mean("right") };
}
const pushed = [1, 2, 4, 8, 16, 64, 256].map(bestOf);
for (const { n, reward, right } of pushed)
  console.log(`best of ${String(n).padStart(3)}   reward ${reward.toFixed(2)}   right ${right.toFixed(0)} %`);

// %% draw both output=varies
const doublings = pushed.map(({ n }) => Math.log2(n));
const highest = Math.max(...pushed.map(({ reward }) => reward));
lineChart(
  [
    {
      name: "reward, % of its highest",
      x: doublings,
      y: pushed.map(({ reward }) => (100 * reward) / highest),
    },
    { name: "right, %", x: doublings, y: pushed.map(({ right }) => right) },
  ],
  { title: "What is pushed, and what is wanted", xLabel: "doublings of n", yLabel: "%" },
);

// %% the answer with the highest reward output=varies
pool.reduce((a, b) => (b.reward > a.reward ? b : a)).text;

// %% [markdown]
/*
At first both rise; then only the reward does, and answers become wrong. The reward counts words. Between short texts,
more words told kind from curt; pushed far enough, a thank-you without end wins. When a measure becomes a target it stops
being a good measure: **Goodhart's law**. Gao et al. (2023) measured the same bend in large reward models, with a larger
one in the place of people.
*/

// %% written id=reward-failure title="A reward that fails" difficulty=3 importance=5 minutes=15 points=3 hint="What earns a thumb up that is not what the patient needs?" hint="Which number rises, which should rise along with it, and who measures that one?"
/*
A hospital trains its assistant with the thumbs that doctors give under its summaries of notes.

Describe **one** way in which the assistant can earn more thumbs and serve patients worse. By which two numbers would you
notice it, and how often must the second be measured? Name one remedy, and what it costs. Five or six sentences.
*/
// BEGIN SOLUTION
/*
One point: a concrete failure in which the thumb and the good part: confident wording without doubts, summaries that agree
with the doctor's note when it is wrong, length or polish, leaving out unwelcome findings, thumbs from those with time
alone. One point: two numbers, the reward (share of thumbs up), which rises, and one that the assistant is not trained on
(facts checked against the note by a second person on a random sample, missed allergies, later corrections), which falls
or stays; measured during training, at each stage, since both rise at first. One point: a remedy and its price: a KL limit
or a smaller step (less gain), fresh comparisons from the new model (raters' time), a second reward for correctness or
length taken out of the reward (another measure that can be hacked), stopping early. To say "better data" alone is not enough.
*/
// END SOLUTION

// %% [markdown]
/*
## A leash

So we should not push without limit. RLHF maximises

*reward* − β · KL(model ‖ reference)

The **reference** is the SFT model, frozen. **KL**, the Kullback–Leibler divergence, says how far the model has moved: the
mean of log *p* − log *q* over what the model itself says, in nats. PPO, the algorithm of InstructGPT, climbs this in small
steps.
*/

// %% exercise id=kl title="How far a model has moved" difficulty=2 importance=5 minutes=8 hint="Sum p · (log p − log q) over all answers." hint="An answer that the model never gives adds nothing; JavaScript would make NaN of 0 · log 0." hint="An answer that the model gives and the reference never would makes it infinite, and JavaScript does that by itself."
/*
Complete `klDivergence` for two distributions over the same answers. You should see five check marks below.
*/
/** KL(p ‖ q) in nats. */
function klDivergence(p: readonly number[], q: readonly number[]): number {
  // BEGIN SOLUTION
  return p.reduce((sum, share, i) => (share === 0 ? sum : sum + share * Math.log(share / q[i]!)), 0);
  // END SOLUTION
}

// %% tests points=2
checkClose("a model is no distance from itself", klDivergence([0.2, 0.3, 0.5], [0.2, 0.3, 0.5]), 0);
checkClose("a coin from 9 to 1", klDivergence([0.5, 0.5], [0.9, 0.1]), 0.5108256237659907);
checkClose("9 to 1 from a coin", klDivergence([0.9, 0.1], [0.5, 0.5]), 0.3680642071684971);
checkClose("always one answer of four", klDivergence([0, 1, 0, 0], [0.25, 0.25, 0.25, 0.25]), Math.log(4));
checkEqual("what the reference never says", klDivergence([0.5, 0.5], [1, 0]) === Infinity, true);
// BEGIN HIDDEN TESTS: zeros on both sides
checkClose("hidden: zeros on both sides", klDivergence([0, 0.5, 0.5], [0, 0.25, 0.75]), 0.14384103622589042);
// END HIDDEN TESTS

// %% mutant title="the other way round" caught="a coin from 9 to 1"
/*
  return q.reduce((sum, share, i) => (share === 0 ? sum : sum + share * Math.log(share / p[i]!)), 0);
*/

// %% mutant title="zero times the logarithm of zero" caught="always one answer of four"
/*
  return p.reduce((sum, share, i) => sum + share * Math.log(share / q[i]!), 0);
*/

// %% mutant title="in bits" caught="a coin from 9 to 1"
/*
  return p.reduce((sum, share, i) => (share === 0 ? sum : sum + share * Math.log2(share / q[i]!)), 0);
*/

// %% mutant title="not weighed" caught="a coin from 9 to 1"
/*
  return p.reduce((sum, share, i) => (share === 0 ? sum : sum + Math.log(share / q[i]!)), 0);
*/

// %% mutant title="passes over what the reference never says" caught="what the reference never says"
/*
  return p.reduce((sum, share, i) => (share === 0 || q[i] === 0 ? sum : sum + share * Math.log(share / q[i]!)), 0);
*/

// %% mutant title="cross-entropy" caught="a model is no distance from itself"
/*
  return p.reduce((sum, share, i) => (share === 0 ? sum : sum - share * Math.log(q[i]!)), 0);
*/

// %% [markdown]
/*
For a given reward, the best model on the leash can be written down: every answer of the reference, weighed by
e^(reward/β). Four answers, with their shares and our rater's worth:
*/

// %% the best model for every β
const fourTexts = ["7 days", `${thanks} it was 7 days`, "a few days", `${thanks} good question`];
const shares = [0.3, 0.25, 0.2, 0.25];
const worths = fourTexts.map((text) => hurried(text, "7"));
function bestModel(beta: number): number[] {
  const weighed = shares.map((share, i) => share * Math.exp(worths[i]! / beta));
  const total = weighed.reduce((sum, value) => sum + value, 0);
  return weighed.map((value) => value / total);
}
const inThousandths = (values: readonly number[]) => values.map((value) => value.toFixed(3)).join("  ");
for (const beta of [100, 1, 0.3, 0.1]) console.log(`β ${beta}`.padEnd(6), inThousandths(bestModel(beta)));

// %% what the leash costs
const leashes = Array.from({ length: 60 }, (_, at) => 10 * 0.9 ** at);
const bestModels = leashes.map(bestModel);
const mean = (p: readonly number[], values: readonly number[]) =>
  p.reduce((sum, share, i) => sum + share * values[i]!, 0);
/** log p - log q of each answer. */
const logRatios = (p: readonly number[]) => p.map((share, i) => Math.log(share / shares[i]!));
const moves = bestModels.map((p) => mean(p, logRatios(p)));
lineChart([{ name: "reward", x: moves, y: bestModels.map((p) => mean(p, worths)) }], {
  title: "The best that a distance buys",
  xLabel: "KL from the reference (nats)",
  yLabel: "mean worth",
});

// %% [markdown]
/*
Always giving an answer that had the share *p* costs −log *p* nats. The first steps are cheap, the last buy nothing.

## DPO: the reward is in the model

Read the formula backwards. If the best model is reference times e^(reward/β), then, but for a constant,

*reward* = β · log(model/reference)

A model **is** a reward model. Put this into Bradley and Terry's loss, and the constant cancels:
*/

// %% rewards out of a model
const implied = logRatios(bestModel(0.3)).map((ratio) => 0.3 * ratio);
fourTexts.forEach((text, i) =>
  console.log((implied[i]! - implied[2]!).toFixed(3), (worths[i]! - worths[2]!).toFixed(3), text),
);

// %% [markdown]
/*
Both columns, measured from *a few days*, agree. This is **Direct Preference Optimization**, DPO (Rafailov et al., 2023):
no reward model, no sampling while training, one loss of pairs:

−log σ(β · [(log *p* − log *p*_ref)_chosen − (log *p* − log *p*_ref)_rejected])
*/

// %% what DPO knows of a pair
/** The log-probability of both whole answers, in nats: under the model and under its reference. */
interface PairLogs {
  chosen: number;
  rejected: number;
  refChosen: number;
  refRejected: number;
}

// %% exercise id=dpo title="DPO by hand" difficulty=3 importance=5 minutes=15 hint="z = β · ((chosen − refChosen) − (rejected − refRejected)), and the loss is −log σ(z): stable, as in the first exercise." hint="The slope of −log σ(z) is −σ(−z). Then the chain rule: z grows by β for each nat of `chosen`." hint="The gradient of `rejected` is that of `chosen` with the other sign. The reference gets none: it is frozen."
/*
Complete `dpoOfPair`: the loss, and its gradients with respect to the model's two log-probabilities. You should see four
check marks below, then two more.
*/
/** Loss and gradients of one pair. */
function dpoOfPair(pair: PairLogs, beta: number): { loss: number; chosen: number; rejected: number } {
  // BEGIN SOLUTION
  const z = beta * (pair.chosen - pair.refChosen - (pair.rejected - pair.refRejected));
  const loss = Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
  const slope = -beta / (1 + Math.exp(z));
  return { loss, chosen: slope, rejected: -slope };
  // END SOLUTION
}

// %% tests points=2
await startBackend("residency-cpu");
const atStart = { chosen: -12, rejected: -9, refChosen: -12, refRejected: -9 };
const firstLosses = [0.01, 0.1, 5].map((by) => dpoOfPair(atStart, by).loss);
checkClose("log 2 at the start, for every β", firstLosses, [Math.LN2, Math.LN2, Math.LN2]);
const later = { chosen: -10, rejected: -14, refChosen: -11, refRejected: -12 };
checkClose("a pair that went well", dpoOfPair(later, 0.1).loss, 0.5543552444685271);
const ofLibrary = (logs: typeof later, by: number) =>
  lossOfLibrary(
    {
      chosen: newTensor([logs.chosen]),
      rejected: newTensor([logs.rejected]),
      refChosen: newTensor([logs.refChosen]),
      refRejected: newTensor([logs.refRejected]),
    },
    { lossType: "sigmoid", beta: by },
  ).dataSync()[0]!;
const worse = { chosen: -30, rejected: -4.5, refChosen: -20, refRejected: -8 };
checkClose("the library's loss", dpoOfPair(worse, 0.5).loss, ofLibrary(worse, 0.5), 1e-5);
checkClose("far apart", dpoOfPair({ ...later, chosen: -9000 }, 1).loss, 8987);
// BEGIN HIDDEN TESTS: each part of the reference counts
const referred = { ...later, refChosen: -8, refRejected: -15 };
checkClose("hidden: another reference", dpoOfPair(referred, 0.2).loss, 1.0374879504858856);
// END HIDDEN TESTS

// %% tests id=dpo-gradient points=2
const begun = { chosen: -12, rejected: -9, refChosen: -12, refRejected: -9 };
const { chosen: pullUp, rejected: pullDown } = dpoOfPair(begun, 0.1);
checkClose("at the start: half of β, down and up", [pullUp, pullDown], [-0.05, 0.05]);
const pairAt = (by: number, chosen: number, rejected: number) => {
  const gradients = dpoOfPair({ chosen, rejected, refChosen: -11, refRejected: -12 }, by);
  return [gradients.chosen, gradients.rejected];
};
/** The slopes of the loss, measured: it is written out here. */
const slopesAt = (by: number, chosen: number, rejected: number) => {
  const lossAt = (c: number, r: number) => Math.log1p(Math.exp(-by * (c + 11 - (r + 12))));
  const [up, down] = [lossAt(chosen + 1e-4, rejected), lossAt(chosen - 1e-4, rejected)];
  return [(up - down) / 2e-4, (lossAt(chosen, rejected + 1e-4) - lossAt(chosen, rejected - 1e-4)) / 2e-4];
};
checkClose("against finite differences", pairAt(0.5, -10, -14), slopesAt(0.5, -10, -14), 1e-6);
// BEGIN HIDDEN TESTS: a pair that went badly
checkClose("hidden: a bad pair", pairAt(0.7, -15, -10), slopesAt(0.7, -15, -10), 1e-6);
// END HIDDEN TESTS

// %% mutant title="no reference" caught="log 2 at the start, for every β"
/*
  const z = beta * (pair.chosen - pair.rejected);
  const slope = -beta / (1 + Math.exp(z));
  return { loss: Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z))), chosen: slope, rejected: -slope };
*/

// %% mutant title="prefers the rejected answer" caught="a pair that went well"
/*
  const z = -beta * (pair.chosen - pair.refChosen - (pair.rejected - pair.refRejected));
  const slope = beta / (1 + Math.exp(z));
  return { loss: Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z))), chosen: slope, rejected: -slope };
*/

// %% mutant title="adds the reference of the rejected" caught="log 2 at the start, for every β"
/*
  const z = beta * (pair.chosen - pair.refChosen - (pair.rejected + pair.refRejected));
  const slope = -beta / (1 + Math.exp(z));
  return { loss: Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z))), chosen: slope, rejected: -slope };
*/

// %% mutant title="no β" caught="a pair that went well"
/*
  const z = pair.chosen - pair.refChosen - (pair.rejected - pair.refRejected);
  const slope = -1 / (1 + Math.exp(z));
  return { loss: Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z))), chosen: slope, rejected: -slope };
*/

// %% mutant title="overflows" caught="far apart"
/*
  const z = beta * (pair.chosen - pair.refChosen - (pair.rejected - pair.refRejected));
  const slope = -beta / (1 + Math.exp(z));
  return { loss: -Math.log(1 / (1 + Math.exp(-z))), chosen: slope, rejected: -slope };
*/

// %% mutant title="forgets the chain rule" caught="at the start: half of β, down and up"
/*
  const z = beta * (pair.chosen - pair.refChosen - (pair.rejected - pair.refRejected));
  const slope = -1 / (1 + Math.exp(z));
  return { loss: Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z))), chosen: slope, rejected: -slope };
*/

// %% mutant title="good pairs pull most" caught="against finite differences"
/*
  const z = beta * (pair.chosen - pair.refChosen - (pair.rejected - pair.refRejected));
  const slope = -beta / (1 + Math.exp(-z));
  return { loss: Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z))), chosen: slope, rejected: -slope };
*/

// %% mutant title="raises both" caught="at the start: half of β, down and up"
/*
  const z = beta * (pair.chosen - pair.refChosen - (pair.rejected - pair.refRejected));
  const slope = -beta / (1 + Math.exp(z));
  return { loss: Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z))), chosen: slope, rejected: slope };
*/

// %% [markdown]
/*
## The same, by library

`DPOTrainer` does this for whole batches of texts. We give it a rater with time: a right number is worth 3, and each word
costs a fifth.
*/

// %% a rater with time output=varies
const attentive = (text: string, days: string) => 3 * isRight(text, days) - text.split(" ").length / 5;
const pairRows = choose(attentive, 6).map(({ stay, chosen, rejected }) => ({
  ...{ prompt: stay.prompt, chosen: ` ${chosen}`, rejected: ` ${rejected}` },
}));
for (const { chosen, rejected } of pairRows.slice(0, 4))
  console.log(`${chosen}   is better than  ${rejected}`);

// %% a copy of the SFT model
import { tensor } from "residency/tensor";
function copyOfSft() {
  const copy = modelFromConfig(config);
  const original = new Map(sft.namedParameters());
  for (const [name, parameter] of copy.namedParameters())
    parameter.assign(tensor([...original.get(name)!.value.dataSync()], [...parameter.shape]));
  return copy;
}

// %% two models, one trainer
import { DPOConfig, DPOTrainer } from "residency";
function dpoTrainer(beta: number) {
  const policy = copyOfSft();
  const args = new DPOConfig({
    ...{ beta, maxSteps: 60, perDeviceTrainBatchSize: 16, learningRate: 5e-4, seed: 2 },
    ...{ lrSchedulerType: "cosine", loggingSteps: 10 },
  });
  const data = { trainDataset: pairRows, evalDataset: pairRows.slice(0, 64) };
  return { policy, trainer: new DPOTrainer({ model: policy, refModel: sft, tokenizer, ...data, args }) };
}

// %% the loss before the first step output=varies
const { evalLoss } = await dpoTrainer(0.2).trainer.evaluate();
console.log(`${evalLoss.toFixed(6)}   log 2: ${Math.LN2.toFixed(6)}`);

// %% [markdown]
/*
The model is its own reference yet, so every pair is a coin. A first loss that is **not** log 2 means that the reference
is another model.

Two numbers tell how it goes. The **win rate**: how often, by the worth of the answers, the new model's is better than the
old one's, a tie counting half. And the KL, estimated from drawn answers.
*/

// %% log-probabilities of whole answers
import { collate } from "residency/data";
import { tokenizeSFTRow } from "residency/train";
/** log p of each answer behind its prompt, [B], in nats. */
function answerLogs(model: CausalLanguageModel, asked: readonly Stay[], texts: readonly string[]): number[] {
  const rows = texts.map((text, at) =>
    tokenizeSFTRow({ prompt: asked[at]!.prompt, completion: ` ${text}` }, tokenizer, new SFTConfig()),
  );
  const { logProbs, rows: owners } = model.labelLogProbs(collate(rows, tokenizer.padTokenId));
  const sums = rows.map(() => 0);
  logProbs.dataSync().forEach((value, at) => (sums[owners[at]!]! += value));
  logProbs.dispose();
  return sums;
}

// %% win rate and KL
async function measure(policy: CausalLanguageModel) {
  const asked = heldout(300);
  const [own, old] = [await draw(policy, asked, 11), await draw(sft, asked, 12)];
  const wins = own.map((text, at) => {
    const { days } = asked[at]!;
    return (1 + Math.sign(attentive(text, days) - attentive(old[at]!, days))) / 2;
  });
  const [p, q] = [answerLogs(policy, asked, own), answerLogs(sft, asked, own)];
  const average = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / values.length;
  return { winRate: average(wins), kl: average(p.map((value, at) => value - q[at]!)), own, asked };
}

// %% train with leashes of three lengths output=varies
const runs: { beta: number; winRate: number; kl: number; styles: Record<string, number> }[] = [];
for (const beta of [2, 0.5, 0.1]) {
  const { policy, trainer } = dpoTrainer(beta);
  await trainer.train();
  const { winRate, kl, own, asked } = await measure(policy);
  runs.push({ beta, winRate, kl, styles: stylesOf(own, asked) });
  console.log(`β ${beta}   win rate ${(100 * winRate).toFixed(0)} %   KL ${kl.toFixed(2)}`);
}

// %% draw what the distance buys output=varies
const [x, y] = [
  [0, ...runs.map(({ kl }) => kl)],
  [50, ...runs.map(({ winRate }) => 100 * winRate)],
];
lineChart([{ name: "win rate", x, y }], {
  title: "Win rate and distance: the SFT model, then β of 2, 0.5 and 0.1",
  xLabel: "KL from the SFT model (nats)",
  yLabel: "win rate (%)",
});

// %% styles before and after output=varies
const before = stylesOf(sftTexts, askedStays);
const styleNames = Object.keys(before);
const valuesOf = (styles: Record<string, number>) => styleNames.map((style) => styles[style]!);
const series = [
  { name: "SFT", values: valuesOf(before) },
  ...runs.map(({ beta, styles }) => ({ name: `β = ${beta}`, values: valuesOf(styles) })),
];
groupedBarChart(styleNames, series, { title: "Answers to held-out stays", xLabel: "", yLabel: "%" });

// %% [markdown]
/*
Short, right answers had a share of about 0.3, so giving nothing else must cost about −log 0.3 ≈ 1.2 nats. That is where
the curve flattens. What lies beyond is more damage than gain: look at *other*.

And a win rate is only as good as its judge. Judged by our first reward model, the thank-you without end would win.
*/

// %% what the exercise gets
import type { PreferenceTokenizer } from "residency/train";
import type { DPORow } from "residency";
interface Task {
  /** To be trained. */
  policy: CausalLanguageModel;
  /** The same model, to stay as it is. */
  reference: CausalLanguageModel;
  tokenizer: PreferenceTokenizer;
  pairs: readonly DPORow[];
}

// %% exercise id=align title="Win, on a leash" difficulty=3 importance=5 minutes=20 hint="A `DPOTrainer` with `model: policy` and `refModel: reference`, as in `dpoTrainer` above. Wait for `train()`." hint="TRL's learning rate of 1e-6 is made for models of billions of parameters. This one has a few thousand, and wants some 5e-3." hint="Too little KL and too few wins: make β smaller, or train on. Too much KL: make β larger. Something near 1 does."
/*
Complete `align`. In the tests' world there are 14 answers of one token. A few are good, and raters choose them in nine
pairs of ten. So few answers make win rate and KL exact.

Reach a win rate of at least 70 % against the reference at a KL of at most 1.1 nats. A check that fails says what it got.
You should see three check marks below.
*/
/** Trains the policy on the pairs; the reference stays as it is. */
async function align({ policy, reference, tokenizer, pairs }: Task): Promise<void> {
  // BEGIN SOLUTION
  const args = new DPOConfig({
    ...{ beta: 1, learningRate: 5e-3, maxSteps: 60, perDeviceTrainBatchSize: 16 },
    ...{ lrSchedulerType: "cosine", seed: 2 },
  });
  const models = { model: policy, refModel: reference };
  await new DPOTrainer({ ...models, tokenizer, trainDataset: pairs, args }).train();
  // END SOLUTION
}

// %% tests points=3
await startBackend("residency-cpu");
const ids = Array.from({ length: 14 }, (_, at) => at + 2); // 4, 8 and 12 are good
const turn = (id: number) => [{ role: "user", content: String(id) }];
const applyChatTemplate = (said: ReturnType<typeof turn>) => said.map(({ content }) => Number(content));
const ofIds = { encode: (text: string) => [Number(text)], applyChatTemplate, eosTokenId: 0, padTokenId: 0 };
const widths = { vocab_size: 16, hidden_size: 16, intermediate_size: 32, num_attention_heads: 2 };
const newModel = () => buildModel({ model_type: "llama", num_hidden_layers: 1, ...widths });
const [policy, reference, chance] = [newModel(), newModel(), seedRandom(3)];
for (const model of [policy, reference]) drawWeights(model, { seed: 3, layers: 1, std: 0.1 });
const input = { inputIds: ids.map((id) => [1, id]), labels: ids.map((id) => [-100, id]) };
const logs = (model: typeof policy) => [...model.labelLogProbs(input).logProbs.dataSync()]; // [14]
const start = logs(reference);
const pairs = Array.from({ length: 240 }, () => {
  const two = [turn(4 * chance.int(3) + 4), turn(chance.pick(ids.filter((id) => id % 4 > 0)))];
  if (chance.next() < 0.1) two.reverse(); // a rater who errs
  return { prompt: turn(1), chosen: two[0]!, rejected: two[1]! };
});
await align({ policy, reference, tokenizer: ofIds, pairs });
const now = logs(policy);
const goodShare = (of: number[]) => [4, 8, 12].reduce((sum, id) => sum + Math.exp(of[id - 2]!), 0);
checkClose("a win rate of 70 to 100 %", 50 * (1 + goodShare(now) - goodShare(start)), 85, 15);
const kl = now.reduce((sum, log, at) => sum + Math.exp(log) * (log - start[at]!), 0);
checkClose("a KL of 0 to 1.1 nats", kl, 0.55, 0.55);
checkEqual("the reference is as it was", logs(reference).join() === start.join(), true);

// %% mutant title="TRL's defaults" caught="a win rate of 70 to 100 %"
/*
  const args = new DPOConfig({ maxSteps: 60, perDeviceTrainBatchSize: 16, seed: 2 });
  await new DPOTrainer({ model: policy, refModel: reference, tokenizer, trainDataset: pairs, args }).train();
*/

// %% mutant title="hardly a leash" caught="a KL of 0 to 1.1 nats"
/*
  const args = new DPOConfig({ beta: 0.05, learningRate: 5e-3, maxSteps: 60, perDeviceTrainBatchSize: 16, seed: 2 });
  await new DPOTrainer({ model: policy, refModel: reference, tokenizer, trainDataset: pairs, args }).train();
*/

// %% mutant title="too short a leash" caught="a win rate of 70 to 100 %"
/*
  const args = new DPOConfig({ beta: 5, learningRate: 5e-3, maxSteps: 60, perDeviceTrainBatchSize: 16, seed: 2 });
  await new DPOTrainer({ model: policy, refModel: reference, tokenizer, trainDataset: pairs, args }).train();
*/

// %% mutant title="prefers what was rejected" caught="a win rate of 70 to 100 %"
/*
  const args = new DPOConfig({ beta: 1, learningRate: 5e-3, maxSteps: 60, perDeviceTrainBatchSize: 16, seed: 2 });
  const trainDataset = pairs.map((pair) => ({ ...pair, chosen: pair.rejected, rejected: pair.chosen }) as DPORow);
  await new DPOTrainer({ model: policy, refModel: reference, tokenizer, trainDataset, args }).train();
*/

// %% mutant title="trains the reference" caught="a win rate of 70 to 100 %"
/*
  const args = new DPOConfig({ beta: 1, learningRate: 5e-3, maxSteps: 60, perDeviceTrainBatchSize: 16, seed: 2 });
  await new DPOTrainer({ model: reference, refModel: policy, tokenizer, trainDataset: pairs, args }).train();
*/

// %% mutant title="trains both" caught="the reference is as it was"
/*
  const args = new DPOConfig({ beta: 1, learningRate: 5e-3, maxSteps: 60, perDeviceTrainBatchSize: 16, seed: 2 });
  await new DPOTrainer({ model: policy, refModel: reference, tokenizer, trainDataset: pairs, args }).train();
  const few = new DPOConfig({ beta: 1, learningRate: 1e-3, maxSteps: 2, perDeviceTrainBatchSize: 16, seed: 2 });
  await new DPOTrainer({ model: reference, refModel: policy, tokenizer, trainDataset: pairs, args: few }).train();
*/

// %% [markdown]
/*
## What you can now do

- Turn choices into a **reward**, and say what the reward has not seen.
- Recognise **reward hacking**: the number that is pushed rises, the one that is wanted does not.
- Read **KL** as a distance with a price.
- Write **DPO**, and check its first loss.
- Report a win rate together with its **judge** and its KL.

## Check yourself

Choose an answer, then open it.
*/

// %% [markdown]
/*
**1. Why does supervised fine-tuning not remove a bad habit of its examples?**

<details><summary>It has too few parameters.</summary>No. A larger model imitates the habit better.</details>
<details><summary>Its loss asks for the examples as they are.</summary>Yes. Nothing says that one of them is
better.</details>
<details><summary>It was not trained long enough.</summary>No. With more training the shares fit more closely.</details>
*/

// %% [markdown]
/*
**2. Two answers have rewards 105 and 104. How often does the first win, by Bradley and Terry?**

<details><summary>105 times of 209.</summary>No. Rewards are no shares.</details>
<details><summary>As often as with 1 and 0: about 73 %.</summary>Yes. Only the difference counts, and σ(1) is
0.73.</details>
<details><summary>Always.</summary>No. A greater difference makes it more certain, never sure.</details>
*/

// %% [markdown]
/*
**3. In training the reward rises and rises. What do you do?**

<details><summary>Train on: it is what we want.</summary>That is the trap. It is what we measure.</details>
<details><summary>Have people rate fresh answers.</summary>Yes. Only a second measure, which is not trained on, shows
where the two part.</details>
<details><summary>Take a larger reward model.</summary>It bends later, and it bends.</details>
*/

// %% [markdown]
/*
**4. The first loss of a DPO run is 0.52. What is wrong?**

<details><summary>Nothing. It is below log 2, which is good.</summary>No. Before any step, model and reference should
agree.</details>
<details><summary>β is too large.</summary>No. With equal models, the loss is log 2 for every β.</details>
<details><summary>The reference is another model than the one that is trained.</summary>Yes: another checkpoint, another
adapter, or dropout that is on.</details>
*/

// %% [markdown]
/*
**5. A larger β …**

<details><summary>keeps the model closer to its reference.</summary>Yes. Each nat of distance costs more.</details>
<details><summary>makes it follow the raters more closely.</summary>No. That is a smaller β.</details>
<details><summary>is a larger learning rate.</summary>No. It sets where training ends, not how fast it gets
there.</details>
*/

// %% [markdown]
/*
**Glossary.** *Preference pair*: two answers and which is better. *Bradley–Terry*: the better wins with probability σ of
the difference. *Reward model*: rates in the raters' place. *Best of n*: draw n, keep the best rated. *Reward hacking*:
reward without quality. *Policy*, *reference*: the model that is trained, and where it started. *KL*: the distance between
them. *Win rate*: how often a judge prefers the new model.

**Stretch.** Give `dpoTrainer` the pairs of the hurried rater. Which style wins now? Then measure with the attentive one.
*/
