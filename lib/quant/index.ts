/** Quantisation with bitsandbytes' semantics: codecs over typed arrays, without tensors. */
export { dequantizeBlockwise, quantizeBlockwise, type BlockwiseCodes } from "./blockwise.ts";
export {
  codebookOf,
  dynamicCodebook,
  dynamicMap,
  fourBitCodebook,
  type Codebook,
  type FourBitType,
} from "./codebook.ts";
export { BitsAndBytesConfig, fromQuantizationConfigJson, type BitsAndBytesConfigOptions } from "./config.ts";
export { dequantize4bit, quantize4bit, type FourBitCodes, type FourBitOptions } from "./four-bit.ts";
export { dequantizeInt8Rows, quantizeInt8Rows, type Int8Rows } from "./int8.ts";
export { nestAbsmax, unnestAbsmax, type NestedAbsmax } from "./nested-absmax.ts";
export { packElements, type PackedElements, type Packing } from "./pack-elements.ts";
export { decodeFourBit, encodeFourBit, fourBitPartOf, type StoredFourBit } from "./quant-state.ts";
