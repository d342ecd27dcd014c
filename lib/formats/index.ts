/** Byte codecs of checkpoint files. */
export { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./float16.ts";
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
