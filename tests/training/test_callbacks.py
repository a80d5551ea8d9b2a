"""What a training writes beside itself names its file where the disk is full."""

import contextlib
import pathlib

import keras
import pytest

from studio2shop.training.callbacks import HistoryLog

ALWAYS_FULL = pathlib.Path("/dev/full")


@pytest.mark.skipif(not ALWAYS_FULL.exists(), reason="this system has no /dev/full")
def test_a_history_without_room_names_its_file():
    log = HistoryLog(str(ALWAYS_FULL))
    log.set_model(keras.Sequential())
    log.on_train_begin()
    with pytest.raises(OSError) as caught:
        log.on_epoch_end(0, {"loss": 1.0})
    assert str(caught.value) == (
        "/dev/full: the file cannot be written (No space left on device); free some room there or "
        "write to another folder."
    )
    with contextlib.suppress(OSError):
        log.csv_file.close()
