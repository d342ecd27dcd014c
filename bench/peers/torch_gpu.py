#!/usr/bin/env python3
"""PyTorch's side of bench/gpu.sh: LoRA or QLoRA steps on a Phi of random weights, with transformers and PEFT.

    python3 torch_gpu.py lora|qlora [--layers 32] [--hidden 2560] … [--no-checkpointing] [--device cuda]

Sizes, data, adapter and optimiser are those of bench/gpu/phi.ts: a base in bfloat16 (lora) or in bitsandbytes' nf4 (qlora),
an adapter in float32 on q, k, v, fc1 and fc2. Prints one line of JSON with the fields that bench/gpu/train.ts prints.
"""
import argparse
import json
import statistics
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import PhiConfig, PhiForCausalLM

SIZES = {
    "layers": 32, "hidden": 2560, "heads": 32, "ffn": 10240, "vocab": 51200, "batch": 2, "seq": 512, "steps": 12, "rank": 4,
}
WARMUP_STEPS = 2


def read_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", choices=["lora", "qlora"])
    for name, value in SIZES.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--no-checkpointing", action="store_true")
    return parser.parse_args()


def pack_in_4_bits(model, device):
    """Puts bitsandbytes' nf4 layers in the place of every linear layer but the head."""
    import bitsandbytes as bnb

    for parent in list(model.modules()):
        for name, layer in list(parent.named_children()):
            if not isinstance(layer, torch.nn.Linear) or name == "lm_head":
                continue
            packed = bnb.nn.Linear4bit(
                layer.in_features, layer.out_features, bias=layer.bias is not None,
                compute_dtype=torch.bfloat16, quant_type="nf4",
            )
            packed.weight = bnb.nn.Params4bit(layer.weight.data.cpu(), requires_grad=False, quant_type="nf4")
            if layer.bias is not None:
                packed.bias = layer.bias
            setattr(parent, name, packed.to(device))


def build(arguments):
    config = PhiConfig(
        vocab_size=arguments.vocab, hidden_size=arguments.hidden, intermediate_size=arguments.ffn,
        num_hidden_layers=arguments.layers, num_attention_heads=arguments.heads,
        partial_rotary_factor=0.4, use_cache=False, resid_pdrop=0.0,
    )
    torch.set_default_dtype(torch.bfloat16)
    with torch.device(arguments.device):
        model = PhiForCausalLM(config)
    torch.set_default_dtype(torch.float32)
    if arguments.workload == "qlora":
        pack_in_4_bits(model, arguments.device)
    if not arguments.no_checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        model.enable_input_require_grads()
    targets = ["q_proj", "k_proj", "v_proj", "fc1", "fc2"]
    return get_peft_model(model, LoraConfig(r=arguments.rank, task_type="CAUSAL_LM", target_modules=targets))


def main():
    arguments = read_arguments()
    torch.manual_seed(0)
    on_gpu = arguments.device.startswith("cuda")
    model = build(arguments)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4, weight_decay=0.0)
    batches = torch.randint(0, arguments.vocab, (4, arguments.batch, arguments.seq), device=arguments.device)
    if on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    model.train()
    losses, seconds = [], []
    for step in range(arguments.steps):
        start = time.perf_counter()
        ids = batches[step % len(batches)]
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        seconds.append(time.perf_counter() - start)
    median = statistics.median(seconds[min(WARMUP_STEPS, len(seconds) - 1):])
    base = "bfloat16" if arguments.workload == "lora" else "nf4"
    print(json.dumps({
        "workload": f"phi-{arguments.workload}-{arguments.layers}x{arguments.hidden}",
        "engine": f"torch {torch.__version__} {base}",
        "tokens_per_s": arguments.batch * arguments.seq / median,
        "ms_per_step": 1000 * median,
        "loss_first": losses[0],
        "loss_last": losses[-1],
        "peak_gpu_mb": torch.cuda.max_memory_allocated() / 2**20 if on_gpu else None,
    }))


if __name__ == "__main__":
    main()
