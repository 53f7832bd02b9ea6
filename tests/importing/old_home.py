"""A made-up home of the Relay Dashboard, in the shapes that the predecessor's inventory tells (sections 1 to 4)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

STAMPS = ("11-20-2020-0300", "11-21-2020-0300", "11-22-2020-0301")
HASHES = ("a1b2c3d", "b2c3d4e", "c3d4e5f")


def _template(listings: tuple[str, ...], networks: tuple[str, ...], night: int) -> dict[str, Any]:
    """`{device: {listing: {network: seconds}}}` with its detailed twin."""
    times = {
        listing: {network: 0.01 * (1 + a) * (1 + b) * (1 + 0.01 * night) for b, network in enumerate(networks)}
        for a, listing in enumerate(listings)
    }
    detailed = {
        listing: {network: {"mean": value, "median": 0.99 * value, "std": 0.1 * value} for network, value in of.items()}
        for listing, of in times.items()
    }
    return {"cpu": times, "detailed": {"cpu": detailed}}


def data_of(night: int) -> dict[str, dict[str, Any]]:
    """Experiment → what its `data.json` held: all seven, and the training loop."""
    networks = ("resnet-18", "mobilenet", "nature-dqn", "vgg-16")
    return {
        "cnn_comp": _template(("Relay", "Pytorch", "TensorFlow"), networks, night),
        "relay_opt": _template(("O0", "O1", "O2", "O3"), networks, night),
        "pass_comparison": _template(("0;", "3;FuseOps|FoldConstant"), networks[:2], night),
        "char_rnn": {"cpu": {"Pytorch": 0.2, "Aot": 0.1 + 0.001 * night, "Intp Loop": 0.3}},
        "gluon_rnns": _template(("MxNet", "Aot"), ("rnn", "gru", "lstm"), night),
        "treelstm": {"cpu": {"Pytorch": 0.02, "Aot": 0.01}, "detailed": {}},
        "relay_to_vta": {
            "resnet18_v1": {"sim": {"vta": {"gemm_counter": 101 + night}}, "pynq": {"vta": 0.4, "arm_cpu": 2.5}}
        },
        "training_loop": {
            "gpu": {
                "PyTorch": {"mnist": {"mlp": {"time": {"mean": 1.5, "median": 1.4, "std": 0.1}, "acc": {"mean": 0.97},
                                              "loss": {"mean": 0.08, "median": 0.08, "std": 0.0}}}}
            }
        },
    }  # fmt: skip


def make_old_home(root: Path) -> Path:
    """Three nights, with scores, telemetry, statuses, and files that nothing can read."""
    _write(root / "config.json", {"tmp_data_dir": "~/tmp", "backup_dir": "~/backup", "setup_dir": "~/setup"})
    for night, (stamp, tvm_hash) in enumerate(zip(STAMPS, HASHES, strict=True)):
        for name, content in data_of(night).items():
            begin, end = f"Fri Nov {20 + night} 03:00:00 2020", f"Fri Nov {20 + night} 03:10:00 2020"
            told = {
                "timestamp": stamp,
                "tvm_hash": tvm_hash,
                "start_time": begin,
                "end_time": end,
                "time_delta": "0:10:00",
            }
            _write(root / "results/experiments/data" / name / f"data_{stamp}.json", {**content, **told})
        score = {"Score": 3 + night, "Total": 5, "timestamp": stamp}
        _write(root / "results/subsystem/output/score/data/rnn_score" / f"data_{stamp}.json", score)
    for name in data_of(0):
        _write(root / "config/experiments" / name / "config.json", {"active": True, "title": f"The {name}"})
    cpu = {
        "timestamp": STAMPS[0],
        "coretemp-isa-0000": {"Core 0": [[0.0, "+40.0°C"], [15.0, "+55.5°C"]], "Bad": [[0.0, "N/A"]]},
    }
    gpu = {"timestamp": STAMPS[0], "clocks.gr": {"data": [[0.0, "1380"], [15.0, "1200"]], "unit": "MHz"}}
    _write(root / "results/subsystem/telemetry/cnn_comp/cpu" / f"cpu-{STAMPS[0]}.json", cpu)
    _write(root / "results/subsystem/telemetry/cnn_comp/gpu" / f"gpu-{STAMPS[0]}.json", gpu)
    data = root / "results/experiments/data"
    (data / "cnn_comp" / "data_11-23-2020-0300.json").write_text('{"cpu": {"Relay"')  # cut short by a full disk
    _write(data / "cnn_comp" / "data_yesterday.json", {"cpu": {"Relay": {"resnet-18": 1.0}}})
    _write(data / "treelstm" / "data_11-23-2020-0300.json", {"cpu": {"Aot": "inf", "Pytorch": None}})
    _write(root / "results/subsystem/output/score/data/rnn_score/data_11-23-2020-0300.json", {"Score": "?"})
    _write(root / "results/subsystem/telemetry/cnn_comp/cpu/cpu-11-21-2020-0300.json", {"timestamp": STAMPS[1]})
    return root


def _write(path: Path, content: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
