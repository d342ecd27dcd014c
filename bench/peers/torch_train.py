#!/usr/bin/env python3
"""PyTorch's side of the engine's benchmarks: the workloads of bench/workloads.json in eager PyTorch, float32.

Install, in a virtual environment or with Debian's packages (whose PyTorch is slower):

    python3 -m venv out/torch && out/torch/bin/pip install torch
    apt-get install -y --no-install-recommends python3-torch libopenblas0-pthread

Run:

    out/torch/bin/python bench/peers/torch_train.py [NAME ...] [--workloads FILE] [--seconds 20] [--threads 2] [--sdpa]

It prints a JSON line a workload with the fields that `npm run bench` prints. The bar to compare with is the plain form,
which computes attention as two products and a softmax; --sdpa uses F.scaled_dot_product_attention in its place.

    torch_train.py --check FILE    trains on the weights and batches of a safetensors file, and prints the losses
    torch_train.py --machine       prints PyTorch's version and the GFLOP/s of its float32 matrix product

The modules and parameters have the names of a Hugging Face checkpoint, so that --check loads them by name.
"""
import argparse
import json
import math
import os
import resource
import struct
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

LEARNING_RATE = 1e-3
BATCHES = 4
# The first step warms up and is no sample.
LEAST_STEPS = 3
LEAST_RUNS = 2


def matrix(rows, columns, std=0.02):
    return nn.Parameter(torch.randn(rows, columns) * std)


class Linear(nn.Module):
    def __init__(self, inputs, outputs, std=0.02):
        super().__init__()
        self.weight = matrix(outputs, inputs, std)

    def forward(self, x):
        return F.linear(x, self.weight)


class LoraLinear(nn.Module):
    """A frozen layer and its low-rank addition, scaled by alpha / r = 2."""

    def __init__(self, inputs, outputs, rank):
        super().__init__()
        self.base_layer = Linear(inputs, outputs)
        self.base_layer.weight.requires_grad_(False)
        self.lora_A = Linear(inputs, rank, 1 / math.sqrt(inputs))
        self.lora_B = Linear(rank, outputs, 0.0)

    def forward(self, x):
        return self.base_layer(x) + self.lora_B(self.lora_A(x)) * 2.0


def linear(workload, inputs, outputs):
    rank = workload.get("lora_r")
    return LoraLinear(inputs, outputs, rank) if rank else Linear(inputs, outputs)


class RMSNorm(nn.Module):
    def __init__(self, dim, trained):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim), requires_grad=trained)

    def forward(self, x):
        inverse = torch.rsqrt(x.square().mean(dim=-1, keepdim=True) + 1e-5)
        return x * inverse * self.weight


def rotary_angles(first, count, head_dim):
    """Cosine and sine of the angles of `count` positions from `first` on, [count, head_dim]."""
    frequencies = 10000.0 ** (-torch.arange(0, head_dim, 2) / head_dim)
    angles = torch.outer(torch.arange(first, first + count), frequencies)
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


def apply_rotary(x, cos, sin):
    half = x.shape[-1] // 2
    return x * cos + torch.cat((-x[..., half:], x[..., :half]), dim=-1) * sin


class Attention(nn.Module):
    def __init__(self, workload, fused):
        super().__init__()
        hidden = workload["hidden"]
        self.heads, self.kv_heads, self.fused = workload["heads"], workload["kv_heads"], fused
        self.head_dim = hidden // self.heads
        self.q_proj = linear(workload, hidden, hidden)
        self.k_proj = linear(workload, hidden, self.kv_heads * self.head_dim)
        self.v_proj = linear(workload, hidden, self.kv_heads * self.head_dim)
        self.o_proj = linear(workload, hidden, hidden)

    def forward(self, x, cos, sin, mask, cache):
        batch, length, hidden = x.shape

        def split(y, heads):
            return y.view(batch, length, heads, self.head_dim).transpose(1, 2)

        q = apply_rotary(split(self.q_proj(x), self.heads), cos, sin)
        k = apply_rotary(split(self.k_proj(x), self.kv_heads), cos, sin)
        v = split(self.v_proj(x), self.kv_heads)
        if cache is not None:
            if "k" in cache:
                k, v = torch.cat((cache["k"], k), dim=2), torch.cat((cache["v"], v), dim=2)
            cache["k"], cache["v"] = k, v
        group = self.heads // self.kv_heads
        if group > 1:
            k, v = k.repeat_interleave(group, dim=1), v.repeat_interleave(group, dim=1)
        if self.fused:
            mixed = F.scaled_dot_product_attention(q, k, v, is_causal=mask is not None)
        else:
            scores = q @ k.transpose(-2, -1) / math.sqrt(self.head_dim)
            if mask is not None:
                scores = scores + mask
            mixed = scores.softmax(dim=-1) @ v
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, length, hidden))


