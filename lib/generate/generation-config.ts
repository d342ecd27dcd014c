/** Settings of generation as an object of their own, with the form of a generation_config.json. */
import { ResidencyError } from "../errors.ts";
import type { GenerationSettings } from "../nn/index.ts";
import { checkSettings, settingNames, type SettingName } from "./setting-rules.ts";

/** What a generation_config.json may ask for that the library does not do, with the values that ask for nothing. */
const unsupported: Record<string, readonly unknown[]> = {
  guidance_scale: [1],
  top_h: [],
  penalty_alpha: [0],
  num_beam_groups: [1],
  diversity_penalty: [0],
  constraints: [],
  force_words_ids: [],
  dola_layers: [],
  watermarking_config: [],
  encoder_repetition_penalty: [1],
  encoder_no_repeat_ngram_size: [0],
};

const toSnakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Only the settings that are given: the rest takes the defaults of whatever comes next. */
function given(settings: GenerationSettings): GenerationSettings {
  const found: Partial<Record<SettingName, unknown>> = {};
  for (const name of settingNames) if (settings[name] !== undefined) found[name] = settings[name];
  return found as GenerationSettings;
}

/** An object that has the settings as its own properties, all of them optional. */
const SettingsObject = Object as unknown as new () => Readonly<GenerationSettings>;

/**
 * Settings for many calls of `generate`; those that are left out keep transformers' defaults.
 *
 * @example
 * const config = new GenerationConfig({ maxNewTokens: 64, doSample: true, topP: 0.9 });
 * config.toJson(); // → { do_sample: true, max_new_tokens: 64, top_p: 0.9 }
 */
export class GenerationConfig extends SettingsObject {
  /** @throws ResidencyError E_CONFIG for a value outside its range. */
  constructor(settings: GenerationSettings = {}) {
    checkSettings(settings);
    super();
    Object.assign(this, given(settings));
  }

  /**
   * Reads the content of a generation_config.json; what concerns other programs (caches, compilation, versions) is left
   * out.
   *
   * @throws ResidencyError E_CONFIG for a value outside its range, and for a decoding method that does not exist here.
   */
  static fromJson(json: Readonly<Record<string, unknown>>): GenerationConfig {
    for (const [field, neutral] of Object.entries(unsupported)) {
      const value = json[field];
      if (value === undefined || value === null || neutral.includes(value)) continue;
      throw new ResidencyError(
        "E_CONFIG",
        `Cannot use the generation_config.json: "${field}" is ${JSON.stringify(value)}, which asks for a way of ` +
          "generating that the library does not have; take the field out",
      );
    }
    const settings: Partial<Record<SettingName, unknown>> = {};
    for (const name of settingNames) {
      const value = json[toSnakeCase(name)];
      if (value !== undefined && value !== null) settings[name] = value;
    }
    return new GenerationConfig(settings as GenerationSettings);
  }

  /** The content of a generation_config.json with the settings that are given. */
  toJson(): Record<string, unknown> {
    const names = settingNames.filter((name) => this[name] !== undefined).sort();
    return Object.fromEntries(names.map((name) => [toSnakeCase(name), this[name]]));
  }
}
