/** Times greedy generation with a key/value cache; reading the prompt is not counted. */
import type { CausalLanguageModel } from "../../lib/nn/index.ts";
import { randomRows } from "./model.ts";
import type { GenerateWorkload } from "./workload.ts";

/** The first run compiles and warms up as every run does on PyTorch's side; two are the least. */
const leastRuns = 2;

/** Generates again and again until the seconds are over; the milliseconds that the new tokens of each run took. */
export async function timeGeneration(
  model: CausalLanguageModel,
  workload: GenerateWorkload,
  seconds: number,
): Promise<number[]> {
  const runs: number[] = [];
  const deadline = performance.now() + 1000 * seconds;
  while (runs.length < leastRuns || performance.now() < deadline) {
    const prompts = randomRows(workload, { rows: workload.batch, length: workload.seq, seed: runs.length });
    let first = 0;
    let last = 0;
    await model.generate(prompts, {
      // The first token comes of the prompt.
      maxNewTokens: workload.new_tokens + 1,
      eosTokenId: [],
      onToken: () => {
        last = performance.now();
        first ||= last;
      },
    });
    runs.push(last - first);
  }
  return runs;
}
