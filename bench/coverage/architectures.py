"""Architectures of Hugging Face's transformers with random weights: made of config classes, nothing downloaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

TOKENS, VOCABULARY = 8, 100
IMAGE, PATCH = 32, 8

# what configs call their sizes; each takes those that it knows
TINY: Mapping[str, Any] = {
    **dict.fromkeys(("hidden_size", "n_embd", "d_model", "dim", "embed_dim", "embedding_size"), 32),
    **dict.fromkeys(("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers", "decoder_layers"), 2),
    **dict.fromkeys(("num_attention_heads", "n_head", "n_heads", "num_heads", "num_key_value_heads"), 4),
    **dict.fromkeys(("encoder_attention_heads", "decoder_attention_heads", "num_decoder_layers"), 2),
    **dict.fromkeys(("intermediate_size", "d_ff", "n_inner", "encoder_ffn_dim", "decoder_ffn_dim", "hidden_dim"), 64),
    **dict.fromkeys(("head_dim", "d_kv"), 8), "word_embed_proj_dim": 32,
    **dict.fromkeys(("max_position_embeddings", "n_positions", "max_2d_position_embeddings"), 32),
    "vocab_size": VOCABULARY, "image_size": IMAGE, "patch_size": PATCH, "use_cache": False,
    "hidden_sizes": [16, 32], "depths": [1, 1], "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip


class LastHidden(nn.Module):
    """A model of transformers that takes one tensor and gives one: its last hidden state."""

    def __init__(self, model: nn.Module, *, is_pair: bool) -> None:
        super().__init__()
        self.model = model
        self.name = str(model.main_input_name)
        self.is_pair = is_pair

    def forward(self, given: Tensor) -> Tensor:
        """The first of the outputs; an encoder and decoder both get the same."""
        more = {"decoder_input_ids": given} if self.is_pair else {}
        hidden: Tensor = self.model(**{self.name: given}, **more, return_dict=False)[0]
        return hidden


def architecture(model_type: str) -> tuple[nn.Module, tuple[Tensor, ...]]:
    """A tiny model of that type with random weights, and an input for it: token numbers or an image.

    Raises what transformers raises for a type that it does not know.
    """
    import transformers  # takes seconds, and most cells need none

    known = transformers.AutoConfig.for_model(model_type)
    config = transformers.AutoConfig.for_model(
        model_type, **{name: value for name, value in TINY.items() if hasattr(known, name)}
    )
    loader: Any = transformers.AutoModel
    model = loader.from_config(config)
    return LastHidden(model, is_pair=bool(getattr(config, "is_encoder_decoder", False))), (_input(model, config),)


def _input(model: Any, config: Any) -> Tensor:
    if model.main_input_name == "pixel_values":
        channels = getattr(config, "num_channels", 3)
        size = getattr(config, "image_size", IMAGE)
        return torch.randn(1, channels, size, size)
    return torch.randint(3, VOCABULARY, (1, TOKENS))
