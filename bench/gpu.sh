#!/usr/bin/env bash
# The GPU benchmark: needs a GPU with its driver, and neither a network nor Node where a folder was packed for it
# (npm run bench:gpu:pack -- FOLDER). Prints lines of JSON; what stands between them goes to standard error.
#   ./gpu.sh                                     kernels, LoRA and QLoRA at phi-2's size, beside PyTorch where Python has it
#   ./gpu.sh kernels                             the kernels alone
#   ./gpu.sh lora --layers 1 --hidden 64 …       smaller; --help lists the sizes
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
root="$here"
[ -d "$root/dist" ] || root="$(dirname "$here")"
node="$root/node"
[ -x "$node" ] || node="$(command -v node)" || { echo "gpu.sh: no node here; pack a folder with npm run bench:gpu:pack" >&2; exit 1; }
say() { echo "gpu.sh: $*" >&2; }

# Vulkan's loader, where the machine has none, is packed too.
if [ -d "$root/vulkan" ] && ! ldconfig -p 2>/dev/null | grep -q libvulkan.so.1; then
  export LD_LIBRARY_PATH="$root/vulkan${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  say "using the packed Vulkan loader"
fi
# Containers often bring NVIDIA's driver without the file that tells Vulkan of it.
if [ -z "${VK_DRIVER_FILES:-}" ] && ! ls /etc/vulkan/icd.d/*.json /usr/share/vulkan/icd.d/*.json >/dev/null 2>&1; then
  for library in libGLX_nvidia.so.0 libEGL_nvidia.so.0; do
    if ldconfig -p 2>/dev/null | grep -q "$library"; then
      VK_DRIVER_FILES="$(mktemp -d)/nvidia_icd.json"
      echo "{\"file_format_version\": \"1.0.0\", \"ICD\": {\"library_path\": \"$library\", \"api_version\": \"1.3.0\"}}" >"$VK_DRIVER_FILES"
      export VK_DRIVER_FILES
      say "no Vulkan driver file here; using one for $library"
      break
    fi
  done
fi

workloads=() sizes=() passed=()
while [ $# -gt 0 ]; do
  case "$1" in
    kernels | lora | qlora) workloads+=("$1") ;;
    --help) exec "$node" "$root/dist/bench/gpu/main.js" --help ;;
    --no-checkpointing) passed+=("$1") sizes+=("$1") ;;
    --gpu) passed+=("$1" "$2") && shift ;;
    *) passed+=("$1" "${2:?"gpu.sh: $1 needs a value"}") sizes+=("$1" "$2") && shift ;;
  esac
  shift
done
[ ${#workloads[@]} -gt 0 ] || workloads=(kernels lora qlora)

python="$(command -v python3 || true)"
peer="$root/bench/peers/torch_gpu.py"
if [ -z "$python" ] || ! "$python" -c "import torch, transformers, peft" 2>/dev/null; then
  say "Python has no torch, transformers and peft: nothing to compare with"
  python=""
elif ! "$python" -c "import sys, torch; sys.exit(not torch.cuda.is_available())" 2>/dev/null; then
  say "PyTorch sees no CUDA here: nothing to compare with"
  python=""
fi

status=0
for workload in "${workloads[@]}"; do
  say "$workload"
  "$node" "$root/dist/bench/gpu/main.js" "$workload" ${passed[@]+"${passed[@]}"} || status=1
  if [ -n "$python" ] && [ "$workload" != kernels ]; then
    say "$workload in PyTorch"
    "$python" "$peer" "$workload" ${sizes[@]+"${sizes[@]}"} || say "PyTorch could not run $workload"
  fi
done
exit $status
