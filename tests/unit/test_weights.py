"""Weights in files: 16 bits, 8 bits, and what is no such file."""

import pytest
import torch
from safetensors.torch import save_file

from physperception.errors import ModelUnavailable
from physperception.training.compress import compress
from physperception.weights import compressed, read_metadata, read_weights


@pytest.fixture
def tensors():
    generator = torch.Generator().manual_seed(0)
    kernel = torch.randn(64, 8, 3, 3, generator=generator)
    kernel[3] *= 1000
    kernel[5] = 0
    return {"kernel": kernel, "bias": torch.randn(64, generator=generator), "small": torch.ones(2, 2) / 3}


def test_eight_bits_are_right_to_half_a_step_of_each_row(tensors, tmp_path):
    save_file(compressed(tensors), tmp_path / "w.safetensors")
    found = read_weights(tmp_path / "w.safetensors")
    assert set(found) == set(tensors)
    assert all(value.dtype == torch.float32 for value in found.values())
    rows, back = tensors["kernel"].flatten(1), found["kernel"].flatten(1)
    step = rows.abs().amax(1, keepdim=True) / 127
    assert ((rows - back).abs() <= 0.51 * step + 1e-3 * rows.abs()).all()
    assert not back[5].any()
    assert torch.allclose(found["bias"], tensors["bias"], rtol=1e-3)
    assert torch.allclose(found["small"], tensors["small"], rtol=1e-3)


def test_a_file_is_compressed_in_place_and_keeps_its_header(tensors, tmp_path):
    path = tmp_path / "w.safetensors"
    save_file({name: value.half() for name, value in tensors.items()}, path, {"made": "by hand"})
    before = path.stat().st_size
    compress(path)
    assert path.stat().st_size < 0.65 * before
    assert read_metadata(path) == {"made": "by hand"}
    once = read_weights(path)
    compress(path)
    assert all(torch.allclose(value, once[name], rtol=2e-3, atol=1e-6) for name, value in read_weights(path).items())


def test_a_lost_scale_is_told(tensors, tmp_path):
    stored = compressed(tensors)
    del stored["kernel.scale"]
    save_file(stored, tmp_path / "w.safetensors")
    with pytest.raises(ModelUnavailable, match="kernel has no scale"):
        read_weights(tmp_path / "w.safetensors")


def test_a_tensor_that_is_called_scale_is_no_scale(tmp_path):
    save_file({"layer.scale": torch.ones(3)}, tmp_path / "w.safetensors")
    assert read_weights(tmp_path / "w.safetensors")["layer.scale"].tolist() == [1, 1, 1]
