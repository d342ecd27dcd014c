/** Puts the settings of a call, of its generationConfig and of the model together, once, and checks what they mean. */
import { ResidencyError } from "../errors.ts";
import type {
  GenerateDictOptions,
  GenerateOptions,
  GenerationSettings,
  LogitsProcessor,
} from "../nn/index.ts";
import type { CausalDecoder } from "./decoder.ts";
import { logitsProcessors } from "./logits-processors.ts";
import { checkSettings, defaultSettings, settingNames, type SettingName } from "./setting-rules.ts";

/** New tokens when nothing says how many. */
const defaultNewTokens = 20;

/** Every setting that has a default has a value. */
export type ResolvedSettings = GenerationSettings & {
  [Name in keyof typeof defaultSettings]: NonNullable<GenerationSettings[Name]>;
};

type CallOptions = GenerateOptions | GenerateDictOptions;

/** What a run of generation does. */
export interface GenerationPlan {
  settings: ResolvedSettings;
  /** The arguments of the call. */
  options: CallOptions;
  outputScores: boolean;
  outputLogits: boolean;
  promptLength: number;
  maxNewTokens: number;
  eosTokenIds: readonly number[];
  padTokenId: number;
  /** In transformers' order. */
  processors: readonly LogitsProcessor[];
}

const refuse = (what: string): never => {
  throw new ResidencyError("E_CONFIG", `Cannot generate with ${what}`);
};

const listOf = (ids: number | readonly number[]): readonly number[] =>
  typeof ids === "number" ? [ids] : ids;

const samplingOnly = [
  "temperature",
  "topK",
  "topP",
  "minP",
  "typicalP",
  "epsilonCutoff",
  "etaCutoff",
] as const;
const beamsOnly = ["lengthPenalty", "earlyStopping"] as const;

/** The names whose value, as given by the caller, differs from the default, which does nothing. */
function meant(names: readonly SettingName[], chosen: GenerationSettings): SettingName[] {
  const defaults: GenerationSettings = defaultSettings;
  return names.filter((name) => chosen[name] !== undefined && chosen[name] !== defaults[name]);
}

/** Refuses settings of the caller that would do nothing; those of the model's own file may. */
function checkMeaning(chosen: GenerationSettings, settings: ResolvedSettings): void {
  const { doSample, numBeams, numReturnSequences } = settings;
  const [idle] = doSample ? [] : meant(samplingOnly, chosen);
  if (idle) refuse(`${idle} while doSample is false: set doSample: true, or leave it out for greedy`);
  const [beamless] = numBeams > 1 ? [] : meant(beamsOnly, chosen);
  if (beamless) refuse(`${beamless} while numBeams is 1: set numBeams above 1, or leave it out`);
  if (numReturnSequences > 1 && numBeams > 1 && numReturnSequences > numBeams) {
    refuse(`numReturnSequences ${numReturnSequences}: it must be at most numBeams, ${numBeams}`);
  }
  if (numReturnSequences > 1 && numBeams === 1 && !doSample) {
    refuse(
      `numReturnSequences ${numReturnSequences} for greedy, which has one result: set doSample: true or numBeams`,
    );
  }
}

/** Refuses tokens that are forced and forbidden at once, which would leave none to choose. */
function checkForced(settings: ResolvedSettings): void {
  const suppressed = new Set(settings.suppressTokens);
  for (const name of ["forcedBosTokenId", "forcedEosTokenId"] as const) {
    const forced = settings[name] === undefined ? [] : listOf(settings[name]);
    if (forced.length === 0 || !forced.every((token) => suppressed.has(token))) continue;
    refuse(`${name} ${forced.join(", ")}, which suppressTokens forbids: take it out of one of the two`);
  }
}

/** Refuses arguments of the call that do not go together. */
function checkArguments(options: CallOptions, settings: ResolvedSettings, prompts: number): void {
  const { tokenizer, streamer, onToken, seed } = options;
  if (!options.returnDictInGenerate && ("outputScores" in options || "outputLogits" in options)) {
    refuse("outputScores or outputLogits without returnDictInGenerate: set returnDictInGenerate: true");
  }
  const rows = prompts * settings.numReturnSequences;
  if (settings.stopStrings !== undefined && !tokenizer) {
    refuse("stopStrings without a tokenizer: pass tokenizer, which decodes what was generated");
  }
  if ((streamer ?? onToken) && settings.numBeams > 1) {
    refuse("a streamer or onToken and numBeams above 1: beams have no token before the end");
  }
  if (streamer && rows > 1) refuse(`a streamer and ${rows} sequences: it takes one prompt and one result`);
  if (seed !== undefined && !Number.isSafeInteger(seed)) refuse(`seed ${seed}: it must be a whole number`);
}

/** Later settings take precedence; those that are undefined do not count. */
function merge(layers: readonly (GenerationSettings | undefined)[]): GenerationSettings {
  const merged: Partial<Record<SettingName, unknown>> = {};
  for (const layer of layers) {
    for (const name of settingNames) {
      const value: unknown = layer?.[name];
      if (value !== undefined) merged[name] = value;
    }
  }
  return merged as GenerationSettings;
}

/**
 * Plans a run over prompts of one length.
 *
 * @throws ResidencyError E_CONFIG when a setting is out of its range, would do nothing or contradicts another.
 */
export function planGeneration(
  model: Pick<CausalDecoder, "eosTokenIds" | "generationConfig">,
  { prompts, promptLength }: { prompts: number; promptLength: number },
  options: CallOptions,
): GenerationPlan {
  const chosen = merge([options.generationConfig, options]);
  checkSettings(chosen);
  const settings = merge([defaultSettings, model.generationConfig, chosen]) as ResolvedSettings;
  checkMeaning(chosen, settings);
  checkForced(settings);
  checkArguments(options, settings, prompts);
  const maxNewTokens =
    settings.maxNewTokens ??
    (settings.maxLength === undefined ? defaultNewTokens : settings.maxLength - promptLength);
  if (maxNewTokens < 1) {
    refuse(`maxLength ${settings.maxLength}: the prompts alone have ${promptLength} tokens`);
  }
  const eosTokenIds = [...new Set(listOf(settings.eosTokenId ?? model.eosTokenIds))];
  if (chosen.exponentialDecayLengthPenalty && eosTokenIds.length === 0) {
    refuse("exponentialDecayLengthPenalty and no token that ends a text: set eosTokenId");
  }
  return {
    settings,
    options,
    outputScores: options.returnDictInGenerate === true && options.outputScores === true,
    outputLogits: options.returnDictInGenerate === true && options.outputLogits === true,
    promptLength,
    maxNewTokens,
    eosTokenIds,
    padTokenId: settings.padTokenId ?? eosTokenIds[0] ?? 0,
    processors: logitsProcessors(settings, {
      promptLength,
      maxLength: promptLength + maxNewTokens,
      eosTokenIds,
      custom: options.logitsProcessor ?? [],
    }),
  };
}
