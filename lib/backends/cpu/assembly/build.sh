#!/usr/bin/env bash
# Compiles the kernels twice, with and without relaxed SIMD, to assets/kernels or to the folder that is named.
# The compiler is 100 MB, so it is fetched when it is needed and is no dependency.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
output="${1:-assets/kernels}"
mkdir -p "$output"
compile() {
  npm exec --yes --package=assemblyscript@0.28.20 -- asc lib/backends/cpu/assembly/index.ts \
    -O3 --converge --runtime stub --use abort= --memoryBase 8192 \
    --importMemory --sharedMemory --initialMemory 64 --maximumMemory 65536 \
    --enable simd --enable threads --disableWarning "$@"
}
compile --outFile "$output/simd.wasm"
compile --enable relaxed-simd --outFile "$output/relaxed-simd.wasm"
