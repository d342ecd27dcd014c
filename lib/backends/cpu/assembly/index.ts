/** The module's front door: kernels by number, the thread loop, and the publishing of jobs. */
import { attentionChunk } from "./attention";
import { attentionGradChunk } from "./attention-grad";
import { binaryChunk, binaryRowsChunk, reduceRowsChunk, transposeChunk, unaryChunk } from "./elementwise";
import { activationChunk, activationGradChunk, gateChunk, gateGradChunk } from "./gate";
import { claim, currentGeneration, enter, kernelNumber, leave, select, startClaims, waitForJob } from "./job";
import { fewRowsChunk, matMulChunk } from "./matmul";
import { layerNormChunk, layerNormGradChunk, rmsNormChunk, rmsNormGradChunk, sumPartsChunk } from "./norm";
import { adamWChunk, embeddingGradChunk, gatherRowsChunk, squaredNormChunk } from "./optimizer";
import { adamW8bitChunk } from "./optimizer-8bit";
import { nestedScalesChunk, packedForwardChunk, packedTransposedChunk } from "./packed";
import { rotaryChunk } from "./rotary";
import { crossEntropyChunk, scaleChunk, softmaxChunk } from "./softmax";
export { setThread } from "./scratch";
export { multiplyTile } from "./tile";

/** The numbers are those of `kernelNames` in JavaScript. */
function runChunk(kernel: i32, chunk: i32): void {
  switch (kernel) {
    case 0:
      return matMulChunk(chunk);
    case 1:
      return fewRowsChunk(chunk);
    case 2:
      return rmsNormChunk(chunk);
    case 3:
      return rmsNormGradChunk(chunk);
    case 4:
      return layerNormChunk(chunk);
    case 5:
      return layerNormGradChunk(chunk);
    case 6:
      return sumPartsChunk(chunk);
    case 7:
      return rotaryChunk(chunk);
    case 8:
      return gateChunk(chunk);
    case 9:
      return gateGradChunk(chunk);
    case 10:
      return activationChunk(chunk);
    case 11:
      return activationGradChunk(chunk);
    case 12:
      return softmaxChunk(chunk);
    case 13:
      return crossEntropyChunk(chunk);
    case 14:
      return scaleChunk(chunk);
    case 15:
      return adamWChunk(chunk);
    case 16:
      return squaredNormChunk(chunk);
    case 17:
      return embeddingGradChunk(chunk);
    case 18:
      return gatherRowsChunk(chunk);
    case 19:
      return binaryChunk(chunk);
    case 20:
      return binaryRowsChunk(chunk);
    case 21:
      return unaryChunk(chunk);
    case 22:
      return reduceRowsChunk(chunk);
    case 23:
      return transposeChunk(chunk);
    case 24:
      return attentionChunk(chunk);
    case 25:
      return attentionGradChunk(chunk);
    case 26:
      return packedForwardChunk(chunk);
    case 27:
      return packedTransposedChunk(chunk);
    case 28:
      return adamW8bitChunk(chunk);
    case 29:
      return nestedScalesChunk(chunk);
    default:
      unreachable();
  }
}

/** Works on the published jobs until no chunk is left. */
export function work(): void {
  startClaims();
  for (let chunk = claim(); chunk >= 0; chunk = claim()) runChunk(kernelNumber(), chunk);
}

/** Runs all chunks of the first `jobs` jobs, which were not published, on this thread alone. */
export function workAlone(jobs: i32): void {
  for (let job = 0; job < jobs; job++) {
    const chunks = select(job);
    for (let chunk = 0; chunk < chunks; chunk++) runChunk(kernelNumber(), chunk);
  }
}

/** What a helping thread does all its life. */
export function help(spins: i32): void {
  let seen = 0;
  while (true) {
    seen = waitForJob(seen, spins);
    if (!enter()) continue;
    work();
    leave();
  }
}

/** The newest publication's number, so that a test can see that jobs were published. */
export function generation(): i32 {
  return currentGeneration();
}
