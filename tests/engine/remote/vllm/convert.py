"""A GGUF of Qwen2 as the folder that vLLM reads, which reads no GGUF on a processor.

Called as: python convert.py MODEL.gguf FOLDER, with the Python of vLLM's environment.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import gguf
import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

MODULES = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
TENSORS = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
# `pretokenize_regex` of Qwen2's tokenizer.
PATTERN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
NORMAL, CONTROL, USER_DEFINED = 1, 3, 4


class Source:
    """The GGUF, by the names of its fields."""

    def __init__(self, path: str) -> None:
        self._reader = gguf.GGUFReader(path)
        self.tensors = self._reader.tensors
        self.tokens: list[str] = self["tokenizer.ggml.tokens"]

    def __getitem__(self, key: str) -> Any:
        return self._reader.fields[key].contents()


def weights(source: Source) -> dict[str, torch.Tensor]:
    """All tensors in bfloat16."""
    found = {}
    for tensor in source.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        shape = [int(size) for size in reversed(tensor.shape)]
        found[_name(tensor.name)] = torch.tensor(values.reshape(shape)).to(torch.bfloat16)
    return found


def _name(name: str) -> str:
    if name in TENSORS:
        return TENSORS[name]
    found = re.fullmatch(r"blk\.(\d+)\.(\w+)\.(weight|bias)", name)
    assert found is not None, name
    return f"model.layers.{found[1]}.{MODULES[found[2]]}.{found[3]}"


def config(source: Source, *, tied: bool) -> dict[str, Any]:
    """config.json."""
    heads = source["qwen2.attention.head_count"]
    return {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "hidden_act": "silu",
        "hidden_size": source["qwen2.embedding_length"],
        "intermediate_size": source["qwen2.feed_forward_length"],
        "num_hidden_layers": source["qwen2.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": source["qwen2.attention.head_count_kv"],
        "max_position_embeddings": source["qwen2.context_length"],
        "rms_norm_eps": source["qwen2.attention.layer_norm_rms_epsilon"],
        "rope_theta": source["qwen2.rope.freq_base"],
        "vocab_size": len(source.tokens),
        "tie_word_embeddings": tied,
        "eos_token_id": source["tokenizer.ggml.eos_token_id"],
        "torch_dtype": "bfloat16",
    }


def tokenizer(source: Source) -> Tokenizer:
    """The tokenizer, built from the tables in the file."""
    tokens, types = source.tokens, source["tokenizer.ggml.token_type"]
    vocabulary = {token: i for i, token in enumerate(tokens) if types[i] == NORMAL}
    merges = [tuple(merge.split(" ", 1)) for merge in source["tokenizer.ggml.merges"]]
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    made.normalizer = normalizers.NFC()
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    for i, token in enumerate(tokens):  # numbered in the order in which they are added
        if types[i] in (CONTROL, USER_DEFINED) and not token.startswith("[PAD"):
            special = types[i] == CONTROL
            add = made.add_special_tokens if special else made.add_tokens
            add([AddedToken(token, special=special, normalized=False)])
            assert made.token_to_id(token) == i, token
    return made


def main() -> None:
    """Write the folder."""
    source, folder = Source(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    tensors = weights(source)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    tokenizer(source).save(str(folder / "tokenizer.json"))
    tokens = source.tokens
    end = tokens[source["tokenizer.ggml.eos_token_id"]]
    texts = {
        "config.json": config(source, tied="lm_head.weight" not in tensors),
        "generation_config.json": {
            "eos_token_id": sorted(map(tokens.index, (end, "<|endoftext|>")))
        },
        "tokenizer_config.json": {
            "tokenizer_class": "Qwen2Tokenizer",
            "model_max_length": source["qwen2.context_length"],
            "eos_token": end,
            "pad_token": tokens[source["tokenizer.ggml.padding_token_id"]],
            "bos_token": None,
            "unk_token": None,
            "add_bos_token": False,
            "add_prefix_space": False,
            "clean_up_tokenization_spaces": False,
            "chat_template": source["tokenizer.chat_template"],
        },
    }
    for name, content in texts.items():
        (folder / name).write_text(json.dumps(content, indent=1))


main()
