"""An exported model of a stranger names files in its own folder, or is refused."""

import json
import re

import pytest

from studio2shop.models.exported import FACTS, ExportedModel

ELSEWHERE = ["../other.tflite", "/etc/passwd", "C:\\other.tflite", "sub/../../other.tflite"]


@pytest.mark.parametrize("name", ELSEWHERE)
@pytest.mark.parametrize("part", ["a checksum", "a network"])
def test_a_file_elsewhere_is_refused_in_a_sentence(tmp_path, name, part):
    (tmp_path / "other.tflite").touch()
    folder = tmp_path / "exported"
    folder.mkdir()
    facts = {
        "format": "litert",
        "networks": {"query_feature": {"file": name}},
        "images": {"size": [48, 32]},
        "sha256": {name: ""} if part == "a checksum" else {},
    }
    (folder / FACTS).write_text(json.dumps(facts))
    told = (
        f"{folder / FACTS}: it is broken, or no description of an exported model "
        f"(it names a file elsewhere, {name!r}); export the run again."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        ExportedModel(folder)