class MLP(nn.Module):
    def __init__(self, workload):
        super().__init__()
        hidden, ffn = workload["hidden"], workload["ffn"]
        self.gate_proj = linear(workload, hidden, ffn)
        self.up_proj = linear(workload, hidden, ffn)
        self.down_proj = linear(workload, ffn, hidden)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class DecoderLayer(nn.Module):
    def __init__(self, workload, fused):
        super().__init__()
        trained = "lora_r" not in workload
        self.self_attn = Attention(workload, fused)
        self.mlp = MLP(workload)
        self.input_layernorm = RMSNorm(workload["hidden"], trained)
        self.post_attention_layernorm = RMSNorm(workload["hidden"], trained)

    def forward(self, x, cos, sin, mask, cache):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin, mask, cache)
        return x + self.mlp(self.post_attention_layernorm(x))


class LlamaModel(nn.Module):
    def __init__(self, workload, fused):
        super().__init__()
        trained = "lora_r" not in workload
        self.embed_tokens = nn.Embedding(workload["vocab"], workload["hidden"])
        nn.init.normal_(self.embed_tokens.weight, std=0.02)
        self.embed_tokens.weight.requires_grad_(trained)
        self.layers = nn.ModuleList(DecoderLayer(workload, fused) for _ in range(workload["layers"]))
        self.norm = RMSNorm(workload["hidden"], trained)


class LlamaForCausalLM(nn.Module):
    """A Llama whose head is its embedding."""

    def __init__(self, workload, fused=False):
        super().__init__()
        self.head_dim = workload["hidden"] // workload["heads"]
        self.model = LlamaModel(workload, fused)

    def forward(self, ids, caches=None, past=0):
        length = ids.shape[1]
        cos, sin = rotary_angles(past, length, self.head_dim)
        mask = torch.full((length, length), -1e9).triu(diagonal=1) if length > 1 else None
        x = self.model.embed_tokens(ids)
        for index, layer in enumerate(self.model.layers):
            x = layer(x, cos, sin, mask, None if caches is None else caches[index])
        return F.linear(self.model.norm(x), self.model.embed_tokens.weight)


def training_steps(model, batches):
    """Trains without end, batch after batch; gives the loss in nats and the seconds of each step."""
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=LEARNING_RATE, weight_decay=0.0)
    while True:
        for batch in batches:
            start = time.perf_counter()
            # No name holds the logits, so that their memory is free for the backward pass.
            loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            value = loss.item()
            yield value, time.perf_counter() - start


def median(values):
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def measure_training(workload, seconds, fused):
    model = LlamaForCausalLM(workload, fused)
    batches = torch.randint(0, workload["vocab"], (BATCHES, workload["batch"], workload["seq"] + 1))
    losses, times = [], []
    deadline = time.perf_counter() + seconds
    for loss, duration in training_steps(model, batches):
        losses.append(loss)
        times.append(duration)
        if len(times) >= LEAST_STEPS and time.perf_counter() >= deadline:
            break
    step = median(times[1:])
    return {
        "tokens_per_s": workload["batch"] * workload["seq"] / step,
        "ms_per_step": 1000 * step,
        "ms_fastest": 1000 * min(times[1:]),
        "loss_first": losses[0],
        "loss_last": losses[-1],
        "steps": len(times),
    }


