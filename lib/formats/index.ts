/** Byte codecs of checkpoint files. */
export { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./float16.ts";
export { parseGguf } from "./gguf.ts";
export { decodeGgufTensor, encodeGgufTensor, type GgufWritableType } from "./gguf-tensor.ts";
export type {
  GgufArray,
  GgufHeader,
  GgufMetadata,
  GgufScalar,
  GgufTensorEntry,
  GgufTensorInfo,
  GgufTensorType,
  GgufValue,
} from "./gguf-types.ts";
export { encodeGguf, encodeGgufHeader, type EncodedGgufHeader } from "./gguf-write.ts";
export { llamaCppModel, type LlamaCppModel } from "./llama-cpp-config.ts";
export {
  llamaCppModelTypes,
  llamaCppShape,
  llamaCppTensor,
  llamaCppTensorType,
  llamaCppValues,
  permuteRotaryRows,
  type LlamaCppLayout,
  type LlamaCppNaming,
  type LlamaCppTensor,
} from "./llama-cpp-tensors.ts";
export { llamaCppVocabulary, type LlamaCppVocabularyOptions } from "./llama-cpp-vocabulary.ts";
export { releaseBuffer } from "./release.ts";
export {
  bytesPerElement,
  encodeSafetensors,
  headerLength,
  parseHeader,
  toFloat32,
  type FloatType,
  type RawTensor,
  type SafetensorsHeader,
  type StoredType,
  type TensorEntry,
  type TensorToStore,
} from "./safetensors.ts";