@torch.no_grad()
def measure_generation(workload, seconds, fused):
    model = LlamaForCausalLM(workload, fused)
    length, new_tokens = workload["seq"], workload["new_tokens"]
    times = []
    deadline = time.perf_counter() + seconds
    while len(times) < LEAST_RUNS or time.perf_counter() < deadline:
        prompt = torch.randint(0, workload["vocab"], (workload["batch"], length))
        caches = [{} for _ in range(workload["layers"])]
        token = model(prompt, caches)[:, -1:].argmax(dim=-1)
        start = time.perf_counter()
        for past in range(length, length + new_tokens):
            token = model(token, caches, past)[:, -1:].argmax(dim=-1)
        times.append(time.perf_counter() - start)
    run = median(times)
    return {
        "tokens_per_s": workload["batch"] * new_tokens / run,
        "ms_per_step": 1000 * run / new_tokens,
        "ms_fastest": 1000 * min(times) / new_tokens,
        "loss_first": None,
        "loss_last": None,
        "runs": len(times),
    }


MEASURES = {"full": measure_training, "lora": measure_training, "generate": measure_generation}


def read_safetensors(file):
    """The tensors (float32 alone) and the metadata of a safetensors file."""
    with open(file, "rb") as stream:
        (header_length,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(header_length))
        data = bytearray(stream.read())
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F32":
            sys.exit(f"Cannot read {file}: {name} is {entry['dtype']}, and must be F32")
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(data, dtype=torch.float32, count=(end - begin) // 4, offset=begin)
        tensors[name] = flat.reshape(entry["shape"]).clone()
    return tensors, metadata


def check(file, steps):
    tensors, metadata = read_safetensors(file)
    workload = json.loads(metadata["workload"])
    batches = tensors.pop("batches").long().view(BATCHES, workload["batch"], -1)
    model = LlamaForCausalLM(workload)
    model.load_state_dict(tensors)
    return [loss for _, (loss, _) in zip(range(steps), training_steps(model, batches))]


def matmul_gflops(size=2048, seconds=2.0):
    """The best of the float32 products of `size` that a time has room for."""
    a, b = torch.randn(size, size), torch.randn(size, size)
    best = math.inf
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline:
        start = time.perf_counter()
        a @ b
        best = min(best, time.perf_counter() - start)
    return 2 * size**3 / best / 1e9


def main():
    parser = argparse.ArgumentParser(description="PyTorch's side of the engine's benchmarks")
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("names", nargs="*", help="the workloads to run; all when left out")
    parser.add_argument("--workloads", default=os.path.join(here, "..", "workloads.json"))
    parser.add_argument("--seconds", type=float, default=20, help="a workload")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sdpa", action="store_true", help="F.scaled_dot_product_attention; not the bar")
    parser.add_argument("--check", metavar="FILE", help="train on a file's weights and batches, print the losses")
    parser.add_argument("--steps", type=int, default=5, help="of --check")
    parser.add_argument("--machine", action="store_true", help="print the version and the speed of a product")
    options = parser.parse_args()

    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    engine = f"torch {torch.__version__}" + (" sdpa" if options.sdpa else "")
    if options.machine:
        print(json.dumps({"engine": engine, "matmul_gflops": matmul_gflops()}))
        return
    if options.check:
        print(json.dumps({"engine": engine, "losses": check(options.check, options.steps)}))
        return
    with open(options.workloads, encoding="utf-8") as stream:
        workloads = json.load(stream)
    unknown = set(options.names) - {workload["name"] for workload in workloads}
    if unknown:
        sys.exit(f"Cannot run {', '.join(sorted(unknown))}: {options.workloads} has no workload of that name")
    for workload in workloads:
        if options.names and workload["name"] not in options.names:
            continue
        if workload["kind"] not in MEASURES:
            sys.exit(f"Cannot run {workload['name']}: its kind must be one of {', '.join(MEASURES)}")
        figures = MEASURES[workload["kind"]](workload, options.seconds, options.sdpa)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        line = {"workload": workload["name"], "engine": engine, **figures, "peak_rss_mb": peak}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
